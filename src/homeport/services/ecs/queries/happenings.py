"""Statements over what happened to tasks: the story that ExplainTask tells.

A line is keyed by its task, its source and its number, so telling it twice changes nothing.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, insert, select

from homeport.services.ecs.records.happenings import HappeningRecord
from homeport.services.ecs.tables import task_happenings as table
from homeport.store import ReadTx, Tx

CONTROL: Final = "control"
NODE: Final = "node"

NEWS_MAX: Final = 500
"""How many lines `since` answers at most."""

TASKS_AT_ONCE: Final = 16
"""Of so many tasks `since` reads the lines with one statement."""

LINES_A_VERSION: Final = 10
"""Room for the lines of one version of a task: its first has the number VERSION * 10."""

_OF = (
    select(table.c.source, table.c.sequence, table.c.at, table.c.container, table.c.what)
    .where(table.c.task_arn == bindparam("task"))
    .order_by(table.c.at, table.c.source, table.c.sequence)
)
_KNOWN = select(table.c.sequence).where(
    table.c.task_arn == bindparam("task"),
    table.c.source == NODE,
    table.c.sequence.in_(bindparam("sequences", expanding=True)),
)
_SINCE = (
    select(table.c.at, table.c.task_arn, table.c.what)
    .where(table.c.at > bindparam("after"))
    .order_by(table.c.at, table.c.task_arn, table.c.source, table.c.sequence)
    .limit(NEWS_MAX)
)
_SINCE_OF = select(table.c.at, table.c.task_arn, table.c.what).where(
    table.c.task_arn.in_(bindparam("tasks", expanding=True)), table.c.at > bindparam("after")
)
_INSERT = insert(table)


def happenings_of(tx: ReadTx, task_arn: str) -> tuple[HappeningRecord, ...]:
    """The story of a task, in order of time."""
    return tuple(
        HappeningRecord(
            source=row.source,
            sequence=row.sequence,
            at=row.at,
            container=row.container,
            what=row.what,
        )
        for row in tx.rows(_OF, {"task": task_arn})
    )


def since(tx: ReadTx, after: float) -> tuple[tuple[float, str, str], ...]:
    """What happened later than `after`: (when, task ARN, what), in order of time."""
    return tuple((row.at, row.task_arn, row.what) for row in tx.rows(_SINCE, {"after": after}))


def since_of(tx: ReadTx, tasks: Sequence[str], after: float) -> tuple[tuple[float, str, str], ...]:
    """What happened to these tasks later than `after`, as `since` tells it."""
    found = []
    for first in range(0, len(tasks), TASKS_AT_ONCE):
        some = {"tasks": list(tasks[first : first + TASKS_AT_ONCE]), "after": after}
        found += [(row.at, row.task_arn, row.what) for row in tx.rows(_SINCE_OF, some)]
    return tuple(sorted(found))


def tell(tx: Tx, task_arn: str, version: int, lines: Sequence[str], *, at: float) -> None:
    """Add what the control plane decided when it made the task's `version`."""
    first = version * LINES_A_VERSION
    rows = [
        _row(task_arn, HappeningRecord(source=CONTROL, sequence=first + index, at=at, what=what))
        for index, what in enumerate(lines)
    ]
    if rows:
        tx.execute(_INSERT, rows)


def tell_of_new(tx: Tx, lines: Sequence[tuple[str, str]], *, at: float) -> None:
    """Begin the stories of new tasks: (task ARN, what) pairs."""
    rows = [
        _row(arn, HappeningRecord(source=CONTROL, sequence=0, at=at, what=what))
        for arn, what in lines
    ]
    if rows:
        tx.execute(_INSERT, rows)


def note(tx: Tx, task_arn: str, lines: Sequence[HappeningRecord]) -> None:
    """Add what a node saw; lines that are known already are left alone."""
    if not lines:
        return
    of = {"task": task_arn, "sequences": [line.sequence for line in lines]}
    known = {row.sequence for row in tx.rows(_KNOWN, of)}
    fresh = {line.sequence: line for line in lines if line.sequence not in known}
    if fresh:
        tx.execute(_INSERT, [_row(task_arn, line) for line in fresh.values()])


def _row(task_arn: str, line: HappeningRecord) -> dict[str, object]:
    return {
        "task_arn": task_arn,
        "source": line.source,
        "sequence": line.sequence,
        "at": line.at,
        "container": line.container,
        "what": line.what.replace("\0", "\N{REPLACEMENT CHARACTER}"),  # PostgreSQL holds none.
    }
