"""Asks ECS for services without a scheduler: what an operation leaves behind is all there is."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import select

from homeport.kernel.errors import AwsError
from homeport.services.ecs.queries import service_deployments as deployments
from homeport.services.ecs.queries.bus_events import events_after
from homeport.services.ecs.queries.services import find_service, save_service
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.records.services import Service, ServiceDeployment, ServiceRevision
from homeport.services.ecs.tables import METADATA
from homeport.store import ReadTx, Tx
from ring.driver import Plane
from task_definition_documents import container, document, fargate

HOME = "arn:aws:ecs:us-east-1:000000000000"
ARN = f"{HOME}:service/default/web"
ROLE = "arn:aws:iam::000000000000:role/any"

CHECK = {"command": ["CMD", "true"]}
BOTH = ["FARGATE", "FARGATE_SPOT"]
SPOT = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]


def register(plane: Plane) -> None:
    """Task definitions of both kinds, and capacity providers for the cluster."""
    plane.ask("RegisterTaskDefinition", **document(container(cpu=128)))
    plane.ask("RegisterTaskDefinition", **fargate(family="fargate"))
    plane.ask(
        "PutClusterCapacityProviders",
        cluster="default",
        capacityProviders=BOTH,
        defaultCapacityProviderStrategy=[],
    )


def vpc(plane: Plane) -> dict[str, Any]:
    """The network configuration of a Fargate service in the default VPC."""
    subnets = plane.ask("DescribeSubnets")["Subnets"]
    return {"awsvpcConfiguration": {"subnets": [subnets[0]["SubnetId"]]}}


def create(plane: Plane, **changes: Any) -> dict[str, Any]:
    """A service of two tasks on EC2, unless changed; None leaves a member out."""
    answer: dict[str, Any] = plane.ask("CreateService", **asked(changes))["service"]
    return answer


def create_on_fargate(plane: Plane, **changes: Any) -> dict[str, Any]:
    """The like on Fargate."""
    return create(plane, **(on_fargate(plane) | changes))


def on_fargate(plane: Plane) -> dict[str, Any]:
    """What makes it one on Fargate."""
    return {
        "launchType": "FARGATE",
        "taskDefinition": "fargate",
        "networkConfiguration": vpc(plane),
    }


def asked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The request that `create` sends."""
    plain = {"serviceName": "web", "taskDefinition": "web", "desiredCount": 2}
    return {name: value for name, value in (plain | dict(changes)).items() if value is not None}


def update(plane: Plane, **changes: Any) -> dict[str, Any]:
    """The service once it is updated."""
    answer: dict[str, Any] = plane.ask("UpdateService", service="web", **changes)["service"]
    return answer


def refusal(plane: Plane, operation: str, error: type[AwsError], **request: Any) -> str:
    """The text with which an operation refuses; nothing may have changed."""
    before = everything(plane)
    with pytest.raises(error) as raised:
        plane.ask(operation, **request)
    assert everything(plane) == before
    return raised.value.message


def everything(plane: Plane) -> dict[str, list[Any]]:
    """Every row of every table of ECS."""

    def read(tx: ReadTx) -> dict[str, list[Any]]:
        return {
            table.name: sorted(repr(tuple(row)) for row in tx.rows(select(table)))
            for table in METADATA.sorted_tables
        }

    return plane.store.read(read)


def stored(plane: Plane, arn: str = ARN) -> Service:
    """The record of a service."""
    found = plane.store.read(lambda tx: find_service(tx, arn))
    assert found is not None
    return found


def revision(plane: Plane) -> ServiceRevision:
    """The revision that the service should be."""
    arn = stored(plane).rollouts[0].revision_arn
    found = plane.store.read(lambda tx: deployments.find_revision(tx, arn))
    assert found is not None
    return found


def deployment(plane: Plane) -> ServiceDeployment:
    """The deployment that is, or was last, under way."""
    arn = stored(plane).deployment_arn or ""
    found = plane.store.read(lambda tx: deployments.find_deployment(tx, arn))
    assert found is not None
    return found


def all_deployments(plane: Plane) -> tuple[ServiceDeployment, ...]:
    """Every deployment of the service, newest first."""
    return plane.store.read(lambda tx: deployments.deployments_of_service(tx, ARN))


def bus(plane: Plane) -> Sequence[BusEvent]:
    """What EventBridge would be told, oldest first."""
    return plane.store.read(lambda tx: events_after(tx, 0))


def change_service(plane: Plane, change: Callable[[Service], Service], arn: str = ARN) -> None:
    """What the scheduler would record."""

    def write(tx: Tx) -> None:
        before = find_service(tx, arn)
        assert before is not None
        save_service(tx, before, change(before))

    plane.store.write(write)


def change_deployment(
    plane: Plane, change: Callable[[ServiceDeployment], ServiceDeployment]
) -> None:
    """What the scheduler would record."""
    before = deployment(plane)
    plane.store.write(lambda tx: deployments.save_deployment(tx, before, change(before)))
