"""Where CreateService does not place a service: capacity, constraints, networks, in ECS's words."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.services.ecs.errors import (
    InvalidParameterException,
    PlatformUnknownException,
    UnsupportedFeatureException,
)
from homeport.store import Store
from ring.driver import Plane
from service_asking import (
    BOTH,
    ROLE,
    SPOT,
    asked,
    create,
    on_fargate,
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


PLACEMENT = [
    (
        {"availabilityZoneRebalancing": "ON"},
        Invalid,
        "availabilityZoneRebalancing should be one of [ENABLED,DISABLED]",
    ),
    (
        DAEMON | {"availabilityZoneRebalancing": "ENABLED"},
        Invalid,
        f"{CREATED}Availability Zone Rebalancing does not support DAEMON services.",
    ),
    (
        deployments(maximumPercent=100, minimumHealthyPercent=0)
        | {"availabilityZoneRebalancing": "ENABLED"},
        Invalid,
        (
            f"{CREATED}Availability Zone Rebalancing does not support maximumPercent <= 100 % as "
            "deployment configuration."
        ),
    ),
    (
        {
            "placementStrategy": [{"type": "binpack", "field": "cpu"}],
            "availabilityZoneRebalancing": "ENABLED",
        },
        Invalid,
        (
            f"{CREATED}Availability Zone Rebalancing only supports availability zone spread as "
            "task placement strategy."
        ),
    ),
    (
        {
            "placementConstraints": [
                {"type": "memberOf", "expression": "attribute:ecs.availability-zone == a"}
            ],
            "availabilityZoneRebalancing": "ENABLED",
        },
        Invalid,
        (
            f"{CREATED}Availability Zone Rebalancing does not support "
            "attribute:ecs.availability-zone as task placement constraint."
        ),
    ),
    (
        DAEMON | {"placementStrategy": [{"type": "random"}]},
        Invalid,
        "The daemon scheduling strategy does not support placement strategies",
    ),
    (
        {"placementConstraints": [{"type": "distinctInstance", "expression": "a"}]},
        Invalid,
        "distinctInstance expression should not be specified",
    ),
    (
        {"placementStrategy": [{"type": "random", "field": "a"}]},
        Invalid,
        "random field should not be specified",
    ),
    (
        {"placementStrategy": [{"type": "binpack", "field": "a"}]},
        Invalid,
        "binpack field 'a' is invalid",
    ),
    (
        {"placementStrategy": [{"type": "random"}] * 6},
        Invalid,
        "Maximum number of strategies is 5",
    ),
    (
        {"placementConstraints": [{"type": "distinctInstance"}] * 11},
        Invalid,
        "Maximum number of constraints is 10",
    ),
]

CAPACITY = [
    (
        {"launchType": "EC2", "capacityProviderStrategy": SPOT},
        Invalid,
        (
            "Specifying both a launch type and capacity provider strategy is not supported. Remove "
            "one and try again."
        ),
    ),
    ({"launchType": "ANY"}, Invalid, "launch type should be one of [EC2,FARGATE,EXTERNAL]"),
    (
        {"launchType": "MANAGED_INSTANCES"},
        Invalid,
        "launch type should be one of [EC2,FARGATE,EXTERNAL]",
    ),
    (
        {"launchType": "EXTERNAL"},
        Unsupported,
        "The EXTERNAL launch type is not supported yet. Use the EC2 launch type.",
    ),
    (
        DAEMON | {"launchType": "FARGATE"},
        Invalid,
        (
            "The daemon scheduling strategy does not support the FARGATE launch type. Change the "
            "launch type and try again"
        ),
    ),
    (
        DAEMON | {"capacityProviderStrategy": SPOT},
        Invalid,
        (
            "Specifying a capacity provider strategy is not supported when you create a service "
            "using the DAEMON scheduling strategy."
        ),
    ),
    (
        {"launchType": "FARGATE"},
        Invalid,
        "Task definition does not support launch_type FARGATE.",
    ),
    (
        {"taskDefinition": "fargate", "launchType": "EC2", "desiredCount": 0, "role": None},
        Invalid,
        "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
    ),
    (
        {"platformVersion": "LATEST"},
        Invalid,
        "The platform version must be null when specifying an EC2 launch type.",
    ),
    (
        {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 0, "base": 1}]},
        Invalid,
        (
            "There are no capacity providers in the capacity provider strategy with a weight value "
            "greater than zero"
        ),
    ),
    (
        {
            "capacityProviderStrategy": [
                {"capacityProvider": name, "weight": 1, "base": 1} for name in BOTH
            ]
        },
        Invalid,
        (
            "There are multiple capacity providers in the specified capacity provider strategy "
            "with a base value defined"
        ),
    ),
    (
        {"capacityProviderStrategy": SPOT * 2},
        Invalid,
        "The specified capacity provider strategy contains duplicate capacity providers.",
    ),
    (
        {"capacityProviderStrategy": [{"capacityProvider": "mine", "weight": 1}]},
        Invalid,
        (
            "The specified capacity provider strategy cannot contain a capacity provider that is "
            "not associated with the cluster. Associate the capacity provider with the cluster and "
            "try again."
        ),
    ),
]


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [*PLACEMENT, *CAPACITY],
)
def test_the_place_that_is_asked_for_is_refused_in_the_words_of_ecs(
    plane: Plane, changes: dict[str, Any], error: type[AwsError], text: str
) -> None:
    assert refused(plane, error, changes) == text


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        (
            {"networkConfiguration": None},
            Invalid,
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}},
            Invalid,
            "subnets can not be empty.",
        ),
        (
            {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-0"]}}},
            Invalid,
            (
                "Error retrieving subnet information for [subnet-0]: The subnet ID 'subnet-0' does "
                "not exist (ErrorCode: InvalidSubnetID.NotFound)"
            ),
        ),
        ({"platformVersion": "9.9.9"}, PlatformUnknownException, None),
        (
            {"placementConstraints": [{"type": "distinctInstance"}]},
            Invalid,
            "Placement constraints are not supported with FARGATE launch type.",
        ),
        (
            {"placementStrategy": [{"type": "random"}]},
            Invalid,
            "Placement strategies are not supported with FARGATE launch type.",
        ),
        (
            {"loadBalancers": [{"loadBalancerName": "classic", "containerName": "web"}]},
            Invalid,
            "Classic Load Balancers are not supported with Fargate",
        ),
        (
            {"role": ROLE},
            Invalid,
            "You cannot specify an IAM role for services that require a service linked role",
        ),
        (
            {"taskDefinition": "web"},
            Invalid,
            "Task definition does not support launch_type FARGATE.",
        ),
    ],
)
def test_a_fargate_service_is_refused_in_the_words_of_ecs(
    plane: Plane, changes: dict[str, Any], error: type[AwsError], text: str | None
) -> None:
    said = refused(plane, error, on_fargate(plane) | changes)
    assert text is None or said == text


def test_a_security_group_must_be_there(plane: Plane) -> None:
    network = on_fargate(plane)["networkConfiguration"]["awsvpcConfiguration"]
    wanted = {"awsvpcConfiguration": network | {"securityGroups": ["sg-0"]}}
    text = refused(plane, Invalid, on_fargate(plane) | {"networkConfiguration": wanted})
    assert "The security group 'sg-0' does not exist" in text


def test_a_public_address_is_for_fargate(plane: Plane) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(), family="eni", networkMode="awsvpc"))
    network = on_fargate(plane)["networkConfiguration"]["awsvpcConfiguration"]
    wanted = {"awsvpcConfiguration": network | {"assignPublicIp": "ENABLED"}}
    text = refused(plane, Invalid, {"taskDefinition": "eni", "networkConfiguration": wanted})
    assert text == "Assign public IP is not supported for this launch type."


def test_a_network_configuration_is_for_awsvpc(plane: Plane) -> None:
    wanted = {"networkConfiguration": on_fargate(plane)["networkConfiguration"]}
    assert refused(plane, Invalid, wanted) == (
        "Network Configuration is not valid for the given networkMode of this task definition."
    )


def test_an_expression_must_be_one(plane: Plane) -> None:
    constraint = [{"type": "memberOf", "expression": "(("}]
    text = refused(plane, Invalid, {"placementConstraints": constraint})
    assert text.startswith("Invalid expression '(('")


def test_constraints_of_definition_and_service_are_ten_together(plane: Plane) -> None:
    own = [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}] * 6
    document_ = document(container(), family="constrained", placementConstraints=own)
    plane.ask("RegisterTaskDefinition", **document_)
    five = {"placementConstraints": own[:5], "taskDefinition": "constrained"}
    assert refused(plane, Invalid, five) == "Maximum number of constraints is 10"
    four = {"placementConstraints": own[:4], "taskDefinition": "constrained"}
    assert len(create(plane, **four)["placementConstraints"]) == 4


def test_a_default_strategy_that_places_nothing_is_refused_when_it_is_used(plane: Plane) -> None:
    plane.ask(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=BOTH,
        defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "base": 1}],
    )
    text = refused(plane, Invalid, on_fargate(plane) | {"launchType": None})
    assert text.startswith(
        "There are no capacity providers with a weight value greater than zero defined in the "
        "default capacity provider strategy."
    )
    assert refused(plane, Invalid, DAEMON).startswith("Specifying a capacity provider strategy")
