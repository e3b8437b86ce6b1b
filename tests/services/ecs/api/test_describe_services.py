"""DescribeServices: what is shown of a service, whatever became of it."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from ecs_asking import ACCOUNT, DEFAULT, HOME, Asked
from homeport.runtime import Call
from homeport.services.ecs import errors
from homeport.services.ecs.queries.service_events import tell
from homeport.services.ecs.queries.tags import put_tags
from homeport.services.ecs.records.clusters import StrategyItem
from homeport.services.ecs.records.run_request import PlacementConstraint, PlacementStrategy
from homeport.services.ecs.records.services import (
    CircuitBreaker,
    DeploymentConfiguration,
    ServiceEvent,
)
from homeport.services.ecs.records.tags import Tag
from homeport.store import Store
from known_services import (
    CREATED,
    deployment,
    deployment_arn,
    put,
    revision,
    revision_arn,
    rollout,
    rollout_id,
    service,
    task_of,
)

NETWORK = {
    "awsvpcConfiguration": {
        "subnets": ["subnet-1"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": "DISABLED",
    }
}


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def described(ecs: Asked, *names: str, **request: Any) -> list[dict[str, Any]]:
    answer = ecs("DescribeServices", services=list(names) or ["web"], **request)
    assert answer["failures"] == []
    shown: list[dict[str, Any]] = answer["services"]
    return shown


def test_a_service_on_fargate_is_shown_as_ecs_shows_it(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service(), revision(), deployment()))
    ecs.add_tasks(task_of(1), task_of(2, last_status="PENDING"))
    assert described(ecs) == [
        {
            "serviceArn": f"{HOME}:service/default/web",
            "serviceName": "web",
            "clusterArn": DEFAULT,
            "loadBalancers": [],
            "serviceRegistries": [],
            "status": "ACTIVE",
            "desiredCount": 2,
            "runningCount": 1,
            "pendingCount": 1,
            "launchType": "FARGATE",
            "platformVersion": "LATEST",
            "platformFamily": "Linux",
            "taskDefinition": f"{HOME}:task-definition/web:1",
            "deploymentConfiguration": {
                "deploymentCircuitBreaker": {"enable": False, "rollback": False},
                "maximumPercent": 200,
                "minimumHealthyPercent": 100,
                "strategy": "ROLLING",
                "bakeTimeInMinutes": 0,
            },
            "deployments": [
                {
                    "id": rollout_id(),
                    "status": "PRIMARY",
                    "taskDefinition": f"{HOME}:task-definition/web:1",
                    "desiredCount": 2,
                    "pendingCount": 1,
                    "runningCount": 1,
                    "failedTasks": 0,
                    "createdAt": CREATED,
                    "updatedAt": CREATED,
                    "launchType": "FARGATE",
                    "platformVersion": "1.4.0",
                    "platformFamily": "Linux",
                    "networkConfiguration": NETWORK,
                    "rolloutState": "COMPLETED",
                    "rolloutStateReason": f"ECS deployment {rollout_id()} completed.",
                }
            ],
            "events": [],
            "createdAt": CREATED,
            "currentServiceDeployment": deployment_arn(),
            "currentServiceRevisions": [
                {
                    "arn": revision_arn(),
                    "requestedTaskCount": 2,
                    "runningTaskCount": 1,
                    "pendingTaskCount": 1,
                }
            ],
            "placementConstraints": [],
            "placementStrategy": [],
            "networkConfiguration": NETWORK,
            "healthCheckGracePeriodSeconds": 0,
            "schedulingStrategy": "REPLICA",
            "createdBy": f"arn:aws:iam::{ACCOUNT}:root",
            "enableECSManagedTags": False,
            "propagateTags": "NONE",
            "enableExecuteCommand": False,
            "availabilityZoneRebalancing": "ENABLED",
            "resourceManagementType": "CUSTOMER",
        }
    ]


def test_a_service_on_instances_has_no_platform_and_shows_how_it_is_placed(ecs: Asked) -> None:
    bare = {"launch_type": "EC2", "platform_version": None, "platform_family": None}
    told = service(
        launch_type="EC2",
        scheduling_strategy="DAEMON",
        zone_rebalancing=False,
        shows_controller=True,
        health_check_grace_s=7,
        propagate_tags="SERVICE",
        enable_ecs_managed_tags=True,
        enable_execute_command=True,
        placement_constraints=(
            PlacementConstraint(type="distinctInstance"),
            PlacementConstraint(type="memberOf", expression="attribute:a == b"),
        ),
        placement_strategy=(PlacementStrategy(type="binpack", field="memory"),),
        deployment_configuration=DeploymentConfiguration(
            minimum_healthy_percent=0,
            maximum_percent=100,
            deployment_circuit_breaker=CircuitBreaker(enable=True, rollback=True),
        ),
    )
    made = revision(network_configuration=None, **bare)
    ecs.store.write(lambda tx: put(tx, told, made))
    (shown,) = described(ecs)
    assert shown["launchType"] == shown["deployments"][0]["launchType"] == "EC2"
    missing = {"platformVersion", "platformFamily", "networkConfiguration"}
    assert not missing & (set(shown) | set(shown["deployments"][0]))
    assert shown["schedulingStrategy"] == "DAEMON"
    assert shown["availabilityZoneRebalancing"] == "DISABLED"
    assert shown["deploymentController"] == {"type": "ECS"}
    assert shown["healthCheckGracePeriodSeconds"] == 7
    assert (shown["propagateTags"], shown["enableECSManagedTags"]) == ("SERVICE", True)
    assert shown["enableExecuteCommand"] is True
    assert shown["placementConstraints"] == [
        {"type": "distinctInstance"},
        {"type": "memberOf", "expression": "attribute:a == b"},
    ]
    assert shown["placementStrategy"] == [{"type": "binpack", "field": "memory"}]
    configuration = shown["deploymentConfiguration"]
    assert configuration["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert (configuration["minimumHealthyPercent"], configuration["maximumPercent"]) == (0, 100)


def test_a_strategy_is_shown_in_the_place_of_the_launch_type(ecs: Asked) -> None:
    strategy = (StrategyItem(capacity_provider="FARGATE_SPOT", weight=2, base=1),)
    told = service(launch_type=None, capacity_provider_strategy=strategy)
    made = revision(launch_type=None, capacity_provider_strategy=strategy)
    ecs.store.write(lambda tx: put(tx, told, made))
    (shown,) = described(ecs)
    for each in (shown, shown["deployments"][0]):
        assert "launchType" not in each
        assert each["capacityProviderStrategy"] == [
            {"capacityProvider": "FARGATE_SPOT", "weight": 2, "base": 1}
        ]


def test_every_rollout_is_a_deployment_with_its_own_counts(ecs: Asked) -> None:
    told = service(
        desired_count=3,
        rollouts=(
            rollout(2, desired_count=3, rollout_state="IN_PROGRESS", failed_tasks=1),
            rollout(1, desired_count=1, status="ACTIVE"),
        ),
    )
    ecs.store.write(lambda tx: put(tx, told, revision(1), revision(2, platform_version="1.3.0")))
    ecs.add_tasks(
        task_of(1, of=1),
        task_of(2, of=1, last_status="STOPPED", desired_status="STOPPED"),
        task_of(3, of=2, last_status="PROVISIONING"),
        task_of(4, of=2, last_status="ACTIVATING"),
        task_of(5, of=2),
        task_of(6, of=2, last_status="DEPROVISIONING", desired_status="STOPPED"),
        task_of(7, of=1, name="other"),
    )
    (shown,) = described(ecs)
    assert (shown["runningCount"], shown["pendingCount"]) == (2, 2)
    first, second = shown["deployments"]
    assert (first["status"], second["status"]) == ("PRIMARY", "ACTIVE")
    assert (first["runningCount"], first["pendingCount"], first["failedTasks"]) == (1, 2, 1)
    assert (second["runningCount"], second["pendingCount"], second["desiredCount"]) == (1, 0, 1)
    assert shown["taskDefinition"] == first["taskDefinition"] == f"{HOME}:task-definition/web:2"
    assert shown["platformVersion"] == first["platformVersion"] == "1.3.0"
    assert [each["arn"] for each in shown["currentServiceRevisions"]] == [
        revision_arn(2),
        revision_arn(1),
    ]


def test_a_deleted_service_is_described_without_deployments(ecs: Asked) -> None:
    over = service(status="INACTIVE", desired_count=0, rollouts=())
    ecs.store.write(lambda tx: put(tx, over, revision()))
    (shown,) = described(ecs)
    assert (shown["status"], shown["deployments"]) == ("INACTIVE", [])
    assert shown["taskDefinition"] == f"{HOME}:task-definition/web:1"
    assert shown["networkConfiguration"] == NETWORK
    assert shown["currentServiceRevisions"] == []


def test_one_that_was_deleted_before_it_was_ever_deployed_shows_what_it_should_have_been(
    ecs: Asked,
) -> None:
    over = service(status="INACTIVE", rollouts=(), completed_revision_arn=None)
    newer = revision(2, created_at=CREATED + 1)
    other = service("other", rollouts=(rollout(9, "other"),))
    newest = revision(9, "other", created_at=CREATED + 2)
    ecs.store.write(lambda tx: put(tx, over, revision(), newer, other, newest))
    shown, _ = described(ecs, "web", "other")
    assert shown["taskDefinition"] == f"{HOME}:task-definition/web:2"


def test_a_revision_that_is_gone_takes_nothing_from_its_service(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service()))
    (shown,) = described(ecs)
    assert shown["taskDefinition"] == f"{HOME}:task-definition/web:1"
    assert shown["deployments"][0]["launchType"] == "FARGATE"


def test_events_are_the_newest_hundred_newest_first(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service()))
    events = [ServiceEvent(id=f"e{n}", at=CREATED + n, message=f"told {n}") for n in range(101)]
    ecs.store.write(lambda tx: tell(tx, service().arn, events))
    (shown,) = described(ecs)
    assert len(shown["events"]) == 100
    assert shown["events"][0] == {"id": "e100", "createdAt": CREATED + 100, "message": "told 100"}
    assert shown["events"][-1]["message"] == "told 1"


def test_tags_are_shown_when_asked_for(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service(), service("other")))
    ecs.store.write(lambda tx: put_tags(tx, service().arn, (Tag(key="team", value="a"),)))
    assert "tags" not in described(ecs)[0]
    tagged, bare = described(ecs, "web", "other", include=["TAGS"])
    assert (tagged["tags"], bare["tags"]) == ([{"key": "team", "value": "a"}], [])


def test_services_are_answered_in_the_order_asked_each_once(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service("a"), service("b"), service("c")))
    short = f"{HOME}:service/b"
    shown = described(ecs, "c", f"{HOME}:service/default/a", short, "default/c")
    assert [each["serviceName"] for each in shown] == ["c", "a", "b"]


def test_what_is_unknown_is_a_failure_beside_what_is_known(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, service()))
    answer = ecs("DescribeServices", services=["none", "web"])
    assert [each["serviceName"] for each in answer["services"]] == ["web"]
    assert answer["failures"] == [
        {"arn": f"{HOME}:service/default/none", "reason": "MISSING"},
    ]


def test_ten_services_can_be_described_and_eleven_cannot(ecs: Asked) -> None:
    names = [f"s{number}" for number in range(11)]
    ecs.store.write(lambda tx: put(tx, *(service(name) for name in names)))
    assert len(described(ecs, *names[:10])) == 10
    with pytest.raises(errors.InvalidParameterException) as raised:
        ecs("DescribeServices", services=names)
    assert raised.value.message == "Services cannot have more than 10 elements."


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"services": []}, "Services cannot be empty."),
        ({"services": ["web"], "include": ["EVENTS"]}, "include should be one of [TAGS]"),
        (
            {"services": [f"{HOME}:service/elsewhere/web"]},
            "Invalid identifier: Identifier is for cluster elsewhere. Your cluster is default",
        ),
        (
            {"services": [f"{HOME}:task/default/web"]},
            "Invalid identifier: Identifier is not for a service",
        ),
        ({"services": ["arn:aws:ecs:us-east-1:1:service/default/web"]}, "AccountIDs mismatch"),
    ],
)
def test_what_cannot_be_described_is_refused_in_words(
    ecs: Asked, request_: dict[str, Any], message: str
) -> None:
    with pytest.raises(errors.InvalidParameterException) as raised:
        ecs("DescribeServices", **request_)
    assert raised.value.message == message


def test_services_of_an_unknown_cluster_are_not_looked_for(ecs: Asked) -> None:
    with pytest.raises(errors.ClusterNotFoundException):
        ecs("DescribeServices", cluster="none", services=["web"])


def test_times_are_whole_milliseconds(ecs: Asked) -> None:
    told = service(created_at=CREATED + 0.123456)
    late = replace(told.rollouts[0], updated_at=CREATED + 0.98765)
    ecs.store.write(lambda tx: put(tx, replace(told, rollouts=(late,)), revision()))
    (shown,) = described(ecs)
    assert shown["createdAt"] == CREATED + 0.123
    assert shown["deployments"][0]["updatedAt"] == CREATED + 0.988
