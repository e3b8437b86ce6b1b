"""RunTask and StartTask requests once they are parsed: what is asked for, nothing decided."""

from msgspec import Struct, field

from homeport.services.ecs.records.tags import Tag
from homeport.services.ecs.records.tasks import TaskOverride


class PlacementConstraint(Struct, frozen=True, kw_only=True):
    """The model's `PlacementConstraint`."""

    type: str | None = None
    expression: str | None = None


class PlacementStrategy(Struct, frozen=True, kw_only=True):
    """The model's `PlacementStrategy`."""

    type: str | None = None
    field: str | None = None


class AwsVpcConfiguration(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `AwsVpcConfiguration`."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    assign_public_ip: str | None = None


class NetworkConfiguration(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `NetworkConfiguration`."""

    awsvpc_configuration: AwsVpcConfiguration | None = None


class StrategyEntry(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `CapacityProviderStrategyItem`."""

    capacity_provider: str
    weight: int = 0
    base: int = 0


class VolumeConfiguration(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `TaskVolumeConfiguration`, as far as it is understood."""

    name: str


class RunRequest(Struct, frozen=True, kw_only=True, rename="camel"):
    """The members that RunTask and StartTask share, and those of RunTask alone."""

    task_definition: str
    cluster: str | None = None
    count: int = 1
    launch_type: str | None = None
    capacity_provider_strategy: tuple[StrategyEntry, ...] = ()
    network_configuration: NetworkConfiguration | None = None
    overrides: TaskOverride = field(default_factory=TaskOverride)
    placement_constraints: tuple[PlacementConstraint, ...] = ()
    placement_strategy: tuple[PlacementStrategy, ...] = ()
    platform_version: str | None = None
    group: str | None = None
    started_by: str | None = None
    propagate_tags: str | None = None
    enable_ecs_managed_tags: bool = field(default=False, name="enableECSManagedTags")
    enable_execute_command: bool = False
    reference_id: str | None = None
    tags: tuple[Tag, ...] = ()
    client_token: str | None = None
    volume_configurations: tuple[VolumeConfiguration, ...] = ()

    @property
    def awsvpc(self) -> AwsVpcConfiguration | None:
        """The part that says where an awsvpc task's address is."""
        configuration = self.network_configuration
        return None if configuration is None else configuration.awsvpc_configuration
