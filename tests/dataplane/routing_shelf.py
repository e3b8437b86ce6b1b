"""A provider of the routing table that holds what a test puts on it, and what is reported to it."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from homeport.contracts.routing_table import (
    Forward,
    HealthCheck,
    Listener,
    ListenerSighting,
    LoadBalancer,
    Node,
    RoutingTable,
    Target,
    TargetGroup,
    TargetSighting,
    TrafficFigures,
    WeightedGroup,
)
from homeport.kernel.clock import Clock
from homeport.store import ReadTx, Store, Tx

ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000"
GROUP = f"{ARN}:targetgroup/web/0123456789abcdef"
BALANCER = f"{ARN}:loadbalancer/app/web/0123456789abcdef"
LISTENER = f"{ARN}:listener/app/web/0123456789abcdef/0123456789abcdef"
CHECK = HealthCheck(
    enabled=True,
    protocol="HTTP",
    port=None,
    path="/",
    interval_s=0.5,
    timeout_s=0.4,
    healthy_threshold=2,
    unhealthy_threshold=2,
    matcher="200",
)


def target(at: tuple[str, int], **members: object) -> Target:
    named = {"target_id": at[0], "address": at[0], "port": at[1], "zone": "us-east-1a"}
    return Target(**named | members)  # type: ignore[arg-type]


def group(*targets: Target, arn: str = GROUP) -> TargetGroup:
    return TargetGroup(
        arn=arn,
        name=arn.split("/")[1],
        protocol="HTTP",
        version="HTTP1",
        targets=targets,
        health=CHECK,
    )


def balancer(address: str, *ports: int, arn: str = GROUP) -> LoadBalancer:
    """An internal load balancer at a loopback address; the first port has the plain ARN."""
    forward = Forward(groups=(WeightedGroup(arn=arn),))
    return LoadBalancer(
        arn=BALANCER,
        name="web",
        kind="application",
        scheme="internal",
        dns_name="web-1.us-east-1.elb.localhost",
        region="us-east-1",
        vpc_id="vpc-1",
        nodes=(Node(zone="us-east-1a", subnet_id="subnet-1", address=address),),
        listeners=tuple(
            Listener(
                arn=LISTENER if number == 0 else f"{LISTENER}{number}",
                port=port,
                protocol="HTTP",
                rules=(),
                default=forward,
            )
            for number, port in enumerate(ports)
        ),
    )


@dataclass
class Shelf:
    """Implements `homeport.contracts.routing.Routing`."""

    store: Store
    shown: RoutingTable = RoutingTable(load_balancers=(), target_groups=())
    reads: int = 0
    listeners: dict[str, ListenerSighting] = field(default_factory=dict)
    targets: dict[str, TargetSighting] = field(default_factory=dict)
    drained: set[tuple[str, int]] = field(default_factory=set)
    shifts: dict[str, int] = field(default_factory=dict)
    figures: list[TrafficFigures] = field(default_factory=list)

    def show(self, *balancers: LoadBalancer, groups: tuple[TargetGroup, ...]) -> None:
        """Put another table on the shelf, and announce that."""
        self.shown = RoutingTable(load_balancers=balancers, target_groups=groups)
        self.store.write(lambda tx: tx.changed("load balancer", BALANCER))

    def move(self, *groups: TargetGroup) -> None:
        """Change target groups, and announce each."""
        now = {each.arn: each for each in groups}
        kept = tuple(now.get(each.arn, each) for each in self.shown.target_groups)
        self.shown = replace(self.shown, target_groups=kept)
        for each in groups:
            arn = each.arn
            self.store.write(lambda tx, arn=arn: tx.changed("target group", arn))

    def table(self, tx: ReadTx, clock: Clock) -> RoutingTable:
        self.reads += 1
        return self.shown

    def target_groups(
        self, tx: ReadTx, arns: tuple[str, ...], clock: Clock
    ) -> tuple[TargetGroup, ...]:
        return tuple(each for each in self.shown.target_groups if each.arn in arns)

    def saw_listeners(self, tx: Tx, sightings: tuple[ListenerSighting, ...], *, now: float) -> None:
        self.listeners |= {each.listener_arn: each for each in sightings}

    def saw_targets(
        self, tx: Tx, group_arn: str, sightings: tuple[TargetSighting, ...], *, now: float
    ) -> None:
        self.targets |= {each.target_id: each for each in sightings}

    def saw_drained(
        self, tx: Tx, group_arn: str, targets: tuple[tuple[str, int], ...], *, now: float
    ) -> None:
        self.drained |= set(targets)

    def saw_shift(self, tx: Tx, listener_arn: str, shift: int, *, now: float) -> None:
        self.shifts[listener_arn] = shift

    def saw_traffic(self, tx: Tx, figures: tuple[TrafficFigures, ...], *, now: float) -> None:
        self.figures.extend(figures)
