"""Statements over the tasks whose time is limited, in the order in which it is up."""

from typing import Final

import msgspec
from sqlalchemy import bindparam, func, select

from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.tables import tasks as table
from homeport.store import ReadTx

STOPPED_AT_ONCE: Final = 100
"""How many tasks one transaction stops."""

_DECODER: Final = msgspec.json.Decoder(Task)

_DUE = (
    select(table.c.body)
    .where(table.c.deadline <= bindparam("now"))
    .order_by(table.c.deadline)
    .limit(STOPPED_AT_ONCE)
)
_NEXT = select(func.min(table.c.deadline)).where(table.c.deadline.is_not(None))


def overdue_tasks(tx: ReadTx, *, now: float) -> tuple[Task, ...]:
    """Those that should still run and whose time is up, at most 100, the longest overdue first."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_DUE, {"now": now}))


def next_deadline(tx: ReadTx) -> float | None:
    """When the time of the next task is up."""
    found = tx.scalar(_NEXT)
    return None if found is None else float(found)
