"""Statements about queues, and about what is left of former ones."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Row, bindparam, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from homeport.services.sqs.records.queues import FormerQueue, Queue, QueueBody
from homeport.services.sqs.tables import attempts, former_queues, queues, sent
from homeport.store import ReadTx, Tx

_HIGHEST = "\U0010ffff"
"""Sorts after every character that a name may have."""

_OF_REGION: tuple[ColumnElement[bool], ...] = (
    queues.c.account == bindparam("account"),
    queues.c.region == bindparam("region"),
)
_FIND = select(queues).where(*_OF_REGION, queues.c.name == bindparam("name"))
_PAGE = (
    select(queues)
    .where(
        *_OF_REGION,
        queues.c.name > bindparam("after"),
        queues.c.name >= bindparam("lowest"),
        queues.c.name < bindparam("highest"),
    )
    .order_by(queues.c.name)
    .limit(bindparam("count"))
)
_SOURCES = (
    select(queues)
    .where(
        queues.c.dead_letter_arn == bindparam("arn"),
        *_OF_REGION,
        queues.c.name > bindparam("after"),
    )
    .order_by(queues.c.name)
    .limit(bindparam("count"))
)
_ALL = select(queues)
_INSERT = insert(queues).returning(queues.c.id)
_SAVE = (
    update(queues)
    .where(queues.c.id == bindparam("key"))
    .values(dead_letter_arn=bindparam("dead_letters"), body=bindparam("content"))
)
_DELETE = delete(queues).where(queues.c.id == bindparam("key"))

_LEAVE = insert(former_queues)
_FORMER = select(former_queues).where(former_queues.c.queue_id == bindparam("key"))
_FORMER_ALL = select(former_queues.c.queue_id)
_FORGET = delete(former_queues).where(former_queues.c.queue_id == bindparam("key"))
_DELETED_AT = select(func.max(former_queues.c.deleted_at)).where(
    former_queues.c.account == bindparam("account"),
    former_queues.c.region == bindparam("region"),
    former_queues.c.name == bindparam("name"),
)
_TAKE_OVER = (
    update(sent).where(sent.c.queue_id == bindparam("key")).values(queue_id=bindparam("new_id"))
)
_DROP_ATTEMPTS = delete(attempts).where(attempts.c.queue_id == bindparam("key"))
_DROP_SENT = delete(sent).where(sent.c.queue_id == bindparam("key"))


def find_queue(tx: ReadTx, account: str, region: str, name: str) -> Queue | None:
    """The queue of this name."""
    row = tx.row(_FIND, {"account": account, "region": region, "name": name})
    return None if row is None else _queue(row)


def queues_after(
    tx: ReadTx, account: str, region: str, *, after: str, prefix: str, count: int
) -> tuple[Queue, ...]:
    """Up to `count` queues by name, after `after`, whose names start with `prefix`."""
    rows = tx.rows(
        _PAGE,
        {
            "account": account,
            "region": region,
            "after": after,
            "lowest": prefix,
            "highest": prefix + _HIGHEST,
            "count": count,
        },
    )
    return tuple(_queue(row) for row in rows)


def sources_after(tx: ReadTx, target: Queue, *, after: str, count: int) -> tuple[Queue, ...]:
    """Up to `count` queues by name, after `after`, whose dead letters go to `target`."""
    rows = tx.rows(
        _SOURCES,
        {
            "arn": target.arn,
            "account": target.account,
            "region": target.region,
            "after": after,
            "count": count,
        },
    )
    return tuple(_queue(row) for row in rows)


def every_queue(tx: ReadTx) -> Iterable[Queue]:
    """All queues there are."""
    return (_queue(row) for row in tx.rows(_ALL))


def insert_queue(tx: Tx, queue: Queue) -> int:
    """Record a new queue (its id does not count); answers its id."""
    return int(tx.scalar(_INSERT, _values(queue)))


def save_queue(tx: Tx, queue: Queue) -> None:
    """Record what may change of a queue: its attributes and tags."""
    values = _values(queue)
    tx.execute(
        _SAVE,
        {
            "key": queue.id,
            "dead_letters": values["dead_letter_arn"],
            "content": values["body"],
        },
    )


def delete_queue(tx: Tx, queue: Queue, *, now: float) -> None:
    """Remove the queue; what it held is removed in the background."""
    tx.execute(_DELETE, {"key": queue.id})
    tx.execute(_DROP_SENT, {"key": queue.id})
    tx.execute(_DROP_ATTEMPTS, {"key": queue.id})
    _leave(tx, queue, deleted_at=now)


def empty_queue(tx: Tx, queue: Queue) -> None:
    """Give the queue a new id, and leave behind what it held under the old one."""
    tx.execute(_DELETE, {"key": queue.id})
    new_id = insert_queue(tx, queue)
    tx.execute(_TAKE_OVER, {"key": queue.id, "new_id": new_id})
    tx.execute(_DROP_ATTEMPTS, {"key": queue.id})
    _leave(tx, queue, deleted_at=None)


def _leave(tx: Tx, queue: Queue, *, deleted_at: float | None) -> None:
    tx.execute(
        _LEAVE,
        {
            "queue_id": queue.id,
            "account": queue.account,
            "region": queue.region,
            "name": queue.name,
            "deleted_at": deleted_at,
        },
    )


def deleted_at(tx: ReadTx, account: str, region: str, name: str) -> float | None:
    """When a queue of this name was deleted last, as far as that is still known."""
    found: float | None = tx.scalar(
        _DELETED_AT, {"account": account, "region": region, "name": name}
    )
    return found


def former_queue(tx: ReadTx, queue_id: int) -> FormerQueue | None:
    """The deleted or purged queue that had this id."""
    row = tx.row(_FORMER, {"key": queue_id})
    if row is None:
        return None
    return FormerQueue(
        queue_id=row.queue_id,
        account=row.account,
        region=row.region,
        name=row.name,
        deleted_at=row.deleted_at,
    )


def former_ids(tx: ReadTx) -> tuple[int, ...]:
    """The ids of all former queues that are still known."""
    return tuple(row[0] for row in tx.rows(_FORMER_ALL))


def forget_former(tx: Tx, queue_id: int) -> None:
    """Nothing is left of it."""
    tx.execute(_FORGET, {"key": queue_id})


def _values(queue: Queue) -> dict[str, object]:
    return {
        "account": queue.account,
        "region": queue.region,
        "name": queue.name,
        "dead_letter_arn": queue.dead_letter_arn,
        "body": msgspec.json.encode(queue.body),
    }


def _queue(row: Row[tuple[object, ...]]) -> Queue:
    return Queue(
        id=row.id,
        account=row.account,
        region=row.region,
        name=row.name,
        dead_letter_arn=row.dead_letter_arn,
        body=msgspec.json.decode(row.body, type=QueueBody),
    )
