"""Which targets stand for the tasks of a service, and what is to become of them now.  Pure.

A target is registered when its task runs, and deregistered before the task is stopped: the node
hears of the stop only once those who are connected have finished.  A task that died has nobody
connected, so its targets go at once.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.services.ecs.records.load_balancing import (
    FailingTarget,
    HeldTarget,
    LoadBalancer,
    SeenTarget,
    TargetGroup,
)
from homeport.services.ecs.records.service_views import TargetHealth, TaskView
from homeport.services.ecs.records.tasks import Task

LOOPBACK: Final = "127.0.0.1"
"""Where ports that are bound to every address of a host are reached from that host."""

_ANYWHERE: Final = ("", "0.0.0.0", "::")  # noqa: S104  (compared with, never bound to)
_ENDED: Final = ("STOPPING", "DEPROVISIONING", "STOPPED")
_PASSES: Final = ("RUNNING", "DEACTIVATING")
"""Statuses in which something may be connected to a task."""


class Place(Struct, frozen=True, kw_only=True):
    """A target that a task should have, and where it is reached."""

    held: HeldTarget
    address: str
    zone: str


class TargetsPlan(Struct, frozen=True, kw_only=True):
    """What to do now, by task ARN."""

    register: tuple[str, ...] = ()
    """Once their containers can be reached: `places_of`."""
    drain: tuple[str, ...] = ()
    let_go: tuple[str, ...] = ()
    """Nothing is connected to them: their node may stop them, if it has not."""


def plan_targets(
    views: Sequence[TaskView], seen: Mapping[str, Sequence[SeenTarget]]
) -> TargetsPlan:
    """The steps; `seen` has the targets that tasks hold already, by ARN."""
    register, drain, let_go = [], [], []
    for view in views:
        its = seen.get(view.arn, ())
        match _step(view, its):
            case "register":
                register.append(view.arn)
            case "drain":
                drain.append(view.arn)
            case "let go":
                let_go.append(view.arn)
    known = {view.arn for view in views}
    let_go += [arn for arn in seen if arn not in known]
    return TargetsPlan(register=tuple(register), drain=tuple(drain), let_go=tuple(let_go))


def is_to_register(task: Task) -> bool:
    """ECS registers with one target group when a task is RUNNING, with several before that."""
    if task.desired_status != "RUNNING":
        return False
    several = len(task.load_balancers) > 1
    return task.last_status == "RUNNING" or (several and task.last_status == "ACTIVATING")


def places_of(
    task: Task, groups: Mapping[str, TargetGroup], *, instance_id: str
) -> tuple[Place, ...] | None:
    """The targets of a task; None while a group does not exist, or a port is not known yet.

    `instance_id` is of the EC2 instance that its container instance stands for.
    """
    places = []
    for each in task.load_balancers:
        group = groups.get(each.target_group_arn)
        place = None if group is None else _place(task, each, group, instance_id)
        if place is None:
            return None
        places.append(place)
    return tuple({place.held: place for place in places}.values())


def together(seen: Sequence[SeenTarget]) -> TargetHealth:
    """How a task is by what is said of all its targets: it serves only if all of them do."""
    states = {each.state for each in seen}
    if "unhealthy" in states:
        return "UNHEALTHY"
    if states & {"", "initial", "draining"} or not states:
        return "UNKNOWN"
    return "HEALTHY" if "healthy" in states else "UNCHECKED"


def failing(seen: Sequence[SeenTarget]) -> FailingTarget | None:
    """The first target that fails the health checks of its group."""
    for each in seen:
        if each.state == "unhealthy":
            return FailingTarget(
                group_arn=each.held.group_arn,
                target_id=each.held.target_id,
                port=each.held.port,
                reason=each.description or "Health checks failed",
            )
    return None


def with_health(
    views: Sequence[TaskView], seen: Mapping[str, Sequence[SeenTarget]]
) -> tuple[TaskView, ...]:
    """The tasks with what their target groups say of those that are registered."""
    return tuple(
        replace(view, target_health=together(seen.get(view.arn, ())))
        if view.registration == "REGISTERED"
        else view
        for view in views
    )


def _step(view: TaskView, its: Sequence[SeenTarget]) -> str:
    registration = view.registration
    if registration in ("", "GONE"):
        return "let go" if its else ""
    if view.desired_status == "RUNNING":
        missing = registration == "REGISTERED" and _is_any(its, ("", "draining"))
        return "register" if registration == "AWAITED" or missing or not its else ""
    if registration == "AWAITED" or view.last_status not in _PASSES:
        return "let go"
    if registration == "REGISTERED" or _is_any(its, ("initial", "healthy", "unhealthy")):
        return "drain"
    return "let go" if all(each.is_free or each.state != "draining" for each in its) else ""


def _is_any(its: Collection[SeenTarget], states: Collection[str]) -> bool:
    return any(each.state in states for each in its)


def _place(
    task: Task, balancer: LoadBalancer, group: TargetGroup, instance_id: str
) -> Place | None:
    if group.target_type == "ip":
        address = None if task.interface is None else task.interface.private_ipv4
        if address is None:
            return None
        target_id, port = address, balancer.container_port
    else:
        door = _door(task, balancer, group)
        if door is None:
            return None
        address, port = door
        target_id = instance_id
    held = HeldTarget(task_arn=task.arn, group_arn=group.arn, target_id=target_id, port=port)
    return Place(held=held, address=address, zone=task.availability_zone or "")


def _door(task: Task, balancer: LoadBalancer, group: TargetGroup) -> tuple[str, int] | None:
    """The address and port of the host that lead to a container's port."""
    protocols = {"UDP": ("udp",), "TCP_UDP": ("tcp", "udp")}.get(group.protocol, ("tcp",))
    for container in task.containers:
        if container.name != balancer.container_name:
            continue
        for each in container.bindings:
            if each.container_port == balancer.container_port and each.protocol in protocols:
                address = LOOPBACK if each.bind_ip in _ANYWHERE else each.bind_ip
                return address, each.host_port
    return None
