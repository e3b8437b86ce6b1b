"""ExplainService when a task finds no place: what every machine lacks."""

from collections.abc import Sequence

import pytest

from conftest import CountedIds, TurnedClock
from explaining import explained, lacks, waits
from homeport.contracts.peers import Peers
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import CAPABILITIES, SimulatedNode
from service_asking import ROLE, create, on_fargate, register
from task_definition_documents import container, document, fargate


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


def test_every_instance_says_what_it_lacks(plane: Plane) -> None:
    plane.ask(
        "RegisterTaskDefinition",
        **document(
            container(cpu=1024, memory=512, portMappings=[{"containerPort": 80, "hostPort": 80}]),
            taskRoleArn=ROLE,
        ),
    )
    small = SimulatedNode(plane, 1, has={"cpu": 512}).arn
    low = SimulatedNode(plane, 2, has={"cpu": 256, "memory_mib": 128}).arn
    away = SimulatedNode(plane, 3)
    away.goodbye()
    attributes = {name: of for name, of in CAPABILITIES.items() if "task-iam-role" not in name}
    bare = SimulatedNode(plane, 4, has={"attributes": attributes}).arn
    drained = SimulatedNode(plane, 5).arn
    plane.ask("UpdateContainerInstancesState", containerInstances=[drained], status="DRAINING")
    create(plane, desiredCount=1)
    plane.drain()
    told = explained(plane)
    placement = told["placement"]
    assert waits(told) == [("placement", None)]
    assert (placement["cpuNeeded"], placement["memoryNeededMib"]) == (1024, 512)
    assert placement["portsNeeded"] == ["80/tcp"]
    assert placement["failure"] == told["events"][0]["message"]
    assert lacks(told) == {
        small: ["RESOURCE:CPU"],
        low: ["RESOURCE:CPU", "RESOURCE:MEMORY"],
        away.arn: ["AGENT"],
        bare: ["ATTRIBUTE"],
        drained: ["DRAINING"],
    }
    shown = {each["instanceArn"]: each for each in placement["instances"]}
    assert (shown[small]["cpuFree"], shown[small]["memoryFreeMib"]) == (512, 8192)
    assert shown[low]["lacks"][1]["sentence"] == ("The task needs 512 MiB of memory; 128 are free.")
    assert placement["instanceCount"] == 5
    assert {"reason": "RESOURCE:CPU", "instances": 2} in placement["tally"]


def test_a_host_port_that_is_taken_is_named(plane: Plane) -> None:
    ports = [{"containerPort": 80, "hostPort": 80}]
    plane.ask("RegisterTaskDefinition", **document(container(portMappings=ports)))
    node = SimulatedNode(plane)
    create(plane, desiredCount=2)
    plane.drain()
    told = explained(plane)
    assert waits(told) == [("placement", None), ("start", None)]
    [shown] = told["placement"]["instances"]
    assert (shown["instanceArn"], shown["portsTaken"]) == (node.arn, ["80/tcp"])


@pytest.mark.parametrize(
    ("constraints", "reason", "named"),
    [
        (
            [{"type": "memberOf", "expression": "attribute:rack == a"}],
            "MemberOf placement constraint unsatisfied.",
            ["attribute:rack == a"],
        ),
        (
            [{"type": "distinctInstance"}],
            "DistinctInstance placement constraint unsatisfied.",
            [],
        ),
    ],
)
def test_the_constraint_that_fails_is_named(
    plane: Plane, constraints: Sequence[dict[str, str]], reason: str, named: list[str]
) -> None:
    SimulatedNode(plane)
    create(plane, desiredCount=2, placementConstraints=constraints)
    plane.drain()
    [shown] = explained(plane)["placement"]["instances"]
    assert [lack["reason"] for lack in shown["lacks"]] == [reason]
    assert shown["expressionsFailed"] == named


def test_a_constraint_of_the_definition_counts_too(plane: Plane) -> None:
    expression = "attribute:rack == a"
    constraint = {"type": "memberOf", "expression": expression}
    plane.ask("RegisterTaskDefinition", **document(placementConstraints=[constraint]))
    SimulatedNode(plane)
    create(plane, desiredCount=1)
    plane.drain()
    [shown] = explained(plane)["placement"]["instances"]
    assert shown["expressionsFailed"] == [expression]


def test_a_cluster_without_instances_has_none_to_show(plane: Plane) -> None:
    create(plane, desiredCount=1)
    plane.drain()
    told = explained(plane)
    assert told["placement"]["instances"] == []
    assert told["placement"]["instanceCount"] == 0


def test_once_there_is_a_place_nothing_is_explained(plane: Plane) -> None:
    create(plane, desiredCount=1)
    plane.drain()
    assert explained(plane)["placement"]["instanceCount"] == 0
    SimulatedNode(plane)
    plane.drain()
    told = explained(plane)
    assert "placement" not in told
    assert waits(told) == [("start", None)]


def test_a_large_cluster_shows_those_that_lack_least_and_counts_the_rest(plane: Plane) -> None:
    for number in range(1, 61):
        has = {"cpu": 64, "memory_mib": 8192 if number == 60 else 32}
        SimulatedNode(plane, number, has=has)
    create(plane, desiredCount=1)
    plane.drain()
    placement = explained(plane)["placement"]
    assert (placement["instanceCount"], len(placement["instances"])) == (60, 50)
    assert [each["reason"] for each in placement["instances"][0]["lacks"]] == ["RESOURCE:CPU"]
    assert placement["tally"] == [
        {"reason": "RESOURCE:CPU", "instances": 60},
        {"reason": "RESOURCE:MEMORY", "instances": 59},
    ]


def test_fargate_needs_a_node_that_is_there_and_of_its_architecture(plane: Plane) -> None:
    plane.ask(
        "RegisterTaskDefinition",
        **fargate(family="fargate", runtimePlatform={"cpuArchitecture": "X86_64"}),
    )
    arm = CAPABILITIES | {"ecs.cpu-architecture": "arm64"}
    away = SimulatedNode(plane, 1)
    away.goodbye()
    other = SimulatedNode(plane, 2, has={"attributes": arm}).arn
    create(plane, **(on_fargate(plane) | {"desiredCount": 1}))
    plane.drain()
    told = explained(plane)
    assert waits(told) == [("placement", None)]
    assert lacks(told) == {away.arn: ["AGENT"], other: ["ATTRIBUTE"]}
    assert "cpuNeeded" not in told["placement"]


def test_a_daemon_lacks_a_place_only_where_it_has_no_task(plane: Plane) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(cpu=1024)))
    roomy = SimulatedNode(plane, 1)
    full = SimulatedNode(plane, 2, has={"cpu": 512}).arn
    create(plane, schedulingStrategy="DAEMON", desiredCount=None)
    plane.drain()
    roomy.settle()
    told = explained(plane)
    assert told["desiredCount"] == 2
    assert [each["instanceArn"] for each in told["members"]] == [roomy.arn]
    assert lacks(told) == {full: ["RESOURCE:CPU"]}
