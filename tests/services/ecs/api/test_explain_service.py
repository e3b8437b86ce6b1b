"""ExplainService: what the scheduler has, as it is, and why it does not do more right now."""

from collections.abc import Sequence
from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from ecs_tasks import HOME, refused
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import (
    ClusterNotFoundException,
    InvalidParameterException,
    ServiceNotFoundException,
)
from homeport.services.ecs.wiring import services
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import CAPABILITIES, SimulatedNode
from service_asking import ARN, CHECK, ROLE, bus, create, everything, on_fargate, register, update
from task_definition_documents import container, document, fargate


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


def explained(plane: Plane, service: str = "web", **request: Any) -> dict[str, Any]:
    before = everything(plane)
    told: dict[str, Any] = plane.ask("ExplainService", service=service, **request)["explanation"]
    assert everything(plane) == before, "it is a read"
    return told


def waits(told: dict[str, Any]) -> list[tuple[str, float | None]]:
    return [(each["kind"], each.get("until")) for each in told["waitingFor"]]


def lacks(told: dict[str, Any]) -> dict[str, list[str]]:
    """The reasons of each instance, in order."""
    return {
        each["instanceArn"]: [lack["reason"] for lack in each["lacks"]]
        for each in told["placement"]["instances"]
    }


def turn(plane: Plane, clock: TurnedClock, seconds: float) -> None:
    clock.turn(seconds)
    plane.drain()


# --- what there is ------------------------------------------------------------------------------


def test_a_service_that_no_one_has_looked_at_yet(plane: Plane) -> None:
    create(plane)
    told = explained(plane)
    assert told["serviceArn"] == ARN
    assert (told["desiredCount"], told["runningCount"], told["pendingCount"]) == (2, 0, 0)
    assert (told["minimumHealthy"], told["maximumTasks"]) == (2, 4)
    assert (told["status"], told["steady"]) == ("ACTIVE", False)
    assert (told["launchType"], told["schedulingStrategy"]) == ("EC2", "REPLICA")
    assert waits(told) == [("pass", None)]
    assert (told["members"], told["events"], told["stoppedTasks"]) == ([], [], [])
    assert "placement" not in told


def test_tasks_are_told_by_what_they_count_as(plane: Plane, clock: TurnedClock) -> None:
    node = SimulatedNode(plane)
    create(plane)
    plane.drain()
    told = explained(plane)
    assert [each["standing"] for each in told["members"]] == ["PENDING", "PENDING"]
    assert waits(told) == [("start", None)]

    node.pull()
    first, second = sorted(node.tasks)
    node.run(first)
    told = explained(plane)
    assert waits(told) == [("start", None), ("health", clock.now() + 40.0)]
    assert [(each["taskArn"], each["standing"]) for each in told["members"]] == [
        (second, "PENDING"),
        (first, "YOUNG"),
    ]
    [rollout] = told["rollouts"]
    assert (rollout["pendingCount"], rollout["youngCount"], rollout["healthyCount"]) == (1, 1, 0)

    node.run(second)
    turn(plane, clock, 40.0)
    told = explained(plane)
    assert told["steady"] is True
    assert told["waitingFor"] == []
    assert told["healthyCount"] == 2
    assert told["deployment"]["status"] == "SUCCESSFUL"
    assert told["events"][0]["message"] == "(service web) has reached a steady state."


def test_when_a_task_becomes_healthy_follows_the_setting(
    store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers
) -> None:
    of_homeport = services(healthy_after_s=7.0)[-1].operations
    assert set(of_homeport) >= {"ExplainService", "ExplainTask", "ListNodes"}
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    node = SimulatedNode(plane)
    create(plane)
    plane.drain()
    node.pull()
    node.run(min(node.tasks))
    plane._operations = plane._operations | of_homeport
    [_, young] = explained(plane)["members"]
    assert young["healthyAt"] == clock.now() + 7.0


def test_a_health_check_decides_by_itself(plane: Plane) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(healthCheck=CHECK)))
    node = SimulatedNode(plane)
    create(plane, desiredCount=1)
    plane.drain()
    node.pull()
    [arn] = node.tasks
    node.run(arn)
    told = explained(plane)
    assert waits(told) == [("health", None)]
    assert told["rollouts"][0]["hasHealthCheck"] is True
    assert "healthyAt" not in told["members"][0]


def test_two_rollouts_are_told_with_their_own_tasks(plane: Plane, clock: TurnedClock) -> None:
    node = SimulatedNode(plane)
    create(plane)
    node.settle()
    turn(plane, clock, 40.0)
    plane.ask("RegisterTaskDefinition", **document(container(cpu=128)))
    update(plane, taskDefinition="web:2")
    plane.drain()
    told = explained(plane)
    new, old = told["rollouts"]
    assert [each["taskDefinitionArn"].rpartition("/")[2] for each in (new, old)] == [
        "web:2",
        "web:1",
    ]
    assert (new["status"], new["pendingCount"], new["rolloutState"]) == (
        "PRIMARY",
        2,
        "IN_PROGRESS",
    )
    assert (old["status"], old["healthyCount"]) == ("ACTIVE", 2)
    assert told["deployment"]["status"] == "IN_PROGRESS"
    assert told["deployment"]["targetRevisionArn"] == new["revisionArn"]


# --- why not more -------------------------------------------------------------------------------


def fail_all(node: SimulatedNode, reason: str) -> None:
    """No task that is started gets to run, until no more are started."""
    for _ in range(50):
        node.plane.drain()
        node.pull()
        if not node.tasks:
            return
        for arn in sorted(node.tasks):
            node.fail(arn, reason)
            node.step(arn)
        if node.outbox:
            node.deliver()
    raise AssertionError("it is tried again and again without a pause")


def test_tasks_that_never_start_are_told_with_when_they_are_tried_again(
    plane: Plane, clock: TurnedClock
) -> None:
    node = SimulatedNode(plane)
    create(plane, desiredCount=1)
    fail_all(node, "CannotPullContainerError: no such image")
    told = explained(plane)
    [rollout] = told["rollouts"]
    assert rollout["failedTasks"] >= 1
    assert rollout["throttleRounds"] == 1
    assert rollout["throttledUntil"] > clock.now()
    assert waits(told) == [("throttle", rollout["throttledUntil"])]
    stopped = told["stoppedTasks"][0]
    assert stopped["rolloutId"] == rollout["id"]
    assert stopped["stopCode"] == "TaskFailedToStart"
    assert stopped["containerReasons"] == ["web: CannotPullContainerError: no such image"]

    turn(plane, clock, rollout["throttledUntil"] - clock.now() + 0.001)
    told = explained(plane)
    assert waits(told) == [("start", None)]
    assert "throttledUntil" not in told["rollouts"][0]


def test_the_breaker_is_told_and_a_failed_deployment_waits_for_no_time(
    plane: Plane, clock: TurnedClock
) -> None:
    node = SimulatedNode(plane)
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    create(plane, desiredCount=1, deploymentConfiguration=breaker)
    fail_all(node, "no")
    told = explained(plane)
    assert 1 <= told["deployment"]["failureCount"] < told["deployment"]["threshold"] == 3
    for _ in range(3):
        turn(plane, clock, 60.0)
        fail_all(node, "no")
    told = explained(plane)
    assert waits(told) == [("failure", None)]
    assert told["rollouts"][0]["rolloutState"] == "FAILED"
    assert "circuit breaker" in told["deployment"]["statusReason"]


def test_percentages_that_block_are_told(plane: Plane, clock: TurnedClock) -> None:
    node = SimulatedNode(plane)
    stuck = {"minimumHealthyPercent": 50, "maximumPercent": 150}
    create(plane, desiredCount=1, deploymentConfiguration=stuck)
    node.settle()
    turn(plane, clock, 40.0)
    update(plane, forceNewDeployment=True)
    plane.drain()
    told = explained(plane)
    assert ("percentages", None) in waits(told)
    assert told["minimumHealthy"] == told["maximumTasks"] == 1


def test_protected_tasks_are_told_with_the_end_of_their_protection(
    plane: Plane, clock: TurnedClock
) -> None:
    node = SimulatedNode(plane)
    create(plane, desiredCount=2)
    node.settle()
    turn(plane, clock, 40.0)
    plane.ask(
        "UpdateTaskProtection",
        cluster="default",
        tasks=sorted(node.tasks),
        protectionEnabled=True,
        expiresInMinutes=1,
    )
    update(plane, desiredCount=0)
    plane.drain()
    told = explained(plane)
    assert waits(told) == [("protection", clock.now() + 60.0)]
    assert all(each["protectedUntil"] == clock.now() + 60.0 for each in told["members"])


def test_a_deleted_service_waits_for_its_tasks_and_is_told_until_the_end(plane: Plane) -> None:
    node = SimulatedNode(plane)
    create(plane, desiredCount=1)
    node.settle()
    plane.ask("DeleteService", service="web", force=True)
    plane.drain()
    assert waits(explained(plane)) == [("deletion", None)]
    node.settle()
    told = explained(plane)
    assert (told["status"], told["waitingFor"], told["rollouts"]) == ("INACTIVE", [], [])


def test_no_more_members_are_shown_than_a_page_takes(plane: Plane) -> None:
    SimulatedNode(plane, has={"cpu": 1 << 20, "memory_mib": 1 << 20})
    create(plane, desiredCount=120)
    plane.drain()
    told = explained(plane)
    assert len(told["members"]) == 100
    assert told["rollouts"][0]["pendingCount"] == 120


# --- why no place -------------------------------------------------------------------------------


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


# --- which service ------------------------------------------------------------------------------


def test_a_service_is_found_by_its_arn_in_any_cluster(plane: Plane) -> None:
    plane.ask("CreateCluster", clusterName="blue")
    arn = create(plane, cluster="blue")["serviceArn"]
    assert explained(plane, arn)["clusterArn"] == f"{HOME}:cluster/blue"
    assert explained(plane, "web", cluster="blue")["serviceArn"] == arn


@pytest.mark.parametrize(
    ("service", "cluster", "error"),
    [
        ("nothing", None, ServiceNotFoundException),
        (f"{HOME}:service/default/nothing", None, ServiceNotFoundException),
        ("arn:x", None, ServiceNotFoundException),
        ("a/b/c", None, InvalidParameterException),
        ("web", "nowhere", ClusterNotFoundException),
    ],
)
def test_an_unknown_service_cannot_be_explained(
    plane: Plane, service: str, cluster: str | None, error: type[Exception]
) -> None:
    create(plane)
    request = {} if cluster is None else {"cluster": cluster}
    refused(plane, "ExplainService", error, service=service, **request)  # type: ignore[arg-type]


def test_it_tells_no_one_else(plane: Plane) -> None:
    create(plane)
    plane.drain()
    before = bus(plane)
    explained(plane)
    assert bus(plane) == before
