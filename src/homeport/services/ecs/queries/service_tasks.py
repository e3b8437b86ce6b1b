"""Statements over the tasks of a service: columns only, so that thousands are read at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select, update

from homeport.services.ecs.records.service_views import TaskView
from homeport.services.ecs.records.task_states import PENDING_STATUSES
from homeport.services.ecs.tables import tasks as table
from homeport.store import ReadTx, Tx

SETTLED_AT_ONCE: Final = 500

_OF_SERVICE = (
    table.c.cluster_arn == bindparam("cluster"),
    table.c.service_name == bindparam("service"),
    table.c.settled.is_(False),
)
_VIEWS = (
    select(
        table.c.arn,
        table.c.started_by,
        table.c.instance_arn,
        table.c.zone,
        table.c.capacity_provider,
        table.c.last_status,
        table.c.desired_status,
        table.c.health,
        table.c.stop_code,
        table.c.created_at,
        table.c.started_at,
        table.c.protected_until,
    )
    .where(*_OF_SERVICE)
    .order_by(table.c.created_at, table.c.arn)
)
_COUNTS = (
    select(table.c.started_by, table.c.last_status, func.count().label("tasks"))
    .where(*_OF_SERVICE)
    .group_by(table.c.started_by, table.c.last_status)
)
_SETTLE = (
    update(table)
    .where(table.c.arn.in_(bindparam("arns", expanding=True)))
    .values(settled=True)
)
_SERVICES_ON = (
    select(table.c.cluster_arn, table.c.service_name)
    .where(
        table.c.instance_arn == bindparam("instance"),
        table.c.released.is_(False),
        table.c.service_name.is_not(None),
    )
    .distinct()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutCounts:
    """How many tasks of a rollout are pending and running, as ECS counts them."""

    pending: int = 0
    running: int = 0


def views_of_service(tx: ReadTx, cluster_arn: str, name: str) -> tuple[TaskView, ...]:
    """Tasks that are live, or whose end has not been settled; oldest first."""
    rows = tx.rows(_VIEWS, {"cluster": cluster_arn, "service": name})
    return tuple(
        TaskView(
            arn=row.arn,
            rollout_id=row.started_by,
            instance_arn=row.instance_arn,
            zone=row.zone,
            capacity_provider=row.capacity_provider,
            last_status=row.last_status,
            desired_status=row.desired_status,
            health=row.health,
            stop_code=row.stop_code,
            created_at=row.created_at,
            started_at=row.started_at,
            protected_until=row.protected_until,
        )
        for row in rows
    )


def counts_of_service(tx: ReadTx, cluster_arn: str, name: str) -> dict[str, RolloutCounts]:
    """Counts by rollout id; a rollout without tasks is absent."""
    found: dict[str, RolloutCounts] = {}
    for row in tx.rows(_COUNTS, {"cluster": cluster_arn, "service": name}):
        before = found.get(row.started_by, RolloutCounts())
        is_pending = row.last_status in PENDING_STATUSES
        found[row.started_by] = RolloutCounts(
            pending=before.pending + (row.tasks if is_pending else 0),
            running=before.running + (row.tasks if row.last_status == "RUNNING" else 0),
        )
    return found


def settle(tx: Tx, arns: Sequence[str]) -> None:
    """The scheduler has drawn its conclusions from the ends of these tasks."""
    for first in range(0, len(arns), SETTLED_AT_ONCE):
        tx.execute(_SETTLE, {"arns": list(arns[first : first + SETTLED_AT_ONCE])})


def services_on_instance(tx: ReadTx, instance_arn: str) -> tuple[tuple[str, str], ...]:
    """(cluster ARN, name) of the services that have tasks on an instance."""
    rows = tx.rows(_SERVICES_ON, {"instance": instance_arn})
    return tuple((row.cluster_arn, row.service_name) for row in rows)
