"""Statements about log streams."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, case, delete, insert, or_, select, update

from homeport.services.logs.records import LogStream
from homeport.services.logs.tables import log_discards, log_streams
from homeport.store import ReadTx, Tx

_HIGHEST = "\U0010ffff"

_OF_GROUP = log_streams.c.group_id == bindparam("group_id")
_FIND = select(log_streams).where(_OF_GROUP, log_streams.c.name == bindparam("name"))
_NAMED = select(log_streams).where(
    _OF_GROUP, log_streams.c.name.in_(bindparam("names", expanding=True))
)
_IN_RANGE = select(log_streams).where(
    _OF_GROUP,
    log_streams.c.name >= bindparam("lowest"),
    log_streams.c.name < bindparam("highest"),
)
_BY_NAME = (
    _IN_RANGE.where(log_streams.c.name > bindparam("after"))
    .order_by(log_streams.c.name)
    .limit(bindparam("count"))
)
_BY_NAME_DOWN = (
    _IN_RANGE.where(log_streams.c.name < bindparam("after"))
    .order_by(log_streams.c.name.desc())
    .limit(bindparam("count"))
)
_BY_TIME = (
    select(log_streams)
    .where(
        _OF_GROUP,
        or_(
            log_streams.c.last_event_ms > bindparam("at_ms"),
            and_(
                log_streams.c.last_event_ms == bindparam("at_ms"),
                log_streams.c.name > bindparam("after"),
            ),
        ),
    )
    .order_by(log_streams.c.last_event_ms, log_streams.c.name)
    .limit(bindparam("count"))
)
_BY_TIME_DOWN = (
    select(log_streams)
    .where(
        _OF_GROUP,
        or_(
            log_streams.c.last_event_ms < bindparam("at_ms"),
            and_(
                log_streams.c.last_event_ms == bindparam("at_ms"),
                log_streams.c.name < bindparam("after"),
            ),
        ),
    )
    .order_by(log_streams.c.last_event_ms.desc(), log_streams.c.name.desc())
    .limit(bindparam("count"))
)
_INSERT = insert(log_streams).values(
    first_event_ms=0, last_event_ms=0, last_ingested_ms=0, stored_bytes=0
)
_DELETE = delete(log_streams).where(log_streams.c.id == bindparam("key"))
_DISCARD = insert(log_discards)
_DISCARDS = select(log_discards.c.stream_id)
_FORGET = delete(log_discards).where(log_discards.c.stream_id == bindparam("key"))
_FIRST = log_streams.c.first_event_ms
_LAST = log_streams.c.last_event_ms
_ADD = (
    update(log_streams)
    .where(log_streams.c.id == bindparam("key"))
    .values(
        first_event_ms=case(
            (_FIRST.between(1, bindparam("first")), _FIRST), else_=bindparam("first")
        ),
        last_event_ms=case((bindparam("last") < _LAST, _LAST), else_=bindparam("last")),
        last_ingested_ms=bindparam("now_ms"),
        stored_bytes=log_streams.c.stored_bytes + bindparam("size"),
    )
)
_TAKE = (
    update(log_streams)
    .where(log_streams.c.id == bindparam("key"))
    .values(stored_bytes=log_streams.c.stored_bytes - bindparam("size"))
)


def find_stream(tx: ReadTx, group_id: int, name: str) -> LogStream | None:
    """The group's stream of this name."""
    row = tx.row(_FIND, {"group_id": group_id, "name": name})
    return None if row is None else _stream(row)


def streams_named(tx: ReadTx, group_id: int, names: Sequence[str]) -> tuple[LogStream, ...]:
    """Those of the named streams that exist."""
    rows = tx.rows(_NAMED, {"group_id": group_id, "names": list(names)})
    return tuple(_stream(row) for row in rows)


def streams_by_name(
    tx: ReadTx, group_id: int, *, after: str | None, prefix: str, descending: bool, count: int
) -> tuple[LogStream, ...]:
    """Up to `count` streams in order of name that come after `after`."""
    parameters = {
        "group_id": group_id,
        "lowest": prefix,
        "highest": prefix + _HIGHEST,
        "after": after if after is not None else (_HIGHEST if descending else ""),
        "count": count,
    }
    rows = tx.rows(_BY_NAME_DOWN if descending else _BY_NAME, parameters)
    return tuple(_stream(row) for row in rows)


def streams_by_time(
    tx: ReadTx, group_id: int, *, after: tuple[int, str] | None, descending: bool, count: int
) -> tuple[LogStream, ...]:
    """Up to `count` streams in order of their last event that come after `after`."""
    at_ms, name = after or ((1 << 62, _HIGHEST) if descending else (-1, ""))
    parameters = {"group_id": group_id, "at_ms": at_ms, "after": name, "count": count}
    rows = tx.rows(_BY_TIME_DOWN if descending else _BY_TIME, parameters)
    return tuple(_stream(row) for row in rows)


def insert_stream(tx: Tx, group_id: int, name: str, *, now_ms: int) -> None:
    """Record a new stream."""
    tx.execute(_INSERT, {"group_id": group_id, "name": name, "created_ms": now_ms})


def delete_stream(tx: Tx, stream_id: int) -> None:
    """Remove a stream; its events are left to be discarded."""
    tx.execute(_DISCARD, {"stream_id": stream_id})
    tx.execute(_DELETE, {"key": stream_id})


def streams_to_discard(tx: ReadTx) -> tuple[int, ...]:
    """Deleted streams that may have left events behind."""
    return tuple(row[0] for row in tx.rows(_DISCARDS))


def forget_discarded(tx: Tx, stream_id: int) -> None:
    """Nothing is left of a deleted stream."""
    tx.execute(_FORGET, {"key": stream_id})


def note_put(
    tx: Tx, stream_id: int, *, first_ms: int, last_ms: int, size: int, now_ms: int
) -> None:
    """Record that the stream got events from `first_ms` to `last_ms`."""
    tx.execute(
        _ADD,
        {"key": stream_id, "first": first_ms, "last": last_ms, "size": size, "now_ms": now_ms},
    )


def note_expired(tx: Tx, stream_id: int, size: int) -> None:
    """Record that the stream lost events of `size` bytes."""
    tx.execute(_TAKE, {"key": stream_id, "size": size})


def _stream(row: Row[Any]) -> LogStream:
    return LogStream(
        id=row.id,
        group_id=row.group_id,
        name=row.name,
        created_ms=row.created_ms,
        first_event_ms=row.first_event_ms,
        last_event_ms=row.last_event_ms,
        last_ingested_ms=row.last_ingested_ms,
    )
