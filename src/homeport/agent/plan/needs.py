"""What a container waits for: dependsOn, volumesFrom and links, as one list.  Pure."""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from homeport.agent.observed import ContainerSeen, will_restart
from homeport.link.spec import ContainerSpec, TaskSpec

Until = Literal["CREATE", "START", "COMPLETE", "SUCCESS", "HEALTHY"]

# A start timeout bounds these; a container that has to start only is bounded by the Engine.
TIMED: Final[frozenset[Until]] = frozenset({"COMPLETE", "SUCCESS", "HEALTHY"})


@dataclass(frozen=True, slots=True)
class Need:
    """Another container of the task, and how far it must have come."""

    container: str
    until: Until


class Standing(Enum):
    """How a need stands."""

    MET = "met"
    OPEN = "open"
    TIMED_OUT = "timed out"
    NEVER = "never"


def needs_of(container: ContainerSpec) -> tuple[Need, ...]:
    """Everything `container` waits for."""
    ordered = [Need(each.container, each.condition) for each in container.depends_on]
    ordered += [Need(each.container, "CREATE") for each in container.volumes_from]
    ordered += [Need(link.split(":")[0], "START") for link in container.links]
    return tuple(ordered)


def dependents(task: TaskSpec) -> dict[str, tuple[str, ...]]:
    """For each container of the task, the containers that need it."""
    names: dict[str, list[str]] = {each.name: [] for each in task.containers}
    for each in task.containers:
        for need in needs_of(each):
            if need.container in names:
                names[need.container].append(each.name)
    return {name: tuple(needing) for name, needing in names.items()}


def has_cycle(task: TaskSpec) -> bool:
    """Whether containers wait for each other in a circle."""
    open_needs = {
        each.name: {need.container for need in needs_of(each)} for each in task.containers
    }
    known = set(open_needs)
    while open_needs:
        free = [name for name, needed in open_needs.items() if not (needed & known)]
        if not free:
            return True
        known.difference_update(free)
        for name in free:
            del open_needs[name]
    return False


def needs_holder(task: TaskSpec) -> bool:
    """Whether the task's namespaces outlive, or are shared by, its single containers.

    A lone awsvpc container bears the task's address itself.
    """
    if task.pid_mode == "task" or task.ipc_mode == "task":
        return True
    return task.network_mode == "awsvpc" and len(task.containers) > 1


def standing(
    need: Need, target: ContainerSpec | None, seen: ContainerSeen | None, now: float
) -> Standing:
    """How `need` stands, given what is known of the container it names."""
    if target is None or seen is None:
        return Standing.NEVER
    if seen.status == "STOPPED" and not will_restart(target, seen):
        return Standing.MET if _met_by_its_end(need.until, seen) else Standing.NEVER
    if _met(need.until, seen):
        return Standing.MET
    if need.until == "HEALTHY" and target.health_check is None:
        return Standing.NEVER
    limit = start_limit(need, target, seen)
    return Standing.TIMED_OUT if limit is not None and now >= limit else Standing.OPEN


def start_limit(need: Need, target: ContainerSpec, seen: ContainerSeen) -> float | None:
    """When waiting for `need` is given up: the *needed* container's own start timeout."""
    if need.until not in TIMED or target.start_timeout_s is None or seen.started_at is None:
        return None
    return seen.started_at + target.start_timeout_s


def _met_by_its_end(until: Until, seen: ContainerSeen) -> bool:
    if until == "CREATE":
        return seen.docker_id is not None
    if seen.started_at is None:
        return False
    if until == "SUCCESS":
        return seen.exit_code == 0
    return until in ("START", "COMPLETE")


def _met(until: Until, seen: ContainerSeen) -> bool:
    if until == "CREATE":
        return seen.status in ("CREATED", "RUNNING", "STOPPED")
    if seen.status != "RUNNING" or seen.doing is not None:
        return False  # Being restarted, or just ended: what it becomes is seen next.
    return until == "START" or (until == "HEALTHY" and seen.health == "HEALTHY")


def never_text(container: str, need: Need, how: Standing, seen: ContainerSeen | None) -> str:
    """Why `container` will never start, in the ECS agent's words."""
    if seen is None:
        how_it_ended = "does not exist"
    elif how is Standing.TIMED_OUT:
        how_it_ended = "has timed out"
    elif need.until == "SUCCESS" and seen.exit_code not in (None, 0):
        return (
            "CannotStartContainerError: dependency graph: failed to resolve container ordering "
            f"dependency [{need.container}] for target [{container}] as dependency did not exit "
            "successfully."
        )
    else:
        return (
            "CannotStartContainerError: dependency graph: failed to resolve the container ordering "
            f"dependency [{need.container}] for target [{container}]"
        )
    return (
        "CannotStartContainerError: dependency graph: container ordering dependency "
        f"[{need.container}] for target [{container}] {how_it_ended}."
    )
