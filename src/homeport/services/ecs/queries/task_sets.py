"""Statements over task sets.

Announces ``task set`` with the task set's ARN for every change of one, its end included.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from homeport.services.ecs.records.task_sets import TaskSet
from homeport.services.ecs.tables import task_sets as table
from homeport.store import ReadTx, Tx

KIND: Final = "task set"

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(TaskSet)

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_OF_SERVICES = (
    select(table.c.service_arn, table.c.body)
    .where(table.c.service_arn.in_(bindparam("services", expanding=True)))
    .order_by(table.c.created_at.desc(), table.c.arn)
)
_INSERT = insert(table)
_UPDATE = update(table).where(table.c.arn == bindparam("of")).values(body=bindparam("body"))
_DELETE = delete(table).where(table.c.arn == bindparam("of"))


def find_task_set(tx: ReadTx, arn: str) -> TaskSet | None:
    """The task set with this ARN."""
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def task_sets_of(tx: ReadTx, service_arn: str) -> tuple[TaskSet, ...]:
    """The task sets of a service, newest first, those that drain included."""
    return task_sets_of_many(tx, [service_arn])[service_arn]


def task_sets_of_many(tx: ReadTx, service_arns: Sequence[str]) -> dict[str, tuple[TaskSet, ...]]:
    """The same of several services; every ARN is a key of the answer."""
    found: dict[str, tuple[TaskSet, ...]] = dict.fromkeys(service_arns, ())
    if service_arns:
        for row in tx.rows(_OF_SERVICES, {"services": list(service_arns)}):
            found[row.service_arn] = (*found[row.service_arn], _DECODER.decode(row.body))
    return found


def insert_task_set(tx: Tx, task_set: TaskSet) -> None:
    """Add a task set."""
    tx.execute(
        _INSERT,
        {
            "arn": task_set.arn,
            "service_arn": task_set.service_arn,
            "created_at": task_set.created_at,
            "body": _ENCODER.encode(task_set),
        },
    )
    tx.changed(KIND, task_set.arn)


def save_task_set(tx: Tx, before: TaskSet, after: TaskSet) -> None:
    """Replace the record `before` by `after`; nothing is written when they are the same."""
    if before != after:
        tx.execute(_UPDATE, {"of": after.arn, "body": _ENCODER.encode(after)})
        tx.changed(KIND, after.arn)


def forget_task_sets(tx: Tx, service_arn: str) -> None:
    """Drop what is left of a service whose name is used anew."""
    for each in task_sets_of(tx, service_arn):
        remove_task_set(tx, each)


def remove_task_set(tx: Tx, task_set: TaskSet) -> None:
    """Drop a task set that has no task any more."""
    tx.execute(_DELETE, {"of": task_set.arn})
    tx.changed(KIND, task_set.arn)
