"""One pass over one service: observe, plan, record.  Everything that decides is in plan/service."""

from msgspec.structs import replace

from homeport.runtime import Again
from homeport.services.ecs.plan.service import deploying, ends, messages
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries import service_tasks, tasks
from homeport.services.ecs.reconcile.service_concluding import conclude, shrink
from homeport.services.ecs.reconcile.service_keeping import keep_daemon, keep_replicas, stop_tasks
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.reconcile.service_placing import has_health_check
from homeport.services.ecs.reconcile.service_targets import look_at_targets
from homeport.services.ecs.records.service_views import Stop, TaskView
from homeport.services.ecs.records.services import ServiceDeployment, ServiceRevision


def look_after(look: ServiceLook) -> Again | None:
    """Look, decide, record; answers when to look again if nothing happens before."""
    look_at_targets(look)
    settle_ends(look)
    if look.service.status == "DRAINING":
        wind_up(look)
    else:
        turn_back_if_failed(look)
        keep(look)
    look.save()
    return look.again()


def settle_ends(look: ServiceLook) -> None:
    """Draw the conclusions from tasks that have ended, each once."""
    settled = ends.settle(look.service.rollouts, look.views, now=look.tick.now, span=look.tick.span)
    service_tasks.settle(look.tx, settled.arns)
    over = frozenset(settled.arns)
    look.views = tuple(each for each in look.views if each.arn not in over)
    before = {each.id: each.throttle for each in look.service.rollouts}
    for rollout in settled.rollouts:
        if ends.is_impaired(before[rollout.id], rollout.throttle):
            look.news.say(messages.impaired(look.service.name))
            look.news.act("WARN", "SERVICE_TASK_START_IMPAIRED")
    look.service = replace(look.service, rollouts=settled.rollouts)
    look.count_failures(settled.failures)
    if settled.failed_to_start and look.service.launch_type != "EC2":
        _tell_why(look, settled.failed_to_start[0])


def turn_back_if_failed(look: ServiceLook) -> None:
    """Fail or roll back the deployment that is under way, if that is due."""
    deployment = look.deployment
    if deployment is None:
        return
    if deployment.status == "ROLLBACK_REQUESTED":
        _roll_back(look, deployment)
    elif deployment.status == "IN_PROGRESS" and deployment.breaker.status == "TRIGGERED":
        _fail(look, deployment)


def keep(look: ServiceLook) -> None:
    """Start and stop what the plan says, then say what has become of the service."""
    primary = look.service.primary
    if primary is None:
        return
    members = look.members()
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
    if look.views:
        shrink(look, members)
    else:
        look.service = replace(look.service, status="INACTIVE", rollouts=(), waiting=False)


def _tell_why(look: ServiceLook, failed: TaskView) -> None:
    """ECS says of Fargate tasks why they did not start."""
    task = tasks.find_task(look.tx, failed.arn)
    if task is not None and task.stopped_reason is not None:
        look.news.say_once(messages.cannot_start(look.service.name, task.stopped_reason))


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


def _fail(look: ServiceLook, deployment: ServiceDeployment) -> None:
    configured = deployment.deployment_configuration.deployment_circuit_breaker
    target = _target(look) if configured is not None and configured.rollback else None
    done = deploying.fail(
        look.service,
        deployment,
        target,
        has_health_check=target is not None and has_health_check(look.tx, target),
        now=look.tick.now,
    )
    look.take(done)


def _target(look: ServiceLook) -> ServiceRevision | None:
    """Where a rollback leads: what the last deployment that succeeded deployed."""
    arn = look.service.completed_revision_arn
    return None if arn is None else deployments.find_revision(look.tx, arn)
