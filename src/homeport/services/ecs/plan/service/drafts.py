"""Services and service revisions as requests ask for them.  Pure: nothing is checked here."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.services.ecs.plan.service.alarms import alarms_at_start
from homeport.services.ecs.plan.service.balancer_requests import role_arn
from homeport.services.ecs.plan.service.breaker import breaker_at_start
from homeport.services.ecs.plan.service.capacity_requests import Capacity
from homeport.services.ecs.plan.service.controller_requests import controlled
from homeport.services.ecs.plan.service.deploying import UNDER_WAY
from homeport.services.ecs.plan.service.deployment_requests import configured
from homeport.services.ecs.plan.service.placement_requests import (
    obstacle_to_rebalancing,
    rebalancing_asked,
)
from homeport.services.ecs.plan.service.requests import scheduling_of
from homeport.services.ecs.records.clusters import Cluster, StrategyItem
from homeport.services.ecs.records.load_balancing import LoadBalancer
from homeport.services.ecs.records.run_request import AwsVpcConfiguration, NetworkConfiguration
from homeport.services.ecs.records.service_requests import CreateRequest, UpdateRequest
from homeport.services.ecs.records.services import (
    ContainerImage,
    DeploymentConfiguration,
    Service,
    ServiceDeployment,
    ServiceRevision,
)
from homeport.services.ecs.records.task_definitions import TaskDefinition

ASKED: Final = (
    "scheduling_strategy",
    "desired_count",
    "deployment_configuration",
    "placement_constraints",
    "placement_strategy",
    "launch_type",
    "capacity_provider_strategy",
    "health_check_grace_s",
    "zone_rebalancing",
    "enable_ecs_managed_tags",
    "propagate_tags",
    "enable_execute_command",
    "role_arn",
    "controller",
    "shows_controller",
)
"""The fields of a service that requests decide, beside its name."""


class Target(Struct, frozen=True, kw_only=True):
    """What makes one service revision differ from another: a change of it is a deployment."""

    definition_arn: str
    launch_type: str | None = None
    capacity_provider_strategy: tuple[StrategyItem, ...] = ()
    platform_version: str | None = None
    network_configuration: NetworkConfiguration | None = None
    load_balancers: tuple[LoadBalancer, ...] = ()


def target_of(revision: ServiceRevision) -> Target:
    """What a revision is."""
    return Target(
        definition_arn=revision.definition_arn,
        launch_type=revision.launch_type,
        capacity_provider_strategy=revision.capacity_provider_strategy,
        platform_version=revision.platform_version,
        network_configuration=revision.network_configuration,
        load_balancers=revision.load_balancers,
    )


def network_of(asked: AwsVpcConfiguration | None) -> NetworkConfiguration | None:
    """A network configuration with what ECS fills in."""
    if asked is None:
        return None
    filled = replace(asked, assign_public_ip=asked.assign_public_ip or "DISABLED")
    return NetworkConfiguration(awsvpc_configuration=filled)


def revision_of(
    target: Target, service: Service, definition: TaskDefinition, *, number: str, now: float
) -> ServiceRevision:
    """A new revision of a service; `number` is its 19 digits.  Digests are not known yet."""
    home = f"arn:aws:ecs:{service.region}:{service.account}:service-revision"
    is_fargate = target.launch_type in (None, "FARGATE")
    return ServiceRevision(
        arn=f"{home}/{service.cluster_name}/{service.name}/{number}",
        id=number,
        account=service.account,
        region=service.region,
        cluster_arn=service.cluster_arn,
        service_arn=service.arn,
        definition_arn=target.definition_arn,
        launch_type=target.launch_type,
        capacity_provider_strategy=target.capacity_provider_strategy,
        platform_version=target.platform_version,
        platform_family="Linux" if is_fargate else None,
        network_configuration=target.network_configuration,
        load_balancers=target.load_balancers,
        container_images=tuple(
            ContainerImage(container_name=each.name, image=each.image)
            for each in definition.container_definitions
        ),
        created_at=now,
    )


def has_health_check(definition: TaskDefinition) -> bool:
    """Whether an essential container says itself whether it is healthy."""
    return any(
        each.essential and each.health_check is not None
        for each in definition.container_definitions
    )


def new_service(
    request: CreateRequest, cluster: Cluster, capacity: Capacity, *, created_by: str, now: float
) -> Service:
    """The service that CreateService asks for, not deployed yet.

    Availability Zone rebalancing is on unless the request says no, or the service can't have it.
    """
    scheduling = scheduling_of(request)
    home = f"arn:aws:ecs:{cluster.region}:{cluster.account}:service"
    service = Service(
        arn=f"{home}/{cluster.name}/{request.service_name}",
        account=cluster.account,
        region=cluster.region,
        cluster_arn=cluster.arn,
        cluster_name=cluster.name,
        name=request.service_name,
        created_at=now,
        created_by=created_by,
        scheduling_strategy=scheduling,
        desired_count=request.desired_count or 0,
        deployment_configuration=controlled(
            configured(request.deployment_configuration, None, scheduling), request.controller
        ),
        placement_constraints=request.placement_constraints or (),
        placement_strategy=request.placement_strategy or (),
        launch_type=capacity.launch_type,
        capacity_provider_strategy=capacity.strategy,
        health_check_grace_s=request.health_check_grace_period_seconds or 0,
        enable_ecs_managed_tags=bool(request.enable_ecs_managed_tags),
        propagate_tags=request.propagate_tags or "NONE",
        role_arn=role_arn(request.role, cluster.account),
        controller=request.controller,
        shows_controller=request.deployment_controller is not None,
    )
    asked = rebalancing_asked(request.availability_zone_rebalancing)
    is_able = obstacle_to_rebalancing(service) is None and service.controller == "ECS"
    rebalanced = is_able if asked is None else asked
    return replace(service, zone_rebalancing=rebalanced)


def updated_service(
    before: Service, request: UpdateRequest, capacity: Capacity, *, now: float
) -> Service:
    """The service with what UpdateService asks for; what it leaves out stays.

    A new desired count is the primary rollout's too.
    """
    asked: dict[str, object] = {
        "placement_constraints": request.placement_constraints,
        "placement_strategy": request.placement_strategy,
        "health_check_grace_s": request.health_check_grace_period_seconds,
        "zone_rebalancing": rebalancing_asked(request.availability_zone_rebalancing),
        "enable_ecs_managed_tags": request.enable_ecs_managed_tags,
        "propagate_tags": request.propagate_tags,
        "enable_execute_command": request.enable_execute_command,
    }
    after = replace(
        before,
        launch_type=capacity.launch_type,
        capacity_provider_strategy=capacity.strategy,
        deployment_configuration=controlled(
            configured(
                request.deployment_configuration,
                before.deployment_configuration,
                before.scheduling_strategy,
            ),
            before.controller,
        ),
        **{name: value for name, value in asked.items() if value is not None},
    )
    desired = request.desired_count
    return after if desired is None else counted(after, desired, now=now)


def counted(service: Service, desired: int, *, now: float) -> Service:
    """The service with another desired count, which its primary rollout shows as well."""
    primary = service.primary if service.controller == "ECS" else None  # Task sets have scales.
    if primary is None or primary.desired_count == desired:
        return replace(service, desired_count=desired)
    changed = replace(primary, desired_count=desired, updated_at=now)
    return replace(service, desired_count=desired, rollouts=(changed, *service.rollouts[1:]))


def deleted_service(before: Service, *, now: float) -> Service:
    """The service once it is deleted: DRAINING until none of its tasks is left."""
    rollouts = tuple(
        each if each.desired_count == 0 else replace(each, desired_count=0, updated_at=now)
        for each in before.rollouts
    )
    return replace(before, status="DRAINING", desired_count=0, rollouts=rollouts)


def reconfigured(
    deployment: ServiceDeployment,
    configuration: DeploymentConfiguration,
    desired: int,
    *,
    now: float,
) -> ServiceDeployment:
    """A deployment that is under way, by another configuration from now on.

    A circuit breaker that was on keeps what it has counted, and so do alarms.  One that shifts
    traffic goes on as it has begun.
    """
    if deployment.status not in UNDER_WAY or deployment.deployment_configuration == configuration:
        return deployment
    if deployment.shifting is not None:
        return deployment
    breaker = breaker_at_start(configuration, desired)
    if breaker.status == deployment.breaker.status or deployment.status != "IN_PROGRESS":
        breaker = deployment.breaker
    watched = deployment.alarms
    if configuration.alarms != deployment.deployment_configuration.alarms:
        is_open = deployment.status == "IN_PROGRESS" and watched.status != "TRIGGERED"
        watched = alarms_at_start(configuration, {}) if is_open else watched
    return replace(
        deployment,
        deployment_configuration=configuration,
        breaker=breaker,
        alarms=watched,
        updated_at=now,
    )


def is_as_asked(
    service: Service, revision: ServiceRevision | None, wanted: Service, target: Target | None
) -> bool:
    """Whether a service is already what a request to create it asks for.

    The desired count of a DAEMON service is no one's to ask for.  An EXTERNAL service is asked for
    without a target.
    """
    names = set(ASKED)
    if target is None:
        names -= {"launch_type", "capacity_provider_strategy"}  # Its task sets decide these.
    if service.scheduling_strategy == "DAEMON":
        names.discard("desired_count")
    same = all(getattr(service, name) == getattr(wanted, name) for name in names)
    if not same or target is None:
        return same
    return revision is not None and target_of(revision) == target
