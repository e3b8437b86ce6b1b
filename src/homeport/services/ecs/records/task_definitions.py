"""Task definitions as Homeport keeps them: the model's shapes, frozen."""

from msgspec import Struct, field

from homeport.services.ecs.records.container_definitions import (
    ContainerDefinition,
    Integer,
    KeyValuePair,
)


class HostVolumeProperties(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `HostVolumeProperties`."""

    source_path: str | None = None


class DockerVolumeConfiguration(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """The model's `DockerVolumeConfiguration`."""

    scope: str | None = None
    autoprovision: bool | None = None
    driver: str | None = None
    driver_opts: dict[str, str] | None = None
    labels: dict[str, str] | None = None


class EFSAuthorizationConfig(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `EFSAuthorizationConfig`."""

    access_point_id: str | None = None
    iam: str | None = None


class EFSVolumeConfiguration(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `EFSVolumeConfiguration`."""

    file_system_id: str
    root_directory: str | None = None
    transit_encryption: str | None = None
    transit_encryption_port: Integer | None = None
    authorization_config: EFSAuthorizationConfig | None = None


class S3FilesVolumeConfiguration(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """The model's `S3FilesVolumeConfiguration`."""

    file_system_arn: str
    root_directory: str | None = None
    transit_encryption_port: Integer | None = None
    access_point_arn: str | None = None


class FSxWindowsFileServerAuthorizationConfig(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """The model's `FSxWindowsFileServerAuthorizationConfig`."""

    credentials_parameter: str
    domain: str


class FSxWindowsFileServerVolumeConfiguration(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """The model's `FSxWindowsFileServerVolumeConfiguration`."""

    file_system_id: str
    root_directory: str
    authorization_config: FSxWindowsFileServerAuthorizationConfig


class Volume(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `Volume`."""

    name: str | None = None
    host: HostVolumeProperties | None = None
    docker_volume_configuration: DockerVolumeConfiguration | None = None
    efs_volume_configuration: EFSVolumeConfiguration | None = None
    s3files_volume_configuration: S3FilesVolumeConfiguration | None = None
    fsx_windows_file_server_volume_configuration: FSxWindowsFileServerVolumeConfiguration | None = (
        None
    )
    configured_at_launch: bool | None = None


class Attribute(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `Attribute`."""

    name: str
    value: str | None = None
    target_type: str | None = None
    target_id: str | None = None


class TaskDefinitionPlacementConstraint(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """The model's `TaskDefinitionPlacementConstraint`."""

    type: str | None = None
    expression: str | None = None


class RuntimePlatform(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `RuntimePlatform`."""

    cpu_architecture: str | None = None
    operating_system_family: str | None = None


class InferenceAccelerator(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `InferenceAccelerator`."""

    device_name: str
    device_type: str


class ProxyConfiguration(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `ProxyConfiguration`."""

    type: str | None = None
    container_name: str
    properties: tuple[KeyValuePair, ...] | None = None


class EphemeralStorage(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `EphemeralStorage`."""

    size_in_gib: Integer = field(name="sizeInGiB")


class TaskDefinition(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `TaskDefinition`; encoded as JSON it is what ECS answers.

    Before it is registered (a draft) it has revision 0, no ARN and nothing computed.
    """

    task_definition_arn: str | None = None
    container_definitions: tuple[ContainerDefinition, ...]
    family: str
    task_role_arn: str | None = None
    execution_role_arn: str | None = None
    network_mode: str | None = None
    """As it was asked for; ECS never fills it in (see `networking`)."""
    revision: Integer
    volumes: tuple[Volume, ...]
    status: str
    requires_attributes: tuple[Attribute, ...] = ()
    """Left out of the answer when there are none."""
    placement_constraints: tuple[TaskDefinitionPlacementConstraint, ...]
    compatibilities: tuple[str, ...]
    runtime_platform: RuntimePlatform | None = None
    requires_compatibilities: tuple[str, ...] | None = None
    cpu: str | None = None
    memory: str | None = None
    inference_accelerators: tuple[InferenceAccelerator, ...] | None = None
    pid_mode: str | None = None
    ipc_mode: str | None = None
    proxy_configuration: ProxyConfiguration | None = None
    registered_at: float | None = None
    deregistered_at: float | None = None
    delete_requested_at: float | None = None
    registered_by: str | None = None
    ephemeral_storage: EphemeralStorage | None = None
    enable_fault_injection: bool | None = None

    @property
    def networking(self) -> str:
        """The network mode that its tasks get: ``bridge`` when none was asked for."""
        return self.network_mode or "bridge"

    @property
    def is_windows(self) -> bool:
        """Whether its containers are Windows containers."""
        platform = self.runtime_platform
        family = platform.operating_system_family if platform else None
        return family is not None and family.startswith("WINDOWS")
