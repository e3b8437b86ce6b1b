"""Service deployments and service revisions as ECS shows them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from homeport.kernel.traffic_shift import WHOLE
from homeport.services.ecs.records.service_views import NO_TASKS, RolloutCounts
from homeport.services.ecs.records.services import Service, ServiceDeployment, ServiceRevision
from homeport.services.ecs.render.services import (
    capacity_strategy,
    network_configuration,
    platform_version,
)
from homeport.services.ecs.render.strategies import (
    alarms,
    deployment_configuration,
    load_balancers,
    show_stage,
)
from homeport.services.ecs.render.tasks import moment
from homeport.shapes import ecs as shapes


def deployment(
    of: ServiceDeployment, service: Service | None, counts: Mapping[str, RolloutCounts]
) -> shapes.ServiceDeployment:
    """A deployment as the model's `ServiceDeployment`.

    `service` is the one that was deployed, as it is now; `counts` are of its tasks by rollout id.
    """
    shown: shapes.ServiceDeployment = {
        "serviceDeploymentArn": of.arn,
        "serviceArn": of.service_arn,
        "clusterArn": of.cluster_arn,
        "createdAt": moment(of.created_at),
        "updatedAt": moment(of.updated_at),
        "sourceServiceRevisions": [
            _summary(of, each, service, counts) for each in of.source_revision_arns
        ],
        "targetServiceRevision": _summary(of, of.target_revision_arn, service, counts),
        "status": of.status,
        "deploymentConfiguration": deployment_configuration(of.deployment_configuration),
        "deploymentCircuitBreaker": {
            "status": of.breaker.status,
            "failureCount": of.breaker.failure_count,
            "threshold": of.breaker.threshold,
        },
        "alarms": alarms(of.alarms),
    }
    _show_moments(shown, of)
    show_stage(shown, of)
    if of.stopped_at is not None:
        shown["stoppedAt"] = moment(of.stopped_at)
    if of.rollback is not None:
        shown["rollback"] = {
            "reason": of.rollback.reason,
            "startedAt": moment(of.rollback.started_at),
            "serviceRevisionArn": of.rollback.revision_arn,
        }
    return shown


def brief(of: ServiceDeployment) -> shapes.ServiceDeploymentBrief:
    """A deployment as the model's `ServiceDeploymentBrief`."""
    shown: shapes.ServiceDeploymentBrief = {
        "serviceDeploymentArn": of.arn,
        "serviceArn": of.service_arn,
        "clusterArn": of.cluster_arn,
        "createdAt": moment(of.created_at),
        "targetServiceRevisionArn": of.target_revision_arn,
        "status": of.status,
    }
    _show_moments(shown, of)
    return shown


def revision(of: ServiceRevision) -> shapes.ServiceRevision:
    """A revision as the model's `ServiceRevision`."""
    shown: shapes.ServiceRevision = {
        "serviceRevisionArn": of.arn,
        "serviceArn": of.service_arn,
        "clusterArn": of.cluster_arn,
        "taskDefinition": of.definition_arn,
        "containerImages": [msgspec.to_builtins(each) for each in of.container_images],
        "guardDutyEnabled": False,
        "createdAt": moment(of.created_at),
    }
    if of.capacity_provider_strategy:
        shown["capacityProviderStrategy"] = capacity_strategy(of.capacity_provider_strategy)
    elif of.launch_type is not None:
        shown["launchType"] = of.launch_type
    resolved = platform_version(of)
    if resolved is not None:
        shown["platformVersion"] = resolved
    if of.platform_family is not None:
        shown["platformFamily"] = of.platform_family
    if of.network_configuration is not None:
        shown["networkConfiguration"] = network_configuration(of.network_configuration)
    if of.load_balancers:
        shown["loadBalancers"] = load_balancers(of)
        shown["resolvedConfiguration"] = {"loadBalancers": _resolved(of)}
    return shown


def _show_moments(shown: Any, of: ServiceDeployment) -> None:
    """Show what is not there from the start."""
    if of.started_at is not None:
        shown["startedAt"] = moment(of.started_at)
    if of.finished_at is not None:
        shown["finishedAt"] = moment(of.finished_at)
    if of.status_reason is not None:
        shown["statusReason"] = of.status_reason


def _resolved(of: ServiceRevision) -> list[shapes.ServiceRevisionLoadBalancer]:
    """The target groups that are used, each once, and what leads to them."""
    groups = of.resolved_groups or [each.target_group_arn for each in of.load_balancers]
    found: dict[str, shapes.ServiceRevisionLoadBalancer] = {}
    for arn, each in zip(groups, of.load_balancers, strict=True):
        shown: shapes.ServiceRevisionLoadBalancer = {"targetGroupArn": arn}
        if each.advanced_configuration is not None:
            shown["productionListenerRule"] = each.advanced_configuration.production_listener_rule
        found.setdefault(arn, shown)
    return list(found.values())


def _summary(
    of: ServiceDeployment,
    revision_arn: str,
    service: Service | None,
    counts: Mapping[str, RolloutCounts],
) -> shapes.ServiceRevisionSummary:
    """How much of the service is at a revision now: nothing, once it has no rollout any more."""
    rollout_id = f"ecs-svc/{revision_arn.rpartition('/')[2]}"
    tasks = counts.get(rollout_id, NO_TASKS)
    shown: shapes.ServiceRevisionSummary = {
        "arn": revision_arn,
        "requestedTaskCount": 0 if service is None else _requested(revision_arn, service),
        "runningTaskCount": tasks.running,
        "pendingTaskCount": tasks.pending,
    }
    shifting = of.shifting
    if shifting is not None and shifting.routes:
        has_test = any(each.test is not None for each in shifting.routes)
        is_target = revision_arn == of.target_revision_arn
        if has_test:
            share = _share(of, shifting.test, revision_arn, is_target=is_target)
            shown["requestedTestTrafficWeight"] = share
        share = _share(of, shifting.production, revision_arn, is_target=is_target)
        shown["requestedProductionTrafficWeight"] = share
    return shown


def _share(
    of: ServiceDeployment, tenths: int | None, revision_arn: str, *, is_target: bool
) -> float:
    """The percentage of traffic that is to go to a side; a revision of neither gets nothing."""
    blue = None if of.shifting is None else of.shifting.blue_revision_arn
    if is_target:
        return (tenths or 0) / 10
    return (WHOLE - (tenths or 0)) / 10 if revision_arn == blue else 0.0


def _requested(revision_arn: str, service: Service) -> int:
    for rollout in service.rollouts:
        if rollout.revision_arn == revision_arn:
            is_primary = rollout is service.primary
            return service.desired_count if is_primary else rollout.desired_count
    return 0
