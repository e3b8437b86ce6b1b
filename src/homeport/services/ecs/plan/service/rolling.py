"""How a REPLICA service is brought to its revision and its count, within ECS's bounds.  Pure."""

from typing import Final

from msgspec import Struct

from homeport.services.ecs.records.run_request import PlacementStrategy
from homeport.services.ecs.records.service_views import Member, Stop

STARTS_MAX: Final = 200
"""Tasks that one plan starts at most: the rest come with the next."""


class Situation(Struct, frozen=True, kw_only=True):
    """A service as the rolling plan sees it."""

    desired: int
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    primary: str
    """Id of the rollout that the service should be."""
    members: tuple[Member, ...]
    may_start: bool = True
    """False while the primary rollout is throttled, and once it has FAILED."""
    may_replace: bool = True
    """False once the primary rollout has FAILED: what runs of the others stays."""
    strategies: tuple[PlacementStrategy, ...] = ()
    room: tuple[tuple[str, int, int], ...] = ()
    """(instance ARN, CPU units left, MiB left), for the binpack order of scaling in."""


class RollingPlan(Struct, frozen=True, kw_only=True):
    """What to do now; what it leads to is observed, and planned from again."""

    start: int = 0
    stops: tuple[Stop, ...] = ()
    is_blocked: bool = False
    """The percentages allow neither a start nor a stop, and waiting will not change that."""
    protected: int = 0
    """Tasks that would be stopped now if they were not protected."""


def lower_bound(desired: int, minimum_healthy_percent: int) -> int:
    """How many tasks have to stay healthy: rounded up."""
    raise NotImplementedError


def upper_bound(desired: int, maximum_percent: int) -> int:
    """How many tasks may be there at once: rounded down."""
    raise NotImplementedError


def plan_rolling(situation: Situation) -> RollingPlan:
    """The starts and stops that the bounds allow now."""
    raise NotImplementedError
