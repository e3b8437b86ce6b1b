"""Tasks: what was asked for, what was decided, what is observed.  One record, one writer a field.

`docs/design/ownership.md` says who writes which field.
"""

from msgspec import Struct, field

from homeport.services.ecs.records.container_definitions import (
    EnvironmentFile,
    KeyValuePair,
    ResourceRequirement,
)
from homeport.services.ecs.records.load_balancing import IN_USE, LoadBalancer, Registration
from homeport.services.ecs.records.task_definitions import Attribute, EphemeralStorage


class ContainerOverride(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `ContainerOverride`."""

    name: str | None = None
    command: tuple[str, ...] | None = None
    environment: tuple[KeyValuePair, ...] | None = None
    environment_files: tuple[EnvironmentFile, ...] | None = None
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None
    resource_requirements: tuple[ResourceRequirement, ...] | None = None


class InferenceAcceleratorOverride(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """The model's `InferenceAcceleratorOverride`."""

    device_name: str | None = None
    device_type: str | None = None


class TaskOverride(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `TaskOverride`."""

    container_overrides: tuple[ContainerOverride, ...] | None = None
    cpu: str | None = None
    inference_accelerator_overrides: tuple[InferenceAcceleratorOverride, ...] | None = None
    execution_role_arn: str | None = None
    memory: str | None = None
    task_role_arn: str | None = None
    ephemeral_storage: EphemeralStorage | None = None


class NetworkBinding(Struct, frozen=True, kw_only=True):
    """A host port that leads into a container."""

    bind_ip: str
    container_port: int
    host_port: int
    protocol: str


class TaskContainer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A container of a task.  The first block is decided at RunTask, the second observed."""

    name: str
    arn: str
    image: str
    essential: bool
    cpu: int
    memory: int | None = None
    memory_reservation: int | None = None
    docker_name: str
    has_health_check: bool = False
    pinned_digest: str | None = None
    """The image that its service's revision was found to mean: run that, whatever the tag is."""

    last_status: str = "PENDING"
    """PENDING, RUNNING or STOPPED."""
    runtime_id: str | None = None
    image_digest: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    """Whole; cut to ECS's 1,024 characters where it is shown to ECS's clients."""
    bindings: tuple[NetworkBinding, ...] = ()
    health: str = "UNKNOWN"
    health_output: str | None = None
    created_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    oom_killed: bool = False
    oom_evidence: str | None = None
    restart_count: int = 0
    last_lines: tuple[str, ...] = ()


class TaskInterface(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The network interface of an awsvpc task."""

    attachment_id: str
    status: str = "PRECREATED"
    """PRECREATED, CREATED, ATTACHING, ATTACHED, DETACHING, DETACHED, DELETED or FAILED."""
    subnet_id: str
    security_groups: tuple[str, ...] = ()
    assign_public_ip: bool = False
    interface_id: str | None = None
    vpc_id: str | None = None
    vpc_cidr: str | None = None
    subnet_cidr: str | None = None
    mac_address: str | None = None
    private_dns_name: str | None = None
    private_ipv4: str | None = None


class Task(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A task."""

    # Asked for and decided by RunTask or StartTask; never changes after.
    arn: str
    account: str
    region: str
    cluster_arn: str
    cluster_name: str
    definition_arn: str
    family: str
    revision: int
    group: str
    started_by: str | None = None
    service_name: str | None = None
    launch_type: str
    capacity_provider: str | None = None
    platform_version: str | None = None
    platform_family: str | None = None
    network_mode: str
    cpu: str | None = None
    memory: str | None = None
    overrides: TaskOverride = field(default_factory=TaskOverride)
    attributes: tuple[Attribute, ...] = ()
    enable_execute_command: bool = False
    availability_zone: str | None = None
    ephemeral_storage_gib: int | None = None
    task_role_arn: str | None = None
    execution_role_arn: str | None = None
    task_credentials_id: str | None = None
    execution_credentials_id: str | None = None
    host_ports: tuple[int, ...] = ()
    """Static TCP host ports that it takes from its instance."""
    host_ports_udp: tuple[int, ...] = ()
    reserved_cpu: int = 0
    reserved_memory: int = 0
    load_balancers: tuple[LoadBalancer, ...] = ()
    """Those of its service's revision."""
    created_at: float
    time_limit_s: int | None = None
    """Seconds of ECS time that it may run."""

    # Decided: by placement, by StopTask, by the lifecycle plan.
    instance_arn: str | None = None
    generation: int = 0
    desired_status: str = "RUNNING"
    stop_code: str | None = None
    stopped_reason: str | None = None
    stopped_by: str | None = None
    """Who or what stopped it, for `homeport why`: the principal's ARN, a container, the node."""
    released: bool = False
    registration: Registration = ""
    protected_until: float | None = None
    """When the scale-in protection of a service's task ends; decided by UpdateTaskProtection."""
    deadline: float | None = None
    """When, in real time, its time limit is over; None before it runs."""

    # Observed: written only from the node's reports (and what follows from them).
    last_status: str = "PROVISIONING"
    version: int = 1
    connectivity: str | None = None
    connectivity_at: float | None = None
    interface: TaskInterface | None = None
    containers: tuple[TaskContainer, ...] = ()
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    started_at: float | None = None
    stopping_at: float | None = None
    execution_stopped_at: float | None = None
    stopped_at: float | None = None
    report_sequence: int = -1

    @property
    def has_stages(self) -> bool:
        """It is shown ACTIVATING, DEACTIVATING and STOPPING: something is in front of it."""
        return self.interface is not None or bool(self.load_balancers)

    @property
    def is_in_use(self) -> bool:
        """Load balancers may send to its containers, which all run: they have to run on."""
        return self.registration in IN_USE and self.execution_stopped_at is None

    @property
    def health(self) -> str:
        """The health of the essential containers together: the worst that any has."""
        checked = {
            each.health for each in self.containers if each.essential and each.has_health_check
        }
        for status in ("UNHEALTHY", "UNKNOWN", "HEALTHY"):
            if status in checked:
                return status
        return "UNKNOWN"
