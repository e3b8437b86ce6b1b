"""ExplainService: what the scheduler has, as it is, and why it does not do more right now."""

import pytest
from msgspec.structs import replace

from conftest import CountedIds, TurnedClock
from ecs_tasks import HOME, refused
from explaining import explained, turn, waits
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import (
    ClusterNotFoundException,
    InvalidParameterException,
    ServiceNotFoundException,
)
from homeport.services.ecs.queries.services import insert_service
from homeport.services.ecs.wiring import services
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from service_asking import (
    ARN,
    CHECK,
    bus,
    create,
    register,
    stored,
    update,
)
from task_definition_documents import container, document


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


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


def test_a_service_of_another_account_is_not_told_of(plane: Plane) -> None:
    create(plane)
    other = ARN.replace("000000000000", "111111111111")
    foreign = replace(stored(plane), arn=other, account="111111111111")
    plane.store.write(lambda tx: insert_service(tx, foreign))
    refused(plane, "ExplainService", ServiceNotFoundException, service=other)


def test_it_tells_no_one_else(plane: Plane) -> None:
    create(plane)
    plane.drain()
    before = bus(plane)
    explained(plane)
    assert bus(plane) == before
