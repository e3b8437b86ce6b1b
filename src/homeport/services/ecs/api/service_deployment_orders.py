"""StopServiceDeployment and ContinueServiceDeployment: they record what the scheduler should do."""

import re
from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.ecs.errors import (
    ConflictException,
    InvalidParameterException,
    ServiceDeploymentNotFoundException,
)
from homeport.services.ecs.plan.identifiers import record_arn
from homeport.services.ecs.plan.service import deploying
from homeport.services.ecs.queries import service_deployments as queries
from homeport.services.ecs.records.services import ServiceDeployment
from homeport.shapes import ecs as shapes
from homeport.store import Tx

STOP_TYPES: Final = ("ROLLBACK",)
"""The model names ABORT too; ECS takes only this one."""

ACTIONS: Final = ("CONTINUE", "ROLLBACK")

_HOOK_ID: Final = re.compile(r"ecs-[a-z]+-\S+")


@operation("ContinueServiceDeployment")
def continue_service_deployment(
    tx: Tx, call: Call, request: shapes.ContinueServiceDeploymentRequest
) -> shapes.ContinueServiceDeploymentResponse:
    """Say what is to become of a deployment that pauses at a hook."""
    hook_id, action = request["hookId"], request.get("action") or "CONTINUE"
    if not _HOOK_ID.fullmatch(hook_id):
        raise InvalidParameterException(
            "Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}"
        )
    if action not in ACTIONS:
        raise InvalidParameterException(f"action should be one of [{','.join(ACTIONS)}]")
    arn = record_arn(
        "service-deployment", request["serviceDeploymentArn"], call.account, call.region
    )
    before = queries.find_deployment(tx, arn)
    if before is None:
        raise ServiceDeploymentNotFoundException("The service deployment does not exist.")
    if before.status not in deploying.UNDER_WAY:
        raise InvalidParameterException(
            "Continuing a service deployment is not allowed for service deployment in terminal "
            "states."
        )
    queries.save_deployment(tx, before, _continued(before, hook_id, action, now=call.now))
    return {"serviceDeploymentArn": arn}


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


def _continued(
    deployment: ServiceDeployment, hook_id: str, action: str, *, now: float
) -> ServiceDeployment:
    """The deployment with the action for its hook; raises when no such hook waits for one."""
    shifting = deployment.shifting
    runs = () if shifting is None or deployment.status != "IN_PROGRESS" else shifting.hooks
    waiting = [
        each
        for each in runs
        if each.id == hook_id
        and each.status == "AWAITING_ACTION"
        and not each.action
        and now < each.expires_at
    ]
    if shifting is None or not waiting:
        raise InvalidParameterException(
            "Provided hookId is either completed, unavailable, or not associated with the given "
            "Resource ARN"
        )
    said = tuple(
        replace(each, action=action) if each.id == hook_id else each for each in shifting.hooks
    )
    return replace(deployment, shifting=replace(shifting, hooks=said), updated_at=now)
