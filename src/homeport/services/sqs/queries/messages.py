"""Statements about messages.

`since` is when the oldest message was sent that is still kept: an older one is gone for everybody,
removed or not.
"""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import (
    Row,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from homeport.services.sqs.records.messages import Content, Counts, Message, NewMessage
from homeport.services.sqs.tables import messages, turns
from homeport.store import ReadTx, Tx

_INSERT = insert(messages).returning(messages.c.id)
_OF_QUEUE = messages.c.queue_id == bindparam("queue_id")
_KEPT = messages.c.sent_at > bindparam("since")
_HIDDEN = messages.c.visible_at > bindparam("now")
_VISIBLE = messages.c.visible_at <= bindparam("now")

_RECEIVABLE = (
    select(messages)
    .where(_OF_QUEUE, _VISIBLE, _KEPT)
    .order_by(messages.c.visible_at, messages.c.id)
    .limit(bindparam("count"))
)
_others = messages.alias("others")
# A group is one after the other: while one of its messages is in flight, or an earlier one is
# delayed, it gives no more.
_HELD_UP = exists().where(
    _others.c.queue_id == bindparam("queue_id"),
    _others.c.group_id == messages.c.group_id,
    _others.c.visible_at > bindparam("now"),
    _others.c.sent_at + 0.0 > bindparam("since"),  # A term: the group's index serves better.
    or_(_others.c.receipt != "", _others.c.id < messages.c.id),
)
# Terms, so that no index is chosen for them: the oldest come first out of that of the order, and
# few are looked at.
_VISIBLE_IN_ORDER = (messages.c.visible_at + 0.0 <= bindparam("now")) & (
    messages.c.sent_at + 0.0 > bindparam("since")
)
_RECEIVABLE_IN_ORDER = (
    select(messages)
    .where(_OF_QUEUE, _VISIBLE_IN_ORDER, ~_HELD_UP)
    .order_by(messages.c.id)
    .limit(bindparam("count"))
)
_NEXT_VISIBLE = select(func.min(messages.c.visible_at)).where(_OF_QUEUE, _HIDDEN)
_IN_FLIGHT = (
    select(func.count()).select_from(messages).where(_OF_QUEUE, _HIDDEN, messages.c.receipt != "")
)
_COUNTS = select(
    func.coalesce(func.sum(case((_VISIBLE, 1), else_=0)), 0).label("visible"),
    func.coalesce(func.sum(case((and_(_HIDDEN, messages.c.receipt == ""), 1), else_=0)), 0).label(
        "held"
    ),
    func.count().label("total"),
).where(_OF_QUEUE, _KEPT)
_FIND = select(messages).where(_OF_QUEUE, messages.c.id == bindparam("key"))
_RECEIVE = (
    update(messages)
    .where(messages.c.id == bindparam("key"))
    .values(
        visible_at=bindparam("until"),
        receipt=bindparam("token"),
        received_at=bindparam("at"),
        first_received_at=bindparam("first_at"),
        receive_count=bindparam("times"),
    )
)
_HIDE = (
    update(messages).where(messages.c.id == bindparam("key")).values(visible_at=bindparam("until"))
)
_MOVE = (
    update(messages)
    .where(messages.c.id == bindparam("key"))
    .values(
        queue_id=bindparam("target"),
        sent_at=bindparam("at"),
        visible_at=bindparam("until"),
        receipt="",
        receive_count=0,
        received_before=bindparam("times"),
        came_from=bindparam("source"),
    )
)
_DELETE = delete(messages).where(messages.c.id == bindparam("key"))
_OLDEST = select(func.min(messages.c.sent_at)).where(_OF_QUEUE)
_EXPIRE = delete(messages).where(
    messages.c.id.in_(
        select(messages.c.id)
        .where(_OF_QUEUE, messages.c.sent_at <= bindparam("since"))
        .order_by(messages.c.sent_at)
        .limit(bindparam("count"))
    )
)
_DISCARD = delete(messages).where(
    messages.c.id.in_(select(messages.c.id).where(_OF_QUEUE).limit(bindparam("count")))
)


def take_turn(tx: Tx) -> None:
    """One receiver after the other; to be called before anything is read."""
    tx.take_turn(turns)


def insert_message(tx: Tx, queue_id: int, message: NewMessage) -> int:
    """Record a message that is sent; answers its id, which grows with each."""
    values = {
        "queue_id": queue_id,
        "group_id": message.group_id,
        "sent_at": message.sent_at,
        "visible_at": message.visible_at,
        "receipt": "",
        "received_at": 0.0,
        "first_received_at": 0.0,
        "receive_count": 0,
        "received_before": 0,
        "came_from": "",
        "body": msgspec.json.encode(message.content),
    }
    return int(tx.scalar(_INSERT, values))


def receivable(
    tx: ReadTx, queue_id: int, *, in_order: bool, now: float, since: float, count: int
) -> tuple[Message, ...]:
    """Up to `count` messages that may be received now; `in_order` is how a FIFO queue gives them.

    Oldest first.
    """
    statement = _RECEIVABLE_IN_ORDER if in_order else _RECEIVABLE
    rows = tx.rows(statement, {"queue_id": queue_id, "now": now, "since": since, "count": count})
    return tuple(_message(row) for row in rows)


def receive(tx: Tx, received: Iterable[Message]) -> None:
    """Record that messages were received: receipt, times and count."""
    for each in received:
        tx.execute(
            _RECEIVE,
            {
                "key": each.id,
                "until": each.visible_at,
                "token": each.receipt,
                "at": each.received_at,
                "first_at": each.first_received_at,
                "times": each.receive_count,
            },
        )


def hide(tx: Tx, message_id: int, *, until: float) -> None:
    """Let nobody receive the message until then."""
    tx.execute(_HIDE, {"key": message_id, "until": until})


def move(tx: Tx, dead: Sequence[Message], *, target: int, source: str, now: float) -> None:
    """Move messages to the queue with the id `target`, where they are received from now on."""
    for each in dead:
        tx.execute(
            _MOVE,
            {
                "key": each.id,
                "target": target,
                "at": each.sent_at,
                "until": now,
                "times": each.received_before + each.receive_count,
                "source": source,
            },
        )


def find_message(tx: ReadTx, queue_id: int, message_id: int) -> Message | None:
    """The message with this id, if it is in the queue."""
    row = tx.row(_FIND, {"queue_id": queue_id, "key": message_id})
    return None if row is None else _message(row)


def delete_message(tx: Tx, message_id: int) -> None:
    """Remove a message."""
    tx.execute(_DELETE, {"key": message_id})


def next_visible(tx: ReadTx, queue_id: int, *, now: float) -> float | None:
    """When the next message that is hidden comes to light of itself."""
    found: float | None = tx.scalar(_NEXT_VISIBLE, {"queue_id": queue_id, "now": now})
    return found


def in_flight(tx: ReadTx, queue_id: int, *, now: float) -> int:
    """How many messages are with somebody."""
    return int(tx.scalar(_IN_FLIGHT, {"queue_id": queue_id, "now": now}))


def counts(tx: ReadTx, queue_id: int, *, now: float, since: float) -> Counts:
    """How many messages a queue has."""
    row = tx.row(_COUNTS, {"queue_id": queue_id, "now": now, "since": since})
    if row is None:
        return Counts(visible=0, delayed=0, in_flight=0)
    return Counts(
        visible=int(row.visible),
        delayed=int(row.held),
        in_flight=int(row.total) - int(row.visible) - int(row.held),
    )


def oldest(tx: ReadTx, queue_id: int) -> float | None:
    """When the oldest message was sent."""
    found: float | None = tx.scalar(_OLDEST, {"queue_id": queue_id})
    return found


def expire(tx: Tx, queue_id: int, *, since: float, count: int) -> int:
    """Remove up to `count` messages that are kept no longer; answers how many there were."""
    return tx.execute(_EXPIRE, {"queue_id": queue_id, "since": since, "count": count})


def discard(tx: Tx, queue_id: int, count: int) -> int:
    """Remove up to `count` messages of a former queue; answers how many there were."""
    return tx.execute(_DISCARD, {"queue_id": queue_id, "count": count})


def _message(row: Row[tuple[object, ...]]) -> Message:
    return Message(
        id=row.id,
        queue_id=row.queue_id,
        group_id=row.group_id,
        sent_at=row.sent_at,
        visible_at=row.visible_at,
        receipt=row.receipt,
        received_at=row.received_at,
        first_received_at=row.first_received_at,
        receive_count=row.receive_count,
        received_before=row.received_before,
        came_from=row.came_from,
        content=msgspec.json.decode(row.body, type=Content),
    )
