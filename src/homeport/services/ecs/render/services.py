"""Services as ECS shows them.  What is counted is counted before, nothing is looked up here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from homeport.services.ecs.records.clusters import StrategyItem
from homeport.services.ecs.records.run_request import (
    AwsVpcConfiguration,
    NetworkConfiguration,
    PlacementConstraint,
    PlacementStrategy,
)
from homeport.services.ecs.records.service_views import NO_TASKS, RolloutCounts
from homeport.services.ecs.records.services import (
    Rollout,
    Service,
    ServiceEvent,
    ServiceRevision,
)
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.render.strategies import deployment_configuration, load_balancers
from homeport.services.ecs.render.tags import tags as render_tags
from homeport.services.ecs.render.tasks import moment
from homeport.shapes import ecs as shapes

ALL: Final = ("TAGS",)
"""What `include` of DescribeServices may name."""

LINKED_ROLE: Final = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
"""By which a service is behind load balancers, unless it names another."""

NEWEST: Final = "LATEST"
NEWEST_PLATFORM: Final = "1.4.0"
"""The platform version that LATEST stands for."""


def service(
    of: Service,
    revisions: Mapping[str, ServiceRevision],
    counts: Mapping[str, RolloutCounts],
    *,
    events: Sequence[ServiceEvent] = (),
    tags: Sequence[Tag] | None = None,
    task_sets: Sequence[shapes.TaskSet] = (),
) -> shapes.Service:
    """A service as the model's `Service`; `revisions` by ARN, `counts` by rollout id.

    `events` are newest first.  Tags are shown when they are given.
    """
    current = _current(of, revisions.values())
    shown: shapes.Service = {
        "serviceArn": of.arn,
        "serviceName": of.name,
        "clusterArn": of.cluster_arn,
        "loadBalancers": [],
        "serviceRegistries": [],
        "status": of.status,
        "desiredCount": of.desired_count,
        "runningCount": sum(each.running for each in counts.values()),
        "pendingCount": sum(each.pending for each in counts.values()),
        "deploymentConfiguration": deployment_configuration(of.deployment_configuration),
        "deployments": [
            _deployment(each, of, revisions.get(each.revision_arn), counts.get(each.id, NO_TASKS))
            for each in of.rollouts
        ],
        "events": [_event(each) for each in events],
        "createdAt": moment(of.created_at),
        "currentServiceRevisions": [
            _revision_summary(each, counts.get(each.id, NO_TASKS)) for each in of.rollouts
        ],
        "placementConstraints": [_constraint(each) for each in of.placement_constraints],
        "placementStrategy": [_strategy(each) for each in of.placement_strategy],
        "healthCheckGracePeriodSeconds": of.health_check_grace_s,
        "schedulingStrategy": of.scheduling_strategy,
        "createdBy": of.created_by,
        "enableECSManagedTags": of.enable_ecs_managed_tags,
        "propagateTags": of.propagate_tags or "NONE",
        "enableExecuteCommand": of.enable_execute_command,
        "availabilityZoneRebalancing": "ENABLED" if of.zone_rebalancing else "DISABLED",
        "resourceManagementType": "CUSTOMER",
    }
    _show_capacity(shown, of.launch_type, of.capacity_provider_strategy)
    if of.primary is not None:
        shown["taskDefinition"] = of.primary.definition_arn
    if current is not None:
        shown["taskDefinition"] = current.definition_arn
        _show_surroundings(shown, current)
        shown["loadBalancers"] = load_balancers(current)
        if current.load_balancers:
            shown["roleArn"] = of.role_arn or f"arn:aws:iam::{of.account}:role/{LINKED_ROLE}"
    if of.shows_controller:
        shown["deploymentController"] = {"type": of.controller}
    if of.controller != "ECS":
        # As in ECS: so that a waiter for its deployments never ends.
        shown["deployments"] = []
        shown["taskSets"] = list(task_sets)
        del shown["currentServiceRevisions"]
    if of.deployment_arn is not None:
        shown["currentServiceDeployment"] = of.deployment_arn
    if tags is not None:
        shown["tags"] = render_tags(tags)
    return shown


def network_configuration(of: NetworkConfiguration) -> shapes.NetworkConfiguration:
    """The model's `NetworkConfiguration`; ECS names every member, asked for or not."""
    awsvpc = of.awsvpc_configuration or AwsVpcConfiguration()
    return {
        "awsvpcConfiguration": {
            "subnets": list(awsvpc.subnets),
            "securityGroups": list(awsvpc.security_groups),
            "assignPublicIp": awsvpc.assign_public_ip or "DISABLED",
        }
    }


def capacity_strategy(of: Iterable[StrategyItem]) -> list[shapes.CapacityProviderStrategyItem]:
    """The model's `CapacityProviderStrategy`."""
    return [
        {"capacityProvider": each.capacity_provider, "weight": each.weight, "base": each.base}
        for each in of
    ]


def platform_version(of: ServiceRevision) -> str | None:
    """The platform version that tasks of the revision run on; None where there is none."""
    return NEWEST_PLATFORM if of.platform_version == NEWEST else of.platform_version


def _current(of: Service, revisions: Collection[ServiceRevision]) -> ServiceRevision | None:
    """The revision that the service should be, or was last; None when it is not known any more."""
    wanted = of.primary.revision_arn if of.primary else of.completed_revision_arn
    if wanted is None and of.controller != "ECS":
        return None
    mine = [each for each in revisions if each.service_arn == of.arn]
    for each in mine:
        if each.arn == wanted:
            return each
    return max(mine, key=lambda each: (each.created_at, each.arn), default=None)


def _show_capacity(shown: Any, launch_type: str | None, strategy: Sequence[StrategyItem]) -> None:
    """Show the launch type or the strategy, whichever decides."""
    if strategy:
        shown["capacityProviderStrategy"] = capacity_strategy(strategy)
    elif launch_type is not None:
        shown["launchType"] = launch_type


def _show_surroundings(shown: Any, of: ServiceRevision) -> None:
    """Show what a revision says of where its tasks run, in the words of its request."""
    if of.platform_version is not None:
        shown["platformVersion"] = of.platform_version
    if of.platform_family is not None:
        shown["platformFamily"] = of.platform_family
    if of.network_configuration is not None:
        shown["networkConfiguration"] = network_configuration(of.network_configuration)


def _deployment(
    of: Rollout, service: Service, revision: ServiceRevision | None, counts: RolloutCounts
) -> shapes.Deployment:
    shown: shapes.Deployment = {
        "id": of.id,
        "status": of.status,
        "taskDefinition": of.definition_arn,
        "desiredCount": of.desired_count,
        "pendingCount": counts.pending,
        "runningCount": counts.running,
        "failedTasks": of.failed_tasks,
        "createdAt": moment(of.created_at),
        "updatedAt": moment(of.updated_at),
        "rolloutState": of.rollout_state,
        "rolloutStateReason": of.rollout_state_reason,
    }
    if revision is None:
        _show_capacity(shown, service.launch_type, service.capacity_provider_strategy)
        return shown
    _show_capacity(shown, revision.launch_type, revision.capacity_provider_strategy)
    _show_surroundings(shown, revision)
    resolved = platform_version(revision)
    if resolved is not None:
        shown["platformVersion"] = resolved
    return shown


def _revision_summary(of: Rollout, counts: RolloutCounts) -> shapes.ServiceCurrentRevisionSummary:
    return {
        "arn": of.revision_arn,
        "requestedTaskCount": of.desired_count,
        "runningTaskCount": counts.running,
        "pendingTaskCount": counts.pending,
    }


def _event(of: ServiceEvent) -> shapes.ServiceEvent:
    return {"id": of.id, "createdAt": moment(of.at), "message": of.message}


def _constraint(of: PlacementConstraint) -> shapes.PlacementConstraint:
    shown: shapes.PlacementConstraint = msgspec.to_builtins(of)
    return {name: value for name, value in shown.items() if value is not None}  # type: ignore[return-value]


def _strategy(of: PlacementStrategy) -> shapes.PlacementStrategy:
    shown: shapes.PlacementStrategy = msgspec.to_builtins(of)
    return {name: value for name, value in shown.items() if value is not None}  # type: ignore[return-value]
