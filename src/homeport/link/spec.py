"""What a node needs to know to run a task: everything resolved, nothing to look up or decide.

Overrides are merged, defaults are filled, names are final.  Durations are real seconds (already
divided by ``--time-scale``); memory is MiB, CPU is CPU units (1024 for a core).
"""

from typing import Literal

from msgspec import Struct

NetworkMode = Literal["awsvpc", "bridge", "host", "none"]
Condition = Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]


class Dependency(Struct, frozen=True, kw_only=True):
    """`dependsOn`: wait for another container of the task."""

    container: str
    condition: Condition


class PortMapping(Struct, frozen=True, kw_only=True):
    """A port or a range of ports; `host_port` 0 lets the node choose (bridge only)."""

    container_port: int | None = None
    container_port_range: str | None = None
    host_port: int = 0
    protocol: Literal["tcp", "udp"] = "tcp"


class HealthCheck(Struct, frozen=True, kw_only=True):
    """Docker health check; durations in seconds."""

    command: tuple[str, ...]
    interval_s: float
    timeout_s: float
    retries: int
    start_period_s: float


class Mount(Struct, frozen=True, kw_only=True):
    """A volume of the task at a path of the container."""

    volume: str
    container_path: str
    read_only: bool = False


class VolumesFrom(Struct, frozen=True, kw_only=True):
    """All mounts of another container of the task."""

    container: str
    read_only: bool = False


class Volume(Struct, frozen=True, kw_only=True):
    """A volume of the task: a path of the host, or a Docker volume."""

    name: str
    host_path: str | None = None
    """Bind this path of the host."""
    scope: Literal["task", "shared"] = "task"
    """Without `host_path`: a Docker volume that ends with the task, or that outlives it."""
    autoprovision: bool = False
    driver: str | None = None
    driver_opts: dict[str, str] = {}
    labels: dict[str, str] = {}
    docker_defined: bool = False
    """A dockerVolumeConfiguration was given (a shared volume then bears its plain name)."""


class Ulimit(Struct, frozen=True, kw_only=True):
    """A resource limit."""

    name: str
    soft: int
    hard: int


class Device(Struct, frozen=True, kw_only=True):
    """A device of the host."""

    host_path: str
    container_path: str
    permissions: str
    """Of ``rwm``."""


class Tmpfs(Struct, frozen=True, kw_only=True):
    """A file system in memory; `size_mib` is its limit."""

    container_path: str
    size_mib: int
    options: tuple[str, ...] = ()


class RestartPolicy(Struct, frozen=True, kw_only=True):
    """Restart the container in place when it exits, at most once in `attempt_period_s`."""

    attempt_period_s: float
    ignored_exit_codes: tuple[int, ...] = ()


class LogDriver(Struct, frozen=True, kw_only=True):
    """Docker's log driver and its options.

    For ``awslogs`` the node adds the endpoint and the credentials endpoint of the task.
    """

    driver: str
    options: dict[str, str] = {}


class ContainerSpec(Struct, frozen=True, kw_only=True):
    """One container of a task."""

    name: str
    arn: str
    docker_name: str
    """``ecs-FAMILY-REVISION-CONTAINER-HEX``."""
    image: str
    pinned_digest: str | None = None
    """Run the image of this digest, whatever the tag means by now."""
    essential: bool = True
    command: tuple[str, ...] | None = None
    entry_point: tuple[str, ...] | None = None
    environment: dict[str, str] = {}
    cpu: int = 0
    memory_mib: int | None = None
    memory_reservation_mib: int | None = None
    working_directory: str | None = None
    user: str | None = None
    hostname: str | None = None
    links: tuple[str, ...] = ()
    port_mappings: tuple[PortMapping, ...] = ()
    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[VolumesFrom, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    start_timeout_s: float | None = None
    stop_timeout_s: float = 30.0
    health_check: HealthCheck | None = None
    restart_policy: RestartPolicy | None = None
    log: LogDriver | None = None
    """None: the Engine's default driver."""
    ulimits: tuple[Ulimit, ...] = ()
    open_files: int | None = None
    """The limit of open files where `ulimits` names none, or the node's own if that is less."""
    labels: dict[str, str] = {}
    extra_hosts: tuple[tuple[str, str], ...] = ()
    """(hostname, address) pairs."""
    dns_servers: tuple[str, ...] = ()
    dns_search_domains: tuple[str, ...] = ()
    disable_networking: bool = False
    privileged: bool = False
    read_only_root: bool = False
    interactive: bool = False
    tty: bool = False
    security_options: tuple[str, ...] = ()
    sysctls: dict[str, str] = {}
    capabilities_add: tuple[str, ...] = ()
    capabilities_drop: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    tmpfs: tuple[Tmpfs, ...] = ()
    init_process: bool = False
    shared_memory_mib: int | None = None
    max_swap_mib: int | None = None
    swappiness: int | None = None
    gpus: int = 0
    image_pull: Literal["default", "prefer-cached"] = "default"


class InterfaceSpec(Struct, frozen=True, kw_only=True):
    """The task's own address (awsvpc), and the VPC whose bridge holds it."""

    interface_id: str
    attachment_id: str
    vpc_id: str
    vpc_cidr: str
    subnet_cidr: str
    private_ipv4: str
    mac_address: str
    private_dns_name: str
    security_groups: tuple[str, ...] = ()
    """Those that it was made with.  A policy of the VPC that has the address knows better."""


class TaskSpec(Struct, frozen=True, kw_only=True):
    """One task, as a node runs it."""

    task_arn: str
    cluster: str
    """Name of the cluster."""
    family: str
    revision: int
    network_mode: NetworkMode
    launch_type: str
    containers: tuple[ContainerSpec, ...]
    volumes: tuple[Volume, ...] = ()
    interface: InterfaceSpec | None = None
    cpu: int | None = None
    """CPU units of the whole task, enforced by a parent cgroup."""
    memory_mib: int | None = None
    """Memory of the whole task, enforced by a parent cgroup."""
    pid_mode: Literal["host", "task"] | None = None
    ipc_mode: Literal["host", "task", "none"] | None = None
    task_role_credentials_id: str | None = None
    execution_role_credentials_id: str | None = None
    availability_zone: str = ""
    service_name: str | None = None
    group: str = ""
    region: str
    tags: dict[str, str] = {}
