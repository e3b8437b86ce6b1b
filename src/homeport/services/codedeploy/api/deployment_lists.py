"""ListDeployments."""

from collections.abc import Sequence
from typing import Final

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.listing import page
from homeport.services.codedeploy.api.lookups import the_application, the_group
from homeport.services.codedeploy.errors import (
    ApplicationNameRequired,
    DeploymentGroupNameRequired,
    InvalidDeploymentStatus,
    InvalidTimeRange,
)
from homeport.services.codedeploy.queries import deployment_lists, deployments
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx

STATUSES: Final = frozenset(
    ("Created", "Queued", "InProgress", "Baking", "Ready", "Succeeded", "Failed", "Stopped")
)


@operation("ListDeployments")
def list_deployments(
    tx: ReadTx, call: Call, request: shapes.ListDeploymentsInput
) -> shapes.ListDeploymentsOutput:
    """The ids of a group's deployments, or of all of the region, the newest first."""
    wanted = set(request.get("includeOnlyStatuses") or STATUSES)
    if not wanted <= STATUSES:
        raise InvalidDeploymentStatus
    span = request.get("createTimeRange") or {}
    start, end = span.get("start"), span.get("end")
    if start is not None and end is not None and start > end:
        raise InvalidTimeRange
    external = request.get("externalId")
    found = [
        each
        for each in _of(tx, call, request)
        if each.status in wanted
        and (start is None or each.created_at >= start)
        and (end is None or each.created_at <= end)
        and (external is None or each.external_id == external)
    ]
    shown, token = page(found, request.get("nextToken"), lambda each: each.id)
    response: shapes.ListDeploymentsOutput = {"deployments": [each.id for each in shown]}
    if token is not None:
        response["nextToken"] = token
    return response


def _of(tx: ReadTx, call: Call, request: shapes.ListDeploymentsInput) -> Sequence[Deployment]:
    name, group_name = request.get("applicationName"), request.get("deploymentGroupName")
    if name is None and group_name is None:
        return deployment_lists.deployments_of(tx, call.account, call.region)
    if name is None:
        raise ApplicationNameRequired
    application = the_application(tx, call, name)
    if group_name is None:
        raise DeploymentGroupNameRequired
    group = the_group(tx, application, group_name)
    return deployments.of_group(tx, group.id)
