"""What Envoy's health checks say, line by line, and what becomes of a target by it.  Pure."""

from datetime import datetime
from typing import Final, Literal

import msgspec
from msgspec import Struct

from homeport.contracts.routing_table import TargetSighting

TIMEOUT: Final = ("Target.Timeout", "Request timed out")
MISMATCH: Final = "Target.ResponseCodeMismatch"
FAILED: Final = ("Target.FailedHealthChecks", "Health checks failed")


class HealthEvent(Struct, frozen=True, kw_only=True):
    """Something that a health check of a target saw, from one cluster."""

    cluster: str
    address: str
    port: int
    kind: Literal["healthy", "unhealthy", "failure"]
    """``unhealthy``: often enough now; ``failure``: once."""
    is_first: bool = False
    """The first check since Envoy knows the target."""
    reason: str = ""
    description: str = ""
    at: float


class _SocketAddress(Struct, frozen=True):
    address: str
    port_value: int


class _Host(Struct, frozen=True):
    socket_address: _SocketAddress


class _Success(Struct, frozen=True):
    first_check: bool = False


class _Failure(Struct, frozen=True):
    failure_type: str = ""
    first_check: bool = False
    http_status_code: int = 0


class _Line(Struct, frozen=True):
    host: _Host
    cluster_name: str
    timestamp: str
    add_healthy_event: _Success | None = None
    eject_unhealthy_event: _Failure | None = None
    health_check_failure_event: _Failure | None = None


_DECODER: Final = msgspec.json.Decoder(_Line)


def parse(line: bytes) -> HealthEvent | None:
    """The event in a line of Envoy's log; None for one that says nothing of health."""
    try:
        said = _DECODER.decode(line)
    except msgspec.DecodeError:
        return None  # Half a line: Envoy was killed while it wrote.
    failure = said.eject_unhealthy_event or said.health_check_failure_event
    if failure is None and said.add_healthy_event is None:
        return None
    reason, description = _words(failure) if failure is not None else ("", "")
    first = failure or said.add_healthy_event
    return HealthEvent(
        cluster=said.cluster_name,
        address=said.host.socket_address.address,
        port=said.host.socket_address.port_value,
        kind=_kind(said),
        is_first=first is not None and first.first_check,
        reason=reason,
        description=description,
        at=datetime.fromisoformat(said.timestamp).timestamp(),
    )


def _kind(said: _Line) -> Literal["healthy", "unhealthy", "failure"]:
    if said.add_healthy_event is not None:
        return "healthy"
    return "failure" if said.eject_unhealthy_event is None else "unhealthy"


def _words(failure: _Failure) -> tuple[str, str]:
    """Reason and description, as ELB words them."""
    if failure.failure_type == "NETWORK_TIMEOUT":
        return TIMEOUT
    if failure.http_status_code and failure.failure_type == "ACTIVE":
        return MISMATCH, f"Health checks failed with these codes: [{failure.http_status_code}]"
    return FAILED


class Checked(Struct, frozen=True, kw_only=True):
    """What is known of a target from the checks of one cluster."""

    state: Literal["initial", "healthy", "unhealthy"] = "initial"
    reason: str = ""
    description: str = ""
    at: float = 0.0
    passes: bool = False
    """Envoy sends requests to it.  It may have begun anew with a target that is healthy for us."""
    failures: int = 0
    """In a row, since it does not pass."""


def after(before: Checked, event: HealthEvent, *, unhealthy_threshold: int) -> Checked:
    """What is known after an event.

    Envoy says nothing when a target that it never saw healthy fails often enough; so failures are
    counted here until it passes for the first time.
    """
    if event.kind == "healthy":
        return Checked(state="healthy", passes=True, at=event.at)
    if event.kind == "failure" and before.passes and not event.is_first:
        return before  # Envoy counts, and says when it was too often.
    failures = 1 if event.is_first else before.failures + 1
    is_over = event.kind == "unhealthy" or failures >= unhealthy_threshold
    if not is_over and before.state != "unhealthy":
        return msgspec.structs.replace(before, passes=False, failures=failures)
    return Checked(
        state="unhealthy",
        failures=failures,
        reason=event.reason,
        description=event.description,
        at=event.at,
    )


def combined(checks: tuple[Checked, ...]) -> Checked:
    """One opinion from several: load balancers of one target group check for themselves.

    A target that one of them can use is healthy.
    """
    order = {"healthy": 0, "unhealthy": 1, "initial": 2}
    return min(checks, key=lambda each: (order[each.state], -each.at))


def sighting(target_id: str, port: int, checked: Checked) -> TargetSighting:
    """What to report of a target."""
    return TargetSighting(
        target_id=target_id,
        port=port,
        state=checked.state,
        reason=checked.reason,
        description=checked.description,
        at=checked.at,
    )
