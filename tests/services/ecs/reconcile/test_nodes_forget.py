"""When a node is told that it may forget a task that it removed."""

import pytest
from msgspec.structs import replace

from conftest import CountedIds, TurnedClock
from ecs_tasks import run
from homeport.contracts.peers import Peers
from homeport.services.ecs.queries.tasks import find_task, save_task
from homeport.services.ecs.records.tasks import Task, TaskInterface
from homeport.store import Change, Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document

INTERFACE = TaskInterface(attachment_id="a", subnet_id="subnet-1")


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    plane.ask("RegisterTaskDefinition", **document(container()))
    return plane


def removed_task(plane: Plane, node: SimulatedNode, interface: TaskInterface | None) -> Task:
    """A task that is over, as it is before its node says that nothing of it is left."""
    [made] = run(plane)
    arn = made["taskArn"]
    plane.ask("StopTask", task=arn)
    node.settle()
    task = plane.store.read(lambda tx: find_task(tx, arn))
    assert task is not None
    assert task.released
    return replace(task, released=False, interface=interface)


@pytest.mark.parametrize(
    ("interface", "reported", "told"),
    [(None, True, False), (None, False, True), (INTERFACE, True, True)],
    ids=["it said so", "it was given up", "it had an interface"],
)
def test_a_node_is_told_at_once_to_forget_unless_nothing_hangs_on_it(
    plane: Plane, interface: TaskInterface | None, reported: bool, told: bool
) -> None:
    before = removed_task(plane, SimulatedNode(plane), interface)
    after = replace(
        before,
        released=True,
        generation=before.generation + 1,
        report_sequence=before.report_sequence + int(reported),
    )
    heard: list[Change] = []
    plane.store.feed.listen(heard.extend)
    plane.store.write(lambda tx: save_task(tx, before, after, now=plane.clock.now()))
    news = Change("assignment", str(before.instance_arn))
    assert (news in heard) is told


def test_what_a_node_may_forget_is_among_its_next_news(plane: Plane) -> None:
    node = SimulatedNode(plane)
    seen = node.seen
    removed_task(plane, node, None)
    run(plane)
    node.seen = seen or 1
    assert [each.desired for each in node.pull()] == ["FORGOTTEN", "RUNNING"]
