"""One pass over one service: observe, plan, record.  Everything that decides is in plan/service."""

from msgspec.structs import replace

from homeport.runtime import Again
from homeport.services.ecs.plan.service import deploying, ends, messages
from homeport.services.ecs.plan.service.failures import BREAKER, Failure, by_alarms
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import service_tasks, tasks
from homeport.services.ecs.reconcile.service_concluding import conclude, shrink
from homeport.services.ecs.reconcile.service_keeping import keep_daemon, keep_replicas, stop_tasks
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.reconcile.service_placing import has_health_check
from homeport.services.ecs.reconcile.service_shifting import is_shifting, keep_both_sides
from homeport.services.ecs.reconcile.service_targets import look_at_targets
from homeport.services.ecs.reconcile.service_traffic import is_watched, set_watches, watch_alarms
from homeport.services.ecs.reconcile.task_set_keeping import forget_drained, keep_task_sets
from homeport.services.ecs.records.service_views import Stop, TaskView
from homeport.services.ecs.records.services import ServiceDeployment, ServiceRevision


def look_after(look: ServiceLook) -> Again | None:
    """Look, decide, record; answers when to look again if nothing happens before."""
    watched = is_watched(look.deployment)
    look_at_targets(look)
    settle_ends(look)
    if look.service.status == "DRAINING":
        wind_up(look)
    else:
        turn_back_if_failed(look)
        keep(look)
    if watched:
        set_watches(look)
    look.save()
    return look.again()


def settle_ends(look: ServiceLook) -> None:
    """Draw the conclusions from tasks that have ended, each once."""
    settled = ends.settle(look.service.rollouts, look.views, now=look.tick.now, span=look.tick.span)
    service_tasks.settle(look.tx, settled.arns)
    over = frozenset(settled.arns)
    ended = [each for each in look.views if each.arn in over]
    look.views = tuple(each for each in look.views if each.arn not in over)
    before = {each.id: each.throttle for each in look.service.rollouts}
    for rollout in settled.rollouts:
        if ends.is_impaired(before[rollout.id], rollout.throttle):
            look.news.say(messages.impaired(look.service.name))
            look.news.act("WARN", "SERVICE_TASK_START_IMPAIRED")
    look.service = replace(look.service, rollouts=settled.rollouts)
    look.count_failures(settled.failures)
    failed = settled.failed_to_start
    if look.service.controller != "ECS":  # Each of its task sets matters.
        failed = tuple(each for each in ended if ends.failed_to_start(each))
    if failed:
        _tell_why(look, failed[0])


def turn_back_if_failed(look: ServiceLook) -> None:
    """Fail or roll back the deployment that is under way, if that is due."""
    deployment = look.deployment
    if deployment is None or is_shifting(look):
        return
    deployment = look.deployment = watch_alarms(look, deployment)
    if deployment.status == "ROLLBACK_REQUESTED":
        _roll_back(look, deployment)
    elif deployment.status == "IN_PROGRESS" and deployment.breaker.status == "TRIGGERED":
        _fail(look, deployment, BREAKER)
    elif deployment.status == "IN_PROGRESS" and deployment.alarms.status == "TRIGGERED":
        _fail(look, deployment, by_alarms(deployment.alarms.triggered))


def keep(look: ServiceLook) -> None:
    """Start and stop what the plan says, then say what has become of the service."""
    if look.service.controller != "ECS":
        keep_task_sets(look, look.members())
        return
    primary = look.service.primary
    if primary is None:
        return
    members = look.members()
    if is_shifting(look):
        keep_both_sides(look, members)
        return
    if look.service.scheduling_strategy == "DAEMON":
        keep_daemon(look, primary, members)
    else:
        keep_replicas(look, primary, members)
    shrink(look, members)
    conclude(look, members)


def wind_up(look: ServiceLook) -> None:
    """The service was deleted: stop what is left of it, then it is INACTIVE."""
    members = look.members()
    left = [each for each in members if each.standing not in ("STOPPING", "OVER")]
    stop_tasks(look, [Stop(arn=each.task.arn, why="deleted") for each in left], members)
    if look.service.controller != "ECS":
        forget_drained(look, members)
    elif look.views:
        shrink(look, members)
    if not look.views:
        look.service = replace(look.service, status="INACTIVE", rollouts=(), waiting=False)


def _tell_why(look: ServiceLook, failed: TaskView) -> None:
    """ECS says of Fargate tasks why they did not start."""
    task = tasks.find_task(look.tx, failed.arn)
    if task is not None and task.launch_type == "FARGATE" and task.stopped_reason is not None:
        look.news.say_once(messages.cannot_start(look.told_as(task.arn), task.stopped_reason))


def _roll_back(look: ServiceLook, deployment: ServiceDeployment) -> None:
    target = _target(look)
    if target is None:
        look.take(deploying.fail_to_turn_back(look.service, deployment, now=look.tick.now))
        return
    done = deploying.roll_back(
        look.service,
        deployment,
        target,
        reason=deployment.status_reason or messages.STOPPED_BY_USER,
        has_health_check=has_health_check(look.tx, target),
        now=look.tick.now,
    )
    look.take(done)


def _fail(look: ServiceLook, deployment: ServiceDeployment, why: Failure) -> None:
    target = _target(look) if deploying.wants_rollback(deployment) else None
    done = deploying.fail(
        look.service,
        deployment,
        target,
        has_health_check=target is not None and has_health_check(look.tx, target),
        now=look.tick.now,
        why=why,
    )
    look.take(done)


def _target(look: ServiceLook) -> ServiceRevision | None:
    """Where a rollback leads: what the last deployment that succeeded deployed."""
    arn = look.service.completed_revision_arn
    return None if arn is None else deployments.find_revision(look.tx, arn)
