"""How a service is to be deployed, as a request asks for it.  Pure."""

from typing import Final

from msgspec.structs import replace

from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan.service.hook_requests import checked_alarms, checked_hooks
from homeport.services.ecs.records.service_requests import AskedDeployments
from homeport.services.ecs.records.services import DeploymentConfiguration
from homeport.services.ecs.records.strategies import (
    CanaryConfiguration,
    LifecycleHook,
    LinearConfiguration,
)

STRATEGIES: Final = ("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY")
MINUTES_MAX: Final = 1440

_TOLERANCE: Final = 1e-9
"""What a multiple of 0.1 may be off by as a binary fraction."""

_DEFAULTS: Final = {
    "REPLICA": DeploymentConfiguration(minimum_healthy_percent=100, maximum_percent=200),
    "DAEMON": DeploymentConfiguration(minimum_healthy_percent=0, maximum_percent=100),
}


def configured(
    asked: AskedDeployments | None,
    before: DeploymentConfiguration | None,
    scheduling: str,
) -> DeploymentConfiguration:
    """The configuration of a service: what is asked for, and else what it was or what ECS fills in.

    Raises for what is impossible, in ECS's words.
    """
    base = before or _DEFAULTS[scheduling]
    if asked is None:
        return base
    minimum, maximum = asked.minimum_healthy_percent, asked.maximum_percent
    alarms = asked.alarms
    after = replace(
        _strategy(asked, base, scheduling),
        minimum_healthy_percent=base.minimum_healthy_percent if minimum is None else minimum,
        maximum_percent=base.maximum_percent if maximum is None else maximum,
        deployment_circuit_breaker=asked.deployment_circuit_breaker
        or base.deployment_circuit_breaker,
        alarms=base.alarms if alarms is None else checked_alarms(alarms),
    )
    after = replace(after, lifecycle_hooks=_hooks(asked, base, after.strategy))
    _check_percentages(after, scheduling)
    return after


def _check_percentages(of: DeploymentConfiguration, scheduling: str) -> None:
    if of.minimum_healthy_percent < 0:
        raise InvalidParameterException("minimumHealthyPercent must be at least 0")
    if of.minimum_healthy_percent > 100:
        raise InvalidParameterException("minimumHealthyPercent must be at most 100")
    if of.maximum_percent < 100:
        raise InvalidParameterException("maximumPercent must be at least 100")
    if scheduling == "DAEMON" and of.maximum_percent > 100:
        raise InvalidParameterException(
            "The daemon scheduling strategy does not support values above 100 for maximumPercent"
        )
    if of.minimum_healthy_percent == of.maximum_percent == 100:
        raise InvalidParameterException(
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments"
        )


def _strategy(
    asked: AskedDeployments, base: DeploymentConfiguration, scheduling: str
) -> DeploymentConfiguration:
    """The strategy with what belongs to it; what belongs to another is gone."""
    strategy = asked.strategy or base.strategy
    if strategy not in STRATEGIES:
        raise InvalidParameterException(
            f"deployment strategy should be one of [{','.join(STRATEGIES)}]"
        )
    if strategy != "ROLLING" and scheduling == "DAEMON":
        raise InvalidParameterException(
            f"The daemon scheduling strategy does not support the {strategy} deployment strategy"
        )
    bake = asked.bake_time_in_minutes
    if bake is None:
        bake = base.bake_time_in_minutes
    if bake is None and strategy == "BLUE_GREEN":
        raise InvalidParameterException(
            "bakeTimeInMinutes is required when using the BLUE_GREEN deployment strategy"
        )
    _check_minutes("bakeTimeInMinutes", bake or 0)
    if asked.bake_time_in_minutes and strategy == "ROLLING":
        raise InvalidParameterException(
            "bakeTimeInMinutes is not supported for the ROLLING deployment strategy"
        )
    for member, given, of in (
        ("linearConfiguration", asked.linear_configuration, "LINEAR"),
        ("canaryConfiguration", asked.canary_configuration, "CANARY"),
    ):
        if given is not None and strategy != of:
            raise InvalidParameterException(
                f"{member} is only valid for the {of} deployment strategy"
            )
    return DeploymentConfiguration(
        strategy=strategy,
        bake_time_in_minutes=None if strategy == "ROLLING" else bake or 0,
        linear_configuration=_linear(asked, base) if strategy == "LINEAR" else None,
        canary_configuration=_canary(asked, base) if strategy == "CANARY" else None,
    )


def _hooks(
    asked: AskedDeployments, base: DeploymentConfiguration, strategy: str
) -> tuple[LifecycleHook, ...]:
    """The hooks; a rolling deployment goes through none of the stages of ours."""
    if strategy != "ROLLING":
        known = asked.lifecycle_hooks
        return base.lifecycle_hooks if known is None else checked_hooks(known)
    if checked_hooks(asked.lifecycle_hooks or ()):
        raise UnsupportedFeatureException(
            "Homeport does not run lifecycle hooks of ROLLING deployments. Use the BLUE_GREEN, "
            "LINEAR or CANARY strategy, or leave lifecycleHooks out."
        )
    return ()


def _linear(asked: AskedDeployments, base: DeploymentConfiguration) -> LinearConfiguration:
    given = asked.linear_configuration
    known = base.linear_configuration or LinearConfiguration()
    if given is None:
        return known
    percent, minutes = given.step_percent, given.step_bake_time_in_minutes
    after = LinearConfiguration(
        step_percent=known.step_percent if percent is None else percent,
        step_bake_time_in_minutes=(known.step_bake_time_in_minutes if minutes is None else minutes),
    )
    _check_percent("stepPercent", after.step_percent, 3.0)
    _check_minutes("stepBakeTimeInMinutes", after.step_bake_time_in_minutes)
    return after


def _canary(asked: AskedDeployments, base: DeploymentConfiguration) -> CanaryConfiguration:
    given = asked.canary_configuration
    known = base.canary_configuration or CanaryConfiguration()
    if given is None:
        return known
    percent, minutes = given.canary_percent, given.canary_bake_time_in_minutes
    after = CanaryConfiguration(
        canary_percent=known.canary_percent if percent is None else percent,
        canary_bake_time_in_minutes=(
            known.canary_bake_time_in_minutes if minutes is None else minutes
        ),
    )
    _check_percent("canaryPercent", after.canary_percent, 0.1)
    _check_minutes("canaryBakeTimeInMinutes", after.canary_bake_time_in_minutes)
    return after


def _check_percent(member: str, value: float, least: float) -> None:
    tenths = value * 10
    if not least <= value <= 100.0 or abs(tenths - round(tenths)) > _TOLERANCE:
        raise InvalidParameterException(
            f"{member} must be a multiple of 0.1 between {least} and 100.0"
        )


def _check_minutes(member: str, value: int) -> None:
    if not 0 <= value <= MINUTES_MAX:
        raise InvalidParameterException(f"{member} must be between 0 and {MINUTES_MAX}")
