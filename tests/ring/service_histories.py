"""What a seed makes of a world of services: a random user, random faults, then a fair end."""

from collections.abc import Callable
from typing import Any

from ring.fleet_world import ZONES, WorldNode
from ring.service_ends import FairEnd
from ring.service_world import ON_EC2, PERCENTS, ServiceWorld, Wanted

STEPS = 40
MACHINES_MAX = 8
JUMPS_S = (0.3, 1.0, 5.0, 41.0, 130.0, 1000.0)
KINDS = ("bridge", "bridge", "ports", "awsvpc", "fargate", "providers")
BALANCED = ("bridge", "awsvpc", "fargate", "providers")
SPREAD = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]
STRATEGIES = (
    (),
    ("placementStrategy", [{"type": "binpack", "field": "memory"}]),
    ("placementStrategy", [*SPREAD, {"type": "binpack", "field": "cpu"}]),
    ("placementStrategy", [{"type": "spread", "field": "instanceId"}]),
    ("placementStrategy", [{"type": "random"}]),
    ("placementConstraints", [{"type": "distinctInstance"}]),
    (
        "placementConstraints",
        [{"type": "memberOf", "expression": "attribute:ecs.availability-zone != us-east-1c"}],
    ),
)


class History:
    """One seed."""

    def __init__(self, world: ServiceWorld, *, steps: int = STEPS) -> None:
        self.steps = steps
        self.world = world
        self.random = world.random
        self.fair_end = FairEnd(world)
        for number in range(self.random.randint(1, 6)):
            world.fleet.add(world.plane, **self._machine(number))
        for number in range(self.random.randint(1, 3)):
            world.create(self._service(f"s{number}"))

    def go(self) -> None:
        """Take the steps, then come to the fair end."""
        moves = [(move, weight) for move, weight in self._moves().items() if weight]
        functions, weights = zip(*moves, strict=True)
        for move in self.random.choices(functions, weights, k=self.steps):
            self.world.watch.story.append(f"* {move.__name__}")
            move()
            self.fair_end.look()
        self.world.watch.story.append("* the end")
        self.fair_end.come()

    # --- moves -------------------------------------------------------------------------------

    def _moves(self) -> dict[Callable[[], None], int]:
        return {
            self.scale: 4,
            self.update_well: 4,
            self.update_badly: 3,
            self.force: 2,
            self.update_thrice: 1,
            self.delete: 2,
            self.create_again: 5,
            self.change_rules: 1,
            self.drain_instance: 2,
            self.activate_instance: 3,
            self.stop_task: 2,
            self.protect: 3,
            self.turn_back: 2,
            self.move_behind: 2,
            self.deregister: 1,
            self.work: 22,
            self.move_one: 8,
            self.die: 4,
            self.sicken: 3,
            self.listen: 6,
            self.say: 6,
            self.say_badly: 8,
            self.lose_link: 3,
            self.return_node: 6,
            self.boot_node: 2,
            self.crash: 3,
            self.lose_wakes: 1,
            self.some_passes: 6,
            self.all_passes: 6,
            self.wait: 8,
            self.check_targets: 8,
            self.fail_target: 2,
            self.stay_connected: 3,
            self.deregister_by_hand: 1,
        }

    def scale(self) -> None:
        wanted = self._some_service()
        if not wanted.daemon:
            self.world.update(wanted.name, desired=self.random.choice((0, 1, 2, 3, 4, 6)))

    def update_well(self) -> None:
        wanted = self._some_service()
        version = self.random.randint(1, 3)
        checked = self.random.choice((wanted.checked, True, False))
        self.world.update(wanted.name, image=f"good:{version}", checked=checked)

    def update_badly(self) -> None:
        image = self.random.choice(("never:1", "crash:1", "sick:1"))
        self.world.update(self._some_service().name, image=image, checked=image == "sick:1")

    def force(self) -> None:
        self.world.update(self._some_service().name, force=True)

    def update_thrice(self) -> None:
        name = self._some_service().name
        for image in ("good:1", "never:2", "good:2"):
            self.world.update(name, image=image)
            if self.random.random() < 0.5:
                self.world.plane.drain(self.random.randrange, passes=self.random.randint(0, 3))

    def change_rules(self) -> None:
        wanted = self._some_service()
        if not wanted.daemon:
            breaker = self.random.choice(("", "stop", "rollback"))
            percents = self.random.choice(PERCENTS)
            self.world.update(wanted.name, percents=percents, breaker=breaker)

    def delete(self) -> None:
        self.world.delete(self._some_service().name)

    def create_again(self) -> None:
        gone = [each for each in self.world.services.values() if each.deleted]
        if gone:
            self.world.create(self._service(self.random.choice(gone).name))

    def drain_instance(self) -> None:
        node = self._some_registered()
        if node is not None:
            self.world.set_state("DRAINING", node.arn)

    def activate_instance(self) -> None:
        node = self._some_registered()
        if node is not None:
            self.world.set_state("ACTIVE", node.arn)

    def deregister(self) -> None:
        """The instance is given up by force; its node joins anew as soon as it speaks again."""
        node = self._some_registered()
        if node is not None:
            request = {"containerInstance": node.arn, "force": True}
            self.world.plane.ask("DeregisterContainerInstance", **request)
            node.lose_link(noticed=False)

    def stop_task(self) -> None:
        arns = self.world.tasks(self._some_service().name)
        if arns:
            self.world.plane.ask("StopTask", task=self.random.choice(arns))

    def protect(self) -> None:
        arns = self.world.tasks(self._some_service().name)
        if arns:
            some = self.random.sample(arns, self.random.randint(1, min(3, len(arns))))
            enabled = self.random.random() < 0.8
            minutes = {"expiresInMinutes": self.random.choice((1, 5, 60))} if enabled else {}
            request: dict[str, Any] = {"tasks": some, "protectionEnabled": enabled, **minutes}
            self.world.plane.ask("UpdateTaskProtection", cluster="default", **request)

    def turn_back(self) -> None:
        self.world.stop_deployment(self._some_service().name)

    def move_behind(self) -> None:
        """Other load balancers, or none."""
        wanted = self._some_service()
        if wanted.kind in BALANCED:
            self.world.update(wanted.name, groups=self.random.choice((0, 1, 1, 2)))

    def work(self) -> None:
        """Everything goes as it should for a moment."""
        self.world.plane.drain()
        self.world.fleet.settle_once(self.world.plane)
        self.world.check_targets()

    def check_targets(self) -> None:
        """The data plane looks at one group only."""
        groups = list(self.world.traffic.groups.values())
        if groups:
            self.world.check_targets(only=self.random.choice(groups))

    def fail_target(self) -> None:
        """A task answers the load balancer no longer."""
        up = list(self.world.fleet.up())
        if up:
            self.world.traffic.failing.add(self.random.choice(up))

    def stay_connected(self) -> None:
        """Somebody stays connected to a target that drains, or at last goes."""
        busy = self.world.traffic.busy
        if self.random.random() < 0.3:
            busy.clear()
        busy.update(each for each in self.world.traffic.draining() if self.random.random() < 0.5)

    def deregister_by_hand(self) -> None:
        """A user takes a target away that a service has registered."""
        targets = sorted(self.world.store.read(self.world.traffic.registered))
        if targets:
            group, target_id, port = self.random.choice(targets)
            self.world.plane.ask(
                "DeregisterTargets",
                TargetGroupArn=group,
                Targets=[{"Id": target_id, "Port": port}],
            )

    def move_one(self) -> None:
        found = self.world.fleet.anywhere()
        if found is not None:
            found[0].advance(found[1], self.world.fleet.images)

    def die(self) -> None:
        found = self.world.fleet.anywhere()
        if found is not None:
            found[0].exit(found[1], self.random.randint(0, 2))

    def sicken(self) -> None:
        found = self.world.fleet.anywhere()
        if found is not None:
            found[0].check(found[1], "UNHEALTHY")

    def listen(self) -> None:
        self._some_node().listen()

    def say(self) -> None:
        self._some_node().say_all()

    def say_badly(self) -> None:
        self._some_node().deliver_badly()

    def lose_link(self) -> None:
        self._some_node().lose_link(noticed=self.random.random() < 0.6)

    def return_node(self) -> None:
        away = [each for each in self.world.fleet.nodes if not each.connected]
        for node in away[: self.random.randint(1, 6)]:
            node.come_back()

    def boot_node(self) -> None:
        """The machine goes down; what ran on it ends, which it says when it is back."""
        node = self._some_node()
        node.lose_link(noticed=self.random.random() < 0.6)
        node.boot()
        if self.random.random() < 0.5:
            node.come_back()

    def join(self) -> None:
        """A machine is bought, maybe in a zone that had none."""
        number = len(self.world.fleet.nodes)
        if number < MACHINES_MAX:
            self.world.fleet.add(self.world.plane, **self._machine(number))

    def crash(self) -> None:
        self.world.crash(passes=self.random.randint(0, 4))

    def lose_wakes(self) -> None:
        """A control plane is replaced by another, and no link breaks."""
        self.world.plane.lose_wakes()
        self.world.plane.wake_all()

    def some_passes(self) -> None:
        self.world.plane.drain(self.random.randrange, passes=self.random.randint(1, 4))

    def all_passes(self) -> None:
        self.world.plane.drain(self.random.randrange)

    def wait(self) -> None:
        self.world.clock.turn(self.random.choice(JUMPS_S))

    # --- what there is to choose from --------------------------------------------------------

    def _machine(self, number: int) -> dict[str, Any]:
        size = self.random.choice((256, 512, 1024, 4096))
        return {"zone": ZONES[number % 3], "cpu": size, "memory_mib": size}

    def _service(self, name: str) -> Wanted:
        random = self.random
        kind = random.choice(KINDS)
        daemon = kind in ON_EC2 and random.random() < 0.2
        strategy = random.choice(STRATEGIES) if kind in ON_EC2 else ()
        if daemon and strategy and strategy[0] == "placementStrategy":
            strategy = ()
        if strategy and strategy[1][0].get("type") == "distinctInstance" and daemon:
            strategy = ()
        extra = [strategy] if strategy else []
        if not daemon and random.random() < 0.3:
            extra.append(("availabilityZoneRebalancing", "DISABLED"))
        image = random.choice(("good:1", "good:1", "good:1", "never:1", "sick:1", "crash:1"))
        return Wanted(
            name,
            kind=kind,
            desired=random.choice((0, 1, 2, 3, 4)),
            daemon=daemon,
            percents=random.choice(PERCENTS),
            breaker=random.choice(("", "stop", "rollback", "rollback")),
            checked=image == "sick:1" or random.random() < 0.4,
            image=image,
            grace_s=random.choice((0, 0, 30)),
            groups=random.choice((0, 0, 1, 1, 2)) if kind in BALANCED else 0,
            extra=tuple(extra),
        )

    def _some_service(self) -> Wanted:
        return self.random.choice(list(self.world.services.values()))

    def _some_node(self) -> WorldNode:
        return self.random.choice(self.world.fleet.nodes)

    def _some_registered(self) -> WorldNode | None:
        arns = self.world.plane.ask("ListContainerInstances")["containerInstanceArns"]
        nodes = [each for each in self.world.fleet.nodes if each.arn in arns]
        return self.random.choice(nodes) if nodes else None
