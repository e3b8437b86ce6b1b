"""Statements about log groups."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from homeport.services.logs.records import GroupBody, LogGroup
from homeport.services.logs.tables import log_discards, log_groups, log_streams
from homeport.store import ReadTx, Tx

_HIGHEST = "\U0010ffff"
"""Sorts after every character that a name may have."""

_OF_REGION = (
    log_groups.c.account == bindparam("account"),
    log_groups.c.region == bindparam("region"),
)
_FIND = select(log_groups).where(*_OF_REGION, log_groups.c.name == bindparam("name"))
_PAGE = (
    select(log_groups)
    .where(
        *_OF_REGION,
        log_groups.c.name > bindparam("after"),
        log_groups.c.name >= bindparam("lowest"),
        log_groups.c.name < bindparam("highest"),
    )
    .order_by(log_groups.c.name)
    .limit(bindparam("count"))
)
_INSERT = insert(log_groups).returning(log_groups.c.id)
_SAVE = (
    update(log_groups)
    .where(log_groups.c.id == bindparam("key"))
    .values(retention_days=bindparam("days"), body=bindparam("content"))
)
_STREAM_IDS = select(log_streams.c.id).where(log_streams.c.group_id == bindparam("group_id"))
_DISCARD_STREAMS = insert(log_discards).from_select(["stream_id"], _STREAM_IDS)
_DELETE_STREAMS = delete(log_streams).where(log_streams.c.group_id == bindparam("group_id"))
_DELETE = delete(log_groups).where(log_groups.c.id == bindparam("key"))
_WITH_RETENTION = select(log_groups).where(log_groups.c.retention_days.is_not(None))
_STORED = (
    select(log_streams.c.group_id, func.sum(log_streams.c.stored_bytes).label("size"))
    .where(log_streams.c.group_id.in_(bindparam("group_ids", expanding=True)))
    .group_by(log_streams.c.group_id)
)


def find_group(tx: ReadTx, account: str, region: str, name: str) -> LogGroup | None:
    """The group of this name."""
    row = tx.row(_FIND, {"account": account, "region": region, "name": name})
    return None if row is None else _group(row)


def groups_after(
    tx: ReadTx, account: str, region: str, *, after: str, prefix: str, count: int
) -> tuple[LogGroup, ...]:
    """Up to `count` groups by name, after `after`, whose names start with `prefix`."""
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
    return tuple(_group(row) for row in rows)


def insert_group(tx: Tx, group: LogGroup) -> int:
    """Record a new group (its id does not count); answers its id."""
    values = {
        "account": group.account,
        "region": group.region,
        "name": group.name,
        "created_ms": group.created_ms,
        "retention_days": group.retention_days,
        "body": msgspec.json.encode(group.body),
    }
    return int(tx.scalar(_INSERT, values))


def save_group(tx: Tx, group: LogGroup) -> None:
    """Record what may change of a group: retention and body."""
    content = msgspec.json.encode(group.body)
    tx.execute(_SAVE, {"key": group.id, "days": group.retention_days, "content": content})


def delete_group(tx: Tx, group: LogGroup) -> tuple[int, ...]:
    """Remove the group and its streams; answers the streams whose events are to be discarded."""
    stream_ids = tuple(row[0] for row in tx.rows(_STREAM_IDS, {"group_id": group.id}))
    tx.execute(_DISCARD_STREAMS, {"group_id": group.id})
    tx.execute(_DELETE_STREAMS, {"group_id": group.id})
    tx.execute(_DELETE, {"key": group.id})
    return stream_ids


def groups_with_retention(tx: ReadTx) -> Iterator[LogGroup]:
    """Every group of every region whose events expire."""
    return (_group(row) for row in tx.rows(_WITH_RETENTION))


def stored_bytes(tx: ReadTx, group_ids: Sequence[int]) -> dict[int, int]:
    """What each group stores; a group without streams is left out."""
    rows = tx.rows(_STORED, {"group_ids": list(group_ids)})
    return {row.group_id: int(row.size) for row in rows}


def _group(row: Row[Any]) -> LogGroup:
    return LogGroup(
        id=row.id,
        account=row.account,
        region=row.region,
        name=row.name,
        created_ms=row.created_ms,
        retention_days=row.retention_days,
        body=msgspec.json.decode(row.body, type=GroupBody),
    )
