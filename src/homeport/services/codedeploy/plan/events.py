"""Lifecycle events: which one is under way, and how their statuses go forward.  Pure."""

from typing import Final

from msgspec.structs import replace

from homeport.services.codedeploy.records.deployments import (
    Deployment,
    Diagnostics,
    EventStatus,
    LifecycleEvent,
)

_RANKS: Final[dict[EventStatus, int]] = {
    "Pending": 0,
    "InProgress": 1,
    "Succeeded": 2,
    "Failed": 2,
    "Skipped": 2,
    "Unknown": 2,
}
_OVER: Final = 2


def event_of(deployment: Deployment, name: str) -> LifecycleEvent:
    """The deployment's event of this name."""
    return next(event for event in deployment.events if event.name == name)


def current(deployment: Deployment) -> LifecycleEvent | None:
    """The first event that is not over; None when all are."""
    return next((event for event in deployment.events if _RANKS[event.status] < _OVER), None)


def is_over(deployment: Deployment, name: str) -> bool:
    """Whether the event is over, however it ended."""
    return _RANKS[event_of(deployment, name).status] == _OVER


def with_event(deployment: Deployment, event: LifecycleEvent) -> Deployment:
    """The deployment with this event in the place of the one of the same name."""
    before = event_of(deployment, event.name)
    if before == event:
        return deployment
    is_forward = _RANKS[event.status] > _RANKS[before.status] or event.status == before.status
    if not is_forward:
        raise AssertionError(f"{event.name} cannot go from {before.status} to {event.status}")
    events = tuple(event if each.name == event.name else each for each in deployment.events)
    return replace(deployment, events=events)


def begun(deployment: Deployment, name: str, now: float) -> Deployment:
    """The event is under way from now on, if it was not."""
    event = event_of(deployment, name)
    if event.status != "Pending":
        return deployment
    return with_event(deployment, replace(event, status="InProgress", started_at=now))


def ended(
    deployment: Deployment,
    name: str,
    status: EventStatus,
    *,
    now: float,
    diagnostics: Diagnostics | None = None,
) -> Deployment:
    """The event is over; one that had not begun has begun and ended in the same moment."""
    event = event_of(deployment, name)
    started = now if event.started_at is None else event.started_at
    over = replace(
        event,
        status=status,
        started_at=started,
        ended_at=now,
        diagnostics=diagnostics or event.diagnostics,
    )
    return with_event(deployment, over)


def skipped(deployment: Deployment, name: str) -> Deployment:
    """The event does not take place."""
    return with_event(deployment, replace(event_of(deployment, name), status="Skipped"))


def cut_short(deployment: Deployment, now: float, message: str) -> Deployment:
    """The event under way has failed with this message, and what would follow does not take place.

    An event that has said itself why it failed keeps that.
    """
    for event in deployment.events:
        if event.status == "InProgress":
            why = event.diagnostics or Diagnostics(error_code="UnknownError", message=message)
            deployment = ended(deployment, event.name, "Failed", now=now, diagnostics=why)
        elif event.status == "Pending":
            deployment = skipped(deployment, event.name)
    return deployment
