"""Nodes that really run what they are told, and a link that loses, repeats and reorders.

Beside what the nodes say there is what they do: no task may ever have a second life, and none may
run once it was said to be over.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from homeport.link.spec import TaskSpec
from ring.driver import Plane
from ring.simulated_node import CAPABILITIES, SimulatedNode

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
GOES_WRONG_AFTER_S = {"crash": 3.0, "sick": 6.0}


@dataclass
class Images:
    """What becomes of a container, by the image that its definition names."""

    broken: set[str] = field(default_factory=lambda: {"never", "crash", "sick"})
    """Kinds that misbehave: cannot be pulled, exit at once, fail their health check."""
    ill: set[str] = field(default_factory=set)
    """Tasks whose health check fails whatever their image is."""

    def kind_of(self, spec: TaskSpec) -> str:
        kind = spec.containers[0].image.partition(":")[0]
        return kind if kind in self.broken else "good"


class WorldNode(SimulatedNode):
    """A node whose link may be down and whose containers are real to everybody around."""

    def __init__(
        self, plane: Plane, number: int, *, lives: dict[str, int], seed: int, **has: Any
    ) -> None:
        self.lives = lives
        self.zone = str(has.pop("zone", ZONES[0]))
        attributes = CAPABILITIES | {"ecs.availability-zone": self.zone}
        # Half of it is the id of the EC2 instance, by which load balancers tell nodes apart.
        node_id = f"{number:016x}" * 2
        has = {"node_id": node_id, "attributes": attributes, **has}
        super().__init__(plane, number, seed=seed, has=has)

    def advance(self, arn: str, images: Images) -> None:
        """Let a task take the step that its image allows."""
        task, was_up = self.tasks[arn], self.is_up(arn)
        kind = images.kind_of(task.spec)
        wanted = task.desired == "RUNNING"
        if wanted and task.phase == "PREPARING" and kind == "never":
            self.fail(arn, "CannotPullContainerError: no such image")
        elif wanted and task.phase == "RUNNING" and kind in GOES_WRONG_AFTER_S:
            if self.plane.clock.now() >= self.goes_wrong_at(arn, kind):
                self.exit(arn, 1) if kind == "crash" else self.check(arn, "UNHEALTHY")
        elif wanted and task.phase == "RUNNING":
            self.check(arn, "UNHEALTHY" if arn in images.ill else "HEALTHY")
        else:
            self.step(arn)
        if self.is_up(arn) and not was_up:
            assert arn not in self.lives, f"{arn} lives a second time"
            self.lives[arn] = self.number

    def goes_wrong_at(self, arn: str, kind: str) -> float:
        """When a running container of a bad image exits, or fails its check."""
        started = [each.started_at or 0.0 for each in self.tasks[arn].containers.values()]
        return max(started) + GOES_WRONG_AFTER_S[kind]

    def next_due(self, images: Images) -> float | None:
        """When a container goes wrong next; None when none will."""
        times = [
            self.goes_wrong_at(arn, images.kind_of(task.spec))
            for arn, task in self.tasks.items()
            if task.phase == "RUNNING" and images.kind_of(task.spec) in GOES_WRONG_AFTER_S
        ]
        return min((each for each in times if each > self.plane.clock.now()), default=None)

    def deliver_badly(self) -> None:
        """Have some of what was said arrive, in any order, some of it twice; the rest waits."""
        if self.connected:
            super().deliver_badly()

    def say_all(self) -> None:
        """Have everything that was said arrive."""
        if self.connected and self.outbox:
            self.deliver()

    def listen(self) -> None:
        """Take what is new, if the link is up."""
        if self.connected:
            self.pull()

    def may_forget(self) -> bool:
        """Whether it removed something: it hears with its next look that it may forget it."""
        return any(each.phase == "REMOVED" for each in self.tasks.values())

    def lose_link(self, *, noticed: bool) -> None:
        """The link breaks; the control plane may not have noticed yet."""
        if noticed and self.connected:
            self.goodbye()
        self.connected = False

    def grow(self) -> None:
        """The machine has more from now on."""
        self.has = {**self.has, "cpu": 8192, "memory_mib": 8192}
        self.hello()

    def come_back(self) -> None:
        """Connect again; some of what was on its way is lost, some arrives late.

        That the link before is gone may be noticed only afterwards.
        """
        before = self.joined
        self.outbox = [each for each in self.outbox if self.random.random() < 0.5]
        self.hello()
        if self.random.random() < 0.3:
            self.take_leave(before)


class Fleet:
    """The nodes of a world."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.nodes: list[WorldNode] = []
        self.lives: dict[str, int] = {}
        """By task the node on which it had its one life."""
        self.images = Images()
        self._added = 0

    def add(self, plane: Plane, **has: Any) -> WorldNode:
        self._added += 1
        node = WorldNode(
            plane, self._added, lives=self.lives, seed=self.random.getrandbits(32), **has
        )
        self.nodes.append(node)
        return node

    def anywhere(self) -> tuple[WorldNode, str] | None:
        """A task that some node knows."""
        known = [(node, arn) for node in self.nodes for arn in node.tasks]
        return self.random.choice(known) if known else None

    def up(self) -> dict[str, WorldNode]:
        """Tasks with a running container, and where."""
        return {arn: node for node in self.nodes for arn in node.tasks if node.is_up(arn)}

    def next_due(self) -> float | None:
        """When a container goes wrong next."""
        times = [each.next_due(self.images) for each in self.nodes]
        return min((each for each in times if each is not None), default=None)

    def settle_once(self, plane: Plane) -> bool:
        """Whatever is due on the nodes happens, once, and is told; whether anything did."""
        news, busy = plane.take_news(), False
        for node in self.nodes:
            if node.arn in news or node.may_forget():
                node.listen()
            for arn in list(node.tasks):
                node.advance(arn, self.images)
            busy = busy or bool(node.outbox)
            node.say_all()
        return busy or bool(news)
