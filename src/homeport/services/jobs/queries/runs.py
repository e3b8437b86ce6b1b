"""Statements over runs and their tasks.

Announces ``run`` with the id of one whose tasks are to be asked for.
"""

from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Row, bindparam, false, insert, select, update

from homeport.services.jobs.records.runs import Run
from homeport.services.jobs.tables import run_tasks
from homeport.services.jobs.tables import runs as table
from homeport.store import ReadTx, Tx

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Run)
_ROW: Final = (table.c.sequence, table.c.body)

_BY_ID = select(*_ROW).where(table.c.id == bindparam("of"))
_BY_TASK = (
    select(*_ROW)
    .join(run_tasks, run_tasks.c.run_id == table.c.id)
    .where(run_tasks.c.task_arn == bindparam("of"))
)
_OPEN_IN_LANE = (
    select(*_ROW)
    .where(table.c.lane == bindparam("of"), table.c.is_over == false())
    .order_by(table.c.sequence)
)
_OPEN = select(table.c.id).where(table.c.is_over == false()).order_by(table.c.sequence)
_INSERT = insert(table)
_INSERT_TASKS = insert(run_tasks)
_UPDATE = (
    update(table)
    .where(table.c.id == bindparam("of"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in ("outcome", "next_attempt_at", "is_over", "body")
        }
    )
)


def find_run(tx: ReadTx, run_id: str) -> Run | None:
    """The run with this id."""
    row = tx.row(_BY_ID, {"of": run_id})
    return None if row is None else _run(row)


def run_of_task(tx: ReadTx, task_arn: str) -> Run | None:
    """The run that has this task."""
    row = tx.row(_BY_TASK, {"of": task_arn})
    return None if row is None else _run(row)


def open_runs(tx: ReadTx, lane: str) -> tuple[Run, ...]:
    """The runs of a lane that are under way, in their order."""
    return tuple(_run(row) for row in tx.rows(_OPEN_IN_LANE, {"of": lane}))


def open_run_ids(tx: ReadTx) -> tuple[str, ...]:
    """Every run that is under way."""
    return tuple(row.id for row in tx.rows(_OPEN))


def insert_run(tx: Tx, run: Run) -> None:
    """Add a new run."""
    row = {
        "id": run.id,
        "firing_id": run.firing_id,
        "source": run.source,
        "lane": run.lane,
        "number": run.number,
        "requested_at": run.requested_at,
        **_moving(run),
    }
    tx.execute(_INSERT, row)
    _insert_tasks(tx, run)
    _announce(tx, run)


def save_run(tx: Tx, before: Run, after: Run) -> None:
    """Replace the record; tasks that it did not have are found by their ARNs from now on."""
    moving = {f"new_{name}": value for name, value in _moving(after).items()}
    tx.execute(_UPDATE, {"of": after.id, **moving})
    if not before.tasks:
        _insert_tasks(tx, after)
    _announce(tx, after)


def _announce(tx: Tx, run: Run) -> None:
    """Nobody waits for one that runs: ECS tells of its tasks when they are over."""
    if run.outcome == "PENDING":
        tx.changed("run", run.id)


def _insert_tasks(tx: Tx, run: Run) -> None:
    if run.tasks:
        rows = [{"task_arn": task.arn, "run_id": run.id} for task in run.tasks]
        tx.execute(_INSERT_TASKS, rows)


def _moving(run: Run) -> dict[str, object]:
    return {
        "outcome": run.outcome,
        "next_attempt_at": run.next_attempt_at,
        "is_over": run.is_over,
        "body": _ENCODER.encode(run),
    }


def _run(row: Row[Any]) -> Run:
    return replace(_DECODER.decode(row.body), sequence=row.sequence)
