"""Container definitions as Homeport keeps them: the model's shapes, frozen.

Field names and wire names differ only in their spelling (``port_mappings``, ``portMappings``).
Members that ECS always answers have no default; all others are None when they were not given.
"""

from typing import Annotated

from msgspec import Meta, Struct

Integer = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
"""The model's integers have 32 bits."""


class RepositoryCredentials(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `RepositoryCredentials`."""

    credentials_parameter: str


class PortMapping(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `PortMapping`."""

    container_port: Integer | None = None
    host_port: Integer | None = None
    protocol: str | None = None
    name: str | None = None
    app_protocol: str | None = None
    container_port_range: str | None = None


class ContainerRestartPolicy(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `ContainerRestartPolicy`."""

    enabled: bool
    ignored_exit_codes: tuple[Integer, ...] | None = None
    restart_attempt_period: Integer | None = None


class KeyValuePair(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `KeyValuePair`."""

    name: str | None = None
    value: str | None = None


class EnvironmentFile(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `EnvironmentFile`."""

    value: str
    type: str


class MountPoint(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `MountPoint`."""

    source_volume: str | None = None
    container_path: str | None = None
    read_only: bool | None = None


class VolumeFrom(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `VolumeFrom`."""

    source_container: str | None = None
    read_only: bool | None = None


class KernelCapabilities(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `KernelCapabilities`."""

    add: tuple[str, ...] | None = None
    drop: tuple[str, ...] | None = None


class Device(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `Device`."""

    host_path: str
    container_path: str | None = None
    permissions: tuple[str, ...] | None = None


class Tmpfs(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `Tmpfs`."""

    container_path: str
    size: Integer
    mount_options: tuple[str, ...] | None = None


class LinuxParameters(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `LinuxParameters`."""

    capabilities: KernelCapabilities | None = None
    devices: tuple[Device, ...] | None = None
    init_process_enabled: bool | None = None
    shared_memory_size: Integer | None = None
    tmpfs: tuple[Tmpfs, ...] | None = None
    max_swap: Integer | None = None
    swappiness: Integer | None = None


class Secret(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `Secret`."""

    name: str
    value_from: str


class ContainerDependency(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `ContainerDependency`."""

    container_name: str
    condition: str


class HostEntry(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `HostEntry`."""

    hostname: str
    ip_address: str


class Ulimit(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `Ulimit`."""

    name: str
    soft_limit: Integer
    hard_limit: Integer


class LogConfiguration(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `LogConfiguration`."""

    log_driver: str
    options: dict[str, str] | None = None
    secret_options: tuple[Secret, ...] | None = None


class HealthCheck(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `HealthCheck`."""

    command: tuple[str, ...]
    interval: Integer | None = None
    timeout: Integer | None = None
    retries: Integer | None = None
    start_period: Integer | None = None


class SystemControl(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `SystemControl`."""

    namespace: str | None = None
    value: str | None = None


class ResourceRequirement(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `ResourceRequirement`."""

    value: str
    type: str


class FirelensConfiguration(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `FirelensConfiguration`."""

    type: str
    options: dict[str, str] | None = None


class ContainerDefinition(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `ContainerDefinition`."""

    name: str
    image: str
    repository_credentials: RepositoryCredentials | None = None
    cpu: Integer
    memory: Integer | None = None
    memory_reservation: Integer | None = None
    links: tuple[str, ...] | None = None
    port_mappings: tuple[PortMapping, ...]
    essential: bool
    restart_policy: ContainerRestartPolicy | None = None
    entry_point: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: tuple[KeyValuePair, ...]
    environment_files: tuple[EnvironmentFile, ...] | None = None
    mount_points: tuple[MountPoint, ...]
    volumes_from: tuple[VolumeFrom, ...]
    linux_parameters: LinuxParameters | None = None
    secrets: tuple[Secret, ...] | None = None
    depends_on: tuple[ContainerDependency, ...] | None = None
    start_timeout: Integer | None = None
    stop_timeout: Integer | None = None
    version_consistency: str | None = None
    hostname: str | None = None
    user: str | None = None
    working_directory: str | None = None
    disable_networking: bool | None = None
    privileged: bool | None = None
    readonly_root_filesystem: bool | None = None
    dns_servers: tuple[str, ...] | None = None
    dns_search_domains: tuple[str, ...] | None = None
    extra_hosts: tuple[HostEntry, ...] | None = None
    docker_security_options: tuple[str, ...] | None = None
    interactive: bool | None = None
    pseudo_terminal: bool | None = None
    docker_labels: dict[str, str] | None = None
    ulimits: tuple[Ulimit, ...] | None = None
    log_configuration: LogConfiguration | None = None
    health_check: HealthCheck | None = None
    system_controls: tuple[SystemControl, ...]
    resource_requirements: tuple[ResourceRequirement, ...] | None = None
    firelens_configuration: FirelensConfiguration | None = None
    credential_specs: tuple[str, ...] | None = None
