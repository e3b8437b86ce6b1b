"""From a RunTask or StartTask request to an order: everything is checked, nothing is placed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from homeport.contracts.networks import Subnet
from homeport.runtime import Call
from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.services.ecs.plan import run_task as plan
from homeport.services.ecs.plan.capacity_providers import (
    require_weight,
    split,
    validate_strategy,
)
from homeport.services.ecs.plan.new_task import Order
from homeport.services.ecs.plan.overrides import check_merged, check_overrides, merged_definition
from homeport.services.ecs.plan.tags import checked_tags
from homeport.services.ecs.plan.task_definition import unsupported_to_run
from homeport.services.ecs.plan.time_limits import time_limit
from homeport.services.ecs.queries import task_definitions, task_networks
from homeport.services.ecs.queries.clusters import active_cluster
from homeport.services.ecs.queries.tags import tags_of
from homeport.services.ecs.records.clusters import Cluster, StrategyItem
from homeport.services.ecs.records.run_request import RunRequest
from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.records.task_definitions import TaskDefinition
from homeport.services.ecs.records.tasks import TaskOverride
from homeport.store import ReadTx

FARGATE_PROVIDERS: Final = ("FARGATE", "FARGATE_SPOT")
_NO_OVERRIDES: Final = TaskOverride()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedOrder:
    """An order, and what placing and recording it needs beside it."""

    order: Order
    request: RunRequest
    definition: TaskDefinition
    providers: tuple[str | None, ...]
    """The capacity provider of each copy; None for those without one."""
    subnets: tuple[Subnet, ...]
    """Where an awsvpc task's address may be; empty for other network modes."""
    security_groups: tuple[str, ...]
    tags: tuple[Tag, ...]


def parsed(request: Mapping[str, object]) -> RunRequest:
    """The request as a record; raises InvalidParameterException for what does not fit."""
    try:
        return msgspec.convert(request, RunRequest)
    except msgspec.ValidationError as error:
        raise InvalidParameterException(f"Invalid request: {error}") from error


def checked_order(
    tx: ReadTx, call: Call, request: RunRequest, *, cluster: Cluster, is_placed: bool = True
) -> CheckedOrder:
    """The order that a request places; raises in ECS's words when it places none.

    `is_placed` is false for StartTask, whose instances are named.
    """
    plan.check_request(request)
    launch_type, providers = _launch(request, cluster, is_placed=is_placed)
    plan.check_launch_type(request, launch_type)
    definition = _definition(tx, call, request, launch_type)
    merged = _merged(request, definition, launch_type)
    platform = _platform(request, launch_type)
    network = request.awsvpc
    plan.check_network(network, merged.networking, launch_type)
    subnets: tuple[Subnet, ...] = ()
    groups: tuple[str, ...] = ()
    if network is not None:
        where = (tx, call.peers.networks, call.account, call.region, network)
        subnets = task_networks.subnets_of(*where)
        groups = task_networks.groups_of(*where, vpc_id=subnets[0].vpc_id)
    tags = _tags(tx, request, definition, cluster)
    order = Order(
        account=call.account,
        region=call.region,
        cluster=cluster,
        definition_arn=definition.task_definition_arn or "",
        merged=merged,
        overrides=request.overrides,
        launch_type=launch_type,
        platform_version=platform,
        group=request.group or f"family:{definition.family}",
        started_by=request.started_by,
        time_limit_s=time_limit(tags_of(tx, definition.task_definition_arn or ""), tags),
        now=call.now,
    )
    return CheckedOrder(
        order=order,
        request=request,
        definition=definition,
        providers=providers,
        subnets=subnets,
        security_groups=groups,
        tags=tags,
    )


def order_cluster(tx: ReadTx, call: Call, request: RunRequest) -> Cluster:
    """The cluster that a request is about."""
    return active_cluster(tx, call.account, call.region, request.cluster)


def _launch(
    request: RunRequest, cluster: Cluster, *, is_placed: bool
) -> tuple[str, tuple[str | None, ...]]:
    """The launch type, and the capacity provider of each copy."""
    if not is_placed:
        return "EC2", ()
    strategy = tuple(
        StrategyItem(capacity_provider=each.capacity_provider, weight=each.weight, base=each.base)
        for each in request.capacity_provider_strategy
    )
    is_default = not strategy and request.launch_type is None
    if is_default:
        strategy = cluster.default_strategy
    if not strategy:
        return request.launch_type or "EC2", (None,) * request.count
    validate_strategy(strategy, cluster.capacity_providers)
    require_weight(strategy, is_default=is_default)
    if any(each.capacity_provider not in FARGATE_PROVIDERS for each in strategy):
        raise UnsupportedFeatureException(
            "Capacity providers other than FARGATE and FARGATE_SPOT are not supported yet."
        )
    shares = split(request.count, strategy, {})
    return "FARGATE", tuple(name for name, share in shares for _ in range(share))


def _definition(tx: ReadTx, call: Call, request: RunRequest, launch_type: str) -> TaskDefinition:
    reference = request.task_definition
    found = task_definitions.find(tx, call.account, call.region, reference)
    return plan.check_definition(found, call.account, reference, launch_type)


def _merged(request: RunRequest, definition: TaskDefinition, launch_type: str) -> TaskDefinition:
    merged = definition
    if request.overrides != _NO_OVERRIDES:
        check_overrides(definition, request.overrides)
        merged = merged_definition(definition, request.overrides)
        check_merged(merged, launch_type)
    sentence = unsupported_to_run(merged)
    if sentence is not None:
        raise UnsupportedFeatureException(sentence)
    return merged


def _platform(request: RunRequest, launch_type: str) -> str | None:
    if launch_type != "FARGATE":
        return None
    return plan.platform_version(request.platform_version)


def _tags(
    tx: ReadTx, request: RunRequest, definition: TaskDefinition, cluster: Cluster
) -> tuple[Tag, ...]:
    """The tags of each copy; those of the request win over those of the definition."""
    tags = {each.key: each for each in checked_tags(request.tags)}
    if request.propagate_tags == "TASK_DEFINITION":
        propagated = tags_of(tx, definition.task_definition_arn or "")
        tags = {each.key: each for each in propagated} | tags
    if request.enable_ecs_managed_tags:
        tags["aws:ecs:clusterName"] = Tag(key="aws:ecs:clusterName", value=cluster.name)
    return tuple(tags.values())
