"""Statements over the tasks of a service: columns only, so that thousands are read at once."""

from collections.abc import Sequence
from typing import Any, Final, cast

from sqlalchemy import bindparam, func, select, update

from homeport.services.ecs.records.service_views import (
    NO_TASKS,
    RolloutCounts,
    TargetHealth,
    TaskView,
)
from homeport.services.ecs.records.task_states import PENDING_STATUSES
from homeport.services.ecs.tables import tasks as table
from homeport.store import ReadTx, Tx

SETTLED_AT_ONCE: Final = 500

_BEFORE_CHECKS: Final[dict[str, TargetHealth]] = {"AWAITED": "UNKNOWN", "REGISTERED": "UNKNOWN"}
"""What is said of targets before their groups are asked."""

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
        table.c.registration,
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
_COUNTS_OF_MANY = (
    select(
        table.c.service_name,
        table.c.started_by,
        table.c.last_status,
        func.count().label("tasks"),
    )
    .where(
        table.c.cluster_arn == bindparam("cluster"),
        table.c.service_name.in_(bindparam("services", expanding=True)),
        table.c.settled.is_(False),
    )
    .group_by(table.c.service_name, table.c.started_by, table.c.last_status)
)
_PROTECTED = select(table.c.arn).where(
    *_OF_SERVICE,
    table.c.last_status != "STOPPED",
    table.c.protected_until > bindparam("now"),
)
_PROTECTED_IN_CLUSTER = (
    select(table.c.arn)
    .where(
        table.c.cluster_arn == bindparam("cluster"),
        table.c.service_name.is_not(None),
        table.c.settled.is_(False),
        table.c.last_status != "STOPPED",
        table.c.protected_until > bindparam("now"),
    )
    .order_by(table.c.arn)
    .limit(bindparam("limit"))
)
_SETTLE = (
    update(table).where(table.c.arn.in_(bindparam("arns", expanding=True))).values(settled=True)
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


def views_of_service(tx: ReadTx, cluster_arn: str, name: str) -> tuple[TaskView, ...]:
    """Tasks that are live, or whose end has not been settled; oldest first."""
    rows = cast(
        "Sequence[Sequence[Any]]", tx.rows(_VIEWS, {"cluster": cluster_arn, "service": name})
    )
    # Taken apart in the order of _VIEWS: asking thousands of rows by name takes twice as long.
    return tuple(
        TaskView(
            arn=arn,
            rollout_id=started_by,
            instance_arn=instance_arn,
            zone=zone,
            capacity_provider=capacity_provider,
            last_status=last_status,
            desired_status=desired_status,
            health=health,
            stop_code=stop_code,
            registration=registration,
            target_health=_BEFORE_CHECKS.get(registration, ""),
            created_at=created_at,
            started_at=started_at,
            protected_until=protected_until,
        )
        for (
            arn,
            started_by,
            instance_arn,
            zone,
            capacity_provider,
            last_status,
            desired_status,
            health,
            stop_code,
            registration,
            created_at,
            started_at,
            protected_until,
        ) in rows
    )


def counts_of_service(tx: ReadTx, cluster_arn: str, name: str) -> dict[str, RolloutCounts]:
    """Counts by rollout id; a rollout without tasks is absent."""
    found: dict[str, RolloutCounts] = {}
    for row in tx.rows(_COUNTS, {"cluster": cluster_arn, "service": name}):
        _add(found, row.started_by, row.last_status, row.tasks)
    return found


def counts_of_services(
    tx: ReadTx, cluster_arn: str, names: Sequence[str]
) -> dict[str, dict[str, RolloutCounts]]:
    """Counts by rollout id for each service of a cluster; every name is a key of the answer."""
    found: dict[str, dict[str, RolloutCounts]] = {name: {} for name in names}
    of = {"cluster": cluster_arn, "services": list(names)}
    for row in tx.rows(_COUNTS_OF_MANY, of):
        _add(found[row.service_name], row.started_by, row.last_status, row.tasks)
    return found


def protected_arns(tx: ReadTx, cluster_arn: str, name: str, *, now: float) -> frozenset[str]:
    """The tasks of a service that are protected from scaling in at `now`."""
    rows = tx.rows(_PROTECTED, {"cluster": cluster_arn, "service": name, "now": now})
    return frozenset(row.arn for row in rows)


def protected_in_cluster(
    tx: ReadTx, cluster_arn: str, *, now: float, limit: int
) -> tuple[str, ...]:
    """The first tasks, in order of ARN, that are protected at `now`, of whichever service."""
    of = {"cluster": cluster_arn, "now": now, "limit": limit}
    return tuple(row.arn for row in tx.rows(_PROTECTED_IN_CLUSTER, of))


def settle(tx: Tx, arns: Sequence[str]) -> None:
    """The scheduler has drawn its conclusions from the ends of these tasks."""
    for first in range(0, len(arns), SETTLED_AT_ONCE):
        tx.execute(_SETTLE, {"arns": list(arns[first : first + SETTLED_AT_ONCE])})


def services_on_instance(tx: ReadTx, instance_arn: str) -> tuple[tuple[str, str], ...]:
    """(cluster ARN, name) of the services that have tasks on an instance."""
    rows = tx.rows(_SERVICES_ON, {"instance": instance_arn})
    return tuple((row.cluster_arn, row.service_name) for row in rows)


def _add(found: dict[str, RolloutCounts], rollout_id: str, status: str, tasks: int) -> None:
    before = found.get(rollout_id, NO_TASKS)
    is_pending = status in PENDING_STATUSES
    found[rollout_id] = RolloutCounts(
        pending=before.pending + (tasks if is_pending else 0),
        running=before.running + (tasks if status == "RUNNING" else 0),
    )
