"""How a target is: from what was seen of it to what ELB says of it.  Pure.

A target's state moves with what its health checks show.  While it drains it is shown as draining
whatever they show.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from homeport.services.elbv2.records.load_balancers import LoadBalancer
from homeport.services.elbv2.records.target_groups import (
    Health,
    Observed,
    Target,
    TargetGroup,
    TargetState,
)

ALL_ZONES: Final = "all"

REGISTERING: Final = "Elb.RegistrationInProgress"
CHECKING: Final = "Elb.InitialHealthChecking"
NOT_IN_USE: Final = "Target.NotInUse"
NOT_REGISTERED: Final = "Target.NotRegistered"
DRAINING: Final = "Target.DeregistrationInProgress"
DISABLED: Final = "Target.HealthCheckDisabled"
UNUSABLE: Final = "Target.IpUnusable"
FAILED: Final = "Target.FailedHealthChecks"

ZONE_NOT_ENABLED: Final = (
    "Target is in an Availability Zone that is not enabled for the load balancer"
)
DESCRIPTIONS: Final = {
    REGISTERING: "Target registration is in progress",
    CHECKING: "Initial health checks in progress",
    NOT_IN_USE: "Target group is not configured to receive traffic from the load balancer",
    NOT_REGISTERED: "Target is not registered to the target group",
    DRAINING: "Target deregistration is in progress",
    DISABLED: "Health checks are disabled",
    UNUSABLE: "The IP address cannot be used as a target, as it is in use by a load balancer",
    FAILED: "Health checks failed",
    "Target.Timeout": "Request timed out",
    "Target.ResponseCodeMismatch": "Health checks failed",
    "Elb.InternalError": "Health checks failed due to an internal error",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What load balancers make of a target group."""

    is_used: bool
    """A listener forwards to it."""
    zones: frozenset[str] = frozenset()
    """Those that are enabled for its load balancers."""
    own_addresses: frozenset[str] = frozenset()
    """The load balancers' own."""


def usage_of(load_balancers: Sequence[LoadBalancer]) -> Usage:
    """What these load balancers, which forward to a target group, make of it."""
    zones = [zone for each in load_balancers for zone in each.zones]
    return Usage(
        is_used=bool(load_balancers),
        zones=frozenset(zone.name for zone in zones),
        own_addresses=frozenset(zone.address for zone in zones),
    )


def health_of(target: Target, group: TargetGroup, usage: Usage) -> Health:
    """How the target is now."""
    if target.draining_since is not None:
        return told("draining", DRAINING)
    if not usage.is_used:
        return told("unused", NOT_IN_USE)
    if target.address in usage.own_addresses:
        return told("unused", UNUSABLE)
    if target.zone != ALL_ZONES and target.zone not in usage.zones:
        return told("unused", NOT_IN_USE, ZONE_NOT_ENABLED)
    if not group.health.enabled:
        return told("unavailable", DISABLED)
    seen = target.observed
    match seen.state:
        case "healthy":
            return Health(state="healthy")
        case "unhealthy":
            return told("unhealthy", seen.reason or FAILED, seen.description)
        case "initial":
            return told("initial", seen.reason or REGISTERING)


def not_registered() -> Health:
    """How a target is that the group does not have."""
    return told("unused", NOT_REGISTERED)


def told(state: str, reason: str, description: str = "") -> Health:
    """A state with its reason and, unless another is given, ELB's description of that."""
    return Health(
        state=state, reason=reason, description=description or DESCRIPTIONS.get(reason, "")
    )


def is_routed_to(target: Target, usage: Usage) -> bool:
    """Whether load balancers have anything to do with the target: requests or last connections."""
    if not usage.is_used or target.is_free or target.address in usage.own_addresses:
        return False
    return target.zone == ALL_ZONES or target.zone in usage.zones


def observed(
    target: Target, *, state: TargetState, reason: str, description: str, at: float
) -> Target:
    """The target once its health checks were seen to say this; itself when nothing is new."""
    if target.is_free:
        return target
    if state == "healthy":
        reason, description = "", ""
    elif state == "initial":
        reason, description = CHECKING, ""
    elif not reason:
        reason = FAILED
    before = target.observed
    if (before.state, before.reason, before.description) == (state, reason, description):
        return target
    seen = Observed(state=state, reason=reason, description=description, at=at)
    return replace(target, observed=seen)
