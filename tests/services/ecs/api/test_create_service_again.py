"""CreateService of a name or a token that was used before, and what hangs on a service."""

from typing import Any

import pytest
from msgspec.structs import replace

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import (
    ClusterContainsServicesException,
    InvalidParameterException,
)
from homeport.services.ecs.queries.task_definitions import is_used
from homeport.store import Store
from ring.driver import Plane
from service_asking import (
    ARN,
    HOME,
    SPOT,
    all_deployments,
    asked,
    change_service,
    create,
    create_on_fargate,
    everything,
    on_fargate,
    refusal,
    register,
    revision,
    stored,
    update,
)
from task_definition_documents import container, document

TAGS = [{"key": "team", "value": "blue"}]


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


# --- idempotency --------------------------------------------------------------------------------


def test_the_same_request_under_the_same_name_is_answered_with_the_same_service(
    plane: Plane,
) -> None:
    first = create(plane, tags=TAGS)
    before = everything(plane)
    assert create(plane, tags=TAGS) == first
    assert create(plane) == first
    assert everything(plane) == before


@pytest.mark.parametrize(
    "change",
    [
        {"desiredCount": 3},
        {"taskDefinition": "two"},
        {"deploymentConfiguration": {"maximumPercent": 150}},
        {"placementConstraints": [{"type": "distinctInstance"}]},
        {"placementStrategy": [{"type": "random"}]},
        {"healthCheckGracePeriodSeconds": 1},
        {"availabilityZoneRebalancing": "DISABLED"},
        {"enableECSManagedTags": True},
        {"propagateTags": "SERVICE"},
        {"deploymentController": {"type": "ECS"}},
        {"schedulingStrategy": "DAEMON", "desiredCount": None},
        {"tags": [{"key": "team", "value": "red"}]},
    ],
)
def test_another_request_under_the_same_name_is_not_idempotent(
    plane: Plane, change: dict[str, Any]
) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(), family="two"))
    create(plane, tags=TAGS)
    request = asked({"tags": TAGS} | change)
    text = refusal(plane, "CreateService", InvalidParameterException, **request)
    assert text == "Creation of service was not idempotent."


def test_another_network_or_platform_is_not_idempotent(plane: Plane) -> None:
    create_on_fargate(plane)
    same = on_fargate(plane)
    assert create(plane, **same)["launchType"] == "FARGATE"
    public = {
        "awsvpcConfiguration": same["networkConfiguration"]["awsvpcConfiguration"]
        | {"assignPublicIp": "ENABLED"}
    }
    for change in (
        {"platformVersion": "1.4.0"},
        {"networkConfiguration": public},
        {"launchType": None, "capacityProviderStrategy": SPOT},
    ):
        request = asked(same | change)
        text = refusal(plane, "CreateService", InvalidParameterException, **request)
        assert text == "Creation of service was not idempotent."


def test_a_daemon_service_is_the_same_whatever_its_count_is_by_now(plane: Plane) -> None:
    create(plane, schedulingStrategy="DAEMON", desiredCount=None)
    change_service(plane, lambda service: replace(service, desired_count=3))
    again = create(plane, schedulingStrategy="DAEMON", desiredCount=None)
    assert again["desiredCount"] == 3


def test_a_token_answers_the_same_request_whatever_became_of_the_service(plane: Plane) -> None:
    first = create(plane, clientToken="t")
    update(plane, desiredCount=5)
    again = create(plane, clientToken="t")
    assert again["deployments"][0]["id"] == first["deployments"][0]["id"]
    assert again["desiredCount"] == 5
    text = refusal(plane, "CreateService", InvalidParameterException, **asked({}))
    assert text == "Creation of service was not idempotent."


def test_a_token_does_not_serve_another_request(plane: Plane) -> None:
    create(plane, clientToken="t")
    request = asked({"clientToken": "t", "serviceName": "other"})
    text = refusal(plane, "CreateService", InvalidParameterException, **request)
    assert text == "Creation of service was not idempotent."


def test_two_tokens_make_two_services(plane: Plane) -> None:
    create(plane, clientToken="one")
    other = create(plane, clientToken="two", serviceName="other")
    assert other["serviceArn"] == f"{HOME}:service/default/other"
    assert create(plane, clientToken="three")["serviceArn"] == ARN  # The same as before, by name.
    assert len(all_deployments(plane)) == 1


def test_a_token_belongs_to_its_cluster(plane: Plane) -> None:
    plane.ask("CreateCluster", clusterName="two")
    create(plane, clientToken="t")
    assert create(plane, clientToken="t", cluster="two", desiredCount=1)["desiredCount"] == 1


def test_a_token_is_forgotten_after_a_day(plane: Plane, clock: TurnedClock) -> None:
    create(plane, clientToken="t")
    clock.turn(24 * 3600 + 1)
    assert create(plane, clientToken="t", serviceName="other")["serviceName"] == "other"


# --- a name that was used before ----------------------------------------------------------------


def test_a_name_is_taken_while_its_service_drains(plane: Plane) -> None:
    create(plane, desiredCount=0)
    plane.ask("DeleteService", service="web")
    for request in (asked({}), asked({"desiredCount": 0}), asked({"clientToken": "t"})):
        text = refusal(plane, "CreateService", InvalidParameterException, **request)
        assert text == "Unable to Start a service that is still Draining."


def test_a_name_is_free_once_its_service_is_inactive(plane: Plane, clock: TurnedClock) -> None:
    first = create(plane, clientToken="t", tags=TAGS)
    plane.ask("DeleteService", service="web", force=True)
    change_service(plane, lambda service: replace(service, status="INACTIVE", rollouts=()))
    clock.turn(60)
    again = create(plane, clientToken="t")
    assert again["status"] == "ACTIVE"
    assert again["createdAt"] == first["createdAt"] + 60
    assert again["events"] == []
    assert again["tags"] == []
    [rollout] = again["deployments"]
    assert rollout["id"] != first["deployments"][0]["id"]
    [only] = all_deployments(plane)
    assert only.source_revision_arns == ()
    assert stored(plane).completed_revision_arn is None


def test_the_same_name_in_another_cluster_is_another_service(plane: Plane) -> None:
    plane.ask("CreateCluster", clusterName="two")
    create(plane)
    assert create(plane, cluster="two", desiredCount=7)["desiredCount"] == 7


# --- tags ---------------------------------------------------------------------------------------


def test_a_service_can_be_tagged(plane: Plane) -> None:
    create(plane, tags=TAGS)
    plane.ask("TagResource", resourceArn=ARN, tags=[{"key": "more", "value": "1"}])
    plane.ask("UntagResource", resourceArn=ARN, tagKeys=["team"])
    tags = plane.ask("ListTagsForResource", resourceArn=ARN)["tags"]
    assert tags == [{"key": "more", "value": "1"}]


def test_tags_go_with_their_service(plane: Plane) -> None:
    create(plane, tags=TAGS)
    plane.ask("DeleteService", service="web", force=True)
    assert plane.ask("ListTagsForResource", resourceArn=ARN) == {"tags": []}


# --- what hangs on a service --------------------------------------------------------------------


def test_a_cluster_with_a_service_is_not_deleted(plane: Plane) -> None:
    create(plane, desiredCount=0)
    text = refusal(plane, "DeleteCluster", ClusterContainsServicesException, cluster="default")
    assert text == "The Cluster cannot be deleted while Services are active."


def test_a_deleted_definition_waits_for_its_service(plane: Plane) -> None:
    create(plane)
    plane.ask("DeregisterTaskDefinition", taskDefinition="web:1")
    plane.ask("DeleteTaskDefinitions", taskDefinitions=["web:1"])
    arn = revision(plane).definition_arn
    assert plane.store.read(lambda tx: is_used(tx, arn))
    assert update(plane, desiredCount=3)["desiredCount"] == 3
