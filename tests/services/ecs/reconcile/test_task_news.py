"""What the foreground process is told of tasks."""

from conftest import CountedIds, TurnedClock
from ecs_tasks import run
from homeport.contracts.peers import Peers
from homeport.services.ecs.queries.happenings import TASKS_AT_ONCE
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document


def test_the_news_of_tasks_are_all_news_but_those_of_other_tasks(
    store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers
) -> None:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    plane.ask("RegisterTaskDefinition", **document(container(memory=6)))
    node = SimulatedNode(plane)
    begun = clock.now() - 1
    arns = [task["taskArn"] for _ in range(2) for task in run(plane, count=TASKS_AT_ONCE // 2)]
    node.settle()
    clock.turn(1)
    later = clock.now() - 0.5
    arns += [task["taskArn"] for task in run(plane, count=2)]
    node.settle()
    for after in (begun, later):
        every = store.read(lambda tx, after=after: plane.peers.fleet.news(tx, after))
        assert {arn for _, arn, _ in every} == set(arns if after == begun else arns[-2:])
        for some in (arns, arns[1:], arns[:1], []):
            news = store.read(
                lambda tx, after=after, some=some: plane.peers.fleet.news(tx, after, some)
            )
            assert sorted(news) == sorted(line for line in every if line[1] in some)
            assert list(news) == sorted(news)
