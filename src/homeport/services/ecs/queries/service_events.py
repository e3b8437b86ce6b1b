"""Statements over the event streams of services: what ECS says happened to each."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, delete, insert, select

from homeport.services.ecs.records.services import ServiceEvent
from homeport.services.ecs.tables import service_events as table
from homeport.store import ReadTx, Tx

SHOWN_MAX: Final = 100
"""How many ECS shows of a service, and how many are kept."""

_NEWEST = (
    select(table.c.id, table.c.at, table.c.message)
    .where(table.c.service_arn == bindparam("service"))
    .order_by(table.c.sequence.desc())
    .limit(SHOWN_MAX)
)
_INSERT = insert(table)
_OLDEST_SHOWN = (
    select(table.c.sequence)
    .where(table.c.service_arn == bindparam("service"))
    .order_by(table.c.sequence.desc())
    .offset(SHOWN_MAX - 1)
    .limit(1)
)
_FORGET = delete(table).where(
    table.c.service_arn == bindparam("service"), table.c.sequence < bindparam("oldest")
)
_FORGET_ALL = delete(table).where(table.c.service_arn == bindparam("service"))


def events_of(tx: ReadTx, service_arn: str) -> tuple[ServiceEvent, ...]:
    """The newest 100 events, newest first."""
    rows = tx.rows(_NEWEST, {"service": service_arn})
    return tuple(ServiceEvent(id=row.id, at=row.at, message=row.message) for row in rows)


def tell(tx: Tx, service_arn: str, events: Sequence[ServiceEvent]) -> None:
    """Add events in order; those that are shown no longer are dropped."""
    if not events:
        return
    tx.execute(
        _INSERT,
        [
            {"service_arn": service_arn, "id": each.id, "at": each.at, "message": each.message}
            for each in events
        ],
    )
    oldest = tx.scalar(_OLDEST_SHOWN, {"service": service_arn})
    if oldest is not None:
        tx.execute(_FORGET, {"service": service_arn, "oldest": oldest})


def forget_events(tx: Tx, service_arn: str) -> None:
    """Drop the events of a service whose name is used anew."""
    tx.execute(_FORGET_ALL, {"service": service_arn})
