"""The tables of sqs: columns for what is searched, the record as JSON in `body`.

Ids are given once and never again.  A queue that is purged gets a new one: what it held stays
behind with the old, which `sqs_former_queues` names until all of it is removed.
"""

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
# Pages of names and prefixes are ranges of their bytes' order.
_NAME = String().with_variant(String(collation="C"), "postgresql")

# Holds nothing: who receives messages or lets go of them takes turns at it.
turns = Table("sqs_turns", METADATA, Column("id", Integer, primary_key=True))

queues = Table(
    "sqs_queues",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", _NAME, nullable=False),
    # Where its messages go that are received too often; empty: nowhere.
    Column("dead_letter_arn", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("account", "region", "name", name="sqs_queues_by_name"),
    Index("sqs_queues_by_dead_letter_arn", "dead_letter_arn"),
    sqlite_autoincrement=True,
)

former_queues = Table(
    "sqs_former_queues",
    METADATA,
    Column("queue_id", BigInteger, primary_key=True, autoincrement=False),
    Column("account", String, nullable=False),
    Column("region", String, nullable=False),
    Column("name", String, nullable=False),
    # None: only purged.
    Column("deleted_at", Double, nullable=True),
    Index("sqs_former_queues_by_name", "account", "region", "name"),
)

messages = Table(
    "sqs_messages",
    METADATA,
    Column("id", _ID, primary_key=True, autoincrement=True),
    Column("queue_id", BigInteger, nullable=False),
    # Empty where there is none.
    Column("group_id", String, nullable=False),
    Column("sent_at", Double, nullable=False),
    # Until then it is delayed (no receipt yet) or in flight.
    Column("visible_at", Double, nullable=False),
    # Of the last time that it was received from this queue; empty before.
    Column("receipt", String, nullable=False),
    Column("received_at", Double, nullable=False),
    Column("first_received_at", Double, nullable=False),
    Column("receive_count", Integer, nullable=False),
    # From the queues that it was in before: those whose dead-letter queue this is.
    Column("received_before", Integer, nullable=False),
    Column("came_from", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("sqs_messages_by_visibility", "queue_id", "visible_at", "id"),
    Index("sqs_messages_by_group", "queue_id", "group_id", "visible_at"),
    Index("sqs_messages_in_order", "queue_id", "id"),
    Index("sqs_messages_by_age", "queue_id", "sent_at"),
    sqlite_autoincrement=True,
)

sent = Table(
    "sqs_deduplications",
    METADATA,
    Column("queue_id", BigInteger, primary_key=True, autoincrement=False),
    # The message group, where deduplication goes by group; else empty.
    Column("scope", String, primary_key=True),
    Column("deduplication_id", String, primary_key=True),
    Column("sent_at", Double, nullable=False),
    Column("message_id", String, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Index("sqs_deduplications_by_age", "queue_id", "sent_at"),
)

attempts = Table(
    "sqs_receive_attempts",
    METADATA,
    Column("queue_id", BigInteger, primary_key=True, autoincrement=False),
    Column("attempt_id", String, primary_key=True),
    Column("received_at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("sqs_receive_attempts_by_age", "queue_id", "received_at"),
)
