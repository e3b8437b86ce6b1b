"""StopServiceDeployment: record that a deployment should turn back; the scheduler turns it."""

from typing import Final

from homeport.runtime import Call, operation
from homeport.services.ecs.errors import (
    ConflictException,
    InvalidParameterException,
    ServiceDeploymentNotFoundException,
)
from homeport.services.ecs.plan.identifiers import record_arn
from homeport.services.ecs.plan.service import deploying
from homeport.services.ecs.queries import service_deployments as queries
from homeport.shapes import ecs as shapes
from homeport.store import Tx

STOP_TYPES: Final = ("ROLLBACK",)
"""The model names ABORT too; ECS takes only this one."""


@operation("StopServiceDeployment")
def stop_service_deployment(
    tx: Tx, call: Call, request: shapes.StopServiceDeploymentRequest
) -> shapes.StopServiceDeploymentResponse:
    """Ask a deployment that is under way for its rollback; one that turns back already goes on."""
    if request.get("stopType", "ROLLBACK") not in STOP_TYPES:
        raise InvalidParameterException(f"stopType should be one of [{','.join(STOP_TYPES)}]")
    arn = record_arn(
        "service-deployment", request["serviceDeploymentArn"], call.account, call.region
    )
    before = queries.find_deployment(tx, arn)
    if before is None:
        raise ServiceDeploymentNotFoundException
    if before.status not in deploying.UNDER_WAY:
        raise ConflictException(
            f"The service deployment can't be stopped: its status is {before.status}."
        )
    queries.save_deployment(tx, before, deploying.ask_rollback(before, now=call.now))
    return {"serviceDeploymentArn": arn}
