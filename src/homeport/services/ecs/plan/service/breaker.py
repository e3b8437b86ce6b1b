"""When a deployment has failed.  Pure."""

from typing import Final

from msgspec.structs import replace

from homeport.services.ecs.records.services import Breaker, DeploymentConfiguration

THRESHOLD_MIN: Final = 3
THRESHOLD_MAX: Final = 200


def threshold(desired: int) -> int:
    """Failures that fail a deployment: half of the desired count, at least 3, at most 200."""
    return min(THRESHOLD_MAX, max(THRESHOLD_MIN, (desired + 1) // 2))


def breaker_at_start(configuration: DeploymentConfiguration, desired: int) -> Breaker:
    """The breaker of a deployment that begins."""
    asked = configuration.deployment_circuit_breaker
    if asked is None or not asked.enable:
        return Breaker(status="DISABLED", threshold=threshold(desired))
    return Breaker(status="MONITORING", threshold=threshold(desired))


def counted(before: Breaker, failures: int, desired: int) -> Breaker:
    """The breaker after `failures` more; TRIGGERED at the threshold.

    The threshold follows a desired count that changes during the deployment.
    """
    if before.status != "MONITORING":
        return before
    limit = threshold(desired)
    count = before.failure_count + failures
    status = "TRIGGERED" if count >= limit else "MONITORING"
    return replace(before, status=status, failure_count=count, threshold=limit)


def at_rest(before: Breaker) -> Breaker:
    """The breaker once there is nothing left to monitor; what it has found stays."""
    if before.status != "MONITORING":
        return before
    return replace(before, status="MONITORING_COMPLETE")
