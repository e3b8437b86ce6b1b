"""Service deployments and revisions: listed, described, and what runs of them counted."""

from collections.abc import Callable
from typing import Any

import pytest

from ecs_asking import DEFAULT, HOME, Asked
from homeport.runtime import Call
from homeport.services.ecs import errors
from homeport.services.ecs.records.clusters import StrategyItem
from homeport.services.ecs.records.services import (
    Breaker,
    CircuitBreaker,
    ContainerImage,
    DeploymentConfiguration,
    Rollback,
)
from homeport.store import Store
from known_services import (
    CREATED,
    deployment,
    deployment_arn,
    put,
    revision,
    revision_arn,
    rollout,
    service,
    task_of,
)

STATUSES = (
    "PENDING",
    "SUCCESSFUL",
    "STOPPED",
    "STOP_REQUESTED",
    "IN_PROGRESS",
    "ROLLBACK_REQUESTED",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_SUCCESSFUL",
    "ROLLBACK_FAILED",
)


@pytest.fixture
def ecs(store: Store, call: Callable[..., Call]) -> Asked:
    return Asked(store, call)


def listed(ecs: Asked, **request: Any) -> list[int]:
    """The numbers of the deployments that are listed."""
    answer = ecs("ListServiceDeployments", service="web", **request)
    return [int(each["serviceDeploymentArn"][-4:]) for each in answer["serviceDeployments"]]


def test_a_deployment_is_listed_in_brief(ecs: Asked) -> None:
    ended = deployment(
        status="ROLLBACK_SUCCESSFUL",
        status_reason="why",
        started_at=CREATED + 1,
        finished_at=CREATED + 2,
    )
    ecs.store.write(lambda tx: put(tx, service(), ended))
    assert ecs("ListServiceDeployments", service="web") == {
        "serviceDeployments": [
            {
                "serviceDeploymentArn": deployment_arn(),
                "serviceArn": f"{HOME}:service/default/web",
                "clusterArn": DEFAULT,
                "createdAt": CREATED,
                "startedAt": CREATED + 1,
                "finishedAt": CREATED + 2,
                "targetServiceRevisionArn": revision_arn(),
                "status": "ROLLBACK_SUCCESSFUL",
                "statusReason": "why",
            }
        ]
    }


def test_deployments_are_listed_newest_first_in_pages(ecs: Asked) -> None:
    # Two began in the same moment: neither may be lost between two pages.
    known = [deployment(n, created_at=CREATED + (n // 2) / 3) for n in range(50)]
    ecs.store.write(lambda tx: put(tx, service(), service("other"), *known))
    ecs.store.write(lambda tx: put(tx, deployment(77, "other")))
    expected = sorted(range(50), key=lambda n: (-(n // 2), n))
    assert listed(ecs) == expected[:20]
    assert listed(ecs, maxResults=100) == expected
    seen: list[int] = []
    token: str | None = ""
    while token is not None:
        more = {"nextToken": token} if token else {}
        answer = ecs("ListServiceDeployments", service="web", maxResults=7, **more)
        seen += [int(each["serviceDeploymentArn"][-4:]) for each in answer["serviceDeployments"]]
        token = answer.get("nextToken")
    assert seen == expected


def test_deployments_are_listed_by_status_and_by_when_they_were_created(ecs: Asked) -> None:
    ecs.store.write(
        lambda tx: put(
            tx,
            service(),
            deployment(1, created_at=CREATED),
            deployment(2, created_at=CREATED + 10, status="STOPPED"),
            deployment(3, created_at=CREATED + 20, status="IN_PROGRESS"),
        )
    )
    assert listed(ecs, status=["STOPPED", "IN_PROGRESS"]) == [3, 2]
    assert listed(ecs, status=[]) == [3, 2, 1]
    assert listed(ecs, createdAt={"after": CREATED}) == [3, 2]
    assert listed(ecs, createdAt={"before": CREATED + 20}) == [2, 1]
    assert listed(ecs, createdAt={"after": CREATED, "before": CREATED + 20}) == [2]
    assert listed(ecs, createdAt={"after": CREATED}, status=["SUCCESSFUL"]) == []


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"maxResults": 101}, "maxResults must be between 1 and 100."),
        ({"nextToken": "bm8="}, "Invalid token."),
        ({"nextToken": "MTpub3RhdGltZSBh"}, "Invalid token."),
        (
            {"status": ["DONE"]},
            f"status should be one of [{','.join(STATUSES)}]",
        ),
    ],
)
def test_a_list_that_means_nothing_is_refused(
    ecs: Asked, request_: dict[str, Any], message: str
) -> None:
    ecs.store.write(lambda tx: put(tx, service()))
    with pytest.raises(errors.InvalidParameterException) as raised:
        ecs("ListServiceDeployments", service="web", **request_)
    assert raised.value.message == message


def test_an_unknown_service_has_no_deployments_to_list(ecs: Asked) -> None:
    with pytest.raises(errors.ServiceNotFoundException):
        ecs("ListServiceDeployments", service="none")
    with pytest.raises(errors.ClusterNotFoundException):
        ecs("ListServiceDeployments", service="web", cluster="none")


def test_a_deployment_under_way_shows_what_runs_of_both_its_revisions(ecs: Asked) -> None:
    told = service(
        desired_count=4,
        rollouts=(
            rollout(2, desired_count=1, rollout_state="IN_PROGRESS"),
            rollout(1, desired_count=3, status="ACTIVE"),
        ),
        deployment_arn=deployment_arn(2),
    )
    going = deployment(
        2,
        source_revision_arns=(revision_arn(1),),
        status="IN_PROGRESS",
        started_at=CREATED + 1,
        updated_at=CREATED + 2,
        breaker=Breaker(status="MONITORING", failure_count=1, threshold=3),
        deployment_configuration=DeploymentConfiguration(
            deployment_circuit_breaker=CircuitBreaker(enable=True, rollback=True)
        ),
    )
    ecs.store.write(lambda tx: put(tx, told, going))
    ecs.add_tasks(task_of(1, of=1), task_of(2, of=2), task_of(3, of=2, last_status="PENDING"))
    answer = ecs("DescribeServiceDeployments", serviceDeploymentArns=[deployment_arn(2)])
    assert answer == {
        "serviceDeployments": [
            {
                "serviceDeploymentArn": deployment_arn(2),
                "serviceArn": told.arn,
                "clusterArn": DEFAULT,
                "createdAt": CREATED,
                "startedAt": CREATED + 1,
                "updatedAt": CREATED + 2,
                "sourceServiceRevisions": [
                    {
                        "arn": revision_arn(1),
                        "requestedTaskCount": 3,
                        "runningTaskCount": 1,
                        "pendingTaskCount": 0,
                    }
                ],
                "targetServiceRevision": {
                    "arn": revision_arn(2),
                    "requestedTaskCount": 4,
                    "runningTaskCount": 1,
                    "pendingTaskCount": 1,
                },
                "status": "IN_PROGRESS",
                "deploymentConfiguration": {
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                    "maximumPercent": 200,
                    "minimumHealthyPercent": 100,
                    "strategy": "ROLLING",
                    "bakeTimeInMinutes": 0,
                },
                "deploymentCircuitBreaker": {
                    "status": "MONITORING",
                    "failureCount": 1,
                    "threshold": 3,
                },
                "alarms": {"status": "DISABLED"},
            }
        ],
        "failures": [],
    }


def test_a_deployment_that_was_rolled_back_says_why_and_runs_nothing_any_more(ecs: Asked) -> None:
    over = deployment(
        2,
        source_revision_arns=(revision_arn(1),),
        status="ROLLBACK_SUCCESSFUL",
        status_reason="Service deployment rolled back because the circuit breaker was triggered.",
        started_at=CREATED + 1,
        finished_at=CREATED + 9,
        stopped_at=CREATED + 4,
        rollback=Rollback(reason="why", started_at=CREATED + 5, revision_arn=revision_arn(1)),
    )
    ecs.store.write(lambda tx: put(tx, service(), over))
    ecs.add_tasks(task_of(1), task_of(2))
    answer = ecs("DescribeServiceDeployments", serviceDeploymentArns=[deployment_arn(2)])
    (shown,) = answer["serviceDeployments"]
    assert shown["rollback"] == {
        "reason": "why",
        "startedAt": CREATED + 5,
        "serviceRevisionArn": revision_arn(1),
    }
    assert (shown["finishedAt"], shown["stoppedAt"]) == (CREATED + 9, CREATED + 4)
    assert shown["statusReason"] == over.status_reason
    assert shown["targetServiceRevision"] == {
        "arn": revision_arn(2),
        "requestedTaskCount": 0,
        "runningTaskCount": 0,
        "pendingTaskCount": 0,
    }
    (source,) = shown["sourceServiceRevisions"]
    assert (source["requestedTaskCount"], source["runningTaskCount"]) == (2, 2)


def test_deployments_of_several_services_and_clusters_are_described_at_once(ecs: Asked) -> None:
    ecs("CreateCluster", clusterName="second")
    far = f"{HOME}:service-deployment/second/web/deployment0001"
    second = {"cluster_arn": f"{HOME}:cluster/second"}
    elsewhere = service(arn=f"{HOME}:service/second/web", cluster_name="second", **second)
    ecs.store.write(
        lambda tx: put(
            tx,
            service(),
            service("other"),
            elsewhere,
            deployment(),
            deployment(1, "other"),
            deployment(arn=far, service_arn=elsewhere.arn, **second),
        )
    )
    ecs.add_tasks(task_of(1), task_of(2, name="other"), task_of(3, name="other"))
    ecs.add_tasks(*(task_of(n, cluster="second") for n in (4, 5, 6)))
    arns = [far, deployment_arn(1, "other"), deployment_arn()]
    answer = ecs("DescribeServiceDeployments", serviceDeploymentArns=[*arns, far])
    shown = answer["serviceDeployments"]
    assert [each["serviceDeploymentArn"] for each in shown] == arns
    assert [each["targetServiceRevision"]["runningTaskCount"] for each in shown] == [3, 2, 1]


def test_the_deployment_of_a_service_that_is_forgotten_is_described_still(ecs: Asked) -> None:
    ecs.store.write(lambda tx: put(tx, deployment()))
    answer = ecs("DescribeServiceDeployments", serviceDeploymentArns=[deployment_arn()])
    (shown,) = answer["serviceDeployments"]
    assert shown["targetServiceRevision"]["requestedTaskCount"] == 0


def test_a_revision_is_what_the_service_was(ecs: Asked) -> None:
    images = (
        ContainerImage(container_name="main", image="nginx", image_digest="sha256:1"),
        ContainerImage(container_name="side", image="envoy"),
    )
    ecs.store.write(lambda tx: put(tx, revision(container_images=images)))
    answer = ecs("DescribeServiceRevisions", serviceRevisionArns=[revision_arn()])
    assert answer == {
        "serviceRevisions": [
            {
                "serviceRevisionArn": revision_arn(),
                "serviceArn": f"{HOME}:service/default/web",
                "clusterArn": DEFAULT,
                "taskDefinition": f"{HOME}:task-definition/web:1",
                "launchType": "FARGATE",
                "platformVersion": "1.4.0",
                "platformFamily": "Linux",
                "networkConfiguration": {
                    "awsvpcConfiguration": {
                        "subnets": ["subnet-1"],
                        "securityGroups": ["sg-1"],
                        "assignPublicIp": "DISABLED",
                    }
                },
                "containerImages": [
                    {"containerName": "main", "image": "nginx", "imageDigest": "sha256:1"},
                    {"containerName": "side", "image": "envoy"},
                ],
                "guardDutyEnabled": False,
                "createdAt": CREATED,
            }
        ],
        "failures": [],
    }


def test_a_revision_with_a_strategy_on_instances_shows_just_that(ecs: Asked) -> None:
    strategy = (StrategyItem(capacity_provider="FARGATE", weight=1),)
    bare = {"platform_version": None, "platform_family": None, "network_configuration": None}
    made = revision(launch_type=None, capacity_provider_strategy=strategy, **bare)
    ecs.store.write(lambda tx: put(tx, made))
    answer = ecs("DescribeServiceRevisions", serviceRevisionArns=[revision_arn()])
    (shown,) = answer["serviceRevisions"]
    assert shown["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 0}
    ]
    hidden = {"launchType", "platformVersion", "platformFamily", "networkConfiguration"}
    assert not hidden & set(shown)


DESCRIBED = [
    ("DescribeServiceDeployments", "serviceDeploymentArns", "service-deployment"),
    ("DescribeServiceRevisions", "serviceRevisionArns", "service-revision"),
]


@pytest.mark.parametrize(("operation", "member", "kind"), DESCRIBED)
def test_what_is_unknown_is_missing_and_what_cannot_be_is_refused(
    ecs: Asked, operation: str, member: str, kind: str
) -> None:
    arns = [f"{HOME}:{kind}/default/web/{number}" for number in range(21)]
    answer = ecs(operation, **{member: arns[:20]})
    assert answer["failures"] == [{"arn": arn, "reason": "MISSING"} for arn in arns[:20]]
    wrong = {
        "cannot be empty": [],
        "cannot have more than 20 elements": arns,
        "Unexpected number of separators": ["web"],
        "Identifier is not for a": [f"{HOME}:service/default/web"],
        "AccountIDs mismatch": [f"arn:aws:ecs:us-east-1:1:{kind}/default/web/1"],
        "region eu-west-1": [arns[0].replace("us-east-1", "eu-west-1")],
        "Invalid identifier: Unexpected": [f"{HOME}:{kind}/default/web"],
    }
    for message, given in wrong.items():
        with pytest.raises(errors.InvalidParameterException, match=message):
            ecs(operation, **{member: given})
