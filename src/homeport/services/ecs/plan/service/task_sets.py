"""How many tasks a task set should have, and how it is brought there.  Pure.

Each task set is planned alone: the percentages of a rolling deployment do not apply to it.  A task
that is unhealthy, or on an instance that drains, stands in until its replacement is healthy.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from typing import Final

from msgspec import Struct

from homeport.services.ecs.plan.service.scale_in import leaving
from homeport.services.ecs.records.service_views import Member, Stop
from homeport.services.ecs.records.services import Rollout, Service
from homeport.services.ecs.records.task_sets import TaskSetSituation

STARTS_MAX: Final = 200
"""Tasks that one plan starts at most: the rest come with the next."""


class TaskSetPlan(Struct, frozen=True, kw_only=True):
    """What to do now for a task set; what it leads to is observed, and planned from again."""

    start: int = 0
    stops: tuple[Stop, ...] = ()
    protected: int = 0
    """Stops that nothing but the protection of tasks holds back."""


def computed_count(desired: int, scale: float) -> int:
    """The tasks of a task set: its percent of the service's, rounded up.

    In decimal: 7 percent of 100 are 7, whatever binary fractions make of it.
    """
    share = Decimal(desired) * Decimal(str(scale)) / 100
    return int(share.to_integral_value(rounding=ROUND_CEILING))


def situation_of(
    service: Service,
    rollout: Rollout,
    own: Sequence[Member],
    *,
    room: tuple[tuple[str, int, int], ...] = (),
    now: float,
) -> TaskSetSituation:
    """A task set as its plan sees it; `own` are its tasks."""
    return TaskSetSituation(
        desired=rollout.desired_count,
        members=tuple(own),
        may_start=now >= rollout.throttle.until,
        has_place=not service.waiting,
        strategies=service.placement_strategy,
        room=room,
    )


def plan_task_set(situation: TaskSetSituation) -> TaskSetPlan:
    """The starts and stops that are due.

    Where nothing is protected there are never more tasks than twice the computed count, those left
    out that are stopping.
    """
    there = [each for each in situation.members if each.standing != "OVER"]
    live = [each for each in there if each.standing != "STOPPING"]
    sick = [each for each in live if each.standing == "UNHEALTHY"]
    moving = [each for each in live if each.leaves and each.standing != "UNHEALTHY"]
    good = [each for each in live if each.standing != "UNHEALTHY" and not each.leaves]
    needed = max(0, situation.desired - len(good))
    surplus = max(0, len(good) - situation.desired)
    replaced = len(sick) + len(moving) - _still_needed(situation, good)
    if needed and not situation.has_place and len(live) == len(there):
        replaced = max(replaced, min(1, len(sick)))
    # Unhealthy ones go first, protected or not: they serve nobody.
    failing = _first(situation, sick, replaced, among=live)
    moved = _first(situation, _free(moving), replaced - len(failing), among=live)
    fewer = _first(situation, _free(good), surplus, among=live)
    return TaskSetPlan(
        start=min(needed, STARTS_MAX) if situation.may_start else 0,
        stops=(
            *(Stop(arn=each.task.arn, why="unhealthy") for each in failing),
            *(Stop(arn=each.task.arn, why="draining") for each in moved),
            *(Stop(arn=each.task.arn, why="scaling") for each in fewer),
        ),
        protected=max(0, replaced - len(failing) - len(moved)) + surplus - len(fewer),
    )


def _still_needed(situation: TaskSetSituation, good: Sequence[Member]) -> int:
    """How many tasks that have to be replaced stand in for those that are not healthy yet."""
    healthy = sum(each.standing == "HEALTHY" for each in good)
    return max(0, situation.desired - healthy)


def _free(members: Sequence[Member]) -> list[Member]:
    return [each for each in members if not each.is_protected]


def _first(
    situation: TaskSetSituation, pool: list[Member], count: int, *, among: Sequence[Member]
) -> list[Member]:
    """The first `count` of `pool` to go."""
    if count <= 0:
        return []
    if count >= len(pool):
        return pool
    room = {arn: (cpu, memory) for arn, cpu, memory in situation.room}
    return leaving(pool, situation.strategies, room, among=among)[:count]
