"""Task sets: parts of a service that others deploy, as its API shows them.

The tasks of each are those of the rollout with its id; what they are of is its revision.
`docs/design/ownership.md` says who writes which field.
"""

from msgspec import Struct, field

from homeport.services.ecs.records.run_request import PlacementStrategy
from homeport.services.ecs.records.service_requests import ServiceRequest
from homeport.services.ecs.records.service_views import NO_TASKS, Member, RolloutCounts
from homeport.services.ecs.records.services import Rollout, ServiceRevision
from homeport.services.ecs.records.tags import Tag


class TaskSet(Struct, frozen=True, kw_only=True):
    """A task set, but for what its rollout and its revision say."""

    arn: str
    id: str
    """``ecs-svc/`` and 19 digits: the id of its rollout, the `startedBy` of its tasks."""
    service_arn: str
    cluster_arn: str
    revision_arn: str
    started_by: str | None = None
    """``CODE_DEPLOY`` when CodeDeploy asked for it."""
    external_id: str | None = None
    created_at: float

    status: str = "ACTIVE"
    """PRIMARY, ACTIVE, or DRAINING once it is deleted."""
    scale: float = 0.0
    """Percent of the service's desired count."""

    # What the service scheduler saw last.
    is_stable: bool = False
    stable_at: float
    """When it was last seen to become stable, or not to be so any more."""
    counts: RolloutCounts = NO_TASKS
    updated_at: float


class TaskSetShown(Struct, frozen=True, kw_only=True):
    """A task set with what there is to show of it."""

    of: TaskSet
    rollout: Rollout
    revision: ServiceRevision
    counts: RolloutCounts = NO_TASKS
    tags: tuple[Tag, ...] = ()


class AskedScale(Struct, frozen=True, kw_only=True):
    """The model's `Scale`."""

    value: float = 0.0
    unit: str = "PERCENT"


class TaskSetRequest(ServiceRequest, frozen=True, kw_only=True, rename="camel"):
    """What CreateTaskSet asks for."""

    service: str
    external_id: str | None = None
    launch_type: str | None = None
    scale: AskedScale = field(default_factory=AskedScale)
    client_token: str | None = None
    tags: tuple[Tag, ...] = ()


class TaskSetSituation(Struct, frozen=True, kw_only=True):
    """A task set as its plan sees it."""

    desired: int
    """Its computed desired count."""
    members: tuple[Member, ...]
    """Its own tasks."""
    may_start: bool = True
    """False while its starts are throttled."""
    has_place: bool = True
    """False when the last start found no place: an unhealthy task then makes room for its own
    replacement."""
    strategies: tuple[PlacementStrategy, ...] = ()
    room: tuple[tuple[str, int, int], ...] = ()
    """(instance ARN, CPU units left, MiB left), for the binpack order of scaling in."""
