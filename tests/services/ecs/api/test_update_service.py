"""UpdateService as a client meets it: what changes, what is deployed, what stays."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.ecs.records.services import Breaker
from homeport.store import Store
from ring.driver import Plane
from service_asking import (
    ARN,
    BOTH,
    CHECK,
    HOME,
    SPOT,
    all_deployments,
    bus,
    change_deployment,
    change_service,
    create,
    create_on_fargate,
    deployment,
    everything,
    on_fargate,
    register,
    revision,
    stored,
    update,
)
from task_definition_documents import container, document, fargate

ZONES = [{"type": "spread", "field": "attribute:ecs.availability-zone"}]


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    plane.ask("RegisterTaskDefinition", **document(container(image="new"), family="next"))
    return plane


def rollouts(service: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["status"], each["taskDefinition"]) for each in service["deployments"]]


# --- what starts a deployment -------------------------------------------------------------------


def test_another_definition_is_deployed_beside_the_old_one(
    plane: Plane, clock: TurnedClock
) -> None:
    first = create(plane)["deployments"][0]
    before = deployment(plane)
    clock.turn(5)
    service = update(plane, taskDefinition="next")
    new, old = service["deployments"]
    assert (new["status"], new["taskDefinition"]) == ("PRIMARY", f"{HOME}:task-definition/next:1")
    assert (old["status"], old["id"]) == ("ACTIVE", first["id"])
    assert new["createdAt"] == first["createdAt"] + 5
    assert new["desiredCount"] == 2
    assert service["taskDefinition"] == f"{HOME}:task-definition/next:1"
    assert deployment(plane).source_revision_arns == (before.target_revision_arn,)
    newest, superseded = all_deployments(plane)
    assert newest == deployment(plane)
    assert (superseded.arn, superseded.status) == (before.arn, "STOPPED")


def test_the_service_is_answered_as_describe_services_shows_it(plane: Plane) -> None:
    create(plane)
    service = update(plane, taskDefinition="next", desiredCount=4)
    assert plane.ask("DescribeServices", services=["web"])["services"] == [service]


def test_eventbridge_is_told_of_each_deployment(plane: Plane) -> None:
    create(plane)
    new = update(plane, forceNewDeployment=True)["deployments"][0]
    details = [msgspec.json.decode(each.body) for each in bus(plane)]
    assert [each["eventName"] for each in details] == ["SERVICE_DEPLOYMENT_IN_PROGRESS"] * 2
    assert details[-1]["deploymentId"] == new["id"]


@pytest.mark.parametrize("changes", [{}, {"taskDefinition": "web:1"}, {"desiredCount": 3}])
def test_a_deployment_can_be_forced(plane: Plane, changes: dict[str, Any]) -> None:
    create(plane)
    service = update(plane, forceNewDeployment=True, **changes)
    assert [each["status"] for each in service["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert service["deployments"][0]["id"] != service["deployments"][1]["id"]


@pytest.mark.parametrize("reference", ["web", "web:1", f"{HOME}:task-definition/web:1"])
def test_the_definition_that_it_has_already_is_not_deployed_again(
    plane: Plane, reference: str
) -> None:
    create(plane)
    before = everything(plane)
    assert len(update(plane, taskDefinition=reference)["deployments"]) == 1
    assert everything(plane) == before


def test_a_family_may_have_a_newer_revision_by_now(plane: Plane) -> None:
    create(plane)
    plane.ask("RegisterTaskDefinition", **document(container(cpu=1)))
    assert len(update(plane, desiredCount=3)["deployments"]) == 1
    assert rollouts(update(plane, taskDefinition="web"))[0][1].endswith("web:2")


def test_another_network_is_deployed(plane: Plane) -> None:
    create_on_fargate(plane)
    same = on_fargate(plane)["networkConfiguration"]
    assert len(update(plane, networkConfiguration=same)["deployments"]) == 1
    public = {"awsvpcConfiguration": same["awsvpcConfiguration"] | {"assignPublicIp": "ENABLED"}}
    service = update(plane, networkConfiguration=public)
    assert len(service["deployments"]) == 2
    shown = [each["networkConfiguration"] for each in service["deployments"]]
    assert [each["awsvpcConfiguration"]["assignPublicIp"] for each in shown] == [
        "ENABLED",
        "DISABLED",
    ]


def test_another_platform_version_is_deployed(plane: Plane) -> None:
    create_on_fargate(plane)
    assert len(update(plane, platformVersion="LATEST")["deployments"]) == 1
    service = update(plane, platformVersion="1.3.0")
    assert [each["platformVersion"] for each in service["deployments"]] == ["1.3.0", "1.4.0"]


def test_platform_and_network_stay_with_another_definition(plane: Plane) -> None:
    create_on_fargate(plane, platformVersion="1.3.0")
    plane.ask("RegisterTaskDefinition", **fargate(family="later"))
    new, old = update(plane, taskDefinition="later")["deployments"]
    assert new["platformVersion"] == "1.3.0"
    assert new["networkConfiguration"] == old["networkConfiguration"]


def test_a_new_deployment_has_the_health_checks_of_its_definition(plane: Plane) -> None:
    checked = document(container(healthCheck=CHECK), family="checked")
    plane.ask("RegisterTaskDefinition", **checked)
    create(plane)
    update(plane, taskDefinition="checked")
    assert [each.has_health_check for each in stored(plane).rollouts] == [True, False]


def test_three_updates_in_a_row_leave_one_primary(plane: Plane) -> None:
    create(plane)
    update(plane, taskDefinition="next")
    update(plane, forceNewDeployment=True)
    service = update(plane, taskDefinition="web")
    assert rollouts(service) == [
        ("PRIMARY", f"{HOME}:task-definition/web:1"),
        ("ACTIVE", f"{HOME}:task-definition/next:1"),
        ("ACTIVE", f"{HOME}:task-definition/next:1"),
        ("ACTIVE", f"{HOME}:task-definition/web:1"),
    ]
    statuses = [each.status for each in all_deployments(plane)]
    assert sorted(statuses) == ["IN_PROGRESS", "STOPPED", "STOPPED", "STOPPED"]


def test_a_deployment_that_is_over_is_not_superseded(plane: Plane) -> None:
    create(plane)
    change_deployment(plane, lambda each: replace(each, status="SUCCESSFUL", finished_at=1.0))
    done = deployment(plane)
    update(plane, taskDefinition="next")
    assert done in all_deployments(plane)


# --- what starts none ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"desiredCount": 7}, {"desiredCount": 7}),
        ({"desiredCount": 0}, {"desiredCount": 0}),
        (
            {"placementConstraints": [{"type": "distinctInstance"}]},
            {"placementConstraints": [{"type": "distinctInstance"}]},
        ),
        ({"placementStrategy": ZONES}, {"placementStrategy": ZONES}),
        ({"healthCheckGracePeriodSeconds": 9}, {"healthCheckGracePeriodSeconds": 9}),
        ({"availabilityZoneRebalancing": "DISABLED"}, {"availabilityZoneRebalancing": "DISABLED"}),
        ({"enableECSManagedTags": True}, {"enableECSManagedTags": True}),
        ({"propagateTags": "SERVICE"}, {"propagateTags": "SERVICE"}),
        ({"enableExecuteCommand": False}, {"enableExecuteCommand": False}),
        ({"deploymentController": {"type": "ECS"}}, {}),
        ({"loadBalancers": [], "serviceRegistries": []}, {}),
        ({"volumeConfigurations": [], "vpcLatticeConfigurations": []}, {}),
        ({"serviceConnectConfiguration": {"enabled": False}}, {}),
        ({"capacityProviderStrategy": []}, {"launchType": "EC2"}),
        ({}, {}),
    ],
)
def test_these_change_the_service_and_deploy_nothing(
    plane: Plane, change: dict[str, Any], shown: dict[str, Any]
) -> None:
    before = create(plane)
    after = update(plane, **change)
    assert {name: after[name] for name in shown} == shown
    assert [each["id"] for each in after["deployments"]] == [before["deployments"][0]["id"]]
    assert len(all_deployments(plane)) == 1
    kept = before.keys() - shown.keys() - {"deployments", "tags", "currentServiceRevisions"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}


def test_a_new_count_is_that_of_the_primary_rollout(plane: Plane, clock: TurnedClock) -> None:
    create(plane)
    update(plane, taskDefinition="next")
    clock.turn(5)
    primary, old = update(plane, desiredCount=9)["deployments"]
    assert (primary["desiredCount"], old["desiredCount"]) == (9, 2)
    assert primary["updatedAt"] == primary["createdAt"] + 5


def test_eventbridge_is_told_of_a_new_count(plane: Plane) -> None:
    create(plane)
    update(plane, desiredCount=2)
    assert [each.kind for each in bus(plane)] == ["deployment"]
    update(plane, desiredCount=3)
    event = bus(plane)[-1]
    assert (event.kind, event.resource) == ("service action", ARN)
    detail = msgspec.json.decode(event.body)
    assert (detail["eventType"], detail["eventName"]) == ("INFO", "SERVICE_DESIRED_COUNT_UPDATED")
    assert detail["clusterArn"] == f"{HOME}:cluster/default"


def test_a_new_count_and_a_new_definition_go_together(plane: Plane) -> None:
    create(plane)
    service = update(plane, desiredCount=5, taskDefinition="next")
    assert service["desiredCount"] == 5
    assert service["deployments"][0]["desiredCount"] == 5
    assert deployment(plane).breaker.threshold == 3
    assert [each.kind for each in bus(plane)][1:] == ["deployment", "service action"]


def test_empty_lists_remove_what_was_there(plane: Plane) -> None:
    create(plane, placementConstraints=[{"type": "distinctInstance"}], placementStrategy=ZONES)
    kept = update(plane, desiredCount=3)
    assert kept["placementConstraints"]
    assert kept["placementStrategy"]
    gone = update(plane, placementConstraints=[], placementStrategy=[])
    assert gone["placementConstraints"] == []
    assert gone["placementStrategy"] == []


# --- the configuration of deployments -----------------------------------------------------------


def test_percentages_that_are_left_out_stay(plane: Plane) -> None:
    create(plane, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 150})
    after = update(plane, deploymentConfiguration={"maximumPercent": 125})
    assert after["deploymentConfiguration"]["minimumHealthyPercent"] == 50
    assert after["deploymentConfiguration"]["maximumPercent"] == 125


def test_a_new_configuration_holds_for_the_deployment_that_is_under_way(
    plane: Plane, clock: TurnedClock
) -> None:
    create(plane)
    clock.turn(5)
    breaker = {"enable": True, "rollback": True}
    update(plane, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    under_way = deployment(plane)
    assert under_way.breaker.status == "MONITORING"
    assert under_way.deployment_configuration == stored(plane).deployment_configuration
    assert under_way.updated_at == under_way.created_at + 5
    off = {"enable": False, "rollback": False}
    update(plane, deploymentConfiguration={"deploymentCircuitBreaker": off})
    assert deployment(plane).breaker.status == "DISABLED"


def test_a_breaker_keeps_what_it_has_counted(plane: Plane) -> None:
    breaker = {"enable": True, "rollback": False}
    create(plane, deploymentConfiguration={"deploymentCircuitBreaker": breaker})
    counted = Breaker(status="MONITORING", failure_count=2, threshold=3)
    change_deployment(plane, lambda each: replace(each, breaker=counted))
    update(plane, deploymentConfiguration={"minimumHealthyPercent": 50})
    assert deployment(plane).breaker == counted
    assert deployment(plane).deployment_configuration.minimum_healthy_percent == 50


def test_a_deployment_that_is_over_keeps_its_configuration(plane: Plane) -> None:
    create(plane)
    change_deployment(plane, lambda each: replace(each, status="SUCCESSFUL"))
    done = deployment(plane)
    update(plane, deploymentConfiguration={"minimumHealthyPercent": 50})
    assert deployment(plane) == done
    assert stored(plane).deployment_configuration.minimum_healthy_percent == 50


# --- capacity -----------------------------------------------------------------------------------


def test_a_launch_type_becomes_a_strategy_with_a_forced_deployment(plane: Plane) -> None:
    create_on_fargate(plane)
    service = update(plane, capacityProviderStrategy=SPOT, forceNewDeployment=True)
    assert "launchType" not in service
    new, old = service["deployments"]
    assert new["capacityProviderStrategy"] == [SPOT[0] | {"base": 0}]
    assert old["launchType"] == "FARGATE"


def test_an_empty_strategy_goes_back_to_the_launch_type(plane: Plane) -> None:
    create_on_fargate(plane, launchType=None, capacityProviderStrategy=SPOT)
    service = update(plane, capacityProviderStrategy=[], forceNewDeployment=True)
    assert service["launchType"] == "FARGATE"
    assert "capacityProviderStrategy" not in service
    assert revision(plane).capacity_provider_strategy == ()


def test_the_strategy_that_it_has_already_changes_nothing(plane: Plane) -> None:
    create_on_fargate(plane, launchType=None, capacityProviderStrategy=SPOT)
    plane.ask(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=BOTH,
        defaultCapacityProviderStrategy=SPOT,
    )
    before = everything(plane)
    assert len(update(plane, capacityProviderStrategy=SPOT)["deployments"]) == 1
    assert everything(plane) == before


def test_ec2_becomes_fargate_when_the_definition_is_for_both(plane: Plane) -> None:
    both = fargate(family="both", requiresCompatibilities=["EC2", "FARGATE"])
    plane.ask("RegisterTaskDefinition", **both)
    network = on_fargate(plane)["networkConfiguration"]
    create(plane, taskDefinition="both", networkConfiguration=network)
    service = update(plane, capacityProviderStrategy=SPOT, forceNewDeployment=True)
    assert service["platformVersion"] == "LATEST"
    assert service["platformFamily"] == "Linux"
    assert "platformVersion" not in service["deployments"][1]


# --- what a service may outlive -----------------------------------------------------------------


def test_a_service_is_scaled_and_deployed_after_its_definition_became_inactive(
    plane: Plane,
) -> None:
    create(plane)
    plane.ask("DeregisterTaskDefinition", taskDefinition="web:1")
    assert update(plane, desiredCount=4)["desiredCount"] == 4
    assert len(update(plane, forceNewDeployment=True)["deployments"]) == 2


def test_a_service_is_scaled_when_its_cluster_has_other_providers_by_now(plane: Plane) -> None:
    create_on_fargate(plane, launchType=None, capacityProviderStrategy=SPOT)
    plane.ask(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=["FARGATE"],
        defaultCapacityProviderStrategy=[],
    )
    assert update(plane, desiredCount=4)["desiredCount"] == 4


def test_what_the_scheduler_decided_stays(plane: Plane) -> None:
    create(plane)
    arn = revision(plane).arn
    change_service(
        plane,
        lambda each: replace(each, completed_revision_arn=arn, steady=True, steady_told_at=1.0),
    )
    update(plane, desiredCount=3)
    after = stored(plane)
    assert (after.completed_revision_arn, after.steady, after.steady_told_at) == (arn, True, 1.0)
    update(plane, taskDefinition="next")
    assert stored(plane).completed_revision_arn == arn


def test_a_daemon_service_is_deployed_too(plane: Plane) -> None:
    create(plane, schedulingStrategy="DAEMON", desiredCount=None)
    change_service(plane, lambda each: replace(each, desired_count=3))
    service = update(plane, taskDefinition="next")
    assert service["desiredCount"] == 3
    assert service["deployments"][0]["desiredCount"] == 3
    assert [each.kind for each in bus(plane)] == ["deployment"] * 2


@pytest.mark.parametrize("reference", ["web", ARN, f"{HOME}:service/web"])
def test_a_service_is_named_by_name_or_arn_long_or_short(plane: Plane, reference: str) -> None:
    create(plane)
    answer = plane.ask("UpdateService", service=reference, desiredCount=6)
    assert answer["service"]["desiredCount"] == 6
