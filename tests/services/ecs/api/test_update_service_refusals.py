"""What UpdateService refuses, in which words; nothing changes by a refusal."""

from typing import Any

import pytest
from msgspec.structs import replace

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.services.ecs.errors import (
    ClientException,
    ClusterNotFoundException,
    InvalidParameterException,
    PlatformUnknownException,
    ServiceNotActiveException,
    ServiceNotFoundException,
    UnsupportedFeatureException,
)
from homeport.store import Store
from ring.driver import Plane
from service_asking import (
    BOTH,
    HOME,
    ROLE,
    SPOT,
    change_service,
    create,
    create_on_fargate,
    on_fargate,
    refusal,
    register,
    update,
)
from task_definition_documents import container, document

FOREIGN = "arn:aws:ecs:us-east-1:111111111111"
UPDATED = "The service couldn't be updated because "
FORCE = (
    "When switching from launch type to capacity provider strategy on an existing service, or "
    "making a change to a capacity provider strategy on a service that is already using one, you "
    "must force a new deployment."
)
NO_COUNT = (
    "The daemon scheduling strategy does not support a desired count for services. Remove the "
    "desired count value and try again"
)

Invalid = InvalidParameterException
Unsupported = UnsupportedFeatureException


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    plane = Plane(store, clock=clock, ids=ids, peers=peers)
    register(plane)
    return plane


def refused(plane: Plane, error: type[AwsError], **changes: Any) -> str:
    return refusal(plane, "UpdateService", error, **({"service": "web"} | changes))


# --- which service ------------------------------------------------------------------------------


def test_a_service_that_never_was_is_not_found(plane: Plane) -> None:
    assert refused(plane, ServiceNotFoundException, desiredCount=1) == "Service not found."
    create(plane)
    plane.ask("CreateCluster", clusterName="two")
    assert refused(plane, ServiceNotFoundException, cluster="two") == "Service not found."


@pytest.mark.parametrize("status", ["DRAINING", "INACTIVE"])
def test_a_service_that_goes_or_is_gone_is_not_active(plane: Plane, status: str) -> None:
    create(plane)
    plane.ask("DeleteService", service="web", force=True)
    if status == "INACTIVE":
        change_service(plane, lambda each: replace(each, status=status, rollouts=()))
    for changes in ({"desiredCount": 1}, {"desiredCount": -1}, {"forceNewDeployment": True}):
        text = refused(plane, ServiceNotActiveException, **changes)
        assert text == "Service was not ACTIVE."


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"cluster": "other"}, ClusterNotFoundException, "Cluster not found."),
        ({"service": f"{FOREIGN}:service/default/web"}, Invalid, "AccountIDs mismatch"),
        (
            {"service": f"{HOME}:service/other/web"},
            Invalid,
            "Invalid identifier: Identifier is for cluster other. Your cluster is default",
        ),
        (
            {"service": f"{HOME}:task/default/web"},
            Invalid,
            "Invalid identifier: Identifier is not for a service",
        ),
        ({"service": ""}, Invalid, "Invalid identifier: Unexpected number of separators"),
        ({"service": "a/b/c"}, Invalid, "Invalid identifier: Unexpected number of separators"),
        ({"service": "arn:"}, Invalid, "Invalid identifier: Unexpected number of separators"),
        ({"service": "a\0"}, Invalid, "Invalid identifier: 'a\\x00' is not an id"),
    ],
)
def test_a_reference_must_be_one(
    plane: Plane, changes: dict[str, Any], error: type[AwsError], text: str
) -> None:
    create(plane)
    assert refused(plane, error, **changes) == text


# --- what is asked for --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"desiredCount": -1}, Invalid, "Task count can not be lesser than 0"),
        ({"desiredCount": 5001}, Invalid, "Desired count exceeds limit."),
        ({"taskDefinition": "other"}, ClientException, "TaskDefinition not found."),
        ({"taskDefinition": "old:1"}, ClientException, "TaskDefinition is inactive"),
        (
            {"taskDefinition": "fargate"},
            Invalid,
            "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
        ),
        (
            {"platformVersion": "1.4.0"},
            Invalid,
            "The platform version must be null when specifying an EC2 launch type.",
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
            {"deploymentConfiguration": {"maximumPercent": 99}},
            Invalid,
            "maximumPercent must be at least 100",
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 101}},
            Invalid,
            "minimumHealthyPercent must be at most 100",
        ),
        (
            {"deploymentConfiguration": {"maximumPercent": 100}},
            Invalid,
            (
                "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block "
                "deployments"
            ),
        ),
        (
            {"deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 0}},
            Invalid,
            (
                f"{UPDATED}Availability Zone Rebalancing does not support maximumPercent <= 100 % "
                "as deployment configuration."
            ),
        ),
        (
            {"placementStrategy": [{"type": "binpack", "field": "memory"}]},
            Invalid,
            (
                f"{UPDATED}Availability Zone Rebalancing only supports availability zone spread as "
                "task placement strategy."
            ),
        ),
        (
            {"deploymentConfiguration": {"strategy": "CANARY", "linearConfiguration": {}}},
            Invalid,
            "linearConfiguration is only valid for the LINEAR deployment strategy",
        ),
        (
            {"deploymentController": {"type": "EXTERNAL"}},
            Unsupported,
            (
                "Homeport does not change the deployment controller of a service: it is ECS. "
                "Create another service."
            ),
        ),
        (
            {"availabilityZoneRebalancing": "ON"},
            Invalid,
            "availabilityZoneRebalancing should be one of [ENABLED,DISABLED]",
        ),
        (
            {"placementConstraints": [{"type": "memberOf"}]},
            Invalid,
            "memberOf expression should be specified",
        ),
        (
            {"enableExecuteCommand": True},
            Invalid,
            (
                f"{UPDATED}a valid taskRoleArn is not being used. Specify a valid task role in "
                "your task definition and try again."
            ),
        ),
        (
            {"enableExecuteCommand": True, "taskDefinition": "role"},
            Unsupported,
            "ECS Exec is not supported yet. Leave enableExecuteCommand out or set it to false.",
        ),
        (
            {"serviceConnectConfiguration": {"enabled": True}},
            Invalid,
            "Namespace is missing",
        ),
        (
            {"loadBalancers": [{"containerName": "x", "containerPort": 1}]},
            Invalid,
            "The container x does not exist in the task definition",
        ),
        (
            {"serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:::service/s"}]},
            Unsupported,
            (
                "Homeport does not serve AWS Cloud Map yet, so services can't be registered there "
                "(serviceRegistries). Create the service without."
            ),
        ),
        (
            {"volumeConfigurations": [{"name": "v"}]},
            Invalid,
            (
                "The volume name 'v' in your request does not have a matching volume in your Task "
                "Definition"
            ),
        ),
        (
            {"vpcLatticeConfigurations": [{"portName": "p"}]},
            Unsupported,
            "Homeport does not connect services to VPC Lattice (vpcLatticeConfigurations).",
        ),
        ({"capacityProviderStrategy": SPOT}, Invalid, FORCE),
        (
            {"capacityProviderStrategy": SPOT, "forceNewDeployment": True},
            Invalid,
            "Task definition does not support launch_type FARGATE.",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "mine", "weight": 1}]},
            Invalid,
            (
                "The specified capacity provider strategy cannot contain a capacity provider that "
                "is not associated with the cluster. Associate the capacity provider with the "
                "cluster and try again."
            ),
        ),
    ],
)
def test_the_request_is_refused_in_the_words_of_ecs(
    plane: Plane, changes: dict[str, Any], error: type[AwsError], text: str
) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(), family="old"))
    plane.ask("DeregisterTaskDefinition", taskDefinition="old:1")
    plane.ask("RegisterTaskDefinition", **document(container(), family="role", taskRoleArn=ROLE))
    create(plane)
    assert refused(plane, error, **({"desiredCount": 9} | changes)) == text


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"desiredCount": 0}, Invalid, NO_COUNT),
        (
            {"placementStrategy": [{"type": "random"}]},
            Invalid,
            "The daemon scheduling strategy does not support placement strategies",
        ),
        (
            {"deploymentConfiguration": {"maximumPercent": 200}},
            Invalid,
            "The daemon scheduling strategy does not support values above 100 for maximumPercent",
        ),
        (
            {"availabilityZoneRebalancing": "ENABLED"},
            Invalid,
            f"{UPDATED}Availability Zone Rebalancing does not support DAEMON services.",
        ),
        (
            {"capacityProviderStrategy": SPOT, "forceNewDeployment": True},
            Invalid,
            (
                "Specifying a capacity provider strategy is not supported when you create a "
                "service using the DAEMON scheduling strategy."
            ),
        ),
    ],
)
def test_a_daemon_service_is_refused_what_it_cannot_have(
    plane: Plane, changes: dict[str, Any], error: type[AwsError], text: str
) -> None:
    create(plane, schedulingStrategy="DAEMON", desiredCount=None)
    assert refused(plane, error, **changes) == text


def test_a_fargate_service_is_refused_what_it_cannot_have(plane: Plane) -> None:
    create_on_fargate(plane)
    constraint = {"placementConstraints": [{"type": "distinctInstance"}]}
    assert refused(plane, Invalid, **constraint) == (
        "Placement constraints are not supported with FARGATE launch type."
    )
    assert refused(plane, Invalid, placementStrategy=[{"type": "random"}]) == (
        "Placement strategies are not supported with FARGATE launch type."
    )
    assert refused(plane, Invalid, taskDefinition="web") == (
        "Task definition does not support launch_type FARGATE."
    )
    nowhere = {"awsvpcConfiguration": {"subnets": ["subnet-0"]}}
    assert "InvalidSubnetID.NotFound" in refused(plane, Invalid, networkConfiguration=nowhere)
    assert refused(plane, PlatformUnknownException, platformVersion="0")


def test_any_change_of_a_strategy_has_to_be_forced(plane: Plane) -> None:
    create_on_fargate(plane, launchType=None, capacityProviderStrategy=SPOT)
    both = [{"capacityProvider": name, "weight": 1} for name in BOTH]
    for strategy in ([], both, [SPOT[0] | {"weight": 2}]):
        assert refused(plane, Invalid, capacityProviderStrategy=strategy) == FORCE


def test_a_network_stays_and_must_go_with_the_definition(plane: Plane) -> None:
    plane.ask("RegisterTaskDefinition", **document(container(), family="eni", networkMode="awsvpc"))
    network = on_fargate(plane)["networkConfiguration"]
    create(plane, taskDefinition="eni", networkConfiguration=network)
    assert refused(plane, Invalid, taskDefinition="web") == (
        "Network Configuration is not valid for the given networkMode of this task definition."
    )


def test_placement_is_not_for_the_fargate_that_a_service_becomes(plane: Plane) -> None:
    both = document(
        container(),
        family="both",
        requiresCompatibilities=["EC2", "FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
    )
    plane.ask("RegisterTaskDefinition", **both)
    network = on_fargate(plane)["networkConfiguration"]
    distinct = [{"type": "distinctInstance"}]
    create(
        plane,
        taskDefinition="both",
        networkConfiguration=network,
        placementConstraints=distinct,
    )
    becoming = {"capacityProviderStrategy": SPOT, "forceNewDeployment": True}
    assert refused(plane, Invalid, **becoming) == (
        "Placement constraints are not supported with FARGATE launch type."
    )
    assert update(plane, placementConstraints=[], **becoming)["platformVersion"] == "LATEST"
