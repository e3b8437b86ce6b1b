"""Tasks of a service as its scheduler sees them: what a plan needs, read without their bodies."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

from homeport.services.ecs.records.load_balancing import Registration

Standing: TypeAlias = Literal["PENDING", "YOUNG", "HEALTHY", "UNHEALTHY", "STOPPING", "OVER"]
"""What a task counts as.

PENDING: asked for, not RUNNING yet.  YOUNG: RUNNING, not known to be healthy yet.  STOPPING: told
to stop while containers of it may run still.  OVER: nothing of it runs (DEPROVISIONING, STOPPED).
"""


TargetHealth: TypeAlias = Literal["", "UNKNOWN", "HEALTHY", "UNHEALTHY", "UNCHECKED"]
"""How the targets of a task are, all together.

Empty: it has none.  UNKNOWN: not registered in every group yet, or not checked often enough.
UNHEALTHY: fails in at least one group.  UNCHECKED: nobody checks any of them.
"""


class TaskView(Struct, frozen=True, kw_only=True):
    """A task of a service: live, or ended and not yet settled by the scheduler."""

    arn: str
    rollout_id: str
    """Its `startedBy`."""
    instance_arn: str | None
    zone: str | None
    capacity_provider: str | None = None
    last_status: str
    desired_status: str
    health: str = "UNKNOWN"
    """HEALTHY, UNHEALTHY or UNKNOWN."""
    stop_code: str | None = None
    created_at: float
    started_at: float | None = None
    registration: Registration = ""
    target_health: TargetHealth = ""
    protected_until: float | None = None
    """When its scale-in protection ends; None when it has none."""


class Member(Struct, frozen=True, kw_only=True):
    """A task of a service and what it counts as right now."""

    task: TaskView
    standing: Standing
    leaves: Literal["", "draining", "rebalanced"] = ""
    """Why it has to be replaced: its instance drains, or another zone should have it."""
    is_protected: bool = False


class RolloutCounts(Struct, frozen=True, kw_only=True):
    """How many tasks of a rollout are pending and running, as ECS counts them."""

    pending: int = 0
    running: int = 0


NO_TASKS: Final = RolloutCounts()


class Stop(Struct, frozen=True, kw_only=True):
    """A task that the scheduler stops, and why."""

    arn: str
    why: Literal["scaling", "superseded", "unhealthy", "draining", "rebalanced", "deleted"]
