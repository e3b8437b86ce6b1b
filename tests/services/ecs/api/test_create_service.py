"""CreateService as a client meets it: what it records, and what it fills in."""

from typing import Any

import msgspec
import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.store import Store
from ring.driver import Plane
from service_asking import (
    ARN,
    BOTH,
    CHECK,
    HOME,
    SPOT,
    bus,
    create,
    create_on_fargate,
    deployment,
    on_fargate,
    register,
    revision,
    stored,
)
from task_definition_documents import container, document

TAGS = [{"key": "team", "value": "blue"}]


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


# --- what is answered and recorded --------------------------------------------------------------


def test_a_service_is_answered_as_describe_services_shows_it(plane: Plane) -> None:
    service = create(plane, tags=TAGS)
    described = plane.ask("DescribeServices", services=["web"], include=["TAGS"])
    assert described == {"services": [service], "failures": []}
    assert service["serviceArn"] == ARN
    assert service["status"] == "ACTIVE"
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (2, 0, 0)
    assert service["launchType"] == "EC2"
    assert service["taskDefinition"] == f"{HOME}:task-definition/web:1"
    assert service["tags"] == TAGS
    assert service["events"] == []
    assert "deploymentController" not in service


def test_one_deployment_begins_and_it_is_primary(plane: Plane) -> None:
    [rollout] = create(plane)["deployments"]
    digits = rollout["id"].removeprefix("ecs-svc/")
    assert len(digits) == 19
    assert digits.isdecimal()
    assert rollout["status"] == "PRIMARY"
    assert rollout["rolloutState"] == "IN_PROGRESS"
    assert rollout["rolloutStateReason"] == f"ECS deployment {rollout['id']} in progress."
    assert revision(plane).arn == f"{HOME}:service-revision/default/web/{digits}"
    under_way = deployment(plane)
    prefix, _, last = under_way.arn.rpartition("/")
    assert prefix == f"{HOME}:service-deployment/default/web"
    assert len(last) == 21
    assert under_way.target_revision_arn == revision(plane).arn
    assert under_way.source_revision_arns == ()


def test_nothing_is_started_by_the_operation(plane: Plane) -> None:
    create(plane)
    assert plane.ask("ListTasks", family="web") == {"taskArns": []}


def test_eventbridge_is_told_that_a_deployment_is_in_progress(plane: Plane) -> None:
    [rollout] = create(plane)["deployments"]
    [event] = bus(plane)
    assert (event.kind, event.resource) == ("deployment", ARN)
    detail = msgspec.json.decode(event.body)
    assert detail["eventName"] == "SERVICE_DEPLOYMENT_IN_PROGRESS"
    assert detail["deploymentId"] == rollout["id"]


def test_a_revision_knows_its_images_without_digests(plane: Plane) -> None:
    both = document(container(), container("side", image="other:1"), family="two")
    plane.ask("RegisterTaskDefinition", **both)
    create(plane, taskDefinition="two")
    images = [(each.container_name, each.image) for each in revision(plane).container_images]
    assert images == [("web", "busybox"), ("side", "other:1")]
    assert all(each.image_digest is None for each in revision(plane).container_images)


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        ([container()], False),
        ([container(healthCheck=CHECK)], True),
        ([container(), container("side", essential=False, healthCheck=CHECK)], False),
    ],
)
def test_only_an_essential_container_decides_that_health_checks_count(
    plane: Plane, containers: list[dict[str, Any]], expected: bool
) -> None:
    plane.ask("RegisterTaskDefinition", **document(*containers, family="h"))
    create(plane, taskDefinition="h")
    assert stored(plane).rollouts[0].has_health_check is expected


@pytest.mark.parametrize("reference", ["web", "web:1", f"{HOME}:task-definition/web:1"])
def test_a_definition_is_named_by_family_revision_or_arn(plane: Plane, reference: str) -> None:
    assert create(plane, taskDefinition=reference)["taskDefinition"].endswith("/web:1")


def test_a_family_means_its_newest_active_revision(plane: Plane) -> None:
    for _ in range(2):
        plane.ask("RegisterTaskDefinition", **document(container(cpu=1)))
    plane.ask("DeregisterTaskDefinition", taskDefinition="web:3")
    assert create(plane)["taskDefinition"].endswith("/web:2")


@pytest.mark.parametrize("cluster", ["two", f"{HOME}:cluster/two"])
def test_the_cluster_is_named_or_an_arn(plane: Plane, cluster: str) -> None:
    plane.ask("CreateCluster", clusterName="two")
    assert create(plane, cluster=cluster)["serviceArn"] == f"{HOME}:service/two/web"
    assert create(plane)["serviceArn"] == ARN


# --- what is filled in --------------------------------------------------------------------------


def test_a_replica_service_gets_the_defaults_of_ecs(plane: Plane) -> None:
    service = create(plane)
    assert service["schedulingStrategy"] == "REPLICA"
    assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 100
    assert service["deploymentConfiguration"]["maximumPercent"] == 200
    assert service["deploymentConfiguration"]["strategy"] == "ROLLING"
    assert service["availabilityZoneRebalancing"] == "ENABLED"
    assert service["propagateTags"] == "NONE"
    assert service["enableECSManagedTags"] is False
    assert service["enableExecuteCommand"] is False
    assert service["healthCheckGracePeriodSeconds"] == 0


def test_a_daemon_service_gets_its_own_defaults(plane: Plane) -> None:
    service = create(plane, schedulingStrategy="DAEMON", desiredCount=None)
    assert service["schedulingStrategy"] == "DAEMON"
    assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 0
    assert service["deploymentConfiguration"]["maximumPercent"] == 100
    assert service["availabilityZoneRebalancing"] == "DISABLED"
    assert service["desiredCount"] == 0


def test_what_is_asked_for_is_shown(plane: Plane) -> None:
    breaker = {"enable": True, "rollback": True}
    service = create(
        plane,
        deploymentConfiguration={
            "minimumHealthyPercent": 50,
            "maximumPercent": 150,
            "deploymentCircuitBreaker": breaker,
            "strategy": "ROLLING",
            "bakeTimeInMinutes": 0,
            "lifecycleHooks": [],
            "alarms": {"alarmNames": [], "enable": False, "rollback": False},
        },
        deploymentController={"type": "ECS"},
        placementConstraints=[{"type": "distinctInstance"}],
        placementStrategy=[{"type": "spread", "field": "attribute:ecs.availability-zone"}],
        healthCheckGracePeriodSeconds=30,
        enableECSManagedTags=True,
        propagateTags="SERVICE",
    )
    assert service["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    assert service["deploymentConfiguration"]["maximumPercent"] == 150
    assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == breaker
    assert service["deploymentController"] == {"type": "ECS"}
    assert service["placementConstraints"] == [{"type": "distinctInstance"}]
    assert service["placementStrategy"][0]["type"] == "spread"
    assert service["healthCheckGracePeriodSeconds"] == 30
    assert service["enableECSManagedTags"] is True
    assert service["propagateTags"] == "SERVICE"
    assert deployment(plane).breaker.status == "MONITORING"
    assert deployment(plane).deployment_configuration.maximum_percent == 150


@pytest.mark.parametrize(
    "changes",
    [
        {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 0}},
        {"placementStrategy": [{"type": "binpack", "field": "cpu"}]},
        {"placementStrategy": [{"type": "spread", "field": "instanceId"}]},
        {
            "placementConstraints": [
                {"type": "memberOf", "expression": "attribute:ecs.availability-zone == a"}
            ]
        },
    ],
)
def test_rebalancing_is_off_where_it_cannot_be(plane: Plane, changes: dict[str, Any]) -> None:
    assert create(plane, **changes)["availabilityZoneRebalancing"] == "DISABLED"


def test_rebalancing_can_be_declined(plane: Plane) -> None:
    service = create(plane, availabilityZoneRebalancing="DISABLED")
    assert service["availabilityZoneRebalancing"] == "DISABLED"


def test_rebalancing_follows_a_first_spread_over_zones(plane: Plane) -> None:
    zones = {"type": "spread", "field": "attribute:ecs.availability-zone"}
    service = create(plane, placementStrategy=[zones, {"type": "binpack", "field": "memory"}])
    assert service["availabilityZoneRebalancing"] == "ENABLED"


# --- where it runs ------------------------------------------------------------------------------


def test_a_fargate_service_says_latest_and_its_deployment_what_that_is(plane: Plane) -> None:
    service = create_on_fargate(plane)
    assert service["launchType"] == "FARGATE"
    assert service["platformVersion"] == "LATEST"
    assert service["platformFamily"] == "Linux"
    assert service["deployments"][0]["platformVersion"] == "1.4.0"
    network = service["networkConfiguration"]["awsvpcConfiguration"]
    assert network["assignPublicIp"] == "DISABLED"
    assert network["securityGroups"] == []


@pytest.mark.parametrize("version", ["LATEST", "1.4.0", "1.3.0"])
def test_a_platform_version_is_kept_in_the_words_of_the_request(plane: Plane, version: str) -> None:
    service = create_on_fargate(plane, platformVersion=version)
    assert service["platformVersion"] == version


def test_a_strategy_takes_the_place_of_the_launch_type(plane: Plane) -> None:
    service = create_on_fargate(plane, launchType=None, capacityProviderStrategy=SPOT)
    assert "launchType" not in service
    assert service["capacityProviderStrategy"] == [SPOT[0] | {"base": 0}]
    assert revision(plane).launch_type is None
    assert revision(plane).platform_version == "LATEST"


def test_the_default_strategy_of_the_cluster_decides_when_nothing_is_said(plane: Plane) -> None:
    set_default(plane, SPOT)
    service = create_on_fargate(plane, launchType=None)
    assert service["capacityProviderStrategy"] == [SPOT[0] | {"base": 0}]
    assert create(plane, serviceName="other", launchType="EC2")["launchType"] == "EC2"


def set_default(plane: Plane, strategy: list[dict[str, Any]]) -> None:
    plane.ask(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=BOTH,
        defaultCapacityProviderStrategy=strategy,
    )


def test_an_awsvpc_service_may_be_on_ec2(plane: Plane) -> None:
    network = on_fargate(plane)["networkConfiguration"]
    awsvpc = document(container(), family="eni", networkMode="awsvpc")
    plane.ask("RegisterTaskDefinition", **awsvpc)
    service = create(plane, taskDefinition="eni", networkConfiguration=network)
    assert service["networkConfiguration"]["awsvpcConfiguration"]["subnets"]
    assert "platformVersion" not in service


@pytest.mark.parametrize(
    "nothing",
    [
        {"loadBalancers": [], "serviceRegistries": [], "volumeConfigurations": []},
        {"vpcLatticeConfigurations": [], "serviceConnectConfiguration": {"enabled": False}},
        {"enableExecuteCommand": False, "role": "", "capacityProviderStrategy": []},
        {"placementConstraints": [], "placementStrategy": [], "tags": []},
    ],
)
def test_asking_for_none_of_it_is_fine(plane: Plane, nothing: dict[str, Any]) -> None:
    assert create(plane, **nothing)["status"] == "ACTIVE"
