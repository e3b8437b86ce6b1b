"""What one pass sees of the world around a deployment."""

from msgspec import Struct


class TaskSetSight(Struct, frozen=True, kw_only=True):
    """A task set, as DescribeTaskSets shows it."""

    arn: str
    id: str
    status: str
    is_steady: bool
    desired: int = 0
    pending: int = 0
    running: int = 0
    target_group_arn: str | None = None
    external_id: str = ""

    @property
    def is_usable(self) -> bool:
        """Whether traffic may be sent to it: it is not on its way out."""
        return self.status in {"PRIMARY", "ACTIVE"}


class RuleSight(Struct, frozen=True, kw_only=True):
    """A rule of a listener, or its default one, and what it forwards to."""

    arn: str
    listener_arn: str
    kind: str
    """Of the load balancer: ``application``, ``network``."""
    groups: tuple[tuple[str, int], ...]
    is_live: bool
    load_balancer_arn: str = ""


class HookSight(Struct, frozen=True, kw_only=True):
    """What came of asking a function."""

    status: str
    """``RUNNING``, ``ANSWERED``, ``FAILED``; ``UNKNOWN`` when nobody knows it any more."""
    body: str = ""
    is_task: bool = False
    diagnostic: str = ""


class ServiceSight(Struct, frozen=True, kw_only=True):
    """The service that is deployed to."""

    status: str
    controller: str
    task_sets: tuple[TaskSetSight, ...] = ()

    @property
    def primary(self) -> TaskSetSight | None:
        """The task set that the service counts as its own."""
        return next((each for each in self.task_sets if each.status == "PRIMARY"), None)


class Sight(Struct, frozen=True, kw_only=True):
    """Everything that one pass decides by, beside the deployment."""

    service: ServiceSight | None = None
    """None: there is none, or none any more."""
    production: tuple[RuleSight, ...] = ()
    """Every rule of the production listener; empty when the listener is gone."""
    test: tuple[RuleSight, ...] = ()
    alarms: tuple[tuple[str, str], ...] = ()
    """(name, state) of those of the watched alarms that exist."""
    hook: HookSight | None = None
    """Of the function that the event under way has asked."""

    def task_set(self, arn: str) -> TaskSetSight | None:
        """The service's task set of this ARN."""
        if self.service is None:
            return None
        return next((each for each in self.service.task_sets if each.arn == arn), None)
