"""Services: what was asked for, and how far its rollouts are.

`docs/design/ownership.md` says who writes which field.
"""

from msgspec import Struct, field

from homeport.services.ecs.records.clusters import StrategyItem
from homeport.services.ecs.records.load_balancing import LoadBalancer
from homeport.services.ecs.records.run_request import (
    NetworkConfiguration,
    PlacementConstraint,
    PlacementStrategy,
)
from homeport.services.ecs.records.shifting import Shifting, WatchedAlarms
from homeport.services.ecs.records.strategies import (
    CanaryConfiguration,
    DeploymentAlarms,
    LifecycleHook,
    LinearConfiguration,
)


class CircuitBreaker(Struct, frozen=True, kw_only=True):
    """The model's `DeploymentCircuitBreaker`."""

    enable: bool = False
    rollback: bool = False


class DeploymentConfiguration(Struct, frozen=True, kw_only=True, rename="camel"):
    """The model's `DeploymentConfiguration`, with the percentages filled in."""

    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    deployment_circuit_breaker: CircuitBreaker | None = None
    strategy: str = "ROLLING"
    """ROLLING, BLUE_GREEN, LINEAR or CANARY."""
    bake_time_in_minutes: int | None = None
    linear_configuration: LinearConfiguration | None = None
    """There exactly when the strategy is LINEAR."""
    canary_configuration: CanaryConfiguration | None = None
    """There exactly when the strategy is CANARY."""
    lifecycle_hooks: tuple[LifecycleHook, ...] = ()
    alarms: DeploymentAlarms | None = None


class Throttle(Struct, frozen=True, kw_only=True):
    """How long a rollout whose tasks never start has to wait before it tries again."""

    rounds: int = 0
    """Attempts in a row that failed; tasks of one attempt that fail together are one round."""
    since: float = 0.0
    """When the newest round failed: an older task that fails later belongs to a round before."""
    not_before: float = 0.0
    """No task is started before this time."""
    crashes: int = 0
    """Attempts in a row whose tasks ended by themselves soon after they were RUNNING."""
    crashed_at: float = 0.0
    """When the newest of them did: a task that is older belongs to an attempt before."""
    rests_until: float = 0.0
    """No task is started before this time either."""

    @property
    def until(self) -> float:
        """When a task may be started again."""
        return max(self.not_before, self.rests_until)


class Rollout(Struct, frozen=True, kw_only=True):
    """One entry of the model's `Service.deployments`: a revision that has, or gets, tasks."""

    id: str
    """``ecs-svc/`` and the revision's 19 digits; the `startedBy` of its tasks."""
    revision_arn: str
    definition_arn: str
    status: str = "PRIMARY"
    """PRIMARY (what the service should be) or ACTIVE (being replaced); of a task set its status."""
    desired_count: int = 0
    """What ECS shows; for ACTIVE ones the tasks that they still may have."""
    rollout_state: str = "IN_PROGRESS"
    """IN_PROGRESS, COMPLETED or FAILED."""
    rollout_state_reason: str = ""
    failed_tasks: int = 0
    """Tasks in a row that failed to start; 0 again once one runs."""
    has_run: bool = False
    """A task of it has reached RUNNING in the deployment that is under way."""
    has_health_check: bool = False
    """An essential container has a health check, which decides what healthy means."""
    has_load_balancers: bool = False
    """Its tasks are targets, whose health checks have a say in what healthy means."""
    has_digests: bool = False
    """The revision knows the digest of every image."""
    throttle: Throttle = field(default_factory=Throttle)
    created_at: float
    updated_at: float


class Service(Struct, frozen=True, kw_only=True):
    """A service."""

    # Asked for by CreateService and UpdateService.
    arn: str
    account: str
    region: str
    cluster_arn: str
    cluster_name: str
    name: str
    created_at: float
    created_by: str
    scheduling_strategy: str = "REPLICA"
    desired_count: int = 0
    """0 for DAEMON services until the scheduler has counted the instances: its to write then."""
    deployment_configuration: DeploymentConfiguration
    placement_constraints: tuple[PlacementConstraint, ...] = ()
    placement_strategy: tuple[PlacementStrategy, ...] = ()
    launch_type: str | None = None
    """None when a capacity provider strategy decides."""
    capacity_provider_strategy: tuple[StrategyItem, ...] = ()
    health_check_grace_s: int = 0
    zone_rebalancing: bool = False
    enable_ecs_managed_tags: bool = False
    propagate_tags: str | None = None
    enable_execute_command: bool = False
    role_arn: str | None = None
    """The role that CreateService names for its load balancers."""
    controller: str = "ECS"
    """Who deploys it: ECS, CODE_DEPLOY or EXTERNAL; the latter two by task sets."""
    shows_controller: bool = False
    """The request named its deployment controller; ECS shows it only then."""

    # Decided: by DeleteService and the service scheduler.
    status: str = "ACTIVE"
    """ACTIVE, DRAINING or INACTIVE."""
    rollouts: tuple[Rollout, ...] = ()
    """Newest first; the first is PRIMARY.  One for each task set, if others deploy the service:
    then the first is PRIMARY if any is."""
    deployment_arn: str | None = None
    """The service deployment that is under way, or the last that was."""
    completed_revision_arn: str | None = None
    """What the last deployment that succeeded deployed: where a rollback leads.  Of task sets: of
    the one that was made primary last, which is what the service shows."""
    steady: bool = False
    steady_told_at: float | None = None
    """When the steady state was last an event: told again every 6 hours."""
    leaving: tuple[str, ...] = ()
    """Tasks that are being moved to another zone: each stays until its replacement is healthy."""
    waiting: bool = False
    """A task found no place: look again when a cluster's instances change."""
    failed_placement: str | None = None
    """The event that the last failed placement was told by, so that it is told once."""

    @property
    def primary(self) -> Rollout | None:
        """The rollout that the service should be; None once it is INACTIVE, and while none of its
        task sets is the primary one."""
        first = self.rollouts[0] if self.rollouts else None
        return first if first is not None and first.status == "PRIMARY" else None


class ContainerImage(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The model's `ContainerImage`."""

    container_name: str
    image: str
    image_digest: str | None = None


class ServiceRevision(Struct, frozen=True, kw_only=True):
    """What a service was at one moment.  Only the digests of its images come later, once."""

    arn: str
    id: str
    """19 digits."""
    account: str
    region: str
    cluster_arn: str
    service_arn: str
    definition_arn: str
    launch_type: str | None = None
    capacity_provider_strategy: tuple[StrategyItem, ...] = ()
    platform_version: str | None = None
    platform_family: str | None = None
    network_configuration: NetworkConfiguration | None = None
    load_balancers: tuple[LoadBalancer, ...] = ()
    resolved_groups: tuple[str, ...] = ()
    """The target group that is used for each load balancer, where that was chosen of two."""
    container_images: tuple[ContainerImage, ...] = ()
    created_at: float


class Rollback(Struct, frozen=True, kw_only=True):
    """The model's `Rollback`."""

    reason: str
    started_at: float
    revision_arn: str


class Breaker(Struct, frozen=True, kw_only=True):
    """The model's `ServiceDeploymentCircuitBreaker`."""

    status: str = "DISABLED"
    """DISABLED, MONITORING, TRIGGERED or MONITORING_COMPLETE."""
    failure_count: int = 0
    threshold: int = 3


class ServiceDeployment(Struct, frozen=True, kw_only=True):
    """One attempt to bring a service to a revision."""

    arn: str
    account: str
    region: str
    cluster_arn: str
    service_arn: str
    target_revision_arn: str
    source_revision_arns: tuple[str, ...] = ()
    status: str = "PENDING"
    status_reason: str | None = None
    deployment_configuration: DeploymentConfiguration
    breaker: Breaker = field(default_factory=Breaker)
    rollback: Rollback | None = None
    alarms: WatchedAlarms = field(default_factory=WatchedAlarms)
    shifting: Shifting | None = None
    """Two sides are kept, and traffic is shifted; None for a rolling deployment."""
    created_at: float
    started_at: float | None = None
    finished_at: float | None = None
    stopped_at: float | None = None
    updated_at: float


class ServiceEvent(Struct, frozen=True, kw_only=True):
    """One sentence of a service's event stream."""

    id: str
    at: float
    message: str
