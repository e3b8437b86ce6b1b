"""How a DAEMON service keeps one task on every instance that it is for.  Pure."""

from msgspec import Struct

from homeport.services.ecs.records.service_views import Member, Stop


class DaemonSituation(Struct, frozen=True, kw_only=True):
    """A DAEMON service as its plan sees it."""

    instances: tuple[str, ...]
    """ACTIVE instances that satisfy the placement constraints: each should have one task."""
    minimum_healthy_percent: int = 0
    primary: str
    members: tuple[Member, ...]
    may_start: bool = True
    may_replace: bool = True


class DaemonPlan(Struct, frozen=True, kw_only=True):
    """What to do now."""

    start_on: tuple[str, ...] = ()
    stops: tuple[Stop, ...] = ()


def plan_daemon(situation: DaemonSituation) -> DaemonPlan:
    """Stops first, for an instance never has two; then a task where there is none."""
    raise NotImplementedError
