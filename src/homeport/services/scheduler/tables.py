"""The tables of scheduler: columns for what is searched, the record as JSON in `body`."""

from sqlalchemy import (
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

# Pages go by names in the order of their bytes, and prefixes are ranges of that order.
_NAME = String().with_variant(String(collation="C"), "postgresql")

groups = Table(
    "scheduler_groups",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("name", _NAME, primary_key=True),
    Column("is_deleting", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("scheduler_groups_deleting", "is_deleting"),
)

schedules = Table(
    "scheduler_schedules",
    METADATA,
    Column("arn", String, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("group_name", _NAME, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("state", String, nullable=False),
    # Which of the keys of the reconciler ``schedules`` takes it.
    Column("shard", Integer, nullable=False),
    # Real seconds; null when nothing is to happen any more, or the schedule is disabled.
    Column("next_at", Double, nullable=True),
    # It is to be deleted once its last firing is over.
    Column("is_ending", Boolean, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "group_name", "name", name="scheduler_schedules_by_name"),
    Index("scheduler_schedules_due", "shard", "next_at"),
    Index("scheduler_schedules_ending", "is_ending"),
)

client_tokens = Table(
    "scheduler_client_tokens",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("operation", String, primary_key=True),
    Column("token", String, primary_key=True),
    Column("request_digest", String, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("created_at", Double, nullable=False),
    Index("scheduler_client_tokens_by_age", "created_at"),
)
