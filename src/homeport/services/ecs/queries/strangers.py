"""Statements over tasks that a node reports and that no one knows.

The node is told to remove them, and then to stop reporting them.  A node that says hello learns
everything at once, so what was to be told about strangers is dropped then.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from homeport.services.ecs.tables import strangers as table
from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A task that no one knows, and whether its node has removed it."""

    task_arn: str
    generation: int
    removed: bool


_KEY = (table.c.instance_arn == bindparam("instance"), table.c.task_arn == bindparam("task"))
_FIND = select(table.c.task_arn, table.c.generation, table.c.removed).where(*_KEY)
_NEWS = (
    select(table.c.task_arn, table.c.generation, table.c.removed)
    .where(table.c.instance_arn == bindparam("instance"), table.c.generation > bindparam("after"))
    .order_by(table.c.generation)
)
_UPDATE = (
    update(table)
    .where(
        table.c.instance_arn == bindparam("of_instance"), table.c.task_arn == bindparam("of_task")
    )
    .values(generation=bindparam("generation"), removed=bindparam("removed"))
)
_INSERT = insert(table)
_FORGET = delete(table).where(table.c.instance_arn == bindparam("instance"))


def find_stranger(tx: ReadTx, instance_arn: str, task_arn: str) -> Stranger | None:
    """What the node is told about this task."""
    row = tx.row(_FIND, {"instance": instance_arn, "task": task_arn})
    return None if row is None else _stranger(row)


def strangers_after(tx: ReadTx, instance_arn: str, generation: int) -> tuple[Stranger, ...]:
    """What the node is told about strangers since `generation`, in order."""
    rows = tx.rows(_NEWS, {"instance": instance_arn, "after": generation})
    return tuple(_stranger(row) for row in rows)


def save_stranger(tx: Tx, instance_arn: str, stranger: Stranger) -> None:
    """Have the node told; announces the assignment."""
    values = {"generation": stranger.generation, "removed": stranger.removed}
    of = {"of_instance": instance_arn, "of_task": stranger.task_arn}
    if not tx.execute(_UPDATE, {**of, **values}):
        key = {"instance_arn": instance_arn, "task_arn": stranger.task_arn}
        tx.execute(_INSERT, {**key, **values})
    tx.changed("assignment", instance_arn)


def forget_strangers(tx: Tx, instance_arn: str) -> None:
    """Drop what was to be told to this node."""
    tx.execute(_FORGET, {"instance": instance_arn})


def _stranger(row: Row[Any]) -> Stranger:
    return Stranger(task_arn=row.task_arn, generation=row.generation, removed=row.removed)
