"""The tables of CloudWatch: columns for what is searched, the rest in `body`."""

from sqlalchemy import (
    BigInteger,
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

metrics = Table(
    "cloudwatch_metrics",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("digest", String, nullable=False),
    Column("namespace", String, nullable=False),
    Column("name", String, nullable=False),
    # Names and values of the dimensions as JSON.
    Column("dimensions", LargeBinary, nullable=False),
    Column("resolution_s", Integer, nullable=False),
    Column("last_put_at", Double, nullable=False),
    UniqueConstraint("account", "region", "digest", name="cloudwatch_metrics_by_digest"),
    Index("cloudwatch_metrics_by_name", "account", "region", "namespace", "name"),
    sqlite_autoincrement=True,
)

metric_points = Table(
    "cloudwatch_metric_points",
    METADATA,
    Column("metric_id", BigInteger, primary_key=True, autoincrement=False),
    # Seconds since the epoch: the beginning of what the point is about.
    Column("at", BigInteger, primary_key=True, autoincrement=False),
    Column("unit", String, primary_key=True),
    # How many seconds it is about; grows as points age and are put together.
    Column("span_s", Integer, nullable=False),
    # The tally, as MessagePack.
    Column("body", LargeBinary, nullable=False),
    Index("cloudwatch_metric_points_by_age", "span_s", "at"),
)

alarms = Table(
    "cloudwatch_alarms",
    METADATA,
    Column("arn", _NAME, primary_key=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", _NAME, nullable=False),
    Column("type", String, nullable=False),
    Column("state", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "name", name="cloudwatch_alarms_by_name"),
)

# What wakes which alarm: new data of a metric, a new state of another alarm.
alarm_watches = Table(
    "cloudwatch_alarm_watches",
    METADATA,
    Column("account", String, primary_key=True),
    Column("region", String, primary_key=True),
    Column("watched", String, primary_key=True),
    Column("arn", String, primary_key=True),
    Index("cloudwatch_alarm_watches_by_arn", "arn"),
)

alarm_history = Table(
    "cloudwatch_alarm_history",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("alarm_name", String, nullable=False),
    Column("alarm_type", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("item_type", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("cloudwatch_alarm_history_by_alarm", "account", "region", "alarm_name", "at", "id"),
    Index("cloudwatch_alarm_history_by_time", "at"),
    sqlite_autoincrement=True,
)
