"""CloudWatch alarms that a deployment is watched by.  Pure: how alarms are is handed in."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from homeport.services.ecs.records.services import DeploymentConfiguration, ServiceDeployment
from homeport.services.ecs.records.shifting import WatchedAlarms

ALARM: Final = "ALARM"

BAKE_S: Final = 300.0
"""How long the alarms of a rolling deployment are watched once it is steady.  ECS computes that
from the alarms and does not say how."""


def alarms_at_start(
    configuration: DeploymentConfiguration, states: Mapping[str, str]
) -> WatchedAlarms:
    """The alarms of a deployment that begins; `states` by name.

    One that is in ALARM already says nothing about this deployment, which may well be the one that
    mends it: ECS then ignores the alarms until the deployment is over.
    """
    asked = configuration.alarms
    if asked is None or not asked.enable:
        return WatchedAlarms()
    if ALARM in (states.get(each) for each in asked.alarm_names):
        return WatchedAlarms(names=asked.alarm_names)
    return WatchedAlarms(status="MONITORING", names=asked.alarm_names)


def seen(before: WatchedAlarms, states: Mapping[str, str]) -> WatchedAlarms:
    """The alarms with their states as they are now; TRIGGERED by the first in ALARM."""
    if before.status != "MONITORING":
        return before
    triggered = tuple(each for each in before.names if states.get(each) == ALARM)
    if not triggered:
        return before
    return replace(before, status="TRIGGERED", triggered=triggered)


def watched(
    deployment: ServiceDeployment, after: WatchedAlarms, *, now: float
) -> ServiceDeployment:
    """The deployment with its alarms as they have become."""
    if after == deployment.alarms:
        return deployment
    return replace(deployment, alarms=after, updated_at=now)


def baked(before: WatchedAlarms, bake_s: float, *, now: float) -> WatchedAlarms:
    """The alarms of a rolling deployment that is steady: watched for `bake_s` real seconds more."""
    if before.status != "MONITORING" or before.bake_until is not None:
        return before
    return replace(before, bake_until=now + bake_s)


def is_baking(alarms: WatchedAlarms, *, now: float) -> bool:
    """Whether a rolling deployment that is steady has to go on being watched."""
    is_watched = alarms.status == "MONITORING" and alarms.bake_until is not None
    return is_watched and now < (alarms.bake_until or 0.0)


def at_rest(before: WatchedAlarms) -> WatchedAlarms:
    """The alarms once there is nothing left to watch for; what they have found stays."""
    if before.status != "MONITORING":
        return before
    return replace(before, status="MONITORING_COMPLETE", bake_until=None)


def arns(names: tuple[str, ...], account: str, region: str) -> tuple[str, ...]:
    """The ARNs of alarms, by which their changes are announced."""
    return tuple(f"arn:aws:cloudwatch:{region}:{account}:alarm:{each}" for each in names)
