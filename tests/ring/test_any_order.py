"""Whatever is lost, repeated or reordered on the way, what is shown only ever moves forward.

Each seed is one history of a few tasks: asked for, stopped, exiting, failing, with a link that
shuffles and repeats reports, restarts of either side, and reconcilers that run in any order.
"""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from conftest import ACCOUNT, CountedIds, TurnedClock, create_tables
from homeport.contracts.peers import Peers
from homeport.services.ecs.records.task_states import STATUSES
from homeport.store import Store
from homeport.store.sqlite import SqliteStore
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document, fargate

SEEDS = 200
STEPS = 30
KINDS = ("bridge", "fargate")


class Watcher:
    """Looks at every task after every step, and remembers what it was last shown as."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.last: dict[str, dict[str, Any]] = {}

    def look(self) -> None:
        if not self.last:
            return
        answer = self.plane.ask("DescribeTasks", tasks=list(self.last))
        assert answer["failures"] == []
        for task in answer["tasks"]:
            self.compare(self.last[task["taskArn"]], task)
            self.last[task["taskArn"]] = task

    def compare(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        assert STATUSES.index(after["lastStatus"]) >= STATUSES.index(before["lastStatus"])
        assert after["version"] >= before["version"]
        assert (before["version"] == after["version"]) == (before == after)
        if before["desiredStatus"] == "STOPPED":
            assert after["desiredStatus"] == "STOPPED"
            assert after["stopCode"] == before["stopCode"]
            assert after["stoppedReason"] == before["stoppedReason"]
        if before["lastStatus"] == "STOPPED":
            assert after == before
        for name in ("startedAt", "stoppingAt", "stoppedAt", "executionStoppedAt"):
            assert name not in before or after[name] == before[name]


class History:
    """One seeded history."""

    def __init__(self, plane: Plane, clock: TurnedClock, seed: int) -> None:
        self.plane = plane
        self.clock = clock
        self.random = Random(seed)
        self.watcher = Watcher(plane)
        plane.ask("RegisterTaskDefinition", **document(container(memory=16, cpu=16)))
        plane.ask(
            "RegisterTaskDefinition",
            **fargate(container(), container("side", essential=False), family="fargate"),
        )
        self.node = SimulatedNode(plane, seed=seed)
        self.subnet = plane.store.read(
            lambda tx: plane.peers.networks.default_subnets(tx, ACCOUNT, "us-east-1")
        )[0].subnet_id

    def go(self) -> None:
        """Take the steps, then let everything end."""
        moves: tuple[Callable[[], None], ...] = (
            *(self.run_task, self.stop_task, self.node_step, self.node_step, self.node_step),
            *(self.exit, self.fail, self.pull, self.node.deliver_badly, self.drain),
            *(self.drain_badly, self.restart_node, self.restart_plane, self.wait),
        )
        for _ in range(STEPS):
            self.random.choice(moves)()
            self.watcher.look()
        self.end()

    def end(self) -> None:
        for arn in self.watcher.last:
            self.plane.ask("StopTask", task=arn)
        self.plane.sweep()
        self.node.settle()
        self.watcher.look()
        assert {task["lastStatus"] for task in self.watcher.last.values()} <= {"STOPPED"}
        assert self.node.tasks == {}
        fleet, now = self.plane.peers.fleet, self.plane.clock.now()
        assert self.plane.store.read(lambda tx: fleet.remaining(tx, until=now)) == 0
        [machine] = self.plane.ask(
            "DescribeContainerInstances", containerInstances=[self.node.arn]
        )["containerInstances"]
        assert machine["remainingResources"] == machine["registeredResources"]
        assert self.plane.ask("DescribeNetworkInterfaces")["NetworkInterfaces"] == []

    def run_task(self) -> None:
        kind = self.random.choice(KINDS)
        request: dict[str, Any] = {"taskDefinition": "web", "count": self.random.randint(1, 2)}
        if kind == "fargate":
            network = {"awsvpcConfiguration": {"subnets": [self.subnet]}}
            request = {"taskDefinition": "fargate", "launchType": "FARGATE"}
            request["networkConfiguration"] = network
        answer = self.plane.ask("RunTask", **request)
        self.watcher.last |= {task["taskArn"]: task for task in answer["tasks"]}

    def stop_task(self) -> None:
        if self.watcher.last:
            self.plane.ask("StopTask", task=self.random.choice(list(self.watcher.last)))

    def node_step(self) -> None:
        if self.node.tasks:
            self.node.step(self.random.choice(list(self.node.tasks)))

    def exit(self) -> None:
        if self.node.tasks:
            self.node.exit(self.random.choice(list(self.node.tasks)), self.random.randint(0, 2))

    def fail(self) -> None:
        if self.node.tasks and self.random.random() < 0.3:
            self.node.fail(self.random.choice(list(self.node.tasks)), "CannotStartContainerError")

    def pull(self) -> None:
        self.node.pull()

    def drain(self) -> None:
        self.plane.drain()

    def drain_badly(self) -> None:
        self.plane.drain(self.random.randrange)

    def restart_node(self) -> None:
        """The link is lost with some reports on the way, and comes back."""
        if self.random.random() < 0.3:
            self.node.goodbye()
            self.watcher.look()
            self.node.outbox = [each for each in self.node.outbox if self.random.random() < 0.5]
            self.node.hello()

    def restart_plane(self) -> None:
        self.plane.lose_wakes()
        self.plane.sweep()

    def wait(self) -> None:
        self.clock.turn(self.random.random())


@pytest.fixture
def fresh_store() -> Callable[[], Store]:
    def fresh() -> Store:
        opened = SqliteStore()
        opened.write(create_tables)
        return opened

    return fresh


@pytest.mark.parametrize("block", range(10))
def test_what_is_shown_only_moves_forward_and_everything_ends(
    block: int, peers: Peers, clock: TurnedClock, fresh_store: Callable[[], Store]
) -> None:
    for seed in range(block * SEEDS // 10, (block + 1) * SEEDS // 10):
        store = fresh_store()
        try:
            plane = Plane(store, clock=clock, ids=CountedIds(), peers=peers)
            History(plane, clock, seed).go()
        except AssertionError as failed:
            raise AssertionError(f"seed {seed}") from failed
        finally:
            store.close()
