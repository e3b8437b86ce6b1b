"""What tasks add up to: counts, and what they take from their instances.  Always counted afresh."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from homeport.services.ecs.records.instances import Resources
from homeport.services.ecs.records.task_states import LIVE_STATUSES, PENDING_STATUSES
from homeport.services.ecs.tables import tasks as table
from homeport.store import ReadTx


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """How many tasks are pending, how many are running, and how many are not over."""

    pending: int = 0
    running: int = 0
    live: int = 0


_LIVE = table.c.last_status.in_(LIVE_STATUSES)
_OF_CLUSTERS = (
    select(
        table.c.cluster_arn, table.c.launch_type, table.c.last_status, func.count().label("tasks")
    )
    .where(table.c.cluster_arn.in_(bindparam("clusters", expanding=True)), _LIVE)
    .group_by(table.c.cluster_arn, table.c.launch_type, table.c.last_status)
)
_ON_INSTANCES = (
    table.c.instance_arn.in_(bindparam("instances", expanding=True)),
    table.c.released.is_(False),
)
_OF_INSTANCES = (
    select(table.c.instance_arn, table.c.last_status, func.count().label("tasks"))
    .where(*_ON_INSTANCES, _LIVE)
    .group_by(table.c.instance_arn, table.c.last_status)
)
_GROUPS = (
    select(table.c.instance_arn, table.c.group, func.count().label("tasks"))
    .where(*_ON_INSTANCES, _LIVE, table.c.launch_type != "FARGATE")
    .group_by(table.c.instance_arn, table.c.group)
)
_RESERVED = (
    select(
        table.c.instance_arn,
        func.sum(table.c.reserved_cpu).label("cpu"),
        func.sum(table.c.reserved_memory).label("memory"),
    )
    .where(*_ON_INSTANCES)
    .group_by(table.c.instance_arn)
)
_PORTS = select(table.c.instance_arn, table.c.host_ports).where(
    *_ON_INSTANCES, table.c.host_ports.is_not(None)
)
_FARGATE = table.c.launch_type == "FARGATE"
_SHOWN_ON_INSTANCES = (
    select(table.c.instance_arn, table.c.last_status, func.count().label("tasks"))
    .where(*_ON_INSTANCES, _LIVE, ~_FARGATE)
    .group_by(table.c.instance_arn, table.c.last_status)
)


_NO_PORTS: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())


def counts_of_clusters(tx: ReadTx, cluster_arns: Sequence[str]) -> dict[str, dict[str, TaskCounts]]:
    """Counts by cluster and launch type; every ARN is a key of the answer."""
    statuses: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in tx.rows(_OF_CLUSTERS, {"clusters": list(cluster_arns)}):
        key = (row.cluster_arn, row.launch_type)
        statuses.setdefault(key, []).append((row.last_status, row.tasks))
    found: dict[str, dict[str, TaskCounts]] = {arn: {} for arn in cluster_arns}
    for (cluster, launch_type), counts in statuses.items():
        found[cluster][launch_type] = _counted(counts)
    return found


def counts_of_instances(
    tx: ReadTx, instance_arns: Sequence[str], *, fargate: bool = False
) -> dict[str, TaskCounts]:
    """Counts by instance, as ECS shows them; every ARN is a key of the answer.

    With `fargate` those that only run there count too, though ECS never shows where they run.
    """
    statement = _OF_INSTANCES if fargate else _SHOWN_ON_INSTANCES
    statuses: dict[str, list[tuple[str, int]]] = {arn: [] for arn in instance_arns}
    for row in tx.rows(statement, {"instances": list(instance_arns)}):
        statuses[row.instance_arn].append((row.last_status, row.tasks))
    return {arn: _counted(counts) for arn, counts in statuses.items()}


def groups_of_instances(tx: ReadTx, instance_arns: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many live tasks of each group an instance has; every ARN is a key of the answer."""
    found: dict[str, dict[str, int]] = {arn: {} for arn in instance_arns}
    if not found:
        return found
    for row in tx.rows(_GROUPS, {"instances": list(instance_arns)}):
        found[row.instance_arn][row.group] = row.tasks
    return found


def reserved(tx: ReadTx, instance_arn: str) -> Resources:
    """What the live tasks of an instance take from it."""
    return reserved_of_many(tx, (instance_arn,))[instance_arn]


def reserved_of_many(tx: ReadTx, instance_arns: Sequence[str]) -> dict[str, Resources]:
    """What live tasks take from each instance; every ARN is a key of the answer."""
    of = {"instances": list(instance_arns)}
    sums = {row.instance_arn: (int(row.cpu), int(row.memory)) for row in tx.rows(_RESERVED, of)}
    ports: dict[str, list[str]] = {}
    for row in tx.rows(_PORTS, of):
        ports.setdefault(row.instance_arn, []).extend(row.host_ports.split(","))
    answer = {}
    for arn in instance_arns:
        cpu, memory = sums.get(arn, (0, 0))
        tcp, udp = _split(ports[arn]) if arn in ports else _NO_PORTS
        answer[arn] = Resources(cpu=cpu, memory_mib=memory, ports=tcp, ports_udp=udp)
    return answer


def _split(ports: Iterable[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    tcp = sorted(int(port) for port in ports if not port.endswith("/udp"))
    udp = sorted(int(port[: -len("/udp")]) for port in ports if port.endswith("/udp"))
    return tuple(tcp), tuple(udp)


def _counted(counts: Iterable[tuple[str, int]]) -> TaskCounts:
    pending = running = live = 0
    for status, count in counts:
        live += count
        pending += count if status in PENDING_STATUSES else 0
        running += count if status == "RUNNING" else 0
    return TaskCounts(pending=pending, running=running, live=live)
