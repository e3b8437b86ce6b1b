"""StartTask on named instances, and what a client token protects from."""

import pytest

from conftest import CountedIds, TurnedClock
from ecs_tasks import HOME, failures, refused, run
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import (
    ConflictException,
    InvalidParameterException,
)
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from task_definition_documents import container, document, fargate


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    return Plane(store, clock=clock, ids=ids, peers=peers)


@pytest.fixture
def node(plane: Plane) -> SimulatedNode:
    plane.ask("RegisterTaskDefinition", **document(container(cpu=128)))
    plane.ask("RegisterTaskDefinition", **fargate(family="fargate"))
    return SimulatedNode(plane)


# --- client tokens ------------------------------------------------------------------------------


def test_the_same_token_and_request_is_answered_with_the_same_tasks(
    plane: Plane, node: SimulatedNode
) -> None:
    first = run(plane, clientToken="t", count=2, tags=[{"key": "a", "value": "b"}])
    again = run(plane, clientToken="t", count=2, tags=[{"key": "a", "value": "b"}])
    assert again == first
    assert len(plane.ask("ListTasks")["taskArns"]) == 2


def test_the_same_token_with_another_request_is_a_conflict(
    plane: Plane, node: SimulatedNode
) -> None:
    [task] = run(plane, clientToken="t")
    with pytest.raises(ConflictException) as conflict:
        run(plane, clientToken="t", startedBy="other")
    assert conflict.value.fields == {"resourceIds": [task["taskArn"]]}


def test_a_token_is_forgotten_after_a_day(
    plane: Plane, node: SimulatedNode, clock: TurnedClock
) -> None:
    first = run(plane, clientToken="t")
    clock.turn(24 * 3600 + 1)
    assert run(plane, clientToken="t") != first


def test_a_request_that_placed_nothing_may_be_tried_again(
    plane: Plane, node: SimulatedNode
) -> None:
    node.goodbye()
    assert failures(plane, clientToken="t") == ["AGENT"]
    node.hello()
    run(plane, clientToken="t")


def test_start_task_runs_on_the_named_instances(plane: Plane, node: SimulatedNode) -> None:
    other = SimulatedNode(plane, 2)
    third = SimulatedNode(plane, 3)
    plane.ask("DeregisterContainerInstance", containerInstance=third.arn)
    missing = f"{HOME}:container-instance/default/{'f' * 32}"
    answer = plane.ask(
        "StartTask",
        taskDefinition="web",
        containerInstances=[node.arn, other.arn.rpartition("/")[2], missing, third.arn],
    )
    assert {task["containerInstanceArn"] for task in answer["tasks"]} == {node.arn, other.arn}
    assert answer["failures"] == [
        {"arn": missing, "reason": "MISSING"},
        {"arn": third.arn, "reason": "INACTIVE"},
    ]


def test_start_task_names_one_to_ten_instances(plane: Plane, node: SimulatedNode) -> None:
    for instances in ([], [node.arn] * 11):
        request = {"taskDefinition": "web", "containerInstances": instances}
        assert "Container Instances cannot" in refused(
            plane, "StartTask", InvalidParameterException, **request
        )
