"""How a DAEMON service keeps one task on every instance that it is for.  Pure.

An instance never has two: maximumPercent of a DAEMON service is 100.  So what has to be replaced
is stopped first, and its successor starts once nothing of it is left.
"""

from collections.abc import Sequence, Set

from msgspec import Struct

from homeport.services.ecs.plan.service.choice import Choice
from homeport.services.ecs.plan.service.rolling import STARTS_MAX, lower_bound
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
    is_blocked: bool = False
    """The percentage lets no task be stopped, and waiting will not change that."""
    protected: int = 0
    """Stops that nothing but the protection of tasks holds back."""


class _Parts(Struct, frozen=True, kw_only=True):
    """The tasks by what has to become of them."""

    empty: tuple[str, ...]
    """Instances where a task is missing."""
    stray: tuple[Member, ...]
    """On instances that the service is not for (any more)."""
    double: tuple[Member, ...]
    """Beside an older task of the primary rollout."""
    sick: tuple[Member, ...]
    """Of the primary rollout, UNHEALTHY, and the only one of it there."""
    others: tuple[Member, ...]
    """Of other rollouts."""
    standings: tuple[str, ...]
    """Of all tasks on the service's instances, those that are OVER left out."""


def plan_daemon(situation: DaemonSituation) -> DaemonPlan:
    """Stops first, for an instance never has two; then a task where there is none."""
    parts = _parts(situation)
    start_on = parts.empty[:STARTS_MAX] if situation.may_start else ()
    elsewhere = Choice(healthy=len(parts.stray), lower=0, first_of=_first_of)
    choice = Choice(
        healthy=parts.standings.count("HEALTHY"), lower=_lower(situation), first_of=_first_of
    )
    stray = elsewhere.take(parts.stray, len(parts.stray))
    sick = choice.take(parts.sick, _sick_to_go(situation, parts, start_on))
    double = choice.take(parts.double, len(parts.double))
    others = choice.take(parts.others, len(parts.others) if situation.may_replace else 0)
    stops = (
        *(Stop(arn=each.task.arn, why="draining") for each in stray),
        *(Stop(arn=each.task.arn, why="unhealthy") for each in sick),
        *(_stop_of_double(each) for each in double),
        *(Stop(arn=each.task.arn, why="superseded") for each in others),
    )
    held = elsewhere.held + choice.held
    moves = start_on or stops or {"PENDING", "YOUNG", "STOPPING"}.intersection(parts.standings)
    may_act = situation.may_start and situation.may_replace
    return DaemonPlan(
        start_on=start_on,
        stops=stops,
        is_blocked=bool(parts.others) and may_act and not moves and not held,
        protected=held,
    )


def _parts(situation: DaemonSituation) -> _Parts:
    there: dict[str | None, list[Member]] = {arn: [] for arn in situation.instances}
    stray: list[Member] = []
    for member in situation.members:
        if member.standing == "OVER":
            continue
        if member.task.instance_arn in there:
            there[member.task.instance_arn].append(member)
        else:
            stray.append(member)
    sick: list[Member] = []
    double: list[Member] = []
    others: list[Member] = []
    for members in there.values():
        live = [each for each in members if each.standing != "STOPPING"]
        live.sort(key=_first_to_stay)
        others += [each for each in live if each.task.rollout_id != situation.primary]
        own = [each for each in live if each.task.rollout_id == situation.primary]
        sick += [each for each in own[:1] if each.standing == "UNHEALTHY"]
        double += own[1:]
    return _Parts(
        empty=tuple(arn for arn in dict.fromkeys(situation.instances) if not there[arn]),
        stray=tuple(stray),
        double=tuple(double),
        sick=tuple(sick),
        others=tuple(others),
        standings=tuple(each.standing for members in there.values() for each in members),
    )


def _first_to_stay(member: Member) -> tuple[bool, float, str]:
    return (member.standing == "UNHEALTHY", member.task.created_at, member.task.arn)


def _sick_to_go(situation: DaemonSituation, parts: _Parts, start_on: Sequence[str]) -> int:
    """UNHEALTHY tasks to stop, that others may start there: as many as may go while L tasks still
    run, healthy or not, but always one at a time."""
    if not situation.may_start:
        return 0
    running = len(parts.sick) + sum(map(parts.standings.count, ("YOUNG", "HEALTHY")))
    at_once = running - _lower(situation)
    if start_on or {"PENDING", "STOPPING"}.intersection(parts.standings):
        return at_once
    return max(1, at_once)


def _lower(situation: DaemonSituation) -> int:
    """How many tasks have to stay healthy."""
    return lower_bound(len(set(situation.instances)), situation.minimum_healthy_percent)


def _stop_of_double(member: Member) -> Stop:
    return Stop(
        arn=member.task.arn, why="unhealthy" if member.standing == "UNHEALTHY" else "scaling"
    )


def _first_of(pool: list[Member], count: int, gone: Set[str]) -> list[Member]:
    """In the order of the instances."""
    return pool[:count]
