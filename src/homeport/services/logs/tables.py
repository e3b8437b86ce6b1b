"""The tables of CloudWatch Logs.

Ids are given once and never again, so that rows left behind by a deleted stream (`log_discards`
names them until they are removed) can never turn up in a later one.
"""

from sqlalchemy import (
    BigInteger,
    Column,
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
# AWS orders names by their bytes, and prefixes are ranges of that order.
_NAME = String().with_variant(String(collation="C"), "postgresql")

log_groups = Table(
    "log_groups",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("retention_days", Integer, nullable=True),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "name", name="log_groups_by_name"),
    sqlite_autoincrement=True,
)

log_streams = Table(
    "log_streams",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("group_id", BigInteger, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    # 0 until the stream has events.
    Column("first_event_ms", BigInteger, nullable=False),
    Column("last_event_ms", BigInteger, nullable=False),
    Column("last_ingested_ms", BigInteger, nullable=False),
    Column("stored_bytes", BigInteger, nullable=False),
    UniqueConstraint("group_id", "name", name="log_streams_by_name"),
    Index("log_streams_by_last_event", "group_id", "last_event_ms", "name"),
    sqlite_autoincrement=True,
)

log_events = Table(
    "log_events",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("group_id", BigInteger, nullable=False),
    Column("stream_id", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("ingested_ms", BigInteger, nullable=False),
    # Bytes, because PostgreSQL's text cannot hold the NUL that a container may print.
    Column("message", LargeBinary, nullable=False),
    Index("log_events_by_stream", "stream_id", "at_ms", "id"),
    Index("log_events_by_group", "group_id", "at_ms", "id"),
)

log_discards = Table(
    "log_discards",
    METADATA,
    Column("stream_id", BigInteger, primary_key=True, autoincrement=False),
)
