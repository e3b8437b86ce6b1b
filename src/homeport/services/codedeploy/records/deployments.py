"""Deployments: what was asked for, and how far they are.

How the two halves of this service meet here.

- CreateDeployment checks everything, copies what it needs from the group into a `Deployment` of
  status `Created`, with its `shift` from the deployment configuration and its `app_spec` parsed,
  and ends by ``queries.deployments.insert_deployment(tx, deployment)``.  From there on the
  reconciler `deployments` is the only writer, except for the members of `Wishes` and the hook's
  `reported`, which StopDeployment, ContinueDeployment and PutLifecycleEventHookExecutionStatus set.
- One open deployment of a group: ``queries.deployments.open_of_group(tx, group.id)``.
- Names of the application and the group are those at the time of CreateDeployment; what is looked
  up goes by `group_id`.
- A fresh id: ``plan.deployment_ids.fresh(ids)``.

Times are seconds since the epoch.
"""

from typing import Final, Literal, TypeAlias

from msgspec import Struct, field

from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.records.app_specs import AppSpec
from homeport.services.codedeploy.records.group_options import (
    AlarmOptions,
    AutoRollback,
    Balancing,
    BlueGreen,
    RollbackEvent,
    TargetGroup,
)

Status: TypeAlias = Literal[
    "Created", "Queued", "InProgress", "Ready", "Succeeded", "Failed", "Stopped"
]
EventStatus: TypeAlias = Literal[
    "Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Unknown"
]
DiagnosticCode: TypeAlias = Literal[
    "Success", "ScriptMissing", "ScriptTimedOut", "ScriptFailed", "UnknownError"
]
Creator: TypeAlias = Literal["user", "codeDeployRollback"]

OVER: Final = ("Succeeded", "Failed", "Stopped")
EVENTS: Final = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
"""Every lifecycle event, in order."""


class Diagnostics(Struct, frozen=True, kw_only=True):
    """What is known of a script that an event ran, or of what failed in it."""

    error_code: DiagnosticCode
    script_name: str = ""
    message: str = ""
    log_tail: str = ""
    """At most the last 4 KB."""


class LifecycleEvent(Struct, frozen=True, kw_only=True):
    """One lifecycle event of a deployment.  Its status goes forward only."""

    name: str
    status: EventStatus = "Pending"
    started_at: float | None = None
    ended_at: float | None = None
    diagnostics: Diagnostics | None = None
    execution_id: str | None = None
    """`LifecycleEventHookExecutionId`, where a function is asked."""
    invocation_id: str | None = None
    """Of contracts/hooks."""
    reported: Literal["Succeeded", "Failed"] | None = None
    """What PutLifecycleEventHookExecutionStatus has said."""


class Side(Struct, frozen=True, kw_only=True):
    """One of the two task sets between which traffic is shifted, as it was seen last."""

    task_set_arn: str
    task_set_id: str
    target_group: TargetGroup
    status: str = "ACTIVE"
    """``GONE`` when it is no more; else as ECS shows it."""
    is_steady: bool = False
    desired: int = 0
    pending: int = 0
    running: int = 0
    traffic_tenths: int | None = None
    """Of the production listener's traffic, in tenths of a percent, as the data plane has it."""


class Failure(Struct, frozen=True, kw_only=True):
    """`errorInformation`."""

    code: str
    message: str


class Wishes(Struct, frozen=True, kw_only=True):
    """What clients have asked of a deployment that is under way."""

    stop_at: float | None = None
    """Since when it is to be stopped."""
    stop_rolls_back: bool = False
    shift: bool = False
    """ContinueDeployment has ended the wait before traffic is shifted."""
    terminate: bool = False
    """ContinueDeployment has ended the wait before the original task set is terminated."""


class Progress(Struct, frozen=True, kw_only=True):
    """How far the engine is beside the lifecycle events."""

    original: Side | None = None
    """Blue: found when the deployment begins."""
    replacement: Side | None = None
    """Green: made by Install."""
    tenths: int = 0
    """The replacement's share of production traffic that was decided last."""
    set_at: float | None = None
    """Since when that share is to be in force and is not; as `stepped_at` while it is."""
    stepped_at: float | None = None
    """When the data plane had first taken that share."""
    unsteady_since: float | None = None
    """Since when the replacement is not steady although it has been."""
    ready_since: float | None = None
    """Since when it waits for ContinueDeployment before it shifts."""
    terminating_since: float | None = None
    """Since when the wait before the original task set's termination runs."""
    is_terminated: bool = False
    """The original task set's deletion was asked for."""
    is_settling: bool = False
    """It has failed or was stopped; what is left is to bring all traffic to one side."""
    ends_as: Status | None = None
    """What it ends as once it is settled."""
    settles_until: float | None = None
    """When waiting for the data plane to take the last weights is given up."""


class Deployment(Struct, frozen=True, kw_only=True):
    """One deployment to one service."""

    id: str
    account: str
    region: str
    application: str
    group: str
    """Name of the deployment group."""
    group_id: str
    config_name: str
    cluster: str
    """Name of the cluster."""
    service: str
    """Name of the service."""
    revision_type: str = "AppSpecContent"
    revision_sha256: str = ""
    """Empty of a rollback to what no deployment has deployed."""
    previous_sha256: str | None = None
    """Of the revision of the group's last successful deployment."""
    app_spec: AppSpec
    shift: Shift = field(default_factory=Shift)
    balancing: Balancing
    blue_green: BlueGreen = field(default_factory=BlueGreen)
    auto_rollback: AutoRollback = field(default_factory=AutoRollback)
    alarms: AlarmOptions = field(default_factory=AlarmOptions)
    """The override where there is one, else the group's."""
    overrides_alarms: bool = False
    description: str | None = None
    external_id: str | None = None
    creator: Creator = "user"
    created_at: float

    status: Status = "Created"
    started_at: float | None = None
    completed_at: float | None = None
    updated_at: float | None = None
    """When anything of its target changed last."""
    failure: Failure | None = None
    status_messages: tuple[str, ...] = ()
    """`deploymentStatusMessages`."""
    events: tuple[LifecycleEvent, ...] = tuple(LifecycleEvent(name=name) for name in EVENTS)
    progress: Progress = field(default_factory=Progress)
    wishes: Wishes = field(default_factory=Wishes)

    rolled_back_by: str | None = None
    """`rollbackInfo.rollbackDeploymentId`."""
    rolls_back: str | None = None
    """`rollbackInfo.rollbackTriggeringDeploymentId`: this one undoes that deployment."""
    rollback_event: RollbackEvent | None = None
    """Why it undoes it."""
    rollback_message: str | None = None
    """`rollbackInfo.rollbackMessage`."""

    @property
    def is_over(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.status in OVER

    @property
    def is_rollback(self) -> bool:
        """Whether it undoes another one."""
        return self.creator == "codeDeployRollback"

    @property
    def service_arn(self) -> str:
        """The ARN of its service."""
        where = f"{self.region}:{self.account}"
        return f"arn:aws:ecs:{where}:service/{self.cluster}/{self.service}"

    @property
    def target_id(self) -> str:
        """`targetId` of its one target."""
        return f"{self.cluster}:{self.service}"
