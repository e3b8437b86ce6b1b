"""What follows from tasks that reached RUNNING, failed or ended: counts, throttle, breaker.  Pure.

Each task's end is heeded once: what is settled is never shown again.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from homeport.services.ecs.records.service_views import TaskView
from homeport.services.ecs.records.services import Rollout, Throttle


class Settled(Struct, frozen=True, kw_only=True):
    """The rollouts once the news of their tasks is heeded."""

    rollouts: tuple[Rollout, ...]
    arns: tuple[str, ...] = ()
    """Tasks whose end has been heeded: never show them again."""
    failures: int = 0
    """What the circuit breaker counts of this news, for the primary rollout only."""
    failed_to_start: tuple[TaskView, ...] = ()
    """Tasks of the primary rollout that ended without having been RUNNING."""


def settle(
    rollouts: Sequence[Rollout],
    views: Sequence[TaskView],
    *,
    now: float,
    span: Callable[[float], float],
) -> Settled:
    """Heed what `views` tell: which rollouts run by now, whose tasks failed, who has to wait."""
    raise NotImplementedError


def throttled(before: Throttle, failed: Sequence[TaskView], *, now: float, span: Callable[[float], float]) -> Throttle:
    """How long to wait after `failed` tasks ended without having been RUNNING."""
    raise NotImplementedError
