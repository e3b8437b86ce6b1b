"""A load balancer with a target group, as ECS and the data plane see it."""

from collections.abc import Callable
from typing import Any

from homeport.contracts.routing_table import ListenerSighting, TargetSighting
from homeport.contracts.targets import NewTarget, TargetAt, TargetHealth
from homeport.contracts.traffic import ForwardFacts
from homeport.services.cloudwatch.facade import CloudWatchMetrics
from homeport.services.elbv2.facade.routing import ElbRouting
from homeport.services.elbv2.facade.targets import ElbTargets
from homeport.services.elbv2.facade.traffic import ElbTraffic
from homeport.store import Store

Ask = Callable[..., Any]
Group = Callable[..., str]

ACCOUNT, REGION = "000000000000", "us-east-1"
AT = TargetAt(target_id="172.31.0.10", port=8080)


def new(at: TargetAt = AT, zone: str = "us-east-1a") -> NewTarget:
    return NewTarget(at=at, address=at.target_id, zone=zone)


class World:
    """A load balancer whose listener forwards to one target group."""

    def __init__(self, store: Store, ask: Ask, balancer: Any, group: Group, issued: Any) -> None:
        self.store, self.ask = store, ask
        self.targets = ElbTargets()
        self.routing = ElbRouting(certificates=issued, metrics=CloudWatchMetrics())
        self.traffic = ElbTraffic()
        self.make_group = group
        self.front = str(balancer("front")["LoadBalancerArn"])
        self.group = group("web")
        self.listener = self.forward(self.front, self.group)

    def forward(self, load_balancer: str, group: str, port: int = 80) -> str:
        made = self.ask(
            "CreateListener",
            LoadBalancerArn=load_balancer,
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return str(made["Listeners"][0]["ListenerArn"])

    def register(self, *targets: NewTarget, now: float = 100.0) -> None:
        self.store.write(lambda tx: self.targets.register(tx, self.group, targets, now=now))

    def deregister(self, *targets: TargetAt, now: float = 200.0) -> None:
        self.store.write(lambda tx: self.targets.deregister(tx, self.group, targets, now=now))

    def health(self, *targets: TargetAt) -> dict[TargetAt, TargetHealth]:
        return self.store.read(lambda tx: self.targets.health(tx, self.group, targets))

    def see(self, state: Any, at: TargetAt = AT, **facts: Any) -> None:
        seen = TargetSighting(target_id=at.target_id, port=at.port, state=state, **facts)
        self.store.write(lambda tx: self.routing.saw_targets(tx, self.group, (seen,), now=300.0))

    def drained(self, *targets: TargetAt) -> None:
        keys = tuple((each.target_id, each.port) for each in targets)
        self.store.write(lambda tx: self.routing.saw_drained(tx, self.group, keys, now=300.0))

    def look(self, *seen: ListenerSighting) -> None:
        self.store.write(lambda tx: self.routing.saw_listeners(tx, seen, now=300.0))

    def forwards(self, arn: str) -> tuple[ForwardFacts, ...]:
        return self.store.read(lambda tx: self.traffic.forwards(tx, ACCOUNT, REGION, arn))

    def weigh(self, arn: str, *weights: tuple[str, int]) -> bool:
        return self.store.write(lambda tx: self.traffic.set_weights(tx, arn, weights, now=300.0))

    def take(self, listener: str, clock: Any) -> int:
        """The data plane takes the listener as it is now; answers its `shift`."""
        shift = self.shift(listener, clock)
        self.store.write(lambda tx: self.routing.saw_shift(tx, listener, shift, now=300.0))
        return shift

    def shift(self, listener: str, clock: Any) -> int:
        table = self.store.read(lambda tx: self.routing.table(tx, clock))
        return next(
            each.shift
            for balancer in table.load_balancers
            for each in balancer.listeners
            if each.arn == listener
        )

    def routed(self, clock: Any, *groups: str) -> Any:
        wanted = groups or (self.group,)
        return self.store.read(lambda tx: self.routing.target_groups(tx, wanted, clock))

    def state(self, arn: str) -> Any:
        shown = self.ask("DescribeLoadBalancers", LoadBalancerArns=[arn])
        return shown["LoadBalancers"][0]["State"]
