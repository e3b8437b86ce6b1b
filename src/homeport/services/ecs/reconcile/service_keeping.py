"""Starting and stopping a service's tasks as planned.  Part of a service's pass."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from homeport.services.ecs.plan import lifecycle
from homeport.services.ecs.plan.instances import remaining
from homeport.services.ecs.plan.service import ends, messages
from homeport.services.ecs.plan.service.awaited import situation_of
from homeport.services.ecs.plan.service.daemon import DaemonPlan, DaemonSituation, plan_daemon
from homeport.services.ecs.plan.service.rolling import (
    STARTS_MAX,
    RollingPlan,
    plan_rolling,
)
from homeport.services.ecs.queries import instances, tasks
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries.task_changes import record
from homeport.services.ecs.reconcile import service_placing as placing
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.reconcile.service_targets import by_name, leave
from homeport.services.ecs.records.load_balancing import FailingTarget
from homeport.services.ecs.records.service_views import Member, Stop, TaskView
from homeport.services.ecs.records.services import Rollout
from homeport.services.ecs.records.tasks import Task

STOP_CODE: Final = "ServiceSchedulerInitiated"
STOPS_MAX: Final = 500
"""Tasks that one pass stops at most: no transaction grows with a service."""


def keep_replicas(look: ServiceLook, primary: Rollout, members: Sequence[Member]) -> None:
    """Bring a REPLICA service nearer to its revision and its count."""
    room = room_left(look, members, look.service.desired_count)
    plan = plan_rolling(situation_of(look.service, primary, members, room=room, now=look.tick.now))
    if plan.start:
        _start(look, plan.start, members)
    stop_tasks(look, plan.stops, members)
    _explain(look, primary, plan)
    if plan.start == STARTS_MAX:
        look.look_again(look.tick.now)


def keep_daemon(look: ServiceLook, primary: Rollout, members: Sequence[Member]) -> None:
    """Bring a DAEMON service nearer to one task on every instance that it is for."""
    what = starting(look)
    if what is None:
        return
    eligible = placing.eligible_instances(look.tx, what)
    look.service = replace(look.service, desired_count=len(eligible))
    configuration = look.service.deployment_configuration
    failed = primary.rollout_state == "FAILED"
    plan = plan_daemon(
        DaemonSituation(
            instances=eligible,
            minimum_healthy_percent=configuration.minimum_healthy_percent,
            primary=primary.id,
            members=tuple(members),
            may_start=not failed and look.tick.now >= primary.throttle.until,
            may_replace=not failed,
        )
    )
    if plan.start_on:
        _started(look, placing.start_on(look.tx, look.tick, what, plan.start_on), members)
    elif not failed:
        _placed(look)
    stop_tasks(look, plan.stops, members)
    _explain(look, primary, plan)


def starting(look: ServiceLook, of: Rollout | None = None) -> placing.Starting | None:
    """What the tasks that are to be started share; None, and told, when none can be.

    They are of the primary rollout, unless another is named.
    """
    rollout = look.service.primary if of is None else of
    revision = None if rollout is None else deployments.find_revision(look.tx, rollout.revision_arn)
    if revision is None:
        return None
    try:
        return placing.starting(look.tx, look.tick, look.service, revision)
    except placing.CannotStart as error:
        failure = messages.cannot_start(look.service.name, str(error))
        not_placed(look, failure, str(error))
        return None


def stop_tasks(look: ServiceLook, stops: Sequence[Stop], members: Sequence[Member]) -> None:
    """Have the tasks stopped, and tell it."""
    if not stops:
        return
    if len(stops) > STOPS_MAX:
        stops = stops[:STOPS_MAX]
        look.look_again(look.tick.now)
    look.is_idle = False
    views = {each.task.arn: each.task for each in members}
    found = tasks.find_tasks(look.tx, [each.arn for each in stops])
    by = f"service {look.service.name}, whose scheduler keeps its count and revision"
    draining, gone = [], []
    for stop in stops:
        before, view = found[stop.arn], views[stop.arn]
        reason = messages.stop_reason(stop.why, view.rollout_id, _failing(look, view))
        after = lifecycle.stop(before, code=STOP_CODE, reason=reason, by=by, now=look.tick.now)
        if after.is_in_use and after.last_status == "RUNNING":
            after = lifecycle.drained(after)
            draining.append(after.arn)
        elif after.registration:
            after = lifecycle.let_go(after)
            gone.append(after.arn)
        record(look.tx, lifecycle.change(before, after), now=look.tick.now)
    _tell_of_sick(look, [each.arn for each in stops if each.why == "unhealthy"], members)
    leave(look, draining, gone)
    _tell_of_stops(look, [each.arn for each in stops if each.arn not in draining], members)


def _start(look: ServiceLook, count: int, members: Sequence[Member]) -> None:
    what = starting(look)
    if what is not None:
        started = placing.start_tasks(look.tx, look.tick, what, count, members)
        _started(look, started, members)


def start_of(look: ServiceLook, rollout: Rollout, count: int, members: Sequence[Member]) -> None:
    """Start tasks of a rollout, whichever is the primary one, and tell it."""
    what = starting(look, rollout)
    if what is not None:
        started = placing.start_tasks(look.tx, look.tick, what, count, members)
        _started(look, started, members)


def _started(look: ServiceLook, started: placing.Started, members: Sequence[Member]) -> None:
    if started.tasks:
        look.is_idle = False
        for sentence in _told_of_starts(look, started.tasks, members):
            look.news.say(sentence)
    if started.failure is None:
        _placed(look)
    else:
        not_placed(look, started.failure, started.reason or "")


def _told_of_starts(
    look: ServiceLook, made: Sequence[Task], members: Sequence[Member]
) -> list[str]:
    service = look.service
    if service.leaving:
        zones: dict[str, list[str]] = {}
        for task in made:
            zones.setdefault(task.availability_zone or "", []).append(task.arn)
        return [
            sentence
            for zone, arns in sorted(zones.items())
            for sentence in messages.started_to_rebalance(service.name, zone, arns)
        ]
    primary = service.primary.id if service.primary else ""
    sick = sum(each.standing == "UNHEALTHY" and each.task.rollout_id == primary for each in members)
    arns = [task.arn for task in made]
    return [*messages.started(service.name, arns, replaced=min(sick, len(arns)))]


def _placed(look: ServiceLook) -> None:
    look.service = replace(look.service, waiting=False, failed_placement=None)


def not_placed(look: ServiceLook, sentence: str, reason: str) -> None:
    """Remember that a task found no place, and tell it when it is news."""
    if look.service.failed_placement != sentence:
        look.news.say(sentence)
        look.news.act("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE", reason=reason)
    look.is_idle = False
    look.service = replace(look.service, waiting=True, failed_placement=sentence)


def _explain(look: ServiceLook, primary: Rollout, plan: RollingPlan | DaemonPlan) -> None:
    """Say why a plan does not do more."""
    name = look.service.name
    if plan.is_blocked:
        look.news.say_once(messages.blocked(name))
    if plan.protected and not plan.stops:
        look.news.say_once(messages.protected(name, primary.id, plan.protected))


def _failing(look: ServiceLook, view: TaskView) -> FailingTarget | None:
    """Why a task is unhealthy, unless its own health check says so too."""
    return None if view.health == "UNHEALTHY" else look.failing.get(view.arn)


def _tell_of_stops(look: ServiceLook, stopped: Sequence[str], members: Sequence[Member]) -> None:
    """Tell of tasks that are stopped at once; of those that drain it is told once they have."""
    standings = {each.task.arn: each.standing for each in members}
    for name, arns in by_name(look, stopped):
        running = [arn for arn in arns if standings[arn] != "PENDING"]
        for sentence in messages.stopped_running(name, running):
            look.news.say(sentence)
        pending = len(arns) - len(running)
        if pending:
            look.news.say(messages.stopped_pending(name, pending))


def _tell_of_sick(look: ServiceLook, sick: Sequence[str], members: Sequence[Member]) -> None:
    """Tell why tasks are unhealthy, and count them."""
    if not sick:
        return
    views = {each.task.arn: each.task for each in members}
    for arn in sick:
        failing = _failing(look, views[arn])
        if failing is None:
            look.news.say(messages.unhealthy_container(look.told_as(arn), arn))
        else:
            is_instance = failing.target_id.startswith("i-")
            told = messages.unhealthy_target(
                look.told_as(arn), arn, failing, is_instance=is_instance
            )
            look.news.say(told)
    judged = look.service.rollouts if look.service.controller != "ECS" else _primaries(look)
    for rollout in judged:
        own = sum(views[arn].rollout_id == rollout.id for arn in sick)
        if own:
            look.count_failures(ends.health_failures(rollout, own))
            look.put(ends.with_unhealthy(rollout, own))
            look.look_again(look.tick.now)  # The breaker may have tripped.


def _primaries(look: ServiceLook) -> tuple[Rollout, ...]:
    return () if look.service.primary is None else (look.service.primary,)


def room_left(
    look: ServiceLook, members: Sequence[Member], desired: int
) -> tuple[tuple[str, int, int], ...]:
    """What the members' instances have left, if scaling in to so many may ask for it."""
    service = look.service
    if not any(each.type == "binpack" for each in service.placement_strategy):
        return ()
    if len(members) <= desired:
        return ()
    arns = sorted({each.task.instance_arn for each in members if each.task.instance_arn})
    machines = instances.find_instances(look.tx, arns)
    reserved = tasks.reserved_of_many(look.tx, sorted(machines))
    left = {arn: remaining(machines[arn], reserved[arn]) for arn in machines}
    return tuple((arn, has.cpu, has.memory_mib) for arn, has in left.items())
