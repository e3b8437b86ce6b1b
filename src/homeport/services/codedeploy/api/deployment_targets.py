"""Targets of deployments.  A deployment to a service has one: the service."""

import re
from typing import Final

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.listing import page
from homeport.services.codedeploy.api.lookups import the_deployment
from homeport.services.codedeploy.errors import (
    DeploymentNotStarted,
    DeploymentTargetDoesNotExist,
    DeploymentTargetIdRequired,
    DeploymentTargetListSizeExceeded,
    InvalidDeploymentTargetId,
    InvalidTargetFilterName,
)
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.render import targets as render
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx

FILTERS: Final = frozenset(("TargetStatus", "ServerInstanceLabel"))
_TARGET_ID: Final = re.compile(r"[^:]+:[^:]+")


@operation("ListDeploymentTargets")
def list_deployment_targets(
    tx: ReadTx, call: Call, request: shapes.ListDeploymentTargetsInput
) -> shapes.ListDeploymentTargetsOutput:
    """The id of the deployment's target, if the filters let it through."""
    deployment = _started(tx, call, request["deploymentId"])
    filters = request.get("targetFilters") or {}
    if not filters.keys() <= FILTERS:
        raise InvalidTargetFilterName
    # A label is one of instances: a service has none.
    matches = "ServerInstanceLabel" not in filters and (
        "TargetStatus" not in filters or render.status(deployment) in filters["TargetStatus"]
    )
    found = [deployment.target_id] if matches else []
    shown, _ = page(found, request.get("nextToken"), str)
    return {"targetIds": list(shown)}


@operation("GetDeploymentTarget")
def get_deployment_target(
    tx: ReadTx, call: Call, request: shapes.GetDeploymentTargetInput
) -> shapes.GetDeploymentTargetOutput:
    """The target with its lifecycle events and task sets."""
    deployment = _started(tx, call, request["deploymentId"])
    _check_target(deployment, request["targetId"])
    return {"deploymentTarget": render.target(deployment)}


@operation("BatchGetDeploymentTargets")
def batch_get_deployment_targets(
    tx: ReadTx, call: Call, request: shapes.BatchGetDeploymentTargetsInput
) -> shapes.BatchGetDeploymentTargetsOutput:
    """The like for the one target of a list."""
    deployment = _started(tx, call, request["deploymentId"])
    if not request["targetIds"]:
        raise DeploymentTargetIdRequired
    if len(request["targetIds"]) > 1:
        raise DeploymentTargetListSizeExceeded
    _check_target(deployment, request["targetIds"][0])
    return {"deploymentTargets": [render.target(deployment)]}


def _started(tx: ReadTx, call: Call, deployment_id: str) -> Deployment:
    deployment = the_deployment(tx, call, deployment_id)
    if deployment.status == "Created":
        raise DeploymentNotStarted(f"The deployment {deployment_id} has not started")
    return deployment


def _check_target(deployment: Deployment, target_id: str) -> None:
    if not target_id:
        raise DeploymentTargetIdRequired
    if not _TARGET_ID.fullmatch(target_id):
        raise InvalidDeploymentTargetId(
            f"{target_id} is not a target of an ECS deployment: such a target is "
            "<clustername>:<servicename>"
        )
    if target_id != deployment.target_id:
        raise DeploymentTargetDoesNotExist(
            f"The target {target_id} does not belong to the deployment {deployment.id}"
        )
