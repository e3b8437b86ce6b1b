"""What a deployment group says of its deployments, and each deployment takes over from it."""

from typing import Final, Literal, TypeAlias

from msgspec import Struct

RollbackEvent: TypeAlias = Literal[
    "DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"
]
DAY_MINUTES: Final = 1440
WAIT_MINUTES_MAX: Final = 2 * DAY_MINUTES


class BlueGreen(Struct, frozen=True, kw_only=True):
    """`blueGreenDeploymentConfiguration`."""

    terminate: Literal["TERMINATE", "KEEP_ALIVE"] = "TERMINATE"
    termination_wait_minutes: int = 0
    on_ready_timeout: Literal["CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"] = "CONTINUE_DEPLOYMENT"
    ready_wait_minutes: int = 0


class TargetGroup(Struct, frozen=True, kw_only=True):
    """One of the pair."""

    name: str
    arn: str


class Balancing(Struct, frozen=True, kw_only=True):
    """`loadBalancerInfo.targetGroupPairInfoList[0]`."""

    target_groups: tuple[TargetGroup, ...]
    """Two."""
    production_listener: str
    """ARN."""
    test_listener: str | None = None


class AutoRollback(Struct, frozen=True, kw_only=True):
    """`autoRollbackConfiguration`."""

    enabled: bool = False
    events: tuple[RollbackEvent, ...] = ()

    def is_on(self, event: RollbackEvent) -> bool:
        """Whether this makes a deployment roll back."""
        return self.enabled and event in self.events


class AlarmOptions(Struct, frozen=True, kw_only=True):
    """`alarmConfiguration`."""

    enabled: bool = False
    ignore_poll_failure: bool = False
    """Go on although an alarm cannot be looked up."""
    names: tuple[str, ...] = ()

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of the alarms that count."""
        return self.names if self.enabled else ()
