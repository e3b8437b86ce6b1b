"""How a REPLICA service is brought to its revision and its count, within ECS's bounds.  Pure.

U (desired count x maximum percent, rounded down) bounds every task that may still have a container.
L (desired count x minimum healthy percent, rounded up) bounds the healthy ones that have to remain.
A plan says what is safe right now; what it leads to is observed and planned from again, so nothing
here remembers what was decided before.
"""

from collections import Counter
from collections.abc import Sequence, Set
from functools import partial
from typing import Final

from msgspec import Struct

from homeport.services.ecs.plan.service.choice import Choice
from homeport.services.ecs.plan.service.scale_in import leaving
from homeport.services.ecs.records.run_request import PlacementStrategy
from homeport.services.ecs.records.service_views import Member, Stop

STARTS_MAX: Final = 200
"""Tasks that one plan starts at most: the rest come with the next."""

_ENDING: Final = frozenset({"STOPPING", "OVER"})


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
    has_place: bool = True
    """False when the last start found no place: an unhealthy task then makes room for its own
    replacement, as if the percentages left none."""
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
    """Stops that nothing but the protection of tasks holds back."""


class _Parts(Struct, frozen=True, kw_only=True):
    """The tasks by what has to become of them; those that end, or are OVER, are in none."""

    good: tuple[Member, ...]
    """Of the primary rollout, PENDING or running, and may stay."""
    sick: tuple[Member, ...]
    """Of the primary rollout, UNHEALTHY: each stands in until its replacement is healthy."""
    moving: tuple[Member, ...]
    """Of the primary rollout, to be replaced in another zone: they stand in as well."""
    going: tuple[Member, ...]
    """Of other rollouts, or on instances that drain: needed only as far as L asks for them."""
    pending: int
    young: int
    healthy: int
    stopping: int

    @property
    def live(self) -> tuple[Member, ...]:
        """What is not being stopped yet."""
        return (*self.good, *self.sick, *self.moving, *self.going)

    @property
    def total(self) -> int:
        """What U bounds."""
        return len(self.live) + self.stopping

    @property
    def up(self) -> int:
        """Tasks that are what and where they should be, and healthy."""
        return [each.standing for each in self.good].count("HEALTHY")


def lower_bound(desired: int, minimum_healthy_percent: int) -> int:
    """How many tasks have to stay healthy: rounded up."""
    return -(-desired * minimum_healthy_percent // 100)


def upper_bound(desired: int, maximum_percent: int) -> int:
    """How many tasks may be there at once: rounded down."""
    return desired * maximum_percent // 100


def plan_rolling(situation: Situation) -> RollingPlan:
    """The starts and stops that the bounds allow now."""
    parts = _parts(situation)
    desired = situation.desired
    needed = max(0, desired - len(parts.good))
    start = _starts(situation, parts, needed)
    choice = Choice(
        healthy=parts.healthy,
        lower=lower_bound(desired, situation.minimum_healthy_percent),
        first_of=partial(_first_of, situation, parts),
    )
    sick = choice.take(parts.sick, _sick_to_go(situation, parts, needed, start))
    surplus = choice.take(parts.good, len(parts.good) - desired, is_surplus=True)
    others = choice.take(parts.going, _others_to_go(situation, parts, choice.taken))
    moved = choice.take(parts.moving, parts.up + len(parts.moving) - desired)
    stops = (
        *(Stop(arn=each.task.arn, why="unhealthy" if desired else "scaling") for each in sick),
        *(Stop(arn=each.task.arn, why="scaling") for each in surplus),
        *(_stop_of_other(situation, each) for each in others),
        *(Stop(arn=each.task.arn, why="rebalanced") for each in moved),
    )
    moves = bool(start or stops or parts.pending or parts.young or parts.stopping)
    may_act = situation.may_start and situation.may_replace
    return RollingPlan(
        start=start,
        stops=stops,
        is_blocked=needed > 0 and may_act and not moves and not choice.held,
        protected=choice.held,
    )


def _parts(situation: Situation) -> _Parts:
    primary = situation.primary
    counts = Counter([each.standing for each in situation.members])
    good: list[Member] = []
    sick: list[Member] = []
    moving: list[Member] = []
    going: list[Member] = []
    for member in situation.members:
        standing = member.standing
        if standing in _ENDING:
            continue
        if member.task.rollout_id != primary or member.leaves == "draining":
            going.append(member)
        elif standing == "UNHEALTHY":
            sick.append(member)
        elif not member.leaves:
            good.append(member)
        elif standing == "PENDING":
            going.append(member)
        else:
            moving.append(member)
    return _Parts(
        good=tuple(good),
        sick=tuple(sick),
        moving=tuple(moving),
        going=tuple(going),
        pending=counts["PENDING"],
        young=counts["YOUNG"],
        healthy=counts["HEALTHY"],
        stopping=counts["STOPPING"],
    )


def _starts(situation: Situation, parts: _Parts, needed: int) -> int:
    """Tasks to start: as many as are needed and U has room for beside all that there are."""
    if not situation.may_start:
        return 0
    room = upper_bound(situation.desired, situation.maximum_percent) - parts.total
    return max(0, min(needed, room, STARTS_MAX))


def _sick_to_go(situation: Situation, parts: _Parts, needed: int, start: int) -> int:
    """UNHEALTHY tasks to stop: those whose replacement is healthy, and those in its way.

    Where U leaves no room to start replacements first, unhealthy tasks make room: as many as are
    short while L tasks still run, healthy or not, but always one at a time.  Never do more of them
    stand in than are desired, or replacements that turn out unhealthy would add up.
    """
    replaced = parts.up + len(parts.moving) + len(parts.sick) - situation.desired
    if not situation.may_start:
        return replaced
    room = upper_bound(situation.desired, situation.maximum_percent) - parts.total
    short = needed - parts.stopping - (room if situation.has_place else min(0, room))
    lower = lower_bound(situation.desired, situation.minimum_healthy_percent)
    at_once = parts.young + parts.healthy + len(parts.sick) - lower
    if not (parts.pending or parts.stopping or (start and situation.has_place)):
        at_once = max(1, at_once)
    return max(replaced, min(short, at_once))


def _others_to_go(situation: Situation, parts: _Parts, taken: int) -> int:
    """Tasks of other rollouts and on draining instances that may go, as far as L lets them.

    All of them; but once the primary rollout has failed only those that are too many for U, as
    they are when the service is scaled in.
    """
    if situation.may_replace:
        return len(parts.going)
    upper = upper_bound(situation.desired, situation.maximum_percent)
    return len(parts.live) - taken - upper


def _stop_of_other(situation: Situation, member: Member) -> Stop:
    if not situation.may_replace:
        return Stop(arn=member.task.arn, why="scaling")
    if member.task.rollout_id != situation.primary:
        return Stop(arn=member.task.arn, why="superseded")
    return Stop(arn=member.task.arn, why=member.leaves or "draining")


def _first_of(
    situation: Situation, parts: _Parts, pool: list[Member], count: int, gone: Set[str]
) -> list[Member]:
    """The first `count` of `pool` to go, with what is `gone` out of the balance."""
    among: Sequence[Member] = parts.live
    if gone:
        among = [each for each in among if each.task.arn not in gone]
    room = {arn: (cpu, memory) for arn, cpu, memory in situation.room}
    return leaving(pool, situation.strategies, room, among=among)[:count]
