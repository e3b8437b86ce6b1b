"""Services that CodeDeploy or somebody else deploys: what they show, and what may be asked."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from explaining import explained, waits
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import InvalidParameterException, UnsupportedFeatureException
from homeport.store import Store
from ring.driver import Plane
from ring.simulated_node import SimulatedNode
from ring.traffic import Traffic
from service_asking import ROLE, SPOT, asked, bus, create, refusal, register, stored, update, vpc
from task_definition_documents import container, document
from task_set_asking import delete, external, make, promote, scale, service_of

Invalid = InvalidParameterException
TAIL = (
    "on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new "
    "deployment."
)
ACTIVE_DEPLOYMENTS = "The service cannot be stopped while deployments are active."
BY_CODE_DEPLOY = {"deploymentController": {"type": "CODE_DEPLOY"}}
EXTERNAL = {"deploymentController": {"type": "EXTERNAL"}, "taskDefinition": None}


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    ports = [{"containerPort": 80}]
    plane.ask("RegisterTaskDefinition", **document(container(portMappings=ports), family="open"))
    return plane


@pytest.fixture
def behind(plane: Plane, store: Store, clock: TurnedClock, peers: Peers) -> dict[str, Any]:
    """A service that CodeDeploy deploys, as it is asked for."""
    group = Traffic(store, clock, peers).group(plane, "instance", 0)
    balancer = {"targetGroupArn": group, "containerName": "web", "containerPort": 80}
    return {**BY_CODE_DEPLOY, "taskDefinition": "open", "loadBalancers": [balancer]}


# --- CreateService ------------------------------------------------------------------------------


def test_a_service_of_codedeploy_has_its_first_task_set_at_once(
    plane: Plane, behind: dict[str, Any]
) -> None:
    shown = create(plane, **behind)
    [task_set] = shown["taskSets"]
    assert (task_set["status"], task_set["scale"]["value"]) == ("PRIMARY", 100.0)
    assert (task_set["computedDesiredCount"], task_set["runningCount"]) == (2, 0)
    assert task_set["stabilityStatus"] == "STABILIZING"
    assert not {"startedBy", "externalId"} & set(task_set)
    assert task_set["loadBalancers"] == shown["loadBalancers"] == behind["loadBalancers"]
    assert task_set["taskDefinition"] == shown["taskDefinition"]
    assert shown["deployments"] == []
    assert shown["deploymentController"] == {"type": "CODE_DEPLOY"}
    assert shown["availabilityZoneRebalancing"] == "DISABLED"
    assert not {"currentServiceDeployment", "currentServiceRevisions"} & set(shown)
    assert shown["roleArn"].endswith("AWSServiceRoleForECS")
    shown.pop("tags")
    assert service_of(plane) == shown
    assert bus(plane) == ()
    assert plane.ask("ListServices") == {"serviceArns": [shown["serviceArn"]]}
    assert plane.ask("ListServiceDeployments", service="web") == {"serviceDeployments": []}


def test_the_same_service_asked_for_again_is_the_same(plane: Plane, behind: dict[str, Any]) -> None:
    assert create(plane, **behind)["taskSets"] == create(plane, **behind)["taskSets"]
    other = asked({**behind, "desiredCount": 3})
    told = refusal(plane, "CreateService", Invalid, **other)
    assert told == "Creation of service was not idempotent."
    plain = asked({**behind, "deploymentController": None})
    assert refusal(plane, "CreateService", Invalid, **plain) == told


def test_an_external_service_asked_for_again_is_the_same_whatever_its_task_sets_are(
    plane: Plane,
) -> None:
    external(plane)
    wanted = {"taskDefinition": "fargate", "networkConfiguration": vpc(plane)}
    promote(plane, make(plane, launchType="FARGATE", **wanted)["id"])
    assert len(external(plane)["taskSets"]) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {**BY_CODE_DEPLOY, "taskDefinition": "open"},
            (
                "To use the CODE_DEPLOY deployment controller, the service requires an "
                "Application Load Balancer or Network Load Balancer"
            ),
        ),
        (
            {
                **BY_CODE_DEPLOY,
                "loadBalancers": [{"containerName": "web", "containerPort": 80}] * 2,
            },
            "load balancers can have at most 1 items",
        ),
        ({**EXTERNAL, "taskDefinition": "web"}, "TaskDefinition must be blank"),
        (
            {**EXTERNAL, "loadBalancers": [{"containerName": "web", "containerPort": 80}]},
            "LoadBalancers must be empty or null",
        ),
        ({**EXTERNAL, "networkConfiguration": {}}, "NetworkConfiguration must be blank"),
        ({**EXTERNAL, "platformVersion": "1.4.0"}, "PlatformVersion must be blank"),
        (
            {**EXTERNAL, "role": ROLE},
            "You cannot specify an IAM role for services that require a service linked role",
        ),
        ({**EXTERNAL, "desiredCount": None}, "DesiredCount is missing"),
        (
            {**EXTERNAL, "schedulingStrategy": "DAEMON", "desiredCount": None},
            "The daemon scheduling strategy does not support the EXTERNAL deployment controller",
        ),
        (
            {**EXTERNAL, "deploymentConfiguration": {"strategy": "CANARY"}},
            (
                "The CANARY deployment strategy is not supported with the EXTERNAL deployment "
                "controller."
            ),
        ),
        (
            {"deploymentController": {"type": "MINE"}},
            "deployment controller type should be one of [ECS,CODE_DEPLOY,EXTERNAL]",
        ),
    ],
)
def test_what_no_such_service_can_have_is_refused(
    plane: Plane, changes: dict[str, Any], told: str
) -> None:
    assert refusal(plane, "CreateService", Invalid, **asked(changes)) == told


def test_task_sets_are_not_rebalanced(plane: Plane) -> None:
    wanted = asked({**EXTERNAL, "availabilityZoneRebalancing": "ENABLED"})
    assert "rebalance" in refusal(plane, "CreateService", UnsupportedFeatureException, **wanted)


def test_a_circuit_breaker_is_asked_for_in_vain(plane: Plane, behind: dict[str, Any]) -> None:
    breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
    shown = create(plane, **behind, deploymentConfiguration={**breaker, "maximumPercent": 150})
    found = shown["deploymentConfiguration"]
    assert found["deploymentCircuitBreaker"] == {"enable": False, "rollback": False}
    assert found["maximumPercent"] == 150


# --- UpdateService ------------------------------------------------------------------------------


def test_what_needs_no_deployment_is_changed(plane: Plane, behind: dict[str, Any]) -> None:
    create(plane, **behind)
    spread = [{"type": "spread", "field": "instanceId"}]
    shown = update(
        plane,
        desiredCount=5,
        deploymentConfiguration={"minimumHealthyPercent": 50},
        healthCheckGracePeriodSeconds=7,
        placementStrategy=spread,
        placementConstraints=[{"type": "distinctInstance"}],
        enableECSManagedTags=True,
        propagateTags="SERVICE",
        deploymentController={"type": "CODE_DEPLOY"},
    )
    assert (shown["desiredCount"], shown["healthCheckGracePeriodSeconds"]) == (5, 7)
    assert shown["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    assert shown["placementStrategy"] == spread
    [task_set] = shown["taskSets"]
    assert task_set["computedDesiredCount"] == 5
    told = f"(service web) updated computedDesiredCount for taskSet {task_set['id']} to 5."
    assert shown["events"][0]["message"] == told
    assert shown["deployments"] == []
    [event] = bus(plane)
    assert b"SERVICE_DESIRED_COUNT_UPDATED" in event.body


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"taskDefinition": "open"}, f"Unable to update task definition {TAIL}"),
        (
            {"taskDefinition": "open", "forceNewDeployment": True},
            f"Unable to update task definition {TAIL}",
        ),
        ({"networkConfiguration": {}}, f"Unable to update network parameters {TAIL}"),
        (
            {"networkConfiguration": {}, "forceNewDeployment": True},
            f"Unable to update network parameters {TAIL}",
        ),
        ({"platformVersion": "LATEST"}, f"Unable to update platform version {TAIL}"),
        ({"loadBalancers": []}, f"Unable to update load balancers {TAIL}"),
        ({"forceNewDeployment": True}, f"Cannot force a new deployment {TAIL}"),
        (
            {"forceNewDeployment": True, "capacityProviderStrategy": SPOT},
            f"Cannot force a new deployment {TAIL}",
        ),
    ],
)
def test_what_takes_a_deployment_is_refused_in_ecs_words(
    plane: Plane, behind: dict[str, Any], changes: dict[str, Any], told: str
) -> None:
    create(plane, **behind)
    assert refusal(plane, "UpdateService", Invalid, service="web", **changes) == told


def test_an_external_service_is_told_to_create_a_task_set(plane: Plane) -> None:
    external(plane)
    tail = "on services with an EXTERNAL deployment controller. Create a new task set instead."
    wanted = {"service": "web", "taskDefinition": "web"}
    told = refusal(plane, "UpdateService", Invalid, **wanted)
    assert told == f"Unable to update task definition {tail}"
    wanted = {"service": "web", "deploymentConfiguration": {"maximumPercent": 150}}
    told = refusal(plane, "UpdateService", Invalid, **wanted)
    assert told == f"Unable to update deployment configuration {tail}"
    assert update(plane, desiredCount=7)["desiredCount"] == 7


def test_the_controller_stays_what_it_is(plane: Plane) -> None:
    create(plane)
    wanted = {"service": "web", "deploymentController": {"type": "EXTERNAL"}}
    assert "is ECS" in refusal(plane, "UpdateService", UnsupportedFeatureException, **wanted)


def test_every_task_set_follows_the_desired_count_by_its_scale(plane: Plane) -> None:
    external(plane)
    whole, half = make(plane, scale={"value": 100}), make(plane, scale={"value": 50})
    counts = {
        each["id"]: each["computedDesiredCount"]
        for each in update(plane, desiredCount=9)["taskSets"]
    }
    assert counts == {whole["id"]: 9, half["id"]: 5}
    scale(plane, half["id"], 10)
    shown = {each["id"]: each for each in update(plane, desiredCount=0)["taskSets"]}
    assert [each["computedDesiredCount"] for each in shown.values()] == [0, 0]
    assert shown[half["id"]]["scale"]["value"] == 10.0


# --- DeleteService ------------------------------------------------------------------------------


def test_a_service_of_codedeploy_is_deleted_once_it_has_no_task(
    plane: Plane, behind: dict[str, Any]
) -> None:
    create(plane, **behind)
    told = refusal(plane, "DeleteService", Invalid, service="web")
    assert told == "The service cannot be stopped while it is scaled above 0."
    update(plane, desiredCount=0)
    green = make(plane, taskDefinition="open", loadBalancers=behind["loadBalancers"])
    told = refusal(plane, "DeleteService", Invalid, service="web")
    assert told == ACTIVE_DEPLOYMENTS
    delete(plane, green["id"])
    plane.drain()
    shown = plane.ask("DeleteService", service="web")["service"]
    assert (shown["status"], [each["status"] for each in shown["taskSets"]]) == (
        "DRAINING",
        ["DRAINING"],
    )
    plane.drain()
    shown = service_of(plane)
    assert (shown["status"], shown["taskSets"]) == ("INACTIVE", [])
    assert len(create(plane, **behind)["taskSets"]) == 1


def test_an_external_service_with_a_task_set_has_to_be_forced(plane: Plane) -> None:
    external(plane, desiredCount=0)
    promote(plane, make(plane)["id"])
    assert refusal(plane, "DeleteService", Invalid, service="web") == ACTIVE_DEPLOYMENTS
    plane.ask("DeleteService", service="web", force=True)
    plane.drain()
    assert service_of(plane)["status"] == "INACTIVE"
    assert stored(plane).rollouts == ()
    external(plane, desiredCount=0)
    assert plane.ask("DeleteService", service="web")["service"]["status"] == "DRAINING"


# --- homeport why -------------------------------------------------------------------------------


def test_why_tells_of_each_task_set(plane: Plane) -> None:
    node = SimulatedNode(plane)
    external(plane)
    told = explained(plane)
    assert waits(told) == [("deployer", None)]
    assert told["rollouts"] == []
    half = make(plane, scale={"value": 50}, externalId="mine")
    [rollout] = explained(plane)["rollouts"]
    assert (rollout["status"], rollout["rolloutState"]) == ("ACTIVE", "STABILIZING")
    assert rollout["rolloutStateReason"] == "task set of 50 % of the service (mine)"
    assert waits(explained(plane)) == [("pass", None)]
    plane.drain()
    assert [kind for kind, _ in waits(explained(plane))] == ["start"]
    node.settle()
    told = explained(plane)
    assert (told["steady"], told["maximumTasks"], waits(told)) == (True, 4, [])
    assert told["rollouts"][0]["rolloutState"] == "STEADY_STATE"
    delete(plane, half["id"], force=True)
    plane.drain()
    [rollout] = explained(plane)["rollouts"]
    assert rollout["status"] == "DRAINING"
    assert [kind for kind, _ in waits(explained(plane))] == ["stop"]


def test_why_tells_which_task_set_finds_no_place(plane: Plane) -> None:
    external(plane)
    made = make(plane, scale={"value": 25})
    plane.drain()
    told = explained(plane)
    assert told["placement"]["cpuNeeded"] == 128
    assert f"(service web, taskSet {made['id']}) was unable" in told["placement"]["failure"]
    assert "placement" in [kind for kind, _ in waits(told)]
    SimulatedNode(plane)
    plane.drain()
    assert "placement" not in explained(plane)
