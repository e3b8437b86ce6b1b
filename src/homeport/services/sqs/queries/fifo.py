"""Statements about what FIFO queues remember for five minutes: ids of messages, and receives."""

import msgspec
from sqlalchemy import bindparam, delete, insert, select

from homeport.services.sqs.records.messages import Duplicate, Received
from homeport.services.sqs.tables import attempts, sent
from homeport.store import ReadTx, Tx

_SENT = select(sent).where(
    sent.c.queue_id == bindparam("queue_id"),
    sent.c.scope == bindparam("scope"),
    sent.c.deduplication_id == bindparam("deduplication_id"),
)
_FORGET_SENT = delete(sent).where(
    sent.c.queue_id == bindparam("queue_id"),
    sent.c.scope == bindparam("scope"),
    sent.c.deduplication_id == bindparam("deduplication_id"),
)
_REMEMBER_SENT = insert(sent)
_EXPIRE_SENT = delete(sent).where(
    sent.c.queue_id == bindparam("queue_id"), sent.c.sent_at <= bindparam("since")
)

_ATTEMPT = select(attempts).where(
    attempts.c.queue_id == bindparam("queue_id"),
    attempts.c.attempt_id == bindparam("attempt_id"),
)
_FORGET_ATTEMPT = delete(attempts).where(
    attempts.c.queue_id == bindparam("queue_id"),
    attempts.c.attempt_id == bindparam("attempt_id"),
)
_REMEMBER_ATTEMPT = insert(attempts)
_EXPIRE_ATTEMPTS = delete(attempts).where(
    attempts.c.queue_id == bindparam("queue_id"), attempts.c.received_at <= bindparam("since")
)


def sent_before(
    tx: ReadTx, queue_id: int, scope: str, deduplication_id: str, *, since: float
) -> Duplicate | None:
    """The message with this deduplication id that was sent after `since`."""
    row = tx.row(
        _SENT, {"queue_id": queue_id, "scope": scope, "deduplication_id": deduplication_id}
    )
    if row is None or row.sent_at <= since:
        return None
    return Duplicate(message_id=row.message_id, sequence=row.sequence)


def remember_sent(
    tx: Tx, queue_id: int, scope: str, deduplication_id: str, *, first: Duplicate, now: float
) -> None:
    """Know the message again by its deduplication id."""
    key = {"queue_id": queue_id, "scope": scope, "deduplication_id": deduplication_id}
    tx.execute(_FORGET_SENT, key)
    values = {"sent_at": now, "message_id": first.message_id, "sequence": first.sequence}
    tx.execute(_REMEMBER_SENT, {**key, **values})


def received_before(tx: ReadTx, queue_id: int, attempt_id: str, *, since: float) -> Received | None:
    """What the ReceiveMessage with this attempt id found, if it was after `since`."""
    row = tx.row(_ATTEMPT, {"queue_id": queue_id, "attempt_id": attempt_id})
    if row is None or row.received_at <= since:
        return None
    return msgspec.json.decode(row.body, type=Received)


def remember_received(
    tx: Tx, queue_id: int, attempt_id: str, *, found: Received, now: float
) -> None:
    """Know the ReceiveMessage again by its attempt id."""
    key = {"queue_id": queue_id, "attempt_id": attempt_id}
    tx.execute(_FORGET_ATTEMPT, key)
    values = {"received_at": now, "body": msgspec.json.encode(found)}
    tx.execute(_REMEMBER_ATTEMPT, {**key, **values})


def expire(tx: Tx, queue_id: int, *, since: float) -> None:
    """Forget what is older than `since`."""
    tx.execute(_EXPIRE_SENT, {"queue_id": queue_id, "since": since})
    tx.execute(_EXPIRE_ATTEMPTS, {"queue_id": queue_id, "since": since})
