"""The task sets of a service that others deploy.  Part of a service's pass.

Each is brought to its computed count by itself.  How far it is, is only ever observed.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from homeport.services.ecs.plan.service import messages, standing
from homeport.services.ecs.plan.service import task_set_changes as changes
from homeport.services.ecs.plan.service.steadiness import is_steady
from homeport.services.ecs.plan.service.task_sets import (
    STARTS_MAX,
    TaskSetPlan,
    plan_task_set,
    situation_of,
)
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import task_sets as queries
from homeport.services.ecs.queries.service_tasks import counts_of_service
from homeport.services.ecs.queries.tags import remove_all_tags
from homeport.services.ecs.reconcile import service_placing as placing
from homeport.services.ecs.reconcile.service_concluding import learn_digests, tell_steady
from homeport.services.ecs.reconcile.service_keeping import not_placed, room_left, stop_tasks
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.records.service_views import NO_TASKS, Member, RolloutCounts
from homeport.services.ecs.records.services import Rollout
from homeport.services.ecs.records.task_sets import TaskSet


def keep_task_sets(look: ServiceLook, members: Sequence[Member]) -> None:
    """Start and stop tasks of each task set as planned, then say what has become of them."""
    members = _with_machines(look, members)
    moved: set[str] = set()
    failed: list[placing.Started] = []
    protected: list[str] = []
    for rollout in look.service.rollouts:
        own = _own(members, rollout.id)
        room = room_left(look, own, rollout.desired_count)
        plan = plan_task_set(situation_of(look.service, rollout, own, room=room, now=look.tick.now))
        if plan.start or plan.stops:
            moved.add(rollout.id)
            failed += _follow(look, rollout, plan, members, own)
        elif plan.protected:
            protected.append(messages.protected(look.service.name, rollout.id, plan.protected))
    if failed:
        not_placed(look, failed[0].failure or "", failed[0].reason or "")
    elif moved or all(len(_own(members, each.id)) >= each.desired_count for each in _all(look)):
        look.service = replace(look.service, waiting=False, failed_placement=None)
    for sentence in protected[:1]:  # Of several one at a time, or each would be told for ever.
        look.news.say_once(sentence)
    for rollout in _all(look):
        learn_digests(look, rollout)
    _observe(look, members, moved)


def forget_drained(look: ServiceLook, members: Sequence[Member]) -> None:
    """Drop the task sets that are to go and of which no task is left."""
    for each in queries.task_sets_of(look.tx, look.service.arn):
        if each.status != "DRAINING" or _live(_own(members, each.id)):
            continue
        queries.remove_task_set(look.tx, each)
        remove_all_tags(look.tx, each.arn)
        look.service = changes.drop(look.service, each.id)
        if each.revision_arn != look.service.completed_revision_arn:
            deployments.forget_revision(look.tx, each.revision_arn)


def _with_machines(look: ServiceLook, members: Sequence[Member]) -> Sequence[Member]:
    """The tasks, of which none leaves a machine that is not shown: Fargate's drain for nobody."""
    if not any(each.leaves for each in members):
        return members
    arns = {each.id: each.revision_arn for each in look.service.rollouts}
    revisions = deployments.find_revisions(look.tx, list(arns.values()))
    shown = {
        task_set_id
        for task_set_id, arn in arns.items()
        if arn in revisions and revisions[arn].launch_type == "EC2"
    }
    return [each if each.task.rollout_id in shown else replace(each, leaves="") for each in members]


def _all(look: ServiceLook) -> tuple[Rollout, ...]:
    return look.service.rollouts


def _own(members: Sequence[Member], task_set_id: str) -> list[Member]:
    return [each for each in members if each.task.rollout_id == task_set_id]


def _live(own: Sequence[Member]) -> bool:
    return any(each.standing != "OVER" for each in own)


def _follow(
    look: ServiceLook,
    rollout: Rollout,
    plan: TaskSetPlan,
    members: Sequence[Member],
    own: Sequence[Member],
) -> list[placing.Started]:
    """Do what was planned for a task set; answers why tasks were not started, if some were not."""
    started = placing.Started()
    if plan.start:
        started = _started(look, rollout, plan.start, members)
        sick = sum(each.standing == "UNHEALTHY" for each in own)
        arns = [each.arn for each in started.tasks]
        told_as = messages.of_task_set(look.service.name, rollout.id)
        for sentence in messages.started(told_as, arns, replaced=min(sick, len(arns))):
            look.is_idle = False
            look.news.say(sentence)
        if plan.start == STARTS_MAX:
            look.look_again(look.tick.now)
    stop_tasks(look, plan.stops, members)
    return [started] if started.failure is not None else []


def _started(
    look: ServiceLook, rollout: Rollout, count: int, members: Sequence[Member]
) -> placing.Started:
    revision = deployments.find_revision(look.tx, rollout.revision_arn)
    if revision is None:
        return placing.Started()
    try:
        what = placing.starting(look.tx, look.tick, look.service, revision)
    except placing.CannotStart as error:
        told_as = messages.of_task_set(look.service.name, rollout.id)
        return placing.Started(
            failure=messages.cannot_start(told_as, str(error)), reason=str(error)
        )
    return placing.start_tasks(look.tx, look.tick, what, count, members)


def _observe(look: ServiceLook, members: Sequence[Member], moved: set[str]) -> None:
    """Record how far each task set is, and tell what has become of it and of the service."""
    service = look.service
    counts = counts_of_service(look.tx, service.cluster_arn, service.name)
    forget_drained(look, members)
    steady = bool(look.service.rollouts)
    for before in queries.task_sets_of(look.tx, service.arn):
        rollout = changes.rollout_named(look.service, before.id)
        is_stable = (
            before.status != "DRAINING"
            and before.id not in moved
            and _is_stable(rollout, _own(members, before.id))
        )
        after = _seen(before, counts.get(before.id, NO_TASKS), is_stable, now=look.tick.now)
        queries.save_task_set(look.tx, before, after)
        if is_stable and not before.is_stable:
            look.put(replace(rollout, rollout_state="COMPLETED", updated_at=look.tick.now))
            look.news.say(messages.stable(service.name, before.id))
            look.news.act("INFO", "TASKSET_STEADY_STATE")
        steady = steady and is_stable
    if steady:
        tell_steady(look)
        return
    look.service = replace(look.service, steady=False)
    look.look_again(standing.next_change(look.views, look.rules(), now=look.tick.now))
    for rollout in look.service.rollouts:
        if look.tick.now < rollout.throttle.until:
            look.look_again(rollout.throttle.until)


def _is_stable(rollout: Rollout, own: Sequence[Member]) -> bool:
    return is_steady(
        own,
        rollout.id,
        rollout.desired_count,
        has_health_check=rollout.has_health_check or rollout.has_load_balancers,
    )


def _seen(before: TaskSet, counts: RolloutCounts, is_stable: bool, *, now: float) -> TaskSet:
    """The task set as it is seen to be now."""
    after = replace(before, counts=counts, is_stable=is_stable)
    if is_stable != before.is_stable:
        after = replace(after, stable_at=now)
    return before if after == before else replace(after, updated_at=now)
