"""What is forgotten of tasks, and when; and what is never."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from ecs_tasks import run
from homeport.contracts.peers import Peers
from homeport.runtime import Again, Tick
from homeport.services.ecs.queries import happenings
from homeport.services.ecs.queries.tags import put_tags, tags_of
from homeport.services.ecs.queries.task_lists import FORGOTTEN_AT_ONCE
from homeport.services.ecs.queries.tasks import find_task, insert_tasks
from homeport.services.ecs.reconcile import history
from homeport.services.ecs.records.tags import Tag
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document

WEEK_S = 7 * 86_400.0


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    plane.ask("RegisterTaskDefinition", **document(container()))
    return plane


def forget(plane: Plane) -> Again | None:
    tick = Tick(now=plane.clock.now(), ids=plane.ids, clock=plane.clock, peers=plane.peers)
    return plane.store.write(lambda tx: history.reconciling(WEEK_S)(tx, history.KEY, tick))


def stopped_task(plane: Plane, node: SimulatedNode) -> str:
    [task] = run(plane)
    arn: str = task["taskArn"]
    plane.ask("StopTask", task=arn)
    node.settle()
    plane.store.write(lambda tx: put_tags(tx, arn, (Tag(key="a", value="b"),)))
    return arn


def kept(plane: Plane, arn: str) -> tuple[Any, Any, Any]:
    return plane.store.read(
        lambda tx: (find_task(tx, arn), happenings.happenings_of(tx, arn), tags_of(tx, arn))
    )


def test_a_stopped_task_is_kept_for_the_history_and_then_wholly_forgotten(
    plane: Plane, clock: TurnedClock
) -> None:
    arn = stopped_task(plane, SimulatedNode(plane))
    clock.turn(WEEK_S - 1)
    assert forget(plane) == Again(after_s=60.0)
    task, story, tags = kept(plane, arn)
    assert task
    assert story
    assert tags
    clock.turn(2)
    forget(plane)
    assert kept(plane, arn) == (None, (), ())
    [failure] = plane.ask("DescribeTasks", tasks=[arn])["failures"]
    assert failure["reason"] == "MISSING"


def test_a_task_that_runs_is_never_forgotten(plane: Plane, clock: TurnedClock) -> None:
    SimulatedNode(plane)
    [task] = run(plane)
    clock.turn(100 * WEEK_S)
    forget(plane)
    assert kept(plane, task["taskArn"])[0] is not None


def test_forgetting_many_takes_several_passes(plane: Plane, clock: TurnedClock) -> None:
    from ecs_asking import task as a_task

    old = [
        a_task(number, last_status="STOPPED", desired_status="STOPPED", stopped_at=1.0)
        for number in range(FORGOTTEN_AT_ONCE + 1)
    ]
    plane.store.write(lambda tx: insert_tasks(tx, old))
    assert forget(plane) == Again(after_s=0.0)
    assert forget(plane) == Again(after_s=60.0)
    assert kept(plane, old[-1].arn)[0] is None
