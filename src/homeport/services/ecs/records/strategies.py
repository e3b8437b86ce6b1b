"""How a service is deployed, beyond its percentages: shifts of traffic, hooks, alarms.

What became of a deployment that shifts is in `records.shifting`.
"""

from typing import Final

from msgspec import Struct

STEP_PERCENT: Final = 10.0
STEP_BAKE_MINUTES: Final = 6
CANARY_PERCENT: Final = 5.0
CANARY_BAKE_MINUTES: Final = 10
HOOK_MINUTES: Final = 1440
"""How long a hook may take unless it is said."""


class LinearConfiguration(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `LinearConfiguration`, filled in."""

    step_percent: float = STEP_PERCENT
    step_bake_time_in_minutes: int = STEP_BAKE_MINUTES


class CanaryConfiguration(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `CanaryConfiguration`, filled in."""

    canary_percent: float = CANARY_PERCENT
    canary_bake_time_in_minutes: int = CANARY_BAKE_MINUTES


class HookTimeout(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `DeploymentLifecycleHookTimeoutConfiguration`, filled in."""

    timeout_in_minutes: int = HOOK_MINUTES
    action: str = "ROLLBACK"
    """ROLLBACK or CONTINUE."""


class LifecycleHook(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `DeploymentLifecycleHook`."""

    target_type: str = "AWS_LAMBDA"
    """AWS_LAMBDA or PAUSE."""
    hook_target_arn: str | None = None
    role_arn: str | None = None
    lifecycle_stages: tuple[str, ...] = ()
    hook_details: str | None = None
    """JSON, as it was given."""
    timeout_configuration: HookTimeout | None = None


class DeploymentAlarms(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `DeploymentAlarms`."""

    alarm_names: tuple[str, ...] = ()
    rollback: bool = False
    enable: bool = False
