"""What a service would use beside its tasks: checked in ECS's words, and refused if not built."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.services.ecs.errors import (
    InvalidParameterException,
    UnsupportedFeatureException,
)
from homeport.store import Store
from ring.driver import Plane
from service_asking import (
    ROLE,
    asked,
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


LOAD_BALANCER = {"targetGroupArn": GROUP, "containerName": "web", "containerPort": 80}
CONNECT = {"enabled": True, "namespace": "n"}

ATTACHMENTS = [
    (
        {"loadBalancers": [LOAD_BALANCER | {"loadBalancerName": "classic"}]},
        Invalid,
        "loadBalancerName and targetGroupArn cannot both be specified",
    ),
    (
        {"loadBalancers": [LOAD_BALANCER | {"containerName": "other"}]},
        Invalid,
        "The container other does not exist in the task definition",
    ),
    (
        {"loadBalancers": [LOAD_BALANCER | {"containerPort": 81}]},
        Invalid,
        "The container web did not have a container port 81 defined",
    ),
    ({"loadBalancers": [LOAD_BALANCER] * 6}, Invalid, "load balancers can have at most 5 items"),
    (
        {"loadBalancers": [LOAD_BALANCER]},
        Invalid,
        f"The target group with targetGroupArn {GROUP} does not exist.",
    ),
    (
        {"loadBalancers": [LOAD_BALANCER | {"advancedConfiguration": {}}]},
        Invalid,
        "alternateTargetGroupArn is required in advancedConfiguration",
    ),
    (
        {"serviceRegistries": [{}, {}]},
        Invalid,
        "service registries can have at most 1 items",
    ),
    (
        {"serviceRegistries": [{"registryArn": "arn:aws:servicediscovery:::service/s"}]},
        Unsupported,
        (
            "Homeport does not serve AWS Cloud Map yet, so services can't be registered there "
            "(serviceRegistries). Create the service without."
        ),
    ),
    ({"serviceConnectConfiguration": {"enabled": True}}, Invalid, "Namespace is missing"),
    (
        {"serviceConnectConfiguration": CONNECT | {"services": [{"portName": "other"}]}},
        Invalid,
        "portName(other) does not refer to any named PortMapping in the container definitions",
    ),
    (
        {
            "serviceConnectConfiguration": CONNECT
            | {"services": [{"portName": "http", "clientAliases": [{"port": 1}, {"port": 2}]}]}
        },
        Invalid,
        "2 clientAliases exceeds the max limit of 1",
    ),
    *(
        (
            {
                "serviceConnectConfiguration": CONNECT
                | {
                    "services": [
                        {"portName": "http", "clientAliases": [{"port": 1, "dnsName": name}]}
                    ]
                }
            },
            Invalid,
            "The DNS name that you provided is invalid",
        )
        for name in ("", "-a", "A", "a..b", "a b", "x" * 128)
    ),
    *(
        (
            {
                "serviceConnectConfiguration": CONNECT
                | {
                    "services": [
                        {"portName": "http", "clientAliases": [{"port": 1, "dnsName": name}]}
                    ]
                }
            },
            Unsupported,
            (
                "Homeport does not run Service Connect yet (serviceConnectConfiguration). Create "
                "the service without, or with enabled set to false."
            ),
        )
        for name in ("a", "web_1.local", "x" * 127)
    ),
    (
        {"volumeConfigurations": [{"name": "data"}]},
        Invalid,
        (
            "The volume name 'data' in your request does not have a matching volume in your Task "
            "Definition"
        ),
    ),
    (
        {"volumeConfigurations": [{"name": "there"}]},
        Unsupported,
        "Volumes that are configured at launch (volumeConfigurations) are not supported yet.",
    ),
    (
        {
            "vpcLatticeConfigurations": [
                {"roleArn": ROLE, "targetGroupArn": GROUP, "portName": "http"}
            ]
        },
        Unsupported,
        "Homeport does not connect services to VPC Lattice (vpcLatticeConfigurations).",
    ),
    (
        {"enableExecuteCommand": True},
        Invalid,
        (
            f"{CREATED}a valid taskRoleArn is not being used. Specify a valid task role in your "
            "task definition and try again."
        ),
    ),
    (
        {"enableExecuteCommand": True, "taskDefinition": "role"},
        Unsupported,
        "ECS Exec is not supported yet. Leave enableExecuteCommand out or set it to false.",
    ),
    (
        {"role": ROLE},
        Invalid,
        "IAM roles are only valid for services configured to use load balancers",
    ),
    (
        {"role": ROLE, "serviceRegistries": [{}]},
        Invalid,
        "You cannot specify an IAM role for services that require a service linked role",
    ),
]


@pytest.mark.parametrize(("changes", "error", "text"), ATTACHMENTS)
def test_what_is_not_built_is_checked_and_then_refused(
    plane: Plane, changes: dict[str, Any], error: type[AwsError], text: str
) -> None:
    mapping = {"containerPort": 80, "name": "http"}
    rich = document(container(portMappings=[mapping]), volumes=[{"name": "there"}], family="rich")
    plane.ask("RegisterTaskDefinition", **rich)
    plane.ask("RegisterTaskDefinition", **document(container(), family="role", taskRoleArn=ROLE))
    assert refused(plane, error, {"taskDefinition": "rich"} | changes) == text
