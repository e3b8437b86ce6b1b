"""Statements about log events."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
)

from homeport.services.logs.records import EventScope, LogEvent, NewEvent, Position
from homeport.services.logs.tables import log_events, log_streams
from homeport.store import ReadTx, Tx

_HIGHEST = "\U0010ffff"

_INSERT = insert(log_events)
_NEWEST_ID = select(func.max(log_events.c.id)).where(
    log_events.c.stream_id == bindparam("stream_id"),
    log_events.c.at_ms == bindparam("at_ms"),
)
_DISCARD = delete(log_events).where(
    log_events.c.id.in_(
        select(log_events.c.id)
        .where(log_events.c.stream_id == bindparam("stream_id"))
        .limit(bindparam("count"))
    )
)
_EXPIRED = (
    select(log_events.c.id, log_events.c.stream_id, func.length(log_events.c.message).label("size"))
    .where(
        log_events.c.group_id == bindparam("group_id"),
        log_events.c.at_ms < bindparam("before_ms"),
    )
    .order_by(log_events.c.at_ms, log_events.c.id)
    .limit(bindparam("count"))
)
_DELETE = delete(log_events).where(log_events.c.id == bindparam("key"))


def insert_events(
    tx: Tx, group_id: int, stream_id: int, events: Sequence[NewEvent], *, now_ms: int
) -> int:
    """Add events to a stream; answers the id of the last."""
    tx.execute(
        _INSERT,
        [
            {
                "group_id": group_id,
                "stream_id": stream_id,
                "at_ms": event.at_ms,
                "ingested_ms": now_ms,
                "message": event.message,
            }
            for event in events
        ],
    )
    last = {"stream_id": stream_id, "at_ms": events[-1].at_ms}
    return int(tx.scalar(_NEWEST_ID, last))


def events_after(
    tx: ReadTx, scope: EventScope, after: Position | None, count: int
) -> tuple[LogEvent, ...]:
    """The oldest `count` events after a position, oldest first."""
    statement = _of(scope).order_by(log_events.c.at_ms, log_events.c.id).limit(count)
    if after is not None:
        statement = statement.where(
            log_events.c.at_ms >= after.at_ms,
            or_(log_events.c.at_ms > after.at_ms, log_events.c.id > after.row),
        )
    return tuple(_event(row) for row in tx.rows(statement))


def events_before(
    tx: ReadTx, scope: EventScope, before: Position | None, count: int
) -> tuple[LogEvent, ...]:
    """The newest `count` events before a position, newest first."""
    statement = _of(scope).order_by(log_events.c.at_ms.desc(), log_events.c.id.desc()).limit(count)
    if before is not None:
        statement = statement.where(
            log_events.c.at_ms <= before.at_ms,
            or_(log_events.c.at_ms < before.at_ms, log_events.c.id < before.row),
        )
    return tuple(_event(row) for row in tx.rows(statement))


def discard_events(tx: Tx, stream_id: int, count: int) -> int:
    """Delete up to `count` events of a stream; answers how many there were."""
    return tx.execute(_DISCARD, {"stream_id": stream_id, "count": count})


def expire_events(tx: Tx, group_id: int, before_ms: int, count: int) -> tuple[dict[int, int], int]:
    """Delete up to `count` events older than `before_ms`.

    Answers the bytes freed by stream, and how many events there were.
    """
    rows = tx.rows(_EXPIRED, {"group_id": group_id, "before_ms": before_ms, "count": count})
    freed: dict[int, int] = {}
    for row in rows:
        freed[row.stream_id] = freed.get(row.stream_id, 0) + row.size
    if rows:
        tx.execute(_DELETE, [{"key": row.id} for row in rows])
    return freed, len(rows)


def _of(scope: EventScope) -> Select[Any]:
    return (
        select(
            log_events.c.id,
            log_events.c.at_ms,
            log_events.c.ingested_ms,
            log_events.c.message,
            log_streams.c.name,
        )
        .join(log_streams, log_streams.c.id == log_events.c.stream_id)
        .where(and_(*_conditions(scope)))
    )


def _conditions(scope: EventScope) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [log_events.c.at_ms >= scope.start_ms]
    if scope.stream_ids is None:
        conditions.append(log_events.c.group_id == scope.group_id)
    elif len(scope.stream_ids) == 1:
        conditions.append(log_events.c.stream_id == scope.stream_ids[0])
    else:
        conditions.append(log_events.c.group_id == scope.group_id)
        conditions.append(log_events.c.stream_id.in_(scope.stream_ids))
    if scope.stream_prefix is not None:
        conditions.append(log_streams.c.name >= scope.stream_prefix)
        conditions.append(log_streams.c.name < scope.stream_prefix + _HIGHEST)
    if scope.end_ms is not None:
        conditions.append(log_events.c.at_ms < scope.end_ms)
    return conditions


def _event(row: Sequence[Any]) -> LogEvent:
    # By place, not by name: a filter reads thousands, and this is most of what it costs.
    return LogEvent(
        position=Position(row[1], row[0]),
        stream=row[4],
        ingested_ms=row[2],
        message=row[3].decode(errors="replace"),
        size=len(row[3]),
    )
