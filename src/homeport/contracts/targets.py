"""Load balancers as services of ECS stand behind them.  Provided by elbv2."""

from dataclasses import dataclass
from typing import Literal, Protocol

from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroupFacts:
    """What a service needs to know of a target group."""

    arn: str
    name: str
    target_type: Literal["ip", "instance"]
    protocol: str
    vpc_id: str
    load_balancer_arns: tuple[str, ...]
    """Those whose listeners forward to it."""
    health_checks: bool
    """Whether its targets are checked at all."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class TargetAt:
    """A target by what identifies it: an address or an instance's id, and a port."""

    target_id: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTarget:
    """A target to register; `address` is where the load balancer connects to."""

    at: TargetAt
    address: str
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealth:
    """How a target is, as DescribeTargetHealth shows it."""

    state: str
    """``initial``, ``healthy``, ``unhealthy``, ``unused``, ``draining`` or ``unavailable``."""
    reason: str = ""
    description: str = ""
    is_free: bool = False
    """It is being drained and has no connection left, or its delay is over: it may be stopped."""


class Targets(Protocol):
    """Registers targets and says how they are.

    The change feed announces every change of a target's health or draining as kind
    ``target health`` with the target group's ARN as key.
    """

    def target_group(
        self, tx: ReadTx, account: str, region: str, arn: str
    ) -> TargetGroupFacts | None:
        """The target group with this ARN."""

    def register(
        self, tx: Tx, group_arn: str, targets: tuple[NewTarget, ...], *, now: float
    ) -> None:
        """Register targets; those that are registered stay as they are, draining ones return."""

    def deregister(
        self, tx: Tx, group_arn: str, targets: tuple[TargetAt, ...], *, now: float
    ) -> None:
        """Begin to drain targets; those that are not registered are ignored."""

    def health(
        self, tx: ReadTx, group_arn: str, targets: tuple[TargetAt, ...]
    ) -> dict[TargetAt, TargetHealth]:
        """How these targets are; one that is not registered is missing."""
