"""What CreateService refuses, in which words; nothing is left behind by a refusal."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.services.ecs.errors import (
    ClientException,
    ClusterNotFoundException,
    InvalidParameterException,
    UnsupportedFeatureException,
)
from homeport.store import Store
from ring.driver import Plane
from service_asking import (
    HOME,
    asked,
    create,
    refusal,
    register,
)
from task_definition_documents import container, document

FOREIGN = "arn:aws:ecs:us-east-1:111111111111"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0"
DAEMON = {"schedulingStrategy": "DAEMON", "desiredCount": None}
CREATED = "The service couldn't be created because "

Invalid = InvalidParameterException
Unsupported = UnsupportedFeatureException


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


def refused(plane: Plane, error: type[AwsError], changes: dict[str, Any]) -> str:
    return refusal(plane, "CreateService", error, **asked(changes))


def deployments(**members: Any) -> dict[str, Any]:
    return {"deploymentConfiguration": members}


NAMES_AND_COUNTS = [
    ({"cluster": "other"}, ClusterNotFoundException, "Cluster not found."),
    ({"cluster": f"{FOREIGN}:cluster/default"}, Invalid, "AccountIDs mismatch"),
    ({"taskDefinition": None}, Invalid, "TaskDefinition can not be blank."),
    ({"taskDefinition": ""}, Invalid, "TaskDefinition can not be blank."),
    ({"taskDefinition": "other"}, ClientException, "TaskDefinition not found."),
    ({"taskDefinition": "web:2"}, ClientException, "TaskDefinition not found."),
    ({"taskDefinition": "web:x"}, ClientException, "TaskDefinition not found."),
    ({"taskDefinition": f"{FOREIGN}:task-definition/web:1"}, Invalid, "AccountIDs mismatch"),
    ({"desiredCount": None}, Invalid, "DesiredCount is missing"),
    ({"desiredCount": -1}, Invalid, "DesiredCount can not be lesser than 0"),
    ({"desiredCount": 5001}, Invalid, "Desired count exceeds limit."),
    (
        DAEMON | {"desiredCount": 0},
        Invalid,
        (
            "The daemon scheduling strategy does not support a desired count for services. Remove "
            "the desired count value and try again"
        ),
    ),
    (
        {"schedulingStrategy": "ANY"},
        Invalid,
        "Scheduling strategy should be one of [REPLICA,DAEMON]",
    ),
    ({"clientToken": "x" * 37}, Invalid, "idempotency token longer than 36."),
    (
        {"clientToken": "a b"},
        Invalid,
        "idempotency token must contain only ASCII characters in the range of 33-126.",
    ),
    (
        {"propagateTags": "ALL"},
        Invalid,
        "propagateTags should be one of [TASK_DEFINITION,SERVICE,NONE]",
    ),
    (
        {"healthCheckGracePeriodSeconds": -1},
        Invalid,
        "healthCheckGracePeriodSeconds must be at least 0",
    ),
    (
        {"healthCheckGracePeriodSeconds": 2**31},
        Invalid,
        "healthCheckGracePeriodSeconds must be at most 2147483647",
    ),
    (
        {"tags": [{"key": "aws:x", "value": ""}]},
        Invalid,
        (
            "Invalid parameter at 'tags': aws: prefixed tag key names are not allowed for external "
            "use."
        ),
    ),
    (
        {"tags": [{"key": str(number), "value": ""} for number in range(51)]},
        Invalid,
        "The number of tags exceeds the limit of 50.",
    ),
]

DEPLOYMENTS = [
    (
        deployments(minimumHealthyPercent=101),
        Invalid,
        "minimumHealthyPercent must be at most 100",
    ),
    (deployments(minimumHealthyPercent=-1), Invalid, "minimumHealthyPercent must be at least 0"),
    (deployments(maximumPercent=99), Invalid, "maximumPercent must be at least 100"),
    (
        deployments(maximumPercent=100),
        Invalid,
        (
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments"
        ),
    ),
    (
        DAEMON | deployments(maximumPercent=101),
        Invalid,
        "The daemon scheduling strategy does not support values above 100 for maximumPercent",
    ),
    (
        DAEMON | deployments(minimumHealthyPercent=100),
        Invalid,
        (
            "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
            "deployments"
        ),
    ),
    (
        deployments(strategy="ANY"),
        Invalid,
        "deployment strategy should be one of [ROLLING,BLUE_GREEN,LINEAR,CANARY]",
    ),
    (
        deployments(lifecycleHooks=[{"targetType": "PAUSE", "lifecycleStages": ["PRE_SCALE_UP"]}]),
        Unsupported,
        (
            "Homeport does not run lifecycle hooks of ROLLING deployments. Use the BLUE_GREEN, "
            "LINEAR or CANARY strategy, or leave lifecycleHooks out."
        ),
    ),
    (
        deployments(strategy="BLUE_GREEN"),
        Invalid,
        "bakeTimeInMinutes is required when using the BLUE_GREEN deployment strategy",
    ),
    (
        {"deploymentController": {"type": "ANY"}},
        Invalid,
        "deployment controller type should be one of [ECS,CODE_DEPLOY,EXTERNAL]",
    ),
    (
        {"deploymentController": {"type": "CODE_DEPLOY"}},
        Invalid,
        (
            "To use the CODE_DEPLOY deployment controller, the service requires an Application "
            "Load Balancer or Network Load Balancer"
        ),
    ),
    (
        {"deploymentController": {"type": "CODE_DEPLOY"}, "loadBalancers": [{}]},
        Invalid,
        "The container  does not exist in the task definition",
    ),
    ({"deploymentController": {"type": "EXTERNAL"}}, Invalid, "TaskDefinition must be blank"),
    (
        {
            "deploymentController": {"type": "EXTERNAL"},
            "taskDefinition": None,
            "loadBalancers": [{}],
        },
        Invalid,
        "LoadBalancers must be empty or null",
    ),
]


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a/b", "x" * 256, "é", "a\n", "\ud800", "a\0"])
def test_a_name_has_letters_numbers_hyphens_and_underscores(plane: Plane, name: str) -> None:
    text = refused(plane, InvalidParameterException, {"serviceName": name})
    assert "Service name must match" in text or "Invalid request" in text


def test_a_name_may_have_255_characters(plane: Plane) -> None:
    name = "x_-" * 85
    assert create(plane, serviceName=name)["serviceName"] == name


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [*NAMES_AND_COUNTS, *DEPLOYMENTS],
)
def test_the_request_is_refused_in_the_words_of_ecs(
    plane: Plane, changes: dict[str, Any], error: type[AwsError], text: str
) -> None:
    assert refused(plane, error, changes) == text


def test_an_inactive_definition_is_not_for_new_services(plane: Plane) -> None:
    plane.ask("DeregisterTaskDefinition", taskDefinition="web:1")
    assert refused(plane, ClientException, {}) == "TaskDefinition not found."
    named = {"taskDefinition": "web:1"}
    assert refused(plane, ClientException, named) == "TaskDefinition is inactive"


def test_an_inactive_cluster_has_no_services(plane: Plane) -> None:
    plane.ask("CreateCluster", clusterName="two")
    plane.ask("DeleteCluster", cluster="two")
    text = refused(plane, ClusterNotFoundException, {"cluster": "two"})
    assert text == "The referenced cluster was inactive."


def test_a_definition_that_cannot_run_here_makes_no_service(plane: Plane) -> None:
    windows = document(
        container(),
        family="win",
        runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"},
    )
    plane.ask("RegisterTaskDefinition", **windows)
    assert "Windows" in refused(plane, Unsupported, {"taskDefinition": "win"})


def test_the_quota_is_5000_tasks(plane: Plane) -> None:
    assert create(plane, desiredCount=5000)["desiredCount"] == 5000


def test_text_that_is_not_unicode_is_refused(plane: Plane) -> None:
    constraint = [{"type": "memberOf", "expression": "attribute:stack == \ud800"}]
    assert refused(plane, Invalid, {"placementConstraints": constraint})
    assert refused(plane, Invalid, {"cluster": "\ud800"})


def test_the_arn_of_a_region_is_not_for_another(plane: Plane) -> None:
    elsewhere = HOME.replace("us-east-1", "eu-west-1")
    assert refused(plane, ClientException, {"taskDefinition": f"{elsewhere}:task-definition/web:1"})
    assert refused(plane, ClusterNotFoundException, {"cluster": f"{elsewhere}:cluster/default"})
