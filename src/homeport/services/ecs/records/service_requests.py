"""CreateService and UpdateService requests once they are parsed: what is asked for, not decided.

A member that the request leaves out is None; an empty list is an empty tuple.
"""

from typing import Any

from msgspec import Struct, field

from homeport.services.ecs.records.run_request import (
    AwsVpcConfiguration,
    NetworkConfiguration,
    PlacementConstraint,
    PlacementStrategy,
    StrategyEntry,
)
from homeport.services.ecs.records.services import CircuitBreaker
from homeport.services.ecs.records.tags import Tag


class AskedAlarms(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `DeploymentAlarms`."""

    alarm_names: tuple[str, ...] = ()
    rollback: bool = False
    enable: bool = False


class AskedTimeout(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `DeploymentLifecycleHookTimeoutConfiguration`."""

    timeout_in_minutes: int | None = None
    action: str | None = None


class AskedHook(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `DeploymentLifecycleHook`."""

    target_type: str | None = None
    hook_target_arn: str | None = None
    role_arn: str | None = None
    lifecycle_stages: tuple[str, ...] = ()
    hook_details: Any = None
    timeout_configuration: AskedTimeout | None = None


class AskedLinear(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `LinearConfiguration`."""

    step_percent: float | None = None
    step_bake_time_in_minutes: int | None = None


class AskedCanary(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `CanaryConfiguration`."""

    canary_percent: float | None = None
    canary_bake_time_in_minutes: int | None = None


class AskedDeployments(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `DeploymentConfiguration`, with nothing filled in."""

    minimum_healthy_percent: int | None = None
    maximum_percent: int | None = None
    deployment_circuit_breaker: CircuitBreaker | None = None
    alarms: AskedAlarms | None = None
    strategy: str | None = None
    bake_time_in_minutes: int | None = None
    lifecycle_hooks: tuple[AskedHook, ...] | None = None
    linear_configuration: AskedLinear | None = None
    canary_configuration: AskedCanary | None = None


class AskedController(Struct, frozen=True, kw_only=True):
    """The model's `DeploymentController`."""

    type: str


class AskedAdvanced(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `AdvancedConfiguration`."""

    alternate_target_group_arn: str | None = None
    production_listener_rule: str | None = None
    test_listener_rule: str | None = None
    role_arn: str | None = None


class AskedLoadBalancer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `LoadBalancer`, as far as it is checked."""

    target_group_arn: str | None = None
    load_balancer_name: str | None = None
    container_name: str | None = None
    container_port: int | None = None
    advanced_configuration: AskedAdvanced | None = None


class AskedRegistry(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `ServiceRegistry`, as far as it is checked."""

    registry_arn: str | None = None


class AskedAlias(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `ServiceConnectClientAlias`, as far as it is checked."""

    dns_name: str | None = None


class AskedEndpoint(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `ServiceConnectService`, as far as it is checked."""

    port_name: str
    client_aliases: tuple[AskedAlias, ...] = ()


class AskedConnect(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `ServiceConnectConfiguration`, as far as it is checked."""

    enabled: bool
    namespace: str | None = None
    services: tuple[AskedEndpoint, ...] = ()


class AskedVolume(Struct, frozen=True, kw_only=True):
    """The model's `ServiceVolumeConfiguration`, as far as it is checked."""

    name: str


class AskedLattice(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `VpcLatticeConfiguration`, as far as it is checked."""

    port_name: str


class ServiceRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """The members that CreateService and UpdateService share."""

    cluster: str | None = None
    task_definition: str | None = None
    desired_count: int | None = None
    capacity_provider_strategy: tuple[StrategyEntry, ...] | None = None
    deployment_configuration: AskedDeployments | None = None
    deployment_controller: AskedController | None = None
    availability_zone_rebalancing: str | None = None
    network_configuration: NetworkConfiguration | None = None
    placement_constraints: tuple[PlacementConstraint, ...] | None = None
    placement_strategy: tuple[PlacementStrategy, ...] | None = None
    platform_version: str | None = None
    health_check_grace_period_seconds: int | None = None
    enable_execute_command: bool | None = None
    enable_ecs_managed_tags: bool | None = field(default=None, name="enableECSManagedTags")
    propagate_tags: str | None = None
    load_balancers: tuple[AskedLoadBalancer, ...] | None = None
    service_registries: tuple[AskedRegistry, ...] = ()
    service_connect_configuration: AskedConnect | None = None
    volume_configurations: tuple[AskedVolume, ...] = ()
    vpc_lattice_configurations: tuple[AskedLattice, ...] = ()

    @property
    def awsvpc(self) -> AwsVpcConfiguration | None:
        """The part that says where the address of an awsvpc task is."""
        configuration = self.network_configuration
        return None if configuration is None else configuration.awsvpc_configuration

    @property
    def controller(self) -> str:
        """The type of the deployment controller that is asked for."""
        return "ECS" if self.deployment_controller is None else self.deployment_controller.type


class CreateRequest(ServiceRequest, frozen=True, kw_only=True, rename="camel"):
    """What CreateService asks for."""

    service_name: str
    scheduling_strategy: str | None = None
    launch_type: str | None = None
    role: str | None = None
    tags: tuple[Tag, ...] = ()
    client_token: str | None = None


class UpdateRequest(ServiceRequest, frozen=True, kw_only=True, rename="camel"):
    """What UpdateService asks for."""

    service: str
    force_new_deployment: bool = False
