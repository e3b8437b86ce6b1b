"""The sentences of ECS's service events, word for word, and what goes to EventBridge.  Pure.

The forms are those that the API answers with; the documentation words some of them differently.
Nothing here decides whether there is something to tell.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from homeport.services.ecs.records.bus_events import (
    DeploymentStateChange,
    HookStateChange,
    ServiceAction,
)
from homeport.services.ecs.records.load_balancing import FailingTarget
from homeport.services.ecs.records.services import ServiceDeployment
from homeport.services.ecs.records.shifting import HookRun

IDS_A_SENTENCE: Final = 100
"""More tasks than this are told of in several events."""

TARGET_GROUP_GONE: Final = "One or more target groups not found"
"""Why a target can't be registered in a group that was deleted: ELB's words."""

FAILED_HEALTH_CHECKS: Final = "Task failed container health checks"
"""`stoppedReason` of a task whose own health check failed."""

BREAKER_TRIPPED: Final = "ECS deployment circuit breaker: tasks failed to start."
"""`rolloutStateReason` of a rollout that the circuit breaker has failed."""

BREAKER_TRIPPED_EVENT: Final = "ECS deployment circuit breaker: task failed to start."
"""The same to EventBridge, where ECS leaves out a letter."""

ROLLED_BACK_BY_BREAKER: Final = (
    "Service deployment rolled back because the circuit breaker threshold was exceeded."
)
"""`statusReason` of a deployment that the circuit breaker has turned back."""

NO_CANDIDATE: Final = "No rollback candidate was found to run the rollback."
"""`statusReason` of a deployment that should turn back where nothing was ever completed."""

STOPPED_BY_BREAKER: Final = (
    "Service deployment stopped because the circuit breaker threshold was exceeded."
)
"""`statusReason` of a failed deployment that nobody wanted rolled back; ours, after ECS's."""

STOPPED_BY_USER: Final = "Service deployment rolled back by user."
"""`statusReason` of a deployment that a user turns back."""

SERVICE_DELETED: Final = "Service deployment stopped because its service was deleted."
"""`statusReason` of a deployment whose service goes; ours."""

_MORE: Final = (
    "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
)
_NO_PLACE: Final = (
    "was unable to place a task because no container instance met all of its requirements."
)
_SHORTAGES: Final = {
    "RESOURCE:CPU": "has insufficient CPU units available.",
    "RESOURCE:MEMORY": "has insufficient memory available.",
    "RESOURCE:PORTS": "is already using a port required by your task.",
    "ATTRIBUTE": "is missing an attribute required by your task.",
}

DEPLOYMENT_CHANGES: Final[Mapping[str, str]] = {
    "SERVICE_DEPLOYMENT_IN_PROGRESS": "INFO",
    "SERVICE_DEPLOYMENT_COMPLETED": "INFO",
    "SERVICE_DEPLOYMENT_FAILED": "ERROR",
}
"""``ECS Deployment State Change`` events, and how grave they are."""


def steady(name: str) -> str:
    """The service is as it should be; it follows the end of a deployment, if one ends."""
    return f"(service {name}) has reached a steady state."


def started(name: str, tasks: Sequence[str], *, replaced: int = 0) -> tuple[str, ...]:
    """Tasks, ARNs or ids, were asked for; `replaced` of them for unhealthy ones."""
    told = [
        f"(service {name}) has started {len(some)} tasks: {_tasks(some)}." for some in _some(tasks)
    ]
    if told and replaced:
        told[-1] += f" Amazon ECS replaced {replaced} tasks due to an unhealthy status."
    return tuple(told)


def started_to_rebalance(name: str, zone: str, tasks: Sequence[str]) -> tuple[str, ...]:
    """Tasks were asked for in `zone`, whose predecessors in other zones leave once they run."""
    return tuple(
        f"(service {name}) has started {len(some)} tasks in {zone} to AZ Rebalance: {_tasks(some)}."
        for some in _some(tasks)
    )


def stopped_running(name: str, tasks: Sequence[str]) -> tuple[str, ...]:
    """Tasks that had been RUNNING are told to stop."""
    return tuple(
        f"(service {name}) has stopped {len(some)} running tasks: {_tasks(some)}."
        for some in _some(tasks)
    )


def stopped_pending(name: str, count: int) -> str:
    """Tasks that never were RUNNING are told to stop."""
    return f"(service {name}) stopped {count} pending tasks."


def unhealthy_container(name: str, task: str) -> str:
    """A task's own health check failed; told before it is stopped."""
    return f"(service {name}) (task {_id(task)}) failed container health checks."


def unhealthy_target(name: str, task: str, failing: FailingTarget, *, is_instance: bool) -> str:
    """A task fails the health checks of a target group; told before it is stopped."""
    who = f"instance {failing.target_id}" if is_instance else f"task {_id(task)}"
    where = f"(port {failing.port}) is unhealthy in (target-group {failing.group_arn})"
    return f"(service {name}) ({who}) {where} due to (reason {failing.reason})."


def registered(name: str, count: int, group_arn: str) -> str:
    """Targets were registered: those of tasks that run by now."""
    return f"(service {name}) registered {count} targets in (target-group {group_arn})"


def deregistered(name: str, count: int, group_arn: str) -> str:
    """Targets were deregistered: those of tasks that are to be stopped, or died."""
    return f"(service {name}) deregistered {count} targets in (target-group {group_arn})"


def not_registered(name: str, group_arn: str, error: str) -> str:
    """Targets cannot be registered in a target group."""
    group = f"(target-group {group_arn})"
    return f"(service {name}) failed to register targets in {group} with (error {error})"


def draining(name: str, count: int) -> str:
    """Tasks are stopped once those who are connected to them have finished."""
    return f"(service {name}) has begun draining connections on {count} tasks."


def deployment_completed(name: str, rollout_id: str) -> str:
    """A deployment or a rollback has succeeded; told before the steady state."""
    return f"(service {name}) (deployment {rollout_id}) deployment completed."


def deployment_failed(name: str, rollout_id: str, why: str = "tasks failed to start.") -> str:
    """The circuit breaker has tripped, or what else `why` says, has gone wrong."""
    return f"(service {name}) (deployment {rollout_id}) deployment failed: {why}"


def rolling_back(name: str, rollout_id: str) -> str:
    """The service turns back; told after the failure that caused it."""
    return f"(service {name}) rolling back to deployment {rollout_id}."


def no_instances(name: str, *, in_capacity_provider: bool = False) -> str:
    """There is no container instance to consider."""
    if in_capacity_provider:
        return (
            f"(service {name}) was unable to reach steady state. "
            "Reason: No Container Instances were found in your capacity provider."
        )
    found = "Reason: No Container Instances were found in your cluster."
    return f"(service {name}) {_NO_PLACE} {found} {_MORE}"


def no_place(name: str, instance: str, why: str) -> str:
    """No instance takes the task; `why` is what the closest one, ARN or id, answers.

    `why` is a placement failure: ``RESOURCE:CPU``, ``AGENT``, ``MemberOf placement ...``.
    """
    closest = f"The closest matching (container-instance {_id(instance)})"
    shortage = _SHORTAGES.get(why)
    if shortage is None:
        return f'(service {name}) {_NO_PLACE} {closest} encountered error "{why}". {_MORE}'
    return f"(service {name}) {_NO_PLACE} {closest} {shortage} {_MORE}"


def no_capacity(name: str) -> str:
    """A capacity provider without instances to choose among, such as FARGATE, has no room."""
    return (
        f"(service {name}) was unable to place a task. "
        "Reason: Capacity is unavailable at this time. "
        f"Please try again later or in a different availability zone. {_MORE}"
    )


def cannot_start(name: str, reason: str) -> str:
    """A task cannot run wherever it is placed: ``CannotPullContainerError: ...`` and the like."""
    return f"(service {name}) was unable to place a task. Reason: {reason.rstrip('.')}."


def blocked(name: str) -> str:
    """The percentages of the deployment allow neither a start nor a stop."""
    return (
        f"(service {name}) was unable to stop or start tasks during a deployment because of the "
        "service deployment configuration. Update the minimumHealthyPercent or maximumPercent "
        "value and try again."
    )


def impaired(name: str) -> str:
    """Tasks fail before they are RUNNING, again and again."""
    return f"(service {name}) is unable to consistently start tasks successfully."


def protected(name: str, rollout_id: str, count: int) -> str:
    """Tasks of a rollout should go and are protected from that."""
    return (
        f"(service {name}) was unable to reach steady state because (taskSet {rollout_id}) "
        f"was unable to scale in due to (reason {count} tasks under protection)"
    )


def of_task_set(name: str, task_set_id: str) -> str:
    """How a service is named in what is told of one of its task sets."""
    return f"{name}, taskSet {task_set_id}"


def recounted(name: str, task_set_id: str, count: int) -> str:
    """A task set should have another number of tasks than before."""
    return f"(service {name}) updated computedDesiredCount for taskSet {task_set_id} to {count}."


def stable(name: str, task_set_id: str) -> str:
    """A task set is as it should be."""
    return f"(service {of_task_set(name, task_set_id)}) updated state to STEADY_STATE."


def balanced(name: str, zones: Mapping[str, int]) -> str:
    """Every zone has as many tasks as the others, or one more; `zones` are their counts."""
    return f"(service {name}) is AZ balanced with {_zones(zones)}."


def not_balanced(name: str, zones: Mapping[str, int]) -> str:
    """Some zone has too many tasks, and they are about to move."""
    return f"(service {name}) is not AZ balanced with {_zones(zones)}. AZ Rebalancing in progress."


def stop_reason(why: str, rollout_id: str, failing: FailingTarget | None = None) -> str:
    """`stoppedReason` of a task that the scheduler stops: `why` of its `Stop`, and its rollout.

    ECS names the deployment that the task belongs to, not the one that takes its place.
    """
    if why == "unhealthy":
        return FAILED_HEALTH_CHECKS if failing is None else failed_target(failing.group_arn)
    return f"Scaling activity initiated by (deployment {rollout_id})"


def failed_target(group_arn: str) -> str:
    """`stoppedReason` of a task that failed the health checks of a target group."""
    return f"Task failed ELB health checks in (target-group {group_arn})"


def superseded_by(deployment_arn: str) -> str:
    """`statusReason` of a deployment that a newer one has replaced; ours, after ECS's."""
    return f"Service deployment stopped because {deployment_arn} took its place."


def in_progress(rollout_id: str) -> str:
    """`rolloutStateReason` of a rollout that is being brought to its count."""
    return f"ECS deployment {rollout_id} in progress."


def completed(rollout_id: str) -> str:
    """`rolloutStateReason` of a rollout that has reached its count."""
    return f"ECS deployment {rollout_id} completed."


def turning_back(rollout_id: str, who: str = "circuit breaker") -> str:
    """`rolloutStateReason` of a rollout that the circuit breaker, or an alarm, leads back to."""
    return f"ECS deployment {who}: rolling back to deploymentId {rollout_id}."


def service_action(
    level: str,
    name: str,
    cluster_arn: str,
    *,
    at: float,
    reason: str | None = None,
    instance_arns: Sequence[str] = (),
) -> ServiceAction:
    """The detail of an ``ECS Service Action``; `level` is INFO, WARN or ERROR."""
    return ServiceAction(
        event_type=level,
        event_name=name,
        cluster_arn=cluster_arn,
        created_at=event_time(at),
        reason=reason,
        container_instance_arns=tuple(instance_arns) or None,
    )


def deployment_change(
    name: str, rollout_id: str, reason: str, *, at: float, cluster_arn: str
) -> DeploymentStateChange:
    """The detail of an ``ECS Deployment State Change``; `name` is of `DEPLOYMENT_CHANGES`."""
    return DeploymentStateChange(
        event_type=DEPLOYMENT_CHANGES[name],
        event_name=name,
        deployment_id=rollout_id,
        updated_at=event_time(at),
        reason=reason,
        cluster_arn=cluster_arn,
    )


def hook_change(run: HookRun, deployment: ServiceDeployment, *, at: float) -> HookStateChange:
    """The detail of an ``ECS Hook State Change``."""
    return HookStateChange(
        event_type="ERROR" if run.status in ("FAILED", "TIMED_OUT") else "INFO",
        event_name=f"HOOK_{run.status}",
        hook_id=run.id,
        hook_type=run.target_type,
        expires_at=event_time(run.expires_at),
        lifecycle_stage=run.stage,
        cluster_arn=deployment.cluster_arn,
        service_arn=deployment.service_arn,
        service_deployment_arn=deployment.arn,
        updated_at=event_time(at),
    )


def event_time(at: float) -> str:
    """A moment as EventBridge shows it: ISO 8601, UTC, milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _some(tasks: Sequence[str]) -> list[Sequence[str]]:
    return [tasks[first : first + IDS_A_SENTENCE] for first in range(0, len(tasks), IDS_A_SENTENCE)]


def _tasks(tasks: Sequence[str]) -> str:
    return " ".join(f"(task {_id(task)})" for task in tasks)


def _id(arn: str) -> str:
    return arn.rpartition("/")[2]


def _zones(zones: Mapping[str, int]) -> str:
    fullest_first = sorted(zones.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} tasks in {zone}" for zone, count in fullest_first)
