"""Statements over tasks.  Every write of a task goes through here; what to write is planned above.

Announces ``task`` with a task's ARN for every change, ``provisioning`` and ``stopping`` for those
that the reconcilers of these names wait for, ``assignment`` with the instance's ARN when the
node has news, ``service`` with the ARN of the service whose scheduler has to look, ``capacity``
with the cluster's ARN when a task no longer takes anything from its instance, and ``task over``
with the ARN of a task that no service started once it is STOPPED; ``time limit`` when a task has
another deadline.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import and_, bindparam, insert, select, update

from homeport.kernel.ids import named_uuid
from homeport.services.ecs.queries import bus_events
from homeport.services.ecs.queries.services import service_arn
from homeport.services.ecs.queries.task_counts import (
    TaskCounts,
    counts_of_clusters,
    counts_of_instances,
    groups_of_instances,
    reserved,
    reserved_of_many,
)
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.records.task_states import LIVE_STATUSES, WentBackwards, may_follow
from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.tables import tasks as table
from homeport.store import ReadTx, Tx

__all__ = [
    "TaskCounts",
    "arns_being_stopped",
    "arns_in_provisioning",
    "counts_of_clusters",
    "counts_of_instances",
    "find_task",
    "find_tasks",
    "groups_of_instances",
    "insert_tasks",
    "live_arns_of_instance",
    "live_tasks",
    "news_of_instance",
    "reserved",
    "reserved_of_many",
    "running_tasks",
    "save_task",
    "unreleased_of_instance",
]

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Task)

TIMED: Final = "time limits"
"""The one key of the loop that looks at deadlines."""

_BY_ARN = select(table.c.body).where(table.c.arn == bindparam("arn"))
_BY_ARNS = select(table.c.arn, table.c.body).where(
    table.c.arn.in_(bindparam("arns", expanding=True))
)
_INSERT = insert(table)
_UPDATE = (
    update(table)
    .where(table.c.arn == bindparam("of"))
    .values(
        {
            name: bindparam(name)
            for name in (
                "instance_arn",
                "desired_status",
                "last_status",
                "released",
                "generation",
                "reserved_cpu",
                "reserved_memory",
                "host_ports",
                "started_at",
                "stopped_at",
                "health",
                "stop_code",
                "registration",
                "protected_until",
                "deadline",
                "body",
            )
        }
    )
)
_UNRELEASED = (
    select(table.c.body)
    .where(table.c.instance_arn == bindparam("instance"), table.c.released.is_(False))
    .order_by(table.c.generation)
)
_NEWS = (
    select(table.c.body)
    .where(
        table.c.instance_arn == bindparam("instance"),
        table.c.generation > bindparam("after"),
        table.c.released.in_(bindparam("released", expanding=True)),
    )
    .order_by(table.c.generation)
)
_LIVE_ARNS = select(table.c.arn).where(
    table.c.instance_arn == bindparam("instance"), table.c.released.is_(False)
)
_PROVISIONING = select(table.c.arn).where(table.c.last_status == "PROVISIONING")
_STOPPING = select(table.c.arn).where(
    and_(table.c.last_status.in_(LIVE_STATUSES), table.c.desired_status == "STOPPED")
)
_RUNNING = select(table.c.body).where(
    table.c.last_status.in_(LIVE_STATUSES), table.c.desired_status == "RUNNING"
)
_LIVE = select(table.c.body).where(table.c.last_status.in_(LIVE_STATUSES))


def find_task(tx: ReadTx, arn: str) -> Task | None:
    """The task with this ARN, running or stopped."""
    body = tx.scalar(_BY_ARN, {"arn": arn})
    return None if body is None else _DECODER.decode(body)


def find_tasks(tx: ReadTx, arns: Sequence[str]) -> dict[str, Task]:
    """Those of `arns` that exist, by ARN."""
    if len(arns) == 1:  # What waiters ask all the time; a list of one costs more to bind.
        task = find_task(tx, arns[0])
        return {} if task is None else {task.arn: task}
    decode = _DECODER.decode
    return {row.arn: decode(row.body) for row in tx.rows(_BY_ARNS, {"arns": arns})}


def insert_tasks(tx: Tx, tasks: Sequence[Task]) -> None:
    """Add new tasks and announce them, and their assignments where they have one."""
    if not tasks:
        return
    tx.execute(
        _INSERT,
        [
            {
                "arn": task.arn,
                "account": task.account,
                "region": task.region,
                "cluster_arn": task.cluster_arn,
                "family": task.family,
                "definition_arn": task.definition_arn,
                "group": task.group,
                "started_by": task.started_by,
                "service_name": task.service_name,
                "launch_type": task.launch_type,
                "created_at": task.created_at,
                "zone": task.availability_zone,
                "capacity_provider": task.capacity_provider,
                "settled": False,
                **_moving(task),
            }
            for task in tasks
        ],
    )
    for task in tasks:
        _announce(tx, None, task)
    bus_events.emit(tx, [_state_change(task, at=task.created_at) for task in tasks])


def save_task(tx: Tx, before: Task, after: Task, *, now: float) -> None:
    """Replace the record `before` by `after`; raises `WentBackwards` rather than undo history."""
    if before == after:
        return
    _check(before, after)
    tx.execute(_UPDATE, {"of": after.arn, **_moving(after)})
    _announce(tx, before, after)
    if after.version != before.version:
        bus_events.emit(tx, [_state_change(after, at=now)])


def unreleased_of_instance(tx: ReadTx, instance_arn: str) -> tuple[Task, ...]:
    """Every task of which the instance still has something."""
    rows = tx.rows(_UNRELEASED, {"instance": instance_arn})
    return tuple(_DECODER.decode(row.body) for row in rows)


def news_of_instance(tx: ReadTx, instance_arn: str, after_generation: int) -> tuple[Task, ...]:
    """Tasks of the instance assigned after `after_generation`, in order of generation.

    Released ones are among them, except that 0 asks for what a node must know, which they are not.
    """
    parameters = {
        "instance": instance_arn,
        "after": after_generation,
        "released": [False, True] if after_generation else [False],
    }
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_NEWS, parameters))


def live_arns_of_instance(tx: ReadTx, instance_arn: str) -> tuple[str, ...]:
    """ARNs of the tasks of which the instance still has something."""
    return tuple(row.arn for row in tx.rows(_LIVE_ARNS, {"instance": instance_arn}))


def arns_in_provisioning(tx: ReadTx) -> Iterable[str]:
    """Tasks that wait for their network interface."""
    return [row.arn for row in tx.rows(_PROVISIONING)]


def arns_being_stopped(tx: ReadTx) -> Iterable[str]:
    """Tasks that should stop and have not."""
    return [row.arn for row in tx.rows(_STOPPING)]


def running_tasks(tx: ReadTx) -> tuple[Task, ...]:
    """Every task that should run, of every account and region."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_RUNNING))


def live_tasks(tx: ReadTx) -> tuple[Task, ...]:
    """Every task that is not over, of every account and region."""
    return tuple(_DECODER.decode(row.body) for row in tx.rows(_LIVE))


def _moving(task: Task) -> dict[str, object]:
    """The columns that change while a task lives."""
    over = task.last_status == "STOPPED"
    return {
        "instance_arn": task.instance_arn,
        "desired_status": task.desired_status,
        "last_status": task.last_status,
        "released": task.released,
        "generation": task.generation,
        "reserved_cpu": 0 if over else task.reserved_cpu,
        "reserved_memory": 0 if over else task.reserved_memory,
        "host_ports": None if over else _ports(task),
        "started_at": task.started_at,
        "stopped_at": task.stopped_at,
        "health": task.health,
        "stop_code": task.stop_code,
        "registration": task.registration,
        "protected_until": task.protected_until,
        "deadline": _deadline(task),
        "body": _ENCODER.encode(task),
    }


def _deadline(task: Task) -> float | None:
    return task.deadline if task.desired_status == "RUNNING" else None


def _ports(task: Task) -> str | None:
    ports = [str(port) for port in task.host_ports]
    return ",".join([*ports, *(f"{port}/udp" for port in task.host_ports_udp)]) or None


def _check(before: Task, after: Task) -> None:
    if not may_follow(before.last_status, after.last_status):
        raise WentBackwards(f"{after.arn}: {before.last_status} to {after.last_status}")
    if before.desired_status == "STOPPED" and after.desired_status != "STOPPED":
        raise WentBackwards(f"{after.arn}: to be stopped, then to run")
    if after.version < before.version or after.generation < before.generation:
        raise WentBackwards(f"{after.arn}: version or generation")


def _announce(tx: Tx, before: Task | None, after: Task) -> None:
    tx.changed("task", after.arn)
    if _has_news(before, after) and after.instance_arn:
        tx.changed("assignment", after.instance_arn)
    if after.service_name is not None and (before is None or _matters(before, after)):
        home = (after.account, after.region, after.cluster_name)
        tx.changed("service", service_arn(*home, after.service_name))
    if _deadline(after) not in (None, _deadline(before) if before else None):
        tx.changed("time limit", TIMED)
    if after.last_status == "STOPPED":
        if before is not None and before.last_status != "STOPPED":
            tx.changed("capacity", after.cluster_arn)
            if after.service_name is None:
                tx.changed("task over", after.arn)
        return
    if after.desired_status == "STOPPED":
        tx.changed("stopping", after.arn)
    elif after.last_status == "PROVISIONING":
        tx.changed("provisioning", after.arn)


def _has_news(before: Task | None, after: Task) -> bool:
    """Whether the task's node is to be told at once.

    That it may forget what it removed can wait for the next news or the next look, for each task
    ends so; not where the task had an interface, with which a network may go.
    """
    if before is None:
        return after.generation > 0
    is_removed = after.released and not before.released and after.interface is None
    if is_removed and after.report_sequence > before.report_sequence:
        return False
    return after.generation != before.generation


def _matters(before: Task, after: Task) -> bool:
    """Whether the scheduler of the task's service would see a difference."""
    return (
        before.last_status != after.last_status
        or before.desired_status != after.desired_status
        or before.health != after.health
        or before.registration != after.registration
        or before.protected_until != after.protected_until
    )


def _state_change(task: Task, *, at: float) -> BusEvent:
    return BusEvent(
        id=named_uuid(f"{task.arn}/{task.version}"),
        at=at,
        account=task.account,
        region=task.region,
        kind="task",
        resource=task.arn,
        body=_ENCODER.encode(task),
    )
