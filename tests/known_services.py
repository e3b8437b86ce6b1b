"""Services, their revisions and their deployments as records, for tests that need them there."""

from typing import Any

from ecs_asking import ACCOUNT, DEFAULT, HOME, REGION, task
from homeport.services.ecs.queries import service_deployments, services
from homeport.services.ecs.records.run_request import AwsVpcConfiguration, NetworkConfiguration
from homeport.services.ecs.records.services import (
    DeploymentConfiguration,
    Rollout,
    Service,
    ServiceDeployment,
    ServiceRevision,
)
from homeport.services.ecs.records.tasks import Task
from homeport.store import Tx

CREATED = 1_700_000_000.0
NETWORK = NetworkConfiguration(
    awsvpc_configuration=AwsVpcConfiguration(subnets=("subnet-1",), security_groups=("sg-1",))
)


def digits(number: int) -> str:
    """The digits that a rollout and its revision share."""
    return f"1{number:018d}"


def rollout_id(number: int = 1) -> str:
    """The id of a rollout: what its tasks were started by."""
    return f"ecs-svc/{digits(number)}"


def revision_arn(number: int = 1, name: str = "web") -> str:
    """The ARN of a revision of a service of the default cluster."""
    return f"{HOME}:service-revision/default/{name}/{digits(number)}"


def deployment_arn(number: int = 1, name: str = "web") -> str:
    """The ARN of a deployment of a service of the default cluster."""
    return f"{HOME}:service-deployment/default/{name}/deployment{number:04d}"


def rollout(number: int = 1, name: str = "web", **changes: Any) -> Rollout:
    """A rollout that is done."""
    members: dict[str, Any] = {
        "id": rollout_id(number),
        "revision_arn": revision_arn(number, name),
        "definition_arn": f"{HOME}:task-definition/{name}:{number}",
        "rollout_state": "COMPLETED",
        "rollout_state_reason": f"ECS deployment {rollout_id(number)} completed.",
        "created_at": CREATED,
        "updated_at": CREATED,
    }
    return Rollout(**(members | changes))


def revision(number: int = 1, name: str = "web", **changes: Any) -> ServiceRevision:
    """A revision on Fargate."""
    members: dict[str, Any] = {
        "arn": revision_arn(number, name),
        "id": digits(number),
        "account": ACCOUNT,
        "region": REGION,
        "cluster_arn": DEFAULT,
        "service_arn": f"{HOME}:service/default/{name}",
        "definition_arn": f"{HOME}:task-definition/{name}:{number}",
        "launch_type": "FARGATE",
        "platform_version": "LATEST",
        "platform_family": "Linux",
        "network_configuration": NETWORK,
        "created_at": CREATED,
    }
    return ServiceRevision(**(members | changes))


def deployment(number: int = 1, name: str = "web", **changes: Any) -> ServiceDeployment:
    """A deployment that was successful."""
    members: dict[str, Any] = {
        "arn": deployment_arn(number, name),
        "account": ACCOUNT,
        "region": REGION,
        "cluster_arn": DEFAULT,
        "service_arn": f"{HOME}:service/default/{name}",
        "target_revision_arn": revision_arn(number, name),
        "status": "SUCCESSFUL",
        "deployment_configuration": DeploymentConfiguration(),
        "created_at": CREATED,
        "updated_at": CREATED,
    }
    return ServiceDeployment(**(members | changes))


def service(name: str = "web", **changes: Any) -> Service:
    """A service on Fargate that wants two tasks of its first revision."""
    members: dict[str, Any] = {
        "arn": f"{HOME}:service/default/{name}",
        "account": ACCOUNT,
        "region": REGION,
        "cluster_arn": DEFAULT,
        "cluster_name": "default",
        "name": name,
        "created_at": CREATED,
        "created_by": f"arn:aws:iam::{ACCOUNT}:root",
        "desired_count": 2,
        "deployment_configuration": DeploymentConfiguration(),
        "launch_type": "FARGATE",
        "zone_rebalancing": True,
        "rollouts": (rollout(1, name, desired_count=2),),
        "deployment_arn": deployment_arn(1, name),
        "completed_revision_arn": revision_arn(1, name),
    }
    return Service(**(members | changes))


def task_of(number: int, *, of: int = 1, name: str = "web", **changes: Any) -> Task:
    """A task of a service of the default cluster that runs, started by the rollout `of`."""
    members: dict[str, Any] = {
        "service_name": name,
        "group": f"service:{name}",
        "started_by": rollout_id(of),
        "launch_type": "FARGATE",
    }
    return task(number, **(members | changes))


def put(tx: Tx, *records: Service | ServiceRevision | ServiceDeployment) -> None:
    """Put records there as they are."""
    for record in records:
        match record:
            case Service():
                services.insert_service(tx, record)
            case ServiceRevision():
                service_deployments.insert_revision(tx, record)
            case ServiceDeployment():
                service_deployments.insert_deployment(tx, record)
