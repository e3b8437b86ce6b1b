"""Roles that belong to a service of AWS."""

import json
from typing import Final

from homeport.runtime import Call, operation
from homeport.services.iam import render
from homeport.services.iam.api import roles
from homeport.services.iam.errors import InvalidInputException, NoSuchEntityException
from homeport.services.iam.plan.names import entity_id
from homeport.services.iam.queries import ROLES
from homeport.services.iam.records import Role
from homeport.shapes import iam as shapes
from homeport.store import ReadTx, Tx

NAMES: Final = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "ecs.application-autoscaling.amazonaws.com": (
        "AWSServiceRoleForApplicationAutoScaling_ECSService"
    ),
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
}
_DELETION: Final = "task/aws-service-role/"


@operation("CreateServiceLinkedRole")
def create_service_linked_role(
    tx: Tx, call: Call, request: shapes.CreateServiceLinkedRoleRequest
) -> shapes.CreateServiceLinkedRoleResponse:
    """The role of a service."""
    service = request["AWSServiceName"]
    if service not in NAMES:
        raise InvalidInputException(f"Homeport knows no service-linked role for {service}.")
    suffix = f"_{request['CustomSuffix']}" if "CustomSuffix" in request else ""
    name = NAMES[service] + suffix
    if ROLES.find(tx, call.account, name) is not None:
        raise InvalidInputException(
            f"Service role name {name} has been taken in this account, please try a different "
            "suffix."
        )
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    role = Role(
        account=call.account,
        name=name,
        path=f"/aws-service-role/{service}/",
        role_id=entity_id("AROA", call.ids),
        trust_document=json.dumps(trust),
        description=request.get("Description"),
        service=service,
        created_at=call.now,
    )
    ROLES.insert(tx, role)
    return {"Role": render.role(role)}


@operation("DeleteServiceLinkedRole")
def delete_service_linked_role(
    tx: Tx, call: Call, request: shapes.DeleteServiceLinkedRoleRequest
) -> shapes.DeleteServiceLinkedRoleResponse:
    """Delete the role of a service; nothing here depends on it, so it is gone at once."""
    role = roles.find(tx, call, request["RoleName"])
    if role.service is None:
        raise NoSuchEntityException(f"Service role {role.name} cannot be found.")
    ROLES.delete(tx, role)
    return {"DeletionTaskId": f"{_DELETION}{role.service}/{role.name}/{call.ids.uuid()}"}


@operation("GetServiceLinkedRoleDeletionStatus")
def get_service_linked_role_deletion_status(
    tx: ReadTx, call: Call, request: shapes.GetServiceLinkedRoleDeletionStatusRequest
) -> shapes.GetServiceLinkedRoleDeletionStatusResponse:
    """A deletion that was begun is over."""
    task = request["DeletionTaskId"]
    name = task.removeprefix(_DELETION).split("/")[1:2]
    if not task.startswith(_DELETION) or not name or ROLES.find(tx, call.account, name[0]):
        raise NoSuchEntityException(f"Deletion task id {task} cannot be found.")
    return {"Status": "SUCCEEDED"}
