"""What the Engine's events say of a container, before anything is looked up.  Pure."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.agent.facts import HEALTH
from homeport.agent.observed import ContainerSeen

SIGKILL_NAMES: Final = ("9", "KILL", "SIGKILL")


class Event(Struct, frozen=True, kw_only=True):
    """Something that happened to a container."""

    kind: str
    """``start``, ``die``, ``oom``, ``kill``, ``destroy``, ``health_status``."""
    detail: str = ""
    """Of a health status: ``healthy``, ``unhealthy``."""
    docker_id: str
    attributes: dict[str, str]
    at: float


class Noted(Struct, frozen=True, kw_only=True):
    """A container after an event, and what is worth telling of it."""

    seen: ContainerSeen
    told: str | None = None


def note(seen: ContainerSeen, event: Event) -> Noted:
    """Keep what only the event tells: it is gone from every later description."""
    if event.kind == "die" and seen.status != "STOPPED":
        code = int(event.attributes.get("exitCode", "0"))
        return Noted(seen=replace(seen, exit_code=code, finished_at=event.at))
    if event.kind == "oom":
        told = "out of memory: the kernel killed a process of it"
        return Noted(seen=replace(seen, oom_at=event.at), told=told)
    if event.kind == "kill" and event.attributes.get("signal") in SIGKILL_NAMES:
        return Noted(seen=replace(seen, sigkill_at=event.at))
    if event.kind == "health_status":
        health = HEALTH.get(event.detail, "UNKNOWN")
        told = f"health check: {event.detail}"
        return Noted(seen=replace(seen, health=health, health_since=event.at), told=told)
    return Noted(seen=seen)


def is_unwanted_start(seen: ContainerSeen, event: Event) -> bool:
    """Whether somebody started a container again that has had its end."""
    ended = seen.status == "STOPPED" and seen.doing is None
    return ended and event.kind == "start" and event.at > (seen.finished_at or 0.0)
