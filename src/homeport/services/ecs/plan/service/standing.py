"""What each task of a service counts as, and when that will change by itself.  Pure.

What follows from it is decided elsewhere; nothing here starts or stops a task.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from homeport.services.ecs.records.service_views import Member, Standing, TaskView
from homeport.services.ecs.records.task_states import PENDING_STATUSES

HEALTHY_AFTER_S: Final = 40.0
"""A task without a health check counts as healthy so long after it is RUNNING (ECS's rule)."""

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
    if rules.has_health_check and task.health != "UNHEALTHY":
        return "HEALTHY" if task.health == "HEALTHY" else "YOUNG"
    if now < _grown_at(task, rules):
        return "YOUNG"
    return "UNHEALTHY" if rules.has_health_check else "HEALTHY"


def _grown_at(task: TaskView, rules: HealthRules) -> float:
    """When time alone decides about a RUNNING task: for good without a health check, for bad
    with one that fails."""
    started_at = task.created_at if task.started_at is None else task.started_at
    return started_at + (rules.grace_s if rules.has_health_check else rules.healthy_after_s)


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
        if standing == "YOUNG" and not (of_rollout.has_health_check and task.health == "UNKNOWN"):
            times.append(_grown_at(task, of_rollout))
    return min(times, default=None)
