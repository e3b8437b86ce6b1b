"""What each task of a service counts as, and when that will change by itself.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from homeport.services.ecs.records.service_views import Member, Standing, TaskView

HEALTHY_AFTER_S: Final = 40.0
"""A task without a health check counts as healthy so long after it is RUNNING (ECS's rule)."""


class HealthRules(Struct, frozen=True, kw_only=True):
    """What healthy means for the tasks of one rollout.  Spans are real seconds."""

    has_health_check: bool = False
    healthy_after_s: float = HEALTHY_AFTER_S
    grace_s: float = 0.0
    """Health checks that fail sooner than this after the start are not heeded."""


def standing_of(task: TaskView, rules: HealthRules, *, now: float) -> Standing:
    """What a task counts as at `now`."""
    raise NotImplementedError


def members_of(
    views: Sequence[TaskView],
    rules: Mapping[str, HealthRules],
    *,
    leaving: frozenset[str],
    draining: frozenset[str],
    now: float,
) -> tuple[Member, ...]:
    """The tasks with what they count as; `rules` by rollout id, `draining` are instances."""
    raise NotImplementedError


def next_change(
    views: Sequence[TaskView], rules: Mapping[str, HealthRules], *, now: float
) -> float | None:
    """When the standing of a task changes next by the mere passing of time (a YOUNG one that
    becomes HEALTHY, a grace period or a protection that ends); None when nothing will."""
    raise NotImplementedError
