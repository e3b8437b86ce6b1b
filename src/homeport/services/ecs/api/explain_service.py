"""ExplainService, which `homeport why` asks: what a service is, and what it waits for.

A read: the plan that the scheduler follows is asked again, and nothing is done.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.kernel import arn as arns
from homeport.runtime import Call, Operation, operation
from homeport.services.ecs.api.explain_placement import explain_placement
from homeport.services.ecs.errors import ServiceNotFoundException
from homeport.services.ecs.plan.identifiers import member_arn
from homeport.services.ecs.plan.service.awaited import (
    Wait,
    awaited,
    healthy_times,
    situation_of,
)
from homeport.services.ecs.plan.service.rolling import (
    RollingPlan,
    lower_bound,
    plan_rolling,
    upper_bound,
)
from homeport.services.ecs.plan.service.shift_waits import shift_waits
from homeport.services.ecs.plan.service.sides import rules_for
from homeport.services.ecs.plan.service.standing import HealthRules, members_of
from homeport.services.ecs.plan.service.targets import with_health
from homeport.services.ecs.plan.service.task_sets import plan_task_set
from homeport.services.ecs.plan.service.task_sets import situation_of as task_set_situation
from homeport.services.ecs.queries import instances, service_events, service_tasks
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.service_ends import last_stopped
from homeport.services.ecs.queries.services import find_service
from homeport.services.ecs.queries.targets import held_by_service, see
from homeport.services.ecs.queries.task_sets import task_sets_of
from homeport.services.ecs.records.load_balancing import SeenTarget
from homeport.services.ecs.records.service_views import Member, TaskView
from homeport.services.ecs.records.services import Rollout, Service, ServiceDeployment
from homeport.services.ecs.records.tasks import Task
from homeport.shapes import homeport as shapes
from homeport.store import ReadTx

EVENTS_SHOWN: Final = 10
STOPPED_SHOWN: Final = 10
MEMBERS_SHOWN: Final = 100
"""Those that are not as they should be come first."""

_RANKS: Final = ("UNHEALTHY", "PENDING", "YOUNG", "STOPPING", "HEALTHY")

Shown = dict[str, Any]


def explaining(healthy_after_s: float) -> Operation:
    """The operation; tasks without a health check are healthy after so many seconds."""

    @operation("ExplainService")
    def explain_service(
        tx: ReadTx, call: Call, request: shapes.ExplainServiceRequest
    ) -> shapes.ExplainServiceResponse:
        service = _named(tx, call, request)
        return {"explanation": _explained(tx, call, service, healthy_after_s)}  # type: ignore[typeddict-item]

    return Operation("ExplainService", explain_service, writes=False)


def _named(tx: ReadTx, call: Call, request: shapes.ExplainServiceRequest) -> Service:
    """A service's ARN says its cluster itself; a name is looked for in the cluster named."""
    reference = request["service"]
    if not arns.is_arn(reference):
        cluster = active_cluster(tx, call.account, call.region, request.get("cluster"))
        reference = member_arn("service", reference, cluster)
    service = find_service(tx, reference)
    if service is None or service.account != call.account:
        raise ServiceNotFoundException
    return service


def _explained(tx: ReadTx, call: Call, service: Service, healthy_after_s: float) -> Shown:
    rules = _rules(call, service, healthy_after_s)
    members = _members(tx, call, service, rules)
    healthy_at = healthy_times(members, rules)
    shifts = _shifting(tx, service) is not None
    # Two sides are kept by a plan of their own: `stages` says what is due.
    plan = RollingPlan() if shifts else _plan(service, members, now=call.now)
    waits = (
        *_shift_waits(tx, call, service),
        *awaited(service, members, plan, healthy_at, now=call.now),
    )
    counts = service_tasks.counts_of_service(tx, service.cluster_arn, service.name).values()
    primary = service.primary
    shown = {
        "at": call.now,
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster_arn,
        "status": service.status,
        "schedulingStrategy": service.scheduling_strategy,
        "launchType": service.launch_type,
        "taskDefinitionArn": None if primary is None else primary.definition_arn,
        "createdAt": service.created_at,
        "desiredCount": service.desired_count,
        "pendingCount": sum(each.pending for each in counts),
        "runningCount": sum(each.running for each in counts),
        "healthyCount": sum(each.standing == "HEALTHY" for each in members),
        **_bounds(service),
        "steady": service.steady,
        "waitingFor": [
            _present({"kind": each.kind, "what": each.what, "until": each.until}) for each in waits
        ],
        "rollouts": _rollouts(tx, service, members, now=call.now),
        "deployment": _deployment(tx, service),
        "members": _shown_members(members, healthy_at, now=call.now),
        "events": _events(tx, service),
        "stoppedTasks": [
            _stopped(each)
            for each in last_stopped(tx, service.cluster_arn, service.name, STOPPED_SHOWN)
        ],
        "placement": explain_placement(tx, service) if service.waiting else None,
    }
    return _present(shown)


def _rules(call: Call, service: Service, healthy_after_s: float) -> dict[str, HealthRules]:
    """What healthy means for the tasks of each rollout, as the scheduler has it."""
    return {
        each.id: HealthRules(
            has_health_check=each.has_health_check,
            healthy_after_s=call.clock.span(healthy_after_s),
            grace_s=call.clock.span(service.health_check_grace_s),
        )
        for each in service.rollouts
    }


def _targets(
    tx: ReadTx, call: Call, service: Service, views: Sequence[TaskView]
) -> dict[str, tuple[SeenTarget, ...]]:
    """The targets of its tasks, by ARN, and how they are now."""
    if not any(each.registration for each in views):
        return {}
    return see(tx, call.peers.targets, held_by_service(tx, service.arn))


def _members(
    tx: ReadTx, call: Call, service: Service, rules: Mapping[str, HealthRules]
) -> tuple[Member, ...]:
    views = service_tasks.views_of_service(tx, service.cluster_arn, service.name)
    found = members_of(
        with_health(views, _targets(tx, call, service, views)),
        rules,
        leaving=frozenset(service.leaving),
        draining=instances.draining_arns(tx, service.cluster_arn),
        now=call.now,
    )
    return tuple(each for each in found if each.standing != "OVER")


def _plan(service: Service, members: Sequence[Member], *, now: float) -> RollingPlan:
    """What the scheduler would do now; a DAEMON's depends on instances that placement explains."""
    primary = service.primary
    if service.controller != "ECS":
        return _plan_of_task_sets(service, members, now=now)
    if primary is None or service.scheduling_strategy == "DAEMON" or service.status != "ACTIVE":
        return RollingPlan()
    return plan_rolling(situation_of(service, primary, members, now=now))


def _shift_waits(tx: ReadTx, call: Call, service: Service) -> tuple[Wait, ...]:
    """What its deployment waits for, when that shifts traffic."""
    deployment = _shifting(tx, service)
    if deployment is None:
        return ()
    rules = rules_for(deployment.deployment_configuration, call.clock.span)
    return shift_waits(service, deployment, rules)


def _shifting(tx: ReadTx, service: Service) -> ServiceDeployment | None:
    """The deployment that is under way, if it shifts traffic."""
    if service.deployment_arn is None or service.status != "ACTIVE":
        return None
    found = deployments.find_deployment(tx, service.deployment_arn)
    is_shifting = found is not None and found.shifting is not None and not found.shifting.end
    return found if is_shifting else None


def _plan_of_task_sets(service: Service, members: Sequence[Member], *, now: float) -> RollingPlan:
    """What the scheduler would do now for all task sets together."""
    plans = [
        plan_task_set(
            task_set_situation(
                service, each, [own for own in members if own.task.rollout_id == each.id], now=now
            )
        )
        for each in (service.rollouts if service.status == "ACTIVE" else ())
    ]
    return RollingPlan(
        start=sum(each.start for each in plans),
        stops=tuple(stop for each in plans for stop in each.stops),
        protected=sum(each.protected for each in plans),
    )


def _bounds(service: Service) -> Shown:
    if service.controller != "ECS":  # Its task sets know no bounds but twice what they should be.
        most = 2 * sum(each.desired_count for each in service.rollouts)
        return {"minimumHealthy": 0, "maximumTasks": most}
    configuration = service.deployment_configuration
    desired = service.desired_count
    return {
        "minimumHealthy": lower_bound(desired, configuration.minimum_healthy_percent),
        "maximumTasks": upper_bound(desired, configuration.maximum_percent),
    }


def _rollouts(
    tx: ReadTx, service: Service, members: Sequence[Member], *, now: float
) -> list[Shown]:
    shown = {each.id: _rollout(each, members, now=now) for each in service.rollouts}
    for each in task_sets_of(tx, service.arn):
        by = f", asked for by {each.started_by}" if each.started_by else ""
        named = f" ({each.external_id})" if each.external_id else ""
        shown[each.id] |= {
            "rolloutState": "STEADY_STATE" if each.is_stable else "STABILIZING",
            "rolloutStateReason": f"task set of {each.scale:g} % of the service{by}{named}",
        }
    return [shown[each.id] for each in service.rollouts]


def _rollout(rollout: Rollout, members: Sequence[Member], *, now: float) -> Shown:
    counts = Counter(each.standing for each in members if each.task.rollout_id == rollout.id)
    throttle = rollout.throttle
    return _present(
        {
            "id": rollout.id,
            "status": rollout.status,
            "taskDefinitionArn": rollout.definition_arn,
            "revisionArn": rollout.revision_arn,
            "rolloutState": rollout.rollout_state,
            "rolloutStateReason": rollout.rollout_state_reason,
            "desiredCount": rollout.desired_count,
            "failedTasks": rollout.failed_tasks,
            "pendingCount": counts["PENDING"],
            "youngCount": counts["YOUNG"],
            "healthyCount": counts["HEALTHY"],
            "unhealthyCount": counts["UNHEALTHY"],
            "stoppingCount": counts["STOPPING"],
            "hasHealthCheck": rollout.has_health_check,
            "hasLoadBalancers": rollout.has_load_balancers,
            "throttleRounds": throttle.rounds,
            "crashes": throttle.crashes,
            "throttledUntil": throttle.until if now < throttle.until else None,
            "createdAt": rollout.created_at,
            "updatedAt": rollout.updated_at,
        }
    )


def _deployment(tx: ReadTx, service: Service) -> Shown | None:
    found: ServiceDeployment | None = None
    if service.deployment_arn is not None:
        found = deployments.find_deployment(tx, service.deployment_arn)
    if found is None:
        return None
    rollback = found.rollback
    return _present(
        {
            "arn": found.arn,
            "status": found.status,
            "statusReason": found.status_reason,
            "targetRevisionArn": found.target_revision_arn,
            "breakerStatus": found.breaker.status,
            "failureCount": found.breaker.failure_count,
            "threshold": found.breaker.threshold,
            "rollbackReason": None if rollback is None else rollback.reason,
            "rollbackRevisionArn": None if rollback is None else rollback.revision_arn,
            "startedAt": found.started_at,
            "finishedAt": found.finished_at,
        }
    )


def _shown_members(
    members: Sequence[Member], healthy_at: Mapping[str, float], *, now: float
) -> list[Shown]:
    ranked = sorted(members, key=lambda each: _RANKS.index(each.standing))
    return [
        _present(
            {
                "taskArn": each.task.arn,
                "rolloutId": each.task.rollout_id,
                "standing": each.standing,
                "lastStatus": each.task.last_status,
                "desiredStatus": each.task.desired_status,
                "healthStatus": each.task.health,
                "targetHealth": each.task.target_health or None,
                "registration": each.task.registration or None,
                "availabilityZone": each.task.zone,
                "capacityProvider": each.task.capacity_provider,
                "instanceArn": each.task.instance_arn,
                "leavesBecause": each.leaves or None,
                "protectedUntil": each.task.protected_until if each.is_protected else None,
                "healthyAt": healthy_at.get(each.task.arn),
                "createdAt": each.task.created_at,
                "startedAt": each.task.started_at,
            }
        )
        for each in ranked[:MEMBERS_SHOWN]
    ]


def _events(tx: ReadTx, service: Service) -> list[Shown]:
    newest = service_events.events_of(tx, service.arn)[:EVENTS_SHOWN]
    return [{"at": each.at, "message": each.message} for each in newest]


def _stopped(task: Task) -> Shown:
    reasons = [
        f"{each.name}: {each.reason}"
        if each.reason
        else f"{each.name}: exited with code {each.exit_code}"
        for each in task.containers
        if each.reason or each.exit_code
    ]
    return _present(
        {
            "taskArn": task.arn,
            "rolloutId": task.started_by,
            "stoppedAt": task.stopped_at,
            "stopCode": task.stop_code,
            "stoppedReason": task.stopped_reason,
            "containerReasons": reasons,
        }
    )


def _present(members: Shown) -> Shown:
    return {name: value for name, value in members.items() if value is not None}
