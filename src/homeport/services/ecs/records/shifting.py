"""Where a deployment that shifts traffic is: its stage, its shares, its hooks, its alarms.

Decided by plan/service/stages, recorded by the service scheduler.
"""

from msgspec import Struct


class Route(Struct, frozen=True, kw_only=True):
    """What has to be shifted for one load balancer of a service."""

    production: str
    """The rule of an application load balancer, or the listener of a network load balancer."""
    test: str | None = None
    """The same for test traffic."""
    green_group: str
    """The target group of the new side's tasks."""
    other_group: str
    """The other of the two: the old side's, if there is one."""
    has_blue: bool = True
    """Tasks of the old side are targets of `other_group`."""
    before: tuple[tuple[str, int], ...] = ()
    """Where production went when the deployment began: (target group, weight)."""


class HookRun(Struct, frozen=True, kw_only=True):
    """One hook at one stage, from when it is begun."""

    id: str
    """``ecs-pause-…`` or ``ecs-lambda-…``."""
    target_type: str
    target_arn: str | None = None
    stage: str
    turn: int
    """Hooks of the same turn run side by side, and all of them have to succeed."""
    status: str
    """AWAITING_ACTION, IN_PROGRESS, SUCCEEDED, FAILED or TIMED_OUT."""
    expires_at: float
    timeout_action: str = "ROLLBACK"
    details: str | None = None
    """JSON that the function is handed: what it was configured with, or answered last."""
    execution_id: str = ""
    invocation_id: str = ""
    """What was asked of the function and is not answered yet."""
    ask_at: float | None = None
    """When the function is to be asked (again); None while an answer is awaited."""
    action: str = ""
    """What ContinueServiceDeployment has said: CONTINUE or ROLLBACK."""
    diagnostic: str = ""
    """Why it failed: the end of a `statusReason`."""
    ended_at: float | None = None
    told: str = ""
    """The status that EventBridge was told last."""


class Shifting(Struct, frozen=True, kw_only=True):
    """How far a deployment with two sides is.  Shares are of the new side, tenths of a percent."""

    stage: str
    since: float
    """When the stage began."""
    moved_at: float
    """When there was progress last."""
    blue_revision_arn: str | None = None
    """The old side: what production traffic went to when the deployment began."""
    routes: tuple[Route, ...] = ()
    """Empty: there is no traffic to shift."""
    left: tuple[Route, ...] = ()
    """Of the deployment before, and not shifted by this one: RECONCILE_SERVICE sends all of their
    traffic to the old side."""
    production: int | None = None
    """The share of production traffic that is set; None: nothing was set yet."""
    test: int | None = None
    """The share of test traffic that is set."""
    is_waiting_to_step: bool = False
    """In PRODUCTION_TRAFFIC_SHIFT: the next step is not made yet."""
    taken_at: float | None = None
    """When the data plane was seen to have taken the share of production."""
    turn: int = 0
    """Counts the places where hooks run."""
    hooks: tuple[HookRun, ...] = ()
    """The newest last."""
    is_back: bool = False
    """It turns back: all traffic goes to the old side."""
    reason: str = ""
    """Why it turns back, or failed: a `statusReason`."""
    trouble: str = ""
    """What went wrong on the way back."""
    rolls: bool = False
    """Only RECONCILE_SERVICE is gone through: the deployment itself is a rolling one."""
    end: str = ""
    """SUCCESSFUL, ROLLBACK_SUCCESSFUL, ROLLBACK_FAILED, FAILED (there was no old side), ROLLING."""


class WatchedAlarms(Struct, frozen=True, kw_only=True):
    """The model's `ServiceDeploymentAlarms`."""

    status: str = "DISABLED"
    """DISABLED, MONITORING, TRIGGERED or MONITORING_COMPLETE."""
    names: tuple[str, ...] = ()
    triggered: tuple[str, ...] = ()
    bake_until: float | None = None
    """Until when a rolling deployment that is steady goes on to be watched."""
