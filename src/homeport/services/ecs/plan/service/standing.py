"""What each task of a service counts as, and when that will change by itself.  Pure.

What follows from it is decided elsewhere; nothing here starts or stops a task.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from homeport.services.ecs.records.service_views import (
    Member,
    Standing,
    TargetHealth,
    TaskView,
)
from homeport.services.ecs.records.task_states import PENDING_STATUSES

HEALTHY_AFTER_S: Final = 40.0
"""A task without a health check counts as healthy so long after it is RUNNING (ECS's rule)."""

_WORST_FIRST: Final[tuple[TargetHealth, ...]] = ("UNHEALTHY", "UNKNOWN", "HEALTHY")
_OVER: Final = frozenset({"DEPROVISIONING", "STOPPED"})


class HealthRules(Struct, frozen=True, kw_only=True):
    """What healthy means for the tasks of one rollout.  Spans are real seconds."""

    has_health_check: bool = False
    healthy_after_s: float = HEALTHY_AFTER_S
    grace_s: float = 0.0
    """Health checks that fail sooner than this after the start are not heeded."""


_RULES: Final = HealthRules()
"""For tasks of a rollout that nobody knows any more."""


def standing_of(task: TaskView, rules: HealthRules, *, now: float) -> Standing:
    """What a task counts as at `now`."""
    if task.last_status in _OVER:
        return "OVER"
    if task.desired_status == "STOPPED":
        return "STOPPING"
    if task.last_status in PENDING_STATUSES:
        return "PENDING"
    if task.last_status != "RUNNING":
        return "STOPPING"
    checked = verdict_of(task, rules)
    if checked == "HEALTHY":
        return "HEALTHY"
    if checked == "UNKNOWN" or now < _grown_at(task, rules, checked):
        return "YOUNG"
    return "UNHEALTHY" if checked == "UNHEALTHY" else "HEALTHY"


def verdict_of(task: TaskView, rules: HealthRules) -> TargetHealth:
    """What its own health check and its load balancers' say together: the worst of it.

    UNCHECKED when nobody checks it.
    """
    target = task.target_health or "UNCHECKED"
    if not rules.has_health_check:
        return target
    said = (task.health, target)
    return next((each for each in _WORST_FIRST if each in said), "UNKNOWN")


def _grown_at(task: TaskView, rules: HealthRules, checked: TargetHealth) -> float:
    """When time alone decides about a RUNNING task: for good without a health check, for bad
    with one that fails."""
    started_at = task.created_at if task.started_at is None else task.started_at
    return started_at + (rules.healthy_after_s if checked == "UNCHECKED" else rules.grace_s)


def members_of(
    views: Sequence[TaskView],
    rules: Mapping[str, HealthRules],
    *,
    leaving: frozenset[str],
    draining: frozenset[str],
    now: float,
) -> tuple[Member, ...]:
    """The tasks with what they count as; `rules` by rollout id, `draining` are instances."""
    return tuple(
        Member(
            task=task,
            standing=standing_of(task, rules.get(task.rollout_id, _RULES), now=now),
            leaves=(
                "draining"
                if task.instance_arn in draining
                else "rebalanced"
                if task.arn in leaving
                else ""
            ),
            is_protected=task.protected_until is not None and now < task.protected_until,
        )
        for task in views
    )


def next_change(
    views: Sequence[TaskView], rules: Mapping[str, HealthRules], *, now: float
) -> float | None:
    """When the standing of a task changes next by the mere passing of time (a YOUNG one that
    becomes HEALTHY, a grace period or a protection that ends); None when nothing will."""
    times: list[float] = []
    for task in views:
        of_rollout = rules.get(task.rollout_id, _RULES)
        standing = standing_of(task, of_rollout, now=now)
        if standing in ("STOPPING", "OVER"):
            continue
        if task.protected_until is not None and now < task.protected_until:
            times.append(task.protected_until)
        checked = verdict_of(task, of_rollout)
        if standing == "YOUNG" and checked != "UNKNOWN":
            times.append(_grown_at(task, of_rollout, checked))
    return min(times, default=None)
