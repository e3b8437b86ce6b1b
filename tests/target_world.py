"""A load balancer with a target group, as ECS and the data plane see it."""

from collections.abc import Callable
from typing import Any

from homeport.contracts.routing_table import ListenerSighting, TargetSighting
from homeport.contracts.targets import NewTarget, TargetAt, TargetHealth
from homeport.services.elbv2.facade import ElbRouting, ElbTargets
from homeport.store import Store

Ask = Callable[..., Any]
Group = Callable[..., str]

AT = TargetAt(target_id="172.31.0.10", port=8080)


def new(at: TargetAt = AT, zone: str = "us-east-1a") -> NewTarget:
    return NewTarget(at=at, address=at.target_id, zone=zone)


class World:
    """A load balancer whose listener forwards to one target group."""

    def __init__(self, store: Store, ask: Ask, balancer: Any, group: Group, issued: Any) -> None:
        self.store, self.ask = store, ask
        self.targets, self.routing = ElbTargets(), ElbRouting(certificates=issued)
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

    def routed(self, clock: Any, *groups: str) -> Any:
        wanted = groups or (self.group,)
        return self.store.read(lambda tx: self.routing.target_groups(tx, wanted, clock))

    def state(self, arn: str) -> Any:
        shown = self.ask("DescribeLoadBalancers", LoadBalancerArns=[arn])
        return shown["LoadBalancers"][0]["State"]
