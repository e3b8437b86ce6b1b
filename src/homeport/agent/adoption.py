"""Takes over what the Engine has of a task, after a crash of the agent or of the Engine.  Pure."""

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from homeport.agent import facts, words
from homeport.agent.names import LABEL_CONTAINER, LABEL_ROLE, ROLE_HOLDER, ROLE_READY
from homeport.agent.observed import ContainerSeen, Status
from homeport.agent.troubles import EngineError
from homeport.link.spec import ContainerSpec, TaskSpec


class Adopted(Struct, frozen=True, kw_only=True):
    """What a container is now seen to be."""

    seen: ContainerSeen
    told: str | None = None
    """What is worth telling about it."""
    ended: bool = False
    """Whether it ended while nobody watched."""


def adopt_container(
    before: ContainerSeen,
    inspected: dict[str, Any],
    task: TaskSpec,
    container: ContainerSpec,
    now: float,
) -> Adopted:
    """Bring `before` up to what the Engine says.  What ended unwatched is not started again."""
    seen = facts.described(before, inspected, task, container)
    seen = replace(seen, image=seen.image or facts.adopted_image(inspected))
    state = facts.state_of(inspected)
    if state != "STOPPED":
        told = f"found {state.lower()}, taken over" if before.status != state else None
        return Adopted(seen=replace(seen, status=state), told=told)
    ending = facts.ending_of(inspected)
    if seen.started_at is None:
        said = words.cannot_start(EngineError(500, ending.error), own_address=False)
        return Adopted(seen=replace(seen, status="STOPPED", error=seen.error or said), told=said)
    ended = facts.ended(seen, ending, now=now, watched=False)
    return Adopted(seen=ended, told="it ended while nobody watched", ended=True)


def holder_id_of(inspected: dict[str, Any]) -> str | None:
    """The container in whose network another one lives."""
    mode, _, docker_id = inspected["HostConfig"].get("NetworkMode", "").partition(":")
    return docker_id if mode == "container" else None


def lives_in_holder(inspected: dict[str, Any]) -> bool:
    """Whether a container lives in another's network."""
    return holder_id_of(inspected) is not None


def is_borrowed(holder: dict[str, Any] | None) -> bool:
    """Whether a holder was made before its task was known."""
    labels = ((holder or {}).get("Config") or {}).get("Labels") or {}
    return labels.get(LABEL_ROLE) == ROLE_READY


def adopt_holder(
    before: ContainerSeen, inspected: dict[str, Any] | None, *, expected: bool
) -> ContainerSeen:
    """The holder as it is now; `expected`: containers exist that live in its namespaces."""
    if before.doing is not None or before.status == "STOPPED":
        return before
    if inspected is None:
        if before.status == "RUNNING" or expected:
            return replace(before, status="STOPPED", gone=True)
        return before
    state = facts.state_of(inspected)
    status: Status = "NONE" if state == "CREATED" else state
    return replace(before, docker_id=inspected["Id"], status=status)


def sorted_out(
    containers: list[dict[str, Any]], holders: dict[str, dict[str, Any]]
) -> tuple[dict[str, dict[str, Any]], dict[str, Any] | None]:
    """A task's containers by name, and its holder: labelled as its own, or one of `holders`."""
    by_name: dict[str, dict[str, Any]] = {}
    holder: dict[str, Any] | None = None
    for each in containers:
        labels = each["Config"]["Labels"]
        if labels.get(LABEL_ROLE) == ROLE_HOLDER:
            holder = each
        else:
            by_name[labels.get(LABEL_CONTAINER, "")] = each
            holder = holder or holders.get(holder_id_of(each) or "")
    return by_name, holder
