"""What follows from tasks that reached RUNNING, failed or ended: counts, throttle, breaker.  Pure.

Each task's end is heeded once: what is settled is never shown again.
"""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.services.ecs.records.service_views import TaskView
from homeport.services.ecs.records.services import Rollout, Throttle

DELAY_MAX_S: Final = 900.0
"""ECS waits 15 minutes at most between attempts to start tasks that never run."""

IMPAIRED_AFTER_ROUNDS: Final = 3
"""Failed attempts in a row after which ECS calls a service unable to start tasks."""

CRASHED_WITHIN_S: Final = 10.0
"""A task that ends by itself so soon after it was RUNNING has crashed."""

CRASHES_FREE: Final = 3
CRASH_DELAY_MAX_S: Final = 60.0
"""Crashes are replaced at once three times in a row, then after 1, 2, 4 ... 60 seconds.

ECS has no such rule: there a launch takes half a minute by itself (docs/decisions/0012).
"""

_DOUBLINGS_MAX: Final = 10
_OWN_FAULT: Final = ("TaskFailedToStart", "EssentialContainerExited")
"""Stop codes of tasks that nobody stopped and whose node was not lost."""


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
    """Heed what `views` tell: which rollouts run by now, whose tasks failed, who has to wait.

    `failures` are those of the breaker's first stage, in which no task of the primary rollout has
    been RUNNING yet; `health_failures` counts the second.
    """
    own: dict[str, list[TaskView]] = {rollout.id: [] for rollout in rollouts}
    for view in views:
        own.setdefault(view.rollout_id, []).append(view)
    after = tuple(_heeded(each, own[each.id], now=now, span=span) for each in rollouts)
    failed = [view for view in own[after[0].id] if failed_to_start(view)] if after else []
    return Settled(
        rollouts=after,
        arns=tuple(view.arn for view in views if view.last_status == "STOPPED"),
        failures=0 if after and after[0].has_run else len(failed),
        failed_to_start=tuple(failed),
    )


def failed_to_start(view: TaskView) -> bool:
    """Whether a task is over, was never RUNNING, and neither was stopped nor lost its node."""
    return (
        view.last_status == "STOPPED" and view.started_at is None and view.stop_code in _OWN_FAULT
    )


def health_failures(rollout: Rollout, stopped_unhealthy: int) -> int:
    """What the breaker counts of tasks of the primary rollout that are stopped as unhealthy now.

    That is its second stage, which begins once a task of the rollout has been RUNNING.  A view
    cannot tell why the scheduler stopped a task, so they are counted when that is decided.
    """
    return stopped_unhealthy if rollout.has_run else 0


def with_unhealthy(rollout: Rollout, stopped_unhealthy: int) -> Rollout:
    """The rollout with tasks that are stopped as unhealthy now among its `failed_tasks`.

    Like those that fail to start they count until one of its tasks has succeeded.
    """
    if rollout.rollout_state == "COMPLETED" or not stopped_unhealthy:
        return rollout
    return replace(rollout, failed_tasks=rollout.failed_tasks + stopped_unhealthy)


def throttled(
    before: Throttle,
    failed: Sequence[TaskView],
    *,
    now: float,
    span: Callable[[float], float],
) -> Throttle:
    """How long to wait after tasks `failed`: they end, or have ended, without having been RUNNING.

    Each failed attempt doubles the wait.  Tasks asked for before the newest failure belong to an
    attempt that is counted already.
    """
    if all(view.created_at <= before.since for view in failed):
        return before
    rounds = before.rounds + 1
    delay = min(DELAY_MAX_S, 2.0 ** min(rounds - 1, _DOUBLINGS_MAX))
    since = max([now, *(view.created_at for view in failed)])  # Whatever the clock has done.
    return replace(before, rounds=rounds, since=since, not_before=now + span(delay))


def slowed(
    before: Throttle, own: Sequence[TaskView], *, now: float, span: Callable[[float], float]
) -> Throttle:
    """How long to wait after tasks that were RUNNING ended by themselves: not, unless they crash.

    A task that has lived for a while ends the series; so the replacement of one that is killed
    now and then never waits.
    """
    ended = [
        view for view in own if _ended_by_itself(view) and view.created_at >= before.crashed_at
    ]
    if not ended:
        return before
    lives = [now - view.started_at for view in ended if view.started_at is not None]
    if max(lives) >= span(CRASHED_WITHIN_S):
        return replace(before, crashes=0, crashed_at=now, rests_until=0.0)
    crashes = before.crashes + 1
    if crashes <= CRASHES_FREE:
        return replace(before, crashes=crashes, crashed_at=now)
    doublings = min(crashes - CRASHES_FREE - 1, _DOUBLINGS_MAX)
    delay = min(CRASH_DELAY_MAX_S, 2.0**doublings)
    return replace(before, crashes=crashes, crashed_at=now, rests_until=now + span(delay))


def is_impaired(before: Throttle, after: Throttle) -> bool:
    """Whether it is time to say that tasks cannot be started consistently."""
    return before.rounds < IMPAIRED_AFTER_ROUNDS <= after.rounds


def _heeded(
    rollout: Rollout,
    own: Sequence[TaskView],
    *,
    now: float,
    span: Callable[[float], float],
) -> Rollout:
    """A start ends a series of failures, but only one that is newer than the last of them.

    Otherwise the tasks that run already would let one that never starts be tried without pause.
    For the same reason a failure makes others wait from when it is known: a task that fails is
    replaced as soon as it ends, some time before it is STOPPED.
    """
    failed = [view for view in own if failed_to_start(view)]
    starts = [
        view.created_at if view.started_at is None else view.started_at
        for view in own
        if view.started_at is not None or view.last_status == "RUNNING"
    ]
    has_run = rollout.has_run or bool(starts)
    has_succeeded = rollout.rollout_state == "COMPLETED" or (
        any(_is_proven(view, rollout) for view in own)
        if rollout.has_health_check or rollout.has_load_balancers
        else has_run
    )
    is_news = bool(starts) and (not rollout.has_run or max(starts) > rollout.throttle.since)
    known = rollout.throttle
    throttle = replace(known, rounds=0, since=0.0, not_before=0.0) if is_news else known
    failing = [view for view in own if _fails_to_start(view)]
    throttle = throttled(throttle, failing, now=now, span=span)
    after = replace(
        rollout,
        has_run=has_run,
        failed_tasks=0 if has_succeeded else rollout.failed_tasks + len(failed),
        throttle=slowed(throttle, own, now=now, span=span),
    )
    return rollout if after == rollout else replace(after, updated_at=now)


def _is_proven(view: TaskView, rollout: Rollout) -> bool:
    """Whether every check that a task of the rollout has says that it is healthy."""
    if rollout.has_health_check and view.health != "HEALTHY":
        return False
    return not rollout.has_load_balancers or view.target_health in ("HEALTHY", "UNCHECKED")


def _fails_to_start(view: TaskView) -> bool:
    """Whether a task ends, or has ended, as `failed_to_start` says."""
    return (
        view.desired_status == "STOPPED"
        and view.started_at is None
        and view.stop_code in _OWN_FAULT
    )


def _ended_by_itself(view: TaskView) -> bool:
    """Whether a task was RUNNING, and is over because a container of it ended."""
    return (
        view.last_status == "STOPPED"
        and view.started_at is not None
        and view.stop_code == "EssentialContainerExited"
    )
