"""What one task needs next, from what should be and what has been observed.  Pure.

The order of a life: prepare and resolve images, raise the holder, create and start in
dependency order; on the way down stop whatever nothing depends on any more; remove at last.
"""

from collections.abc import Iterable
from typing import Final, Literal

from homeport.agent.observed import ContainerSeen, TaskSeen, will_restart
from homeport.agent.plan.actions import (
    Abandon,
    Action,
    Create,
    Fail,
    Kill,
    Plan,
    Prepare,
    RaiseHolder,
    Release,
    Remove,
    RemoveHolder,
    Resolve,
    Restart,
    Settle,
    Signal,
    Start,
)
from homeport.agent.plan.needs import (
    Standing,
    dependents,
    has_cycle,
    needs_holder,
    needs_of,
    never_text,
    standing,
    start_limit,
)
from homeport.link.spec import ContainerSpec, TaskSpec

Desired = Literal["RUNNING", "STOPPED", "REMOVED", "FORGOTTEN"]
Phase = Literal["ACCEPTED", "PREPARING", "RUNNING", "STOPPING", "STOPPED", "REMOVED"]

NEVER_STARTED_EXIT_CODE: Final = 143
KILL_AGAIN_S: Final = 10.0
KILLS_MAX: Final = 5
HOLDER_LOST: Final = (
    "ContainerNetworkingError: the container that holds the task's network stopped unexpectedly"
)


def next_actions(task: TaskSpec, desired: Desired, seen: TaskSeen, now: float) -> Plan:
    """The actions that are due now; ask again once something more has been observed."""
    if is_ending(task, desired, seen):
        if desired in ("REMOVED", "FORGOTTEN") and _all_stopped(seen):
            return Plan(actions=_removal(seen))
        return _way_down(task, seen, now)
    if has_cycle(task):
        text = (
            f"TaskDependencyError: Task dependencies cannot be resolved, taskArn: {task.task_arn}"
        )
        return Plan(actions=(Fail(text),))
    if seen.holder.status == "STOPPED" and seen.holder.doing is None:
        return Plan(actions=(Fail(seen.holder.error or HOLDER_LOST),))
    return _way_up(task, seen, now)


def is_ending(task: TaskSpec, desired: Desired, seen: TaskSeen) -> bool:
    """Whether every container of the task is to stop: asked for, failed, or essential ended."""
    if desired != "RUNNING" or seen.error is not None:
        return True
    return any(
        container.essential and has_ended(container, seen.containers[container.name])
        for container in task.containers
    )


def has_ended(container: ContainerSpec, seen: ContainerSeen) -> bool:
    """Whether the container is stopped for good."""
    return seen.status == "STOPPED" and not will_restart(container, seen)


def phase(task: TaskSpec, desired: Desired, seen: TaskSeen) -> Phase:
    """The one word that says how far the task is."""
    if seen.released:
        return "REMOVED"
    if is_ending(task, desired, seen):
        return "STOPPED" if _all_stopped(seen) else "STOPPING"
    if all(_is_up(each) for each in seen.containers.values()):
        return "STOPPED" if _all_stopped(seen) else "RUNNING"
    begun = (
        seen.prepared
        or seen.preparing
        or any(each != ContainerSeen() for each in seen.containers.values())
    )
    return "PREPARING" if begun else "ACCEPTED"


def _is_up(seen: ContainerSeen) -> bool:
    return (seen.status == "RUNNING" and seen.started_at is not None) or seen.status == "STOPPED"


def _all_stopped(seen: TaskSeen) -> bool:
    return all(
        each.status == "STOPPED" and each.doing in (None, "REMOVE")
        for each in seen.containers.values()
    )


# --- the way up -----------------------------------------------------------------------------


def _way_up(task: TaskSpec, seen: TaskSeen, now: float) -> Plan:
    actions: list[Action] = []
    deadlines: list[float] = []
    if not seen.prepared and not seen.preparing:
        actions.append(Prepare())
    ready = seen.prepared
    if needs_holder(task):
        if ready and seen.holder.status != "RUNNING" and seen.holder.doing is None:
            actions.append(RaiseHolder())
        ready = ready and seen.holder.status == "RUNNING"
    specs = {each.name: each for each in task.containers}
    for container in task.containers:
        own = seen.containers[container.name]
        if own.doing is not None or own.status == "RUNNING":
            continue
        if own.status == "STOPPED":
            if will_restart(container, own):
                actions.append(Restart(container.name))
            continue
        blocked = _blocked(container, specs, seen, now)
        if isinstance(blocked, Settle):
            actions.append(blocked)
        elif blocked is not None:
            deadlines.extend(blocked)
        else:
            actions.extend(_next_step(container.name, own, ready))
    return Plan(actions=tuple(actions), deadline=min(deadlines, default=None))


def _blocked(
    container: ContainerSpec, specs: dict[str, ContainerSpec], seen: TaskSeen, now: float
) -> Settle | tuple[float, ...] | None:
    """None: everything it needs is there.  Otherwise its end, or the limits of the waiting."""
    limits: list[float] = []
    waits = False
    for need in needs_of(container):
        target, other = specs.get(need.container), seen.containers.get(need.container)
        how = standing(need, target, other, now)
        if how is Standing.MET:
            continue
        if how is not Standing.OPEN:
            text = never_text(container.name, need, how, other)
            return Settle(container.name, NEVER_STARTED_EXIT_CODE, text)
        waits = True
        if target is not None and other is not None:
            limit = start_limit(need, target, other)
            limits.extend([] if limit is None else [limit])
    return tuple(limits) if waits else None


def _next_step(name: str, own: ContainerSeen, ready: bool) -> Iterable[Action]:
    if own.status == "NONE":
        return (Resolve(name),)
    if not ready:
        return ()
    return (Create(name),) if own.status == "PULLED" else (Start(name),)


# --- the way down ---------------------------------------------------------------------------


def _way_down(task: TaskSpec, seen: TaskSeen, now: float) -> Plan:
    actions: list[Action] = []
    deadlines: list[float] = []
    needed_by = dependents(task)
    for container in task.containers:
        name, own = container.name, seen.containers[container.name]
        if own.doing == "PULL":
            actions.append(Abandon(name))
        elif own.doing is not None or own.status == "STOPPED":
            continue
        elif own.status != "RUNNING":
            actions.append(Settle(name))
        elif all(seen.containers[other].status == "STOPPED" for other in needed_by[name]):
            step, deadline = _stop_step(container, own, now)
            actions.extend(step)
            deadlines.extend([] if deadline is None else [deadline])
    return Plan(actions=tuple(actions), deadline=min(deadlines, default=None))


def _stop_step(
    container: ContainerSpec, own: ContainerSeen, now: float
) -> tuple[tuple[Action, ...], float | None]:
    """Signal, then kill; a container that survives its kills is given up, and says so."""
    if own.signalled_at is None:
        return (Signal(container.name),), now + container.stop_timeout_s
    due = own.signalled_at + container.stop_timeout_s
    if own.killed_at is not None:
        due = own.killed_at + KILL_AGAIN_S
    if now < due:
        return (), due
    if own.kills >= KILLS_MAX:
        text = f"CannotStopContainerError: it did not end after {KILLS_MAX} kills"
        return (Settle(container.name, None, text),), None
    return (Kill(container.name),), now + KILL_AGAIN_S


def _removal(seen: TaskSeen) -> tuple[Action, ...]:
    if seen.released or seen.releasing:
        return ()
    actions: list[Action] = []
    left = False
    for name, own in seen.containers.items():
        if own.docker_id is not None and not own.gone:
            left = True
            actions.extend([Remove(name)] if own.doing is None else [])
    holder = seen.holder
    if (holder.docker_id is not None or holder.doing is not None) and not holder.gone:
        left = True
        actions.extend([RemoveHolder()] if holder.doing is None else [])
    if not left and not seen.preparing:
        actions.append(Release())
    return tuple(actions)
