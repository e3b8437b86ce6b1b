"""When a deployment has failed.  Pure."""

from homeport.services.ecs.records.services import Breaker, DeploymentConfiguration


def threshold(desired: int) -> int:
    """Failures that fail a deployment: half of the desired count, at least 3, at most 200."""
    raise NotImplementedError


def breaker_at_start(configuration: DeploymentConfiguration, desired: int) -> Breaker:
    """The breaker of a deployment that begins."""
    raise NotImplementedError


def counted(before: Breaker, failures: int, desired: int) -> Breaker:
    """The breaker after `failures` more; TRIGGERED at the threshold."""
    raise NotImplementedError
