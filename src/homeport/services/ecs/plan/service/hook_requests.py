"""Lifecycle hooks and alarms as a request asks for them, in ECS's words.  Pure."""

from collections.abc import Sequence
from typing import Final

import msgspec

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.service.hooks import PAUSABLE, STAGES
from homeport.services.ecs.records.service_requests import AskedAlarms, AskedHook, AskedTimeout
from homeport.services.ecs.records.strategies import (
    HOOK_MINUTES,
    DeploymentAlarms,
    HookTimeout,
    LifecycleHook,
)

TARGET_TYPES: Final = ("AWS_LAMBDA", "PAUSE")
ACTIONS: Final = ("ROLLBACK", "CONTINUE")
HOOKS_MAX: Final = 10
"""Of each target type."""
MINUTES_MAX: Final = 20_160
ALARMS_MAX: Final = 10


def checked_hooks(asked: Sequence[AskedHook]) -> tuple[LifecycleHook, ...]:
    """The hooks, filled in; raises in ECS's words."""
    found = tuple(_checked(each) for each in asked)
    for kind, name in zip(TARGET_TYPES, ("Lambda", "pause"), strict=True):
        if sum(each.target_type == kind for each in found) > HOOKS_MAX:
            raise InvalidParameterException(
                f"A service can have at most {HOOKS_MAX} {name} lifecycle hooks."
            )
    return found


def checked_alarms(asked: AskedAlarms) -> DeploymentAlarms:
    """The alarms; raises in ECS's words."""
    names = tuple(dict.fromkeys(asked.alarm_names))
    if asked.enable and not names:
        raise InvalidParameterException("alarmNames cannot be empty when alarms are enabled.")
    if len(names) > ALARMS_MAX:
        raise InvalidParameterException(f"alarmNames can have at most {ALARMS_MAX} items")
    if not all(names):
        raise InvalidParameterException("alarmNames cannot have empty names.")
    return DeploymentAlarms(alarm_names=names, rollback=asked.rollback, enable=asked.enable)


def _checked(asked: AskedHook) -> LifecycleHook:
    kind = asked.target_type or "AWS_LAMBDA"
    if kind not in TARGET_TYPES:
        raise InvalidParameterException(
            f"Invalid targetType. Valid values are: {', '.join(TARGET_TYPES)}"
        )
    if not asked.lifecycle_stages:
        raise InvalidParameterException("lifecycleStages cannot be empty for a lifecycle hook.")
    if not set(asked.lifecycle_stages) <= set(STAGES):
        raise InvalidParameterException(f"lifecycleStages should be one of [{','.join(STAGES)}]")
    if kind == "PAUSE":
        _check_pause(asked)
    else:
        _check_function(asked)
    details = asked.hook_details
    if details is not None and not isinstance(details, dict):
        raise InvalidParameterException("hookDetails must be a JSON object.")
    return LifecycleHook(
        target_type=kind,
        hook_target_arn=asked.hook_target_arn or None,
        role_arn=asked.role_arn or None,
        lifecycle_stages=tuple(dict.fromkeys(asked.lifecycle_stages)),
        hook_details=None if details is None else msgspec.json.encode(details).decode(),
        timeout_configuration=_timeout(asked.timeout_configuration),
    )


def _check_pause(asked: AskedHook) -> None:
    if not set(asked.lifecycle_stages) <= set(PAUSABLE):
        raise InvalidParameterException("Invalid lifecycle stage provided for Pause Hook")
    if asked.hook_target_arn or asked.role_arn:
        raise InvalidParameterException(
            "hookTargetArn and roleArn are not allowed for lifecycle hooks with targetType PAUSE"
        )


def _check_function(asked: AskedHook) -> None:
    for member, given in (("hookTargetArn", asked.hook_target_arn), ("roleArn", asked.role_arn)):
        if not given:
            raise InvalidParameterException(
                f"{member} is required for lifecycle hooks with targetType AWS_LAMBDA"
            )
    arn = asked.hook_target_arn or ""
    parts = arn.split(":", 6)
    if len(parts) < 7 or parts[0] != "arn" or parts[2] != "lambda" or parts[5] != "function":
        raise InvalidParameterException(f"hookTargetArn is not the ARN of a Lambda function: {arn}")


def _timeout(asked: AskedTimeout | None) -> HookTimeout | None:
    if asked is None:
        return None
    minutes = HOOK_MINUTES if asked.timeout_in_minutes is None else asked.timeout_in_minutes
    if not 1 <= minutes <= MINUTES_MAX:
        raise InvalidParameterException(f"timeoutInMinutes must be between 1 and {MINUTES_MAX}")
    action = asked.action or "ROLLBACK"
    if action not in ACTIONS:
        raise InvalidParameterException(
            f"timeoutConfiguration action should be one of [{','.join(ACTIONS)}]"
        )
    return HookTimeout(timeout_in_minutes=minutes, action=action)
