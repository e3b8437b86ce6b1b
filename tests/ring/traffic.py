"""Load balancers of a world, and what a data plane sees of their targets: the truth, at times.

A target answers while a container of its task runs where the target leads.  Whoever is connected
to one that drains stays, unless the seed lets go of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from homeport.contracts.peers import Peers
from homeport.contracts.routing_table import TargetGroup, TargetSighting
from homeport.contracts.targets import TargetAt, TargetHealth
from homeport.kernel.clock import Clock
from homeport.services.ecs.queries.instances import find_instances
from homeport.services.ecs.records.tasks import Task
from homeport.store import ReadTx, Store
from ring.driver import Plane

DELAY_S = 120
FIRST_PORT = 8000

Where = tuple[str, str, int]
"""A target: its group's ARN, its id and its port."""


def targets_of(tx: ReadTx, task: Task) -> list[Where]:
    """Where the targets of a task are, as far as that is known; worked out anew from its record."""
    return targets_of_all(tx, [task]).get(task.arn, [])


def targets_of_all(tx: ReadTx, tasks: Iterable[Task]) -> dict[str, list[Where]]:
    """The same of several tasks, by ARN."""
    balanced = [each for each in tasks if each.load_balancers]
    machines = find_instances(tx, sorted({each.instance_arn or "" for each in balanced}))
    ids = {arn: each.ec2_instance_id for arn, each in machines.items()}
    return {each.arn: [*_targets(each, ids.get(each.instance_arn or ""))] for each in balanced}


def health_of_all(
    tx: ReadTx, peers: Peers, targets: Iterable[Where]
) -> dict[Where, TargetHealth | None]:
    """How targets are; None of those that their group does not know."""
    by_group: dict[str, list[TargetAt]] = {}
    for group, target_id, port in targets:
        by_group.setdefault(group, []).append(TargetAt(target_id=target_id, port=port))
    found: dict[Where, TargetHealth | None] = {}
    for group, ats in by_group.items():
        said = peers.targets.health(tx, group, tuple(ats))
        found |= {(group, at.target_id, at.port): said.get(at) for at in ats}
    return found


def _targets(task: Task, instance_id: str | None) -> Iterator[Where]:
    for each in task.load_balancers:
        if task.interface is not None:
            if task.interface.private_ipv4 is not None:
                yield each.target_group_arn, task.interface.private_ipv4, each.container_port
            continue
        for container in task.containers:
            for binding in container.bindings:
                door = (container.name, binding.container_port)
                if door == (each.container_name, each.container_port) and instance_id is not None:
                    yield each.target_group_arn, instance_id, binding.host_port


@dataclass
class Traffic:
    """The load balancer of a world and its target groups."""

    store: Store
    clock: Clock
    peers: Peers
    groups: dict[tuple[str, int], str] = field(default_factory=dict)
    """ARNs by target type and number."""
    failing: set[str] = field(default_factory=set)
    """Tasks that answer nobody, whatever their image is."""
    busy: set[Where] = field(default_factory=set)
    """Targets that somebody stays connected to."""
    late: set[str] = field(default_factory=set)
    """Listeners whose weights nobody takes, for as long as they are in here."""
    taken: dict[str, int] = field(default_factory=dict)
    """The `shift` of each listener that was taken last."""
    load_balancer: str | None = None

    def group(self, plane: Plane, target_type: str, number: int) -> str:
        """A target group that a listener forwards to, made when it is first asked for."""
        if (target_type, number) not in self.groups:
            self.groups[target_type, number] = self._made(plane, target_type, number)
        return self.groups[target_type, number]

    def look(
        self, up: Iterable[Task], waking: Iterable[Task] = (), *, only: str | None = None
    ) -> bool:
        """Check every target, or those of one group, and say what was seen; whether it was news.

        `up` are the tasks that answer, as far as their images are concerned; of those that are
        `waking` nobody can tell yet.
        """
        if not self.groups:
            return False
        routing = self.peers.routing
        arns = tuple(self.groups.values()) if only is None else (only,)
        routed = self.store.read(lambda tx: routing.target_groups(tx, arns, self.clock))
        serving = self._where(each for each in up if each.arn not in self.failing)
        unknown = self._where(each for each in waking if each.arn not in self.failing)
        news = False
        for group in routed:
            news = self._report(group, serving, unknown) or news
        return (only is None and self.take()) or news

    def take(self) -> bool:
        """Have new requests go by the weights of all listeners, but for the `late` ones, and say
        so; whether it was news."""
        fresh = [(arn, shift) for arn, shift in self.waiting() if arn not in self.late]
        saw, now = self.peers.routing.saw_shift, self.clock.now()
        for arn, shift in fresh:
            self.store.write(lambda tx, arn=arn, shift=shift: saw(tx, arn, shift, now=now))
        self.taken |= dict(fresh)
        return bool(fresh)

    def waiting(self) -> list[tuple[str, int]]:
        """Listeners with weights that were not taken yet, and the `shift` of each."""
        routing = self.peers.routing
        table = self.store.read(lambda tx: routing.table(tx, self.clock))
        return [
            (each.arn, each.shift)
            for balancer in table.load_balancers
            for each in balancer.listeners
            if self.taken.get(each.arn) != each.shift
        ]

    def registered(self, tx: ReadTx) -> set[Where]:
        """Every target that is registered and does not drain."""
        routed = self.peers.routing.target_groups(tx, tuple(self.groups.values()), self.clock)
        return {
            (group.arn, target.target_id, target.port)
            for group in routed
            for target in group.targets
            if not target.draining
        }

    def draining(self) -> list[Where]:
        """Every target that drains."""
        arns, routing = tuple(self.groups.values()), self.peers.routing
        routed = self.store.read(lambda tx: routing.target_groups(tx, arns, self.clock))
        return [
            (group.arn, target.target_id, target.port)
            for group in routed
            for target in group.targets
            if target.draining
        ]

    def _where(self, tasks: Iterable[Task]) -> set[Where]:
        found = self.store.read(lambda tx: targets_of_all(tx, tasks))
        return {where for several in found.values() for where in several}

    def _report(self, group: TargetGroup, serving: set[Where], unknown: set[Where]) -> bool:
        routing, now = self.peers.routing, self.clock.now()
        seen, drained = [], []
        ats = tuple(TargetAt(target_id=each.target_id, port=each.port) for each in group.targets)
        said = self.store.read(lambda tx: self.peers.targets.health(tx, group.arn, ats))
        for at in ats:
            where, health = (group.arn, at.target_id, at.port), said[at]
            if health.state == "draining":
                if not health.is_free and where not in self.busy:
                    drained.append((at.target_id, at.port))
                continue
            if where in unknown:
                continue
            state = "healthy" if where in serving else "unhealthy"
            if health.state in ("initial", "healthy", "unhealthy") and health.state != state:
                seen.append(self._sighting(at, state))
        if drained:
            self.store.write(lambda tx: routing.saw_drained(tx, group.arn, tuple(drained), now=now))
        if seen:
            self.store.write(lambda tx: routing.saw_targets(tx, group.arn, tuple(seen), now=now))
        return bool(seen or drained)

    def _sighting(self, at: TargetAt, state: str) -> TargetSighting:
        return TargetSighting(
            target_id=at.target_id,
            port=at.port,
            state=state,  # type: ignore[arg-type]
            reason="Target.Timeout" if state == "unhealthy" else "",
            description="Request timed out" if state == "unhealthy" else "",
            at=self.clock.now(),
        )

    def _made(self, plane: Plane, target_type: str, number: int) -> str:
        subnets = plane.ask("DescribeSubnets")["Subnets"]
        if self.load_balancer is None:
            ids = [each["SubnetId"] for each in subnets]
            made = plane.ask("CreateLoadBalancer", Name="front", Subnets=ids)
            self.load_balancer = made["LoadBalancers"][0]["LoadBalancerArn"]
        group: dict[str, Any] = plane.ask(
            "CreateTargetGroup",
            Name=f"{target_type}-{number}",
            Protocol="HTTP",
            Port=80,
            VpcId=subnets[0]["VpcId"],
            TargetType=target_type,
        )["TargetGroups"][0]
        arn: str = group["TargetGroupArn"]
        plane.ask(
            "ModifyTargetGroupAttributes",
            TargetGroupArn=arn,
            Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(DELAY_S)}],
        )
        plane.ask(
            "CreateListener",
            LoadBalancerArn=self.load_balancer,
            Protocol="HTTP",
            Port=FIRST_PORT + len(self.groups),
            DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
        )
        return arn
