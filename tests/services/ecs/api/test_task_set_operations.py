"""The operations that make and change task sets, as a client meets them."""

from typing import Any

import pytest

from conftest import ACCOUNT, REGION, CountedIds, TurnedClock
from homeport.contracts.operations import Asker, code_deploy_principal
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import (
    InvalidParameterException,
    TaskSetNotFoundException,
)
from homeport.store import Store
from ring.driver import Plane
from ring.traffic import Traffic
from service_asking import HOME, SPOT, refusal, register, vpc
from task_definition_documents import container, document
from task_set_asking import (
    TAGS,
    delete,
    described,
    external,
    make,
    promote,
    scale,
    service_of,
)

Invalid = InvalidParameterException


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


# --- CreateTaskSet ------------------------------------------------------------------------------


def test_a_task_set_is_answered_as_describe_task_sets_shows_it(plane: Plane) -> None:
    external(plane)
    made = make(plane, externalId="mine", tags=TAGS)
    digits = made["id"].removeprefix("ecs-svc/")
    assert (len(digits), digits.isdecimal()) == (19, True)
    assert made["taskSetArn"] == f"{HOME}:task-set/default/web/{made['id']}"
    assert made["serviceArn"] == f"{HOME}:service/default/web"
    assert made["clusterArn"] == f"{HOME}:cluster/default"
    assert made["taskDefinition"] == f"{HOME}:task-definition/web:1"
    assert (made["status"], made["externalId"]) == ("ACTIVE", "mine")
    assert "startedBy" not in made
    assert made["scale"] == {"value": 0.0, "unit": "PERCENT"}
    assert (made["computedDesiredCount"], made["pendingCount"], made["runningCount"]) == (0, 0, 0)
    assert made["stabilityStatus"] == "STABILIZING"
    assert made["launchType"] == "EC2"
    assert (made["loadBalancers"], made["serviceRegistries"]) == ([], [])
    assert made["tags"] == TAGS
    asked = {"cluster": "default", "service": "web", "include": ["TAGS"]}
    for reference in (made["id"], made["taskSetArn"]):
        found = plane.ask("DescribeTaskSets", **asked, taskSets=[reference])
        assert found == {"taskSets": [made], "failures": []}
    assert described(plane, made["id"])["tags"] == []


def test_the_service_shows_its_task_sets_and_no_deployments(plane: Plane) -> None:
    shown = external(plane)
    assert (shown["deployments"], shown["taskSets"]) == ([], [])
    assert shown["deploymentController"] == {"type": "EXTERNAL"}
    assert (shown["launchType"], shown["desiredCount"]) == ("EC2", 4)
    assert "taskDefinition" not in shown
    first = make(plane)
    second = make(plane)
    shown = service_of(plane)
    assert {each["id"] for each in shown["taskSets"]} == {first["id"], second["id"]}
    assert "taskDefinition" not in shown
    assert shown["deployments"] == []


@pytest.mark.parametrize(
    ("percent", "count"),
    [(100, 4), (50, 2), (25, 1), (26, 2), (0.1, 1), (0, 0), (99.9, 4), (75.0, 3)],
)
def test_its_tasks_are_a_percentage_of_the_service_rounded_up(
    plane: Plane, percent: float, count: int
) -> None:
    external(plane)
    made = make(plane, scale={"value": percent, "unit": "PERCENT"})
    assert made["computedDesiredCount"] == count
    assert made["scale"]["value"] == percent


def test_a_new_count_is_told_of_as_in_ecs(plane: Plane) -> None:
    external(plane)
    made = make(plane, scale={"value": 50})
    told = f"(service web) updated computedDesiredCount for taskSet {made['id']} to 2."
    assert [each["message"] for each in service_of(plane)["events"]] == [told]


def test_a_task_set_on_fargate_shows_its_platform_and_network(plane: Plane) -> None:
    external(plane)
    network = vpc(plane)
    made = make(plane, taskDefinition="fargate", launchType="FARGATE", networkConfiguration=network)
    assert (made["platformVersion"], made["platformFamily"]) == ("1.4.0", "Linux")
    shown = made["networkConfiguration"]["awsvpcConfiguration"]
    assert shown["subnets"] == network["awsvpcConfiguration"]["subnets"]
    assert shown["assignPublicIp"] == "DISABLED"


def test_a_task_set_has_a_strategy_instead_of_a_launch_type(plane: Plane) -> None:
    external(plane)
    wanted = {"taskDefinition": "fargate", "networkConfiguration": vpc(plane)}
    made = make(plane, capacityProviderStrategy=SPOT, **wanted)
    assert made["capacityProviderStrategy"] == [{**SPOT[0], "base": 0}]
    assert "launchType" not in made
    both = {**wanted, "capacityProviderStrategy": SPOT, "launchType": "FARGATE"}
    assert "both a launch type and capacity provider" in _refused(plane, **both)


def test_only_codedeploy_is_named_as_who_started_it(
    plane: Plane, clock: TurnedClock, ids: CountedIds, peers: Peers
) -> None:
    external(plane)
    asker = Asker(
        account=ACCOUNT,
        region=REGION,
        principal=code_deploy_principal(ACCOUNT),
        now=clock.now(),
        ids=ids,
    )
    request = {"cluster": "default", "service": "web", "taskDefinition": "web"}
    answer = plane.store.write(
        lambda tx: peers.operations.ask(
            tx, asker, "ecs", "CreateTaskSet", {**request, "externalId": "d-1"}
        )
    )
    assert answer["taskSet"]["startedBy"] == "CODE_DEPLOY"
    assert described(plane, answer["taskSet"]["id"])["externalId"] == "d-1"


def test_the_same_request_with_its_token_makes_one_task_set(plane: Plane) -> None:
    external(plane)
    made = make(plane, clientToken="once")
    assert make(plane, clientToken="once") == made
    other = _refused(plane, clientToken="once", externalId="other")
    assert other == "Creation of TaskSet was not idempotent."
    assert len(service_of(plane)["taskSets"]) == 1
    delete(plane, made["id"])
    assert make(plane, clientToken="once")["id"] != made["id"]


def test_a_service_has_five_task_sets_at_most(plane: Plane) -> None:
    external(plane)
    made = [make(plane) for _ in range(5)]
    told = (
        "5 deployments exist on the service. Unable to create new TaskSet since this exceeds the "
        "maximum limit."
    )
    assert _refused(plane) == told
    delete(plane, made[0]["id"])
    assert _refused(plane) == told  # It drains still.
    plane.drain()
    make(plane)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"scale": {"value": 100.1}}, "scale value should be between 0.0 and 100.0"),
        ({"scale": {"value": -1.0}}, "scale value should be between 0.0 and 100.0"),
        ({"scale": {"value": 1.0, "unit": "TASKS"}}, "scale unit should be one of [PERCENT]"),
        ({"taskDefinition": ""}, "TaskDefinition can not be blank."),
        ({"clientToken": "x" * 37}, "idempotency token longer than 36."),
        (
            {"launchType": "FARGATE"},
            "Task definition does not support launch_type FARGATE.",
        ),
        (
            {"platformVersion": "1.4.0"},
            "The platform version must be null when specifying an EC2 launch type.",
        ),
        (
            {"loadBalancers": [{"containerName": "web", "containerPort": 80}] * 2},
            "load balancers can have at most 1 items",
        ),
        (
            {
                "loadBalancers": [
                    {"targetGroupArn": "arn", "containerName": "no", "containerPort": 80}
                ]
            },
            "The container no does not exist in the task definition",
        ),
    ],
)
def test_what_no_task_set_can_be_is_refused(
    plane: Plane, changes: dict[str, Any], told: str
) -> None:
    external(plane)
    assert _refused(plane, **changes) == told


def test_a_task_set_is_behind_a_target_group_that_is_there(
    plane: Plane, store: Store, clock: TurnedClock, peers: Peers
) -> None:
    external(plane)
    ports = [{"containerPort": 80}]
    plane.ask("RegisterTaskDefinition", **document(container(portMappings=ports), family="open"))
    group = Traffic(store, clock, peers).group(plane, "instance", 0)
    behind = [{"targetGroupArn": group, "containerName": "web", "containerPort": 80}]
    made = make(plane, taskDefinition="open", loadBalancers=behind)
    assert made["loadBalancers"] == behind
    gone = [{**behind[0], "targetGroupArn": f"{group}0"}]
    told = _refused(plane, taskDefinition="open", loadBalancers=gone)
    assert told == f"The target group with targetGroupArn {group}0 does not exist."


# --- UpdateTaskSet ------------------------------------------------------------------------------


def test_another_scale_is_another_count(plane: Plane, clock: TurnedClock) -> None:
    external(plane)
    made = make(plane, scale={"value": 100})
    clock.turn(5)
    shown = scale(plane, made["id"], 12.5)
    assert (shown["computedDesiredCount"], shown["scale"]["value"]) == (1, 12.5)
    assert shown["updatedAt"] == made["updatedAt"] + 5
    assert described(plane, made["id"]) == shown
    assert scale(plane, made["id"], 12.5) == shown


def test_a_scale_that_is_none_is_refused(plane: Plane) -> None:
    external(plane)
    made = make(plane)
    asked = {"cluster": "default", "service": "web", "taskSet": made["id"]}
    told = refusal(plane, "UpdateTaskSet", Invalid, **asked, scale={"value": 101})
    assert told == "scale value should be between 0.0 and 100.0"


# --- UpdateServicePrimaryTaskSet ----------------------------------------------------------------


def test_the_service_is_what_its_primary_task_set_is(plane: Plane) -> None:
    external(plane)
    blue = make(plane)
    green = make(
        plane,
        taskDefinition="fargate",
        launchType="FARGATE",
        networkConfiguration=vpc(plane),
    )
    assert promote(plane, blue["id"])["status"] == "PRIMARY"
    shown = service_of(plane)
    assert (shown["launchType"], shown["taskDefinition"]) == ("EC2", blue["taskDefinition"])
    promote(plane, green["taskSetArn"])
    shown = service_of(plane)
    assert (shown["launchType"], shown["taskDefinition"]) == ("FARGATE", green["taskDefinition"])
    assert shown["networkConfiguration"] == green["networkConfiguration"]
    assert (shown["platformVersion"], shown["platformFamily"]) == ("LATEST", "Linux")
    statuses = {each["id"]: each["status"] for each in shown["taskSets"]}
    assert statuses == {blue["id"]: "ACTIVE", green["id"]: "PRIMARY"}


def test_the_service_stays_what_it_was_when_its_primary_task_set_goes(plane: Plane) -> None:
    external(plane)
    blue, green = make(plane), make(plane)
    promote(plane, blue["id"])
    before = service_of(plane)["taskDefinition"]
    delete(plane, blue["id"], force=True)
    plane.drain()
    shown = service_of(plane)
    assert [each["id"] for each in shown["taskSets"]] == [green["id"]]
    assert shown["taskDefinition"] == before
    promote(plane, green["id"])
    assert [each["status"] for each in service_of(plane)["taskSets"]] == ["PRIMARY"]


# --- DeleteTaskSet ------------------------------------------------------------------------------


def test_a_task_set_drains_and_is_gone(plane: Plane) -> None:
    external(plane)
    made = make(plane, tags=TAGS)
    shown = delete(plane, made["id"])
    assert (shown["status"], shown["computedDesiredCount"]) == ("DRAINING", 0)
    assert delete(plane, made["id"])["status"] == "DRAINING"
    assert service_of(plane)["taskSets"] == [shown]
    plane.drain()
    assert service_of(plane)["taskSets"] == []
    arn = made["taskSetArn"]
    asked = {"cluster": "default", "service": "web", "taskSets": [arn]}
    found = plane.ask("DescribeTaskSets", **asked)
    assert found == {"taskSets": [], "failures": [{"arn": arn, "reason": "MISSING"}]}
    assert _refusal_of_delete(plane, made["id"], TaskSetNotFoundException)


def test_a_task_set_that_is_scaled_or_primary_has_to_be_forced(plane: Plane) -> None:
    external(plane)
    made = make(plane, scale={"value": 50})
    scaled = "The task set cannot be deleted while it is scaled above 0."
    assert _refusal_of_delete(plane, made["id"]) == scaled
    scale(plane, made["id"], 0)
    promote(plane, made["id"])
    assert _refusal_of_delete(plane, made["id"]) == "Primary TaskSet cannot be deleted"
    scale(plane, made["id"], 100)
    shown = delete(plane, made["id"], force=True)
    assert (shown["status"], shown["scale"]["value"]) == ("DRAINING", 0.0)


def test_what_drains_is_not_changed_any_more(plane: Plane) -> None:
    external(plane)
    made = make(plane)
    delete(plane, made["id"])
    told = f"The task set {made['id']} is DRAINING and can't be changed."
    asked = {"cluster": "default", "service": "web"}
    scaled = {**asked, "taskSet": made["id"], "scale": {"value": 1}}
    assert refusal(plane, "UpdateTaskSet", Invalid, **scaled) == told
    chosen = {**asked, "primaryTaskSet": made["id"]}
    assert refusal(plane, "UpdateServicePrimaryTaskSet", Invalid, **chosen) == told


def _refused(plane: Plane, **changes: Any) -> str:
    request = {"cluster": "default", "service": "web", "taskDefinition": "web"} | changes
    return refusal(plane, "CreateTaskSet", Invalid, **request)


def _refusal_of_delete(plane: Plane, reference: str, error: type[Any] = Invalid) -> str:
    asked = {"cluster": "default", "service": "web", "taskSet": reference}
    return refusal(plane, "DeleteTaskSet", error, **asked)
