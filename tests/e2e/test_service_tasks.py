"""What the tasks of services are like: images, tags, zones, providers, and the events they cause.

Time passes twenty times as fast here.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from e2e_harness import Homeport, docker, inspect, wait_until
from e2e_services import (
    SLEEP,
    container_of,
    delete_services,
    sleeper,
    tasks_of,
    until_service,
    until_stable,
)


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("tasks") / "state"
    running = Homeport(where, options=("--time-scale", "20")).start()
    yield running
    running.down()


@pytest.fixture(scope="module")
def fleet(homeport: Homeport) -> list[dict[str, Any]]:
    """The tasks of a service on both Fargate providers and in three zones; it goes at once."""
    ecs = homeport.ecs
    ecs.put_cluster_capacity_providers(
        cluster="default",
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategy=[],
    )
    definition = homeport.register(
        "fleet",
        [{"name": "app", "command": SLEEP}],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    subnets = homeport.client("ec2").describe_subnets()["Subnets"]
    ecs.create_service(
        serviceName="fleet",
        taskDefinition=definition,
        desiredCount=6,
        capacityProviderStrategy=[
            {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
            {"capacityProvider": "FARGATE_SPOT", "weight": 3},
        ],
        networkConfiguration={
            "awsvpcConfiguration": {"subnets": [each["SubnetId"] for each in subnets]}
        },
        tags=[{"key": "team", "value": "blue"}],
        propagateTags="SERVICE",
        enableECSManagedTags=True,
    )
    until_stable(homeport, "fleet", 6)
    arns = ecs.list_tasks(serviceName="fleet")["taskArns"]
    tasks: list[dict[str, Any]] = ecs.describe_tasks(tasks=arns, include=["TAGS"])["tasks"]
    delete_services(homeport)
    return tasks


def test_a_capacity_provider_strategy_has_its_base_and_then_its_weights(
    fleet: list[dict[str, Any]],
) -> None:
    counts = Counter(each["capacityProviderName"] for each in fleet)
    assert counts == {"FARGATE": 3, "FARGATE_SPOT": 3}


def test_fargate_tasks_are_spread_over_the_zones_of_their_subnets(
    fleet: list[dict[str, Any]],
) -> None:
    assert sorted(Counter(each["availabilityZone"] for each in fleet).values()) == [2, 2, 2]


def test_tasks_have_the_tags_of_their_service_and_those_of_ecs(fleet: list[dict[str, Any]]) -> None:
    for task in fleet:
        assert {each["key"]: each["value"] for each in task["tags"]} == {
            "team": "blue",
            "aws:ecs:clusterName": "default",
            "aws:ecs:serviceName": "fleet",
        }


def test_tags_of_the_definition_are_propagated_too(homeport: Homeport) -> None:
    definition = homeport.register(
        "tagged", [{"name": "app", "command": SLEEP}], tags=[{"key": "team", "value": "red"}]
    )
    homeport.ecs.create_service(
        serviceName="tagged",
        taskDefinition=definition,
        desiredCount=1,
        tags=[{"key": "team", "value": "blue"}],
        propagateTags="TASK_DEFINITION",
    )
    until_stable(homeport, "tagged", 1)
    (arn,) = homeport.ecs.list_tasks(serviceName="tagged")["taskArns"]
    assert homeport.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [
        {"key": "team", "value": "red"}
    ]
    delete_services(homeport)


def build(version: str) -> str:
    """Id of a new image that takes the name `versioned:stable` over."""
    container = docker("create", "sample:latest")
    id_ = docker("commit", "--change", f"ENV VERSION={version}", container, "versioned:stable")
    docker("rm", container)
    return id_


def images_of(homeport: Homeport, service: str) -> list[str]:
    """Docker's image id of each task of a service."""
    return [inspect(container_of(each))["Image"] for each in tasks_of(homeport, service)]


def test_a_revision_keeps_its_image_although_the_tag_means_another_by_now(
    homeport: Homeport,
) -> None:
    first = build("1")
    definition = sleeper(homeport, "versioned", image="versioned:stable")
    homeport.ecs.create_service(serviceName="versioned", taskDefinition=definition, desiredCount=2)
    until_stable(homeport, "versioned", 2)
    second = build("2")
    assert second != first
    victim = tasks_of(homeport, "versioned")[0]
    docker("kill", container_of(victim))
    until_service(homeport, "versioned", lambda service: service["runningCount"] < 2)
    until_stable(homeport, "versioned", 2)
    assert victim["taskArn"] not in {each["taskArn"] for each in tasks_of(homeport, "versioned")}
    assert images_of(homeport, "versioned") == [first, first]

    homeport.ecs.update_service(service="versioned", forceNewDeployment=True)
    until_stable(homeport, "versioned", 2)
    assert images_of(homeport, "versioned") == [second, second]
    delete_services(homeport)


def test_the_life_of_a_service_can_be_read_as_events(homeport: Homeport) -> None:
    ecs = homeport.ecs
    arn = ecs.create_service(serviceName="told", taskDefinition=sleeper(homeport), desiredCount=1)[
        "service"
    ]["serviceArn"]
    first = until_stable(homeport, "told", 1)["deployments"][0]["id"]
    (task,) = ecs.list_tasks(serviceName="told")["taskArns"]
    ecs.update_service(service="told", desiredCount=2)
    until_stable(homeport, "told", 2)
    ecs.update_service(service="told", forceNewDeployment=True)
    second = until_stable(homeport, "told", 2)["deployments"][0]["id"]
    delete_services(homeport)
    events: list[dict[str, Any]] = []

    def all_told() -> bool:
        events[:] = map(json.loads, homeport.run("events").splitlines())
        return any(each["detail"].get("lastStatus") == "STOPPED" for each in told_of(events, task))

    wait_until(all_told, 10)
    assert [each["sequence"] for each in events] == sorted({each["sequence"] for each in events})
    assert [story_of(each) for each in told_of(events, arn)] == [
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", first),
        ("SERVICE_DEPLOYMENT_COMPLETED", first),
        ("SERVICE_STEADY_STATE", None),
        ("SERVICE_DESIRED_COUNT_UPDATED", None),
        ("SERVICE_STEADY_STATE", None),
        ("SERVICE_DEPLOYMENT_IN_PROGRESS", second),
        ("SERVICE_DEPLOYMENT_COMPLETED", second),
        ("SERVICE_STEADY_STATE", None),
    ]
    statuses = [each["detail"]["lastStatus"] for each in told_of(events, task)]
    assert list(dict.fromkeys(statuses)) == ["PENDING", "RUNNING", "STOPPED"]
    versions = [each["detail"]["version"] for each in told_of(events, task)]
    assert versions == sorted(set(versions))


def told_of(events: list[dict[str, Any]], arn: str) -> list[dict[str, Any]]:
    """The events of one service, or of one task."""
    return [each for each in events if each["resources"] == [arn]]


def story_of(event: dict[str, Any]) -> tuple[str, str | None]:
    """What happened, and of which deployment."""
    return event["detail"]["eventName"], event["detail"].get("deploymentId")
