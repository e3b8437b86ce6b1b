"""Who says what the data plane should route, and hears what it observes.  Provided by elbv2."""

from typing import Protocol

from homeport.contracts.routing_table import (
    ListenerSighting,
    RoutingTable,
    TargetGroup,
    TargetSighting,
    TrafficFigures,
)
from homeport.kernel.clock import Clock
from homeport.store import ReadTx, Tx


class Routing(Protocol):
    """Reads the routing table; takes note of what the data plane sees.

    The change feed announces news as kind ``load balancer`` (key: its ARN) and ``target group``
    (key: its ARN): the latter also when only its targets have changed.
    """

    def table(self, tx: ReadTx, clock: Clock) -> RoutingTable:
        """Everything."""

    def target_groups(
        self, tx: ReadTx, arns: tuple[str, ...], clock: Clock
    ) -> tuple[TargetGroup, ...]:
        """Those of these target groups that a listener forwards to."""

    def saw_listeners(self, tx: Tx, sightings: tuple[ListenerSighting, ...], *, now: float) -> None:
        """What became of listeners: a load balancer is active once all of its own are open."""

    def saw_targets(
        self, tx: Tx, group_arn: str, sightings: tuple[TargetSighting, ...], *, now: float
    ) -> None:
        """What the health checks of targets say; targets that are gone meanwhile are ignored."""

    def saw_drained(
        self, tx: Tx, group_arn: str, targets: tuple[tuple[str, int], ...], *, now: float
    ) -> None:
        """Draining targets (id, port) whose last connection is gone."""

    def saw_shift(self, tx: Tx, listener_arn: str, shift: int, *, now: float) -> None:
        """New connections of the listener go by the weights of this `Listener.shift` now."""

    def saw_traffic(self, tx: Tx, figures: tuple[TrafficFigures, ...], *, now: float) -> None:
        """What went through, since the same was told last: kept as metrics of CloudWatch."""
