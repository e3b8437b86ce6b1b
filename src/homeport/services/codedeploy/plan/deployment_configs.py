"""Which deployment configurations there may be.  Pure."""

from collections.abc import Mapping
from typing import Any, Final

from homeport.kernel.traffic_shift import Shift, shares
from homeport.services.codedeploy.errors import (
    InvalidComputePlatform,
    InvalidDeploymentConfigName,
    InvalidMinimumHealthyHostValue,
    InvalidTrafficRoutingConfiguration,
    InvalidZonalDeploymentConfiguration,
)
from homeport.services.codedeploy.plan.predefined_configs import PREFIX

MINUTES_MAX: Final = 2880
"""From the first shift of traffic to the last."""
PERCENT_MAX: Final = 99


def checked_platform(platform: str | None, *, of: str) -> None:
    """Refuse what is not for services of ECS."""
    if platform == "ECS":
        return
    if platform in {None, "Server", "Lambda"}:
        raise InvalidComputePlatform(
            f"Homeport has {of} of the compute platform ECS alone: computePlatform must be ECS, "
            f"not {platform or 'Server, which it is when it is not given'}."
        )
    raise InvalidComputePlatform


def new_shift(request: Mapping[str, Any]) -> Shift:
    """How traffic is shifted by the configuration that a request describes."""
    if request["deploymentConfigName"].startswith(PREFIX):
        raise InvalidDeploymentConfigName(f"Only predefined configurations begin with {PREFIX}")
    checked_platform(request.get("computePlatform"), of="deployment configurations")
    if request.get("minimumHealthyHosts"):
        raise InvalidMinimumHealthyHostValue(
            "For ECS deployment configuration, minimumHealthyHosts can not be specified"
        )
    if request.get("zonalConfig"):
        raise InvalidZonalDeploymentConfiguration(
            "For ECS deployment configuration, zonalConfig can not be specified"
        )
    routing = request.get("trafficRoutingConfig") or {}
    canary = routing.get("timeBasedCanary") or {}
    linear = routing.get("timeBasedLinear") or {}
    match routing.get("type"):
        case None:
            raise InvalidTrafficRoutingConfiguration(
                "For ECS deployment configuration, trafficRoutingConfig must be specified"
            )
        case "AllAtOnce":
            _only(routing, "AllAtOnce", None)
            return Shift()
        case "TimeBasedCanary":
            _only(routing, "TimeBasedCanary", "timeBasedCanary")
            return _timed("canary", canary["canaryPercentage"], canary["canaryInterval"])
        case "TimeBasedLinear":
            _only(routing, "TimeBasedLinear", "timeBasedLinear")
            return _timed("linear", linear["linearPercentage"], linear["linearInterval"])
        case other:
            raise InvalidTrafficRoutingConfiguration(
                f"{other} is not a type of traffic routing: TimeBasedCanary, TimeBasedLinear and "
                "AllAtOnce are"
            )


_MEMBERS: Final[Mapping[str, tuple[str, str]]] = {
    "timeBasedCanary": ("canaryPercentage", "canaryInterval"),
    "timeBasedLinear": ("linearPercentage", "linearInterval"),
}


def _only(routing: Mapping[str, Any], kind: str, name: str | None) -> None:
    """The type's own structure is there and whole, and no other is."""
    for each, members in _MEMBERS.items():
        given = routing.get(each)
        if each != name and given:
            raise InvalidTrafficRoutingConfiguration(f"{kind} must not have {each}")
        if each == name and (not given or any(given.get(member) is None for member in members)):
            raise InvalidTrafficRoutingConfiguration(
                f"{kind} must have {each} with {members[0]} and {members[1]}"
            )


def _timed(kind: str, percent: int, minutes: int) -> Shift:
    if not 1 <= percent <= PERCENT_MAX:
        raise InvalidTrafficRoutingConfiguration(
            f"The percentage must be from 1 to {PERCENT_MAX}, not {percent}"
        )
    if minutes < 1:
        raise InvalidTrafficRoutingConfiguration(
            f"The interval must be at least 1 minute, not {minutes}"
        )
    interval_s = minutes * 60.0
    if kind == "canary":
        shift = Shift(kind="canary", tenths=percent * 10, interval_s=interval_s)
    else:
        shift = Shift(kind="linear", tenths=percent * 10, interval_s=interval_s)
    if (len(shares(shift)) - 1) * minutes > MINUTES_MAX:
        raise InvalidTrafficRoutingConfiguration(
            f"There must be at most {MINUTES_MAX} minutes from the first shift of traffic to the "
            "last"
        )
    return shift
