"""Statements over the events for EventBridge.

Announces ``event`` when there are new ones.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, insert, select, true, update

from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.tables import bus_events as table
from homeport.store import ReadTx, Tx

READ_AT_ONCE: Final = 500
FORGOTTEN_AT_ONCE: Final = 2_000
"""How many old events one transaction removes."""

_INSERT = insert(table)
_AFTER = (
    select(table)
    .where(table.c.sequence > bindparam("after"))
    .order_by(table.c.sequence)
    .limit(READ_AT_ONCE)
)
_UNROUTED = (
    select(table).where(table.c.routed.is_(False)).order_by(table.c.sequence).limit(READ_AT_ONCE)
)
_PASS_BY = update(table).where(table.c.routed.is_(False)).values(routed=true())
_ROUTED = _PASS_BY.where(table.c.sequence <= bindparam("last"))
_LAST = select(func.max(table.c.sequence))
_OLD = (
    select(table.c.sequence)
    .where(table.c.at < bindparam("until"), table.c.routed.is_(True))
    .order_by(table.c.at)
    .limit(FORGOTTEN_AT_ONCE)
)
_SURPLUS = (
    select(table.c.sequence)
    .where(table.c.sequence <= bindparam("last"))
    .order_by(table.c.sequence)
    .limit(FORGOTTEN_AT_ONCE)
)
_FORGET_OLD = delete(table).where(table.c.sequence.in_(_OLD.scalar_subquery()))
_FORGET_SURPLUS = delete(table).where(table.c.sequence.in_(_SURPLUS.scalar_subquery()))


def emit(tx: Tx, events: Sequence[BusEvent]) -> None:
    """Record events in order."""
    if not events:
        return
    tx.execute(
        _INSERT,
        [
            {
                "id": each.id,
                "at": each.at,
                "account": each.account,
                "region": each.region,
                "kind": each.kind,
                "resource": each.resource,
                "body": each.body,
            }
            for each in events
        ],
    )
    tx.changed("event", "")


def events_after(tx: ReadTx, sequence: int) -> tuple[BusEvent, ...]:
    """The oldest events that are newer than `sequence`, at most 500, in order."""
    return tuple(_event(row) for row in tx.rows(_AFTER, {"after": sequence}))


def take_unrouted(tx: Tx) -> tuple[BusEvent, ...]:
    """The oldest events that were not handed out yet, at most 500, in order; now they are."""
    taken = tuple(_event(row) for row in tx.rows(_UNROUTED))
    if taken:
        tx.execute(_ROUTED, {"last": taken[-1].sequence})
    return taken


def pass_by(tx: Tx) -> None:
    """Have none of the events until now handed out."""
    tx.execute(_PASS_BY)


def last_sequence(tx: ReadTx) -> int:
    """The sequence of the newest event; 0 before the first."""
    return int(tx.scalar(_LAST) or 0)


def forget_events(tx: Tx, *, until: float, kept: int) -> bool:
    """Drop some events older than `until`, and of those beyond the newest `kept`; whether that was
    a whole batch, so that there may be more.

    However old, an event waits until it is handed out, while it is among the newest `kept`.
    """
    old = tx.execute(_FORGET_OLD, {"until": until})
    surplus = tx.execute(_FORGET_SURPLUS, {"last": last_sequence(tx) - kept})
    return FORGOTTEN_AT_ONCE in (old, surplus)


def _event(row: Row[Any]) -> BusEvent:
    return BusEvent(
        id=row.id,
        at=row.at,
        account=row.account,
        region=row.region,
        kind=row.kind,
        resource=row.resource,
        body=row.body,
        sequence=row.sequence,
    )
