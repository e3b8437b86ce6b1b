"""What the scheduler of a service waits for, in sentences of our own.  Pure.

Nothing is decided here: the same plan that decides is asked, and what it left undone is explained.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from homeport.services.ecs.plan.service.rolling import RollingPlan, Situation
from homeport.services.ecs.plan.service.standing import HealthRules, verdict_of
from homeport.services.ecs.records.service_views import Member
from homeport.services.ecs.records.services import Rollout, Service, Throttle


class Wait(Struct, frozen=True, kw_only=True):
    """One thing that has to happen before the service is what it should be."""

    kind: str
    """deletion, failure, throttle, placement, percentages, protection, start, health, drain, stop,
    replacement, deployer, hook, reconcile, scale-up, weights, step, bake, clean-up, rollback, pass:
    one word for programs."""
    what: str
    until: float | None = None
    """When it is over by the mere passing of time."""


def situation_of(
    service: Service,
    primary: Rollout,
    members: Sequence[Member],
    *,
    room: tuple[tuple[str, int, int], ...] = (),
    now: float,
) -> Situation:
    """A REPLICA service as its plan sees it."""
    failed = primary.rollout_state == "FAILED"
    return Situation(
        desired=service.desired_count,
        minimum_healthy_percent=service.deployment_configuration.minimum_healthy_percent,
        maximum_percent=service.deployment_configuration.maximum_percent,
        primary=primary.id,
        members=tuple(members),
        may_start=not failed and now >= primary.throttle.until,
        may_replace=not failed,
        has_place=not service.waiting,
        strategies=service.placement_strategy,
        room=room,
    )


def awaited(
    service: Service,
    members: Sequence[Member],
    plan: RollingPlan,
    healthy_at: Mapping[str, float],
    *,
    now: float,
) -> tuple[Wait, ...]:
    """What there is to wait for, the hindrances first; nothing when the service is steady.

    `plan` is what the scheduler would do now; `healthy_at` is when tasks, by ARN, become healthy
    by the mere passing of time.
    """
    primary = service.primary
    if service.status == "DRAINING":
        left = sum(each.standing != "OVER" for each in members)
        return (Wait(kind="deletion", what=f"It is deleted once {_left(left)}."),)
    judged = service.rollouts
    if service.controller == "ECS":
        judged = () if primary is None else (primary,)
    if service.status == "ACTIVE" and not judged:
        what = "It has no task set: whoever deploys it has to create one."
        return (Wait(kind="deployer", what=what),)
    if not judged or service.steady:
        return ()
    return (
        *_hindrances(service, judged, plan, now=now),
        *_protection(members, plan),
        *_progress(members, healthy_at),
        *_due(service, plan),
    )


def healthy_times(members: Sequence[Member], rules: Mapping[str, HealthRules]) -> dict[str, float]:
    """When each YOUNG task that nobody checks becomes healthy, by its ARN."""
    times = {}
    for each in members:
        of_rollout = rules.get(each.task.rollout_id)
        if each.standing != "YOUNG" or of_rollout is None:
            continue
        if verdict_of(each.task, of_rollout) == "UNCHECKED":
            began = each.task.started_at or each.task.created_at
            times[each.task.arn] = began + of_rollout.healthy_after_s
    return times


def _hindrances(
    service: Service, judged: Sequence[Rollout], plan: RollingPlan, *, now: float
) -> list[Wait]:
    found = []
    for rollout in judged:
        if rollout.rollout_state == "FAILED":
            what = (
                "The deployment failed: no more tasks of it are started, and those of the revision "
                "before stay. Deploy another revision."
            )
            found.append(Wait(kind="failure", what=what))
        elif now < rollout.throttle.until:
            what = f"{_failing(rollout.throttle, now=now)} A new deployment does not wait."
            found.append(Wait(kind="throttle", what=what, until=rollout.throttle.until))
    if service.waiting:
        what = (
            "A task finds no place. It is tried again as soon as an instance of the cluster "
            "changes, or a task on one ends."
        )
        found.append(Wait(kind="placement", what=what))
    if plan.is_blocked:
        configuration = service.deployment_configuration
        what = (
            f"minimumHealthyPercent {configuration.minimum_healthy_percent} and maximumPercent "
            f"{configuration.maximum_percent} of {_tasks(service.desired_count)} allow neither to "
            "start a task nor to stop one. Raise the maximum or lower the minimum."
        )
        found.append(Wait(kind="percentages", what=what))
    return found


def _failing(throttle: Throttle, *, now: float) -> str:
    if now < throttle.not_before:
        return (
            f"{_times(throttle.rounds)} in a row tasks failed to start, so that the next attempt "
            "waits."
        )
    return (
        f"{_times(throttle.crashes)} in a row tasks ran and ended by themselves at once, so that "
        "the next one waits. The circuit breaker of ECS does not count that."
    )


def _protection(members: Sequence[Member], plan: RollingPlan) -> list[Wait]:
    if not plan.protected:
        return []
    ends = [
        each.task.protected_until
        for each in members
        if each.is_protected and each.task.protected_until is not None
    ]
    what = f"Scale-in protection spares {_tasks(plan.protected)} that would be stopped now."
    return [Wait(kind="protection", what=what, until=min(ends, default=None))]


def _progress(members: Sequence[Member], healthy_at: Mapping[str, float]) -> list[Wait]:
    """Tasks that are on their way to where they should be."""
    by_standing: dict[str, list[Member]] = {}
    for each in members:
        by_standing.setdefault(each.standing, []).append(each)
    found = []
    if pending := len(by_standing.get("PENDING", ())):
        found.append(Wait(kind="start", what=f"{_tasks(pending)} {_are(pending)} starting."))
    young = by_standing.get("YOUNG", [])
    timed = [healthy_at[each.task.arn] for each in young if each.task.arn in healthy_at]
    if count := len(timed):
        what = (
            f"{_tasks(count)} {_run(count)} and will count as healthy: without a health check, "
            "time decides."
        )
        found.append(Wait(kind="health", what=what, until=max(timed)))
    if count := len(young) - len(timed):
        targets = any(each.task.target_health for each in young)
        check = "a health check or the load balancer's" if targets else "the health check"
        what = f"{_tasks(count)} {_run(count)}; {check} has not passed yet."
        found.append(Wait(kind="health", what=what))
    if count := len(by_standing.get("UNHEALTHY", ())):
        what = f"{_tasks(count)} {_are(count)} to be replaced: the health check fails."
        found.append(Wait(kind="replacement", what=what))
    stopping = by_standing.get("STOPPING", [])
    draining = [each for each in stopping if each.task.registration == "DRAINING"]
    if count := len(draining):
        what = (
            f"{_tasks(count)} {_are(count)} draining: stopped once nobody is connected any more, "
            "or the deregistration delay is over."
        )
        found.append(Wait(kind="drain", what=what))
    if count := len(stopping) - len(draining):
        found.append(Wait(kind="stop", what=f"{_tasks(count)} {_are(count)} being stopped."))
    return found


def _due(service: Service, plan: RollingPlan) -> list[Wait]:
    """What the next pass will do, if one has not looked yet."""
    start, stop = 0 if service.waiting else plan.start, len(plan.stops)
    deeds = [
        f"{verb} {_tasks(count)}" for verb, count in (("start", start), ("stop", stop)) if count
    ]
    if not deeds:
        return []
    return [Wait(kind="pass", what=f"The scheduler is about to {' and '.join(deeds)}.")]


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


def _times(count: int) -> str:
    return "Once" if count == 1 else f"{count} times"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _run(count: int) -> str:
    return "runs" if count == 1 else "run"


def _left(count: int) -> str:
    return "its last task is gone" if count == 1 else f"its {count} tasks are gone"
