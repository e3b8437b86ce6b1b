"""The tables of events: columns for what is searched, the record as JSON in `body`."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

METADATA = MetaData()

_ID = BigInteger().with_variant(Integer, "sqlite")
# Prefixes of names are ranges of the order of their bytes.
_NAME = String().with_variant(String(collation="C"), "postgresql")

# Custom buses; the default bus is here only once something was set on it.
buses = Table(
    "events_buses",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

rules = Table(
    "events_rules",
    METADATA,
    Column("arn", _NAME, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("bus", _NAME, nullable=False),
    Column("name", _NAME, nullable=False),
    # Whether it is enabled and has an event pattern.
    Column("matches", Boolean, nullable=False),
    # When its schedule is due, in real seconds since the epoch.
    Column("next_at", Double),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "bus", "name", name="events_rules_by_name"),
    Index("events_rules_matching", "matches", "account", "region", "bus"),
    Index("events_rules_due", "next_at"),
)

targets = Table(
    "events_targets",
    METADATA,
    Column("rule_arn", String, primary_key=True),
    Column("id", _NAME, primary_key=True),
    Column("arn", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("events_targets_by_arn", "arn"),
)

# Events that were put on a bus and not looked at yet.
inbox = Table(
    "events_inbox",
    METADATA,
    Column("sequence", _ID, primary_key=True, autoincrement=True),
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
