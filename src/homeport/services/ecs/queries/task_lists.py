"""Statements that list tasks, and those that forget the old ones.  One SELECT a page."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, or_, select

from homeport.services.ecs.tables import tags, task_happenings
from homeport.services.ecs.tables import tasks as table
from homeport.store import ReadTx, Tx

RECENTLY_STOPPED_S: Final = 3600.0
"""How long a stopped task stays in lists."""

FORGOTTEN_AT_ONCE: Final = 200
"""How many old tasks one transaction removes."""

_COLUMNS: Final = {
    "family": table.c.family,
    "started_by": table.c.started_by,
    "service_name": table.c.service_name,
    "instance_arn": table.c.instance_arn,
    "launch_type": table.c.launch_type,
}
_OLD = (
    select(table.c.arn)
    .where(table.c.last_status == "STOPPED", table.c.stopped_at <= bindparam("until"))
    .order_by(table.c.stopped_at)
    .limit(FORGOTTEN_AT_ONCE)
)
_FORGET: Final = tuple(
    delete(each).where(column.in_(bindparam("arns", expanding=True)))
    for each, column in (
        (table, table.c.arn),
        (task_happenings, task_happenings.c.task_arn),
        (tags, tags.c.resource_arn),
    )
)


def list_arns(
    tx: ReadTx,
    cluster_arn: str,
    desired_status: str,
    *,
    filters: dict[str, str],
    after: str,
    limit: int,
    now: float,
) -> Sequence[str]:
    """ARNs of a cluster's tasks in order, those that follow `after`.

    `filters` are by column: family, started_by, service_name, instance_arn, launch_type.  Stopped
    tasks are listed for an hour.
    """
    statement = _statement(frozenset(filters), desired_status == "STOPPED")
    parameters = {
        "cluster": cluster_arn,
        "desired": desired_status,
        "after": after,
        "limit": limit,
        **filters,
    }
    if desired_status == "STOPPED":
        parameters["since"] = now - RECENTLY_STOPPED_S
    return [row.arn for row in tx.rows(statement, parameters)]


def forget_old_tasks(tx: Tx, *, until: float) -> int:
    """Drop some tasks that stopped before `until`, with all that was kept of them; how many."""
    arns = [row.arn for row in tx.rows(_OLD, {"until": until})]
    if arns:
        for statement in _FORGET:
            tx.execute(statement, {"arns": arns})
    return len(arns)


@cache
def _statement(filters: frozenset[str], stopped: bool) -> Select[Any]:
    statement = select(table.c.arn).where(
        table.c.cluster_arn == bindparam("cluster"),
        table.c.desired_status == bindparam("desired"),
        table.c.arn > bindparam("after"),
    )
    for name in sorted(filters):
        statement = statement.where(_COLUMNS[name] == bindparam(name))
    if "instance_arn" in filters:
        # Where a Fargate task runs is nobody's business.
        statement = statement.where(table.c.launch_type != "FARGATE")
    if stopped:
        recently = table.c.stopped_at > bindparam("since")
        statement = statement.where(or_(table.c.stopped_at.is_(None), recently))
    return statement.order_by(table.c.arn).limit(bindparam("limit"))
