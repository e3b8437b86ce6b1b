"""Applications: create, rename, delete, look up."""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.listing import batch, page
from homeport.services.codedeploy.api.lookups import the_application
from homeport.services.codedeploy.errors import (
    ApplicationAlreadyExists,
    ApplicationDoesNotExist,
    ApplicationLimitExceeded,
    ApplicationNameRequired,
)
from homeport.services.codedeploy.plan import names
from homeport.services.codedeploy.plan.deployment_configs import checked_platform
from homeport.services.codedeploy.plan.tags import added
from homeport.services.codedeploy.queries import (
    applications,
    deployment_groups,
    revisions,
)
from homeport.services.codedeploy.records.applications import Application
from homeport.services.codedeploy.render import applications as render
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx, Tx

APPLICATIONS_MAX: Final = 1000
BATCH_MAX: Final = 100


@operation("CreateApplication", partial="Of the compute platforms there is ECS alone.")
def create_application(
    tx: Tx, call: Call, request: shapes.CreateApplicationInput
) -> shapes.CreateApplicationOutput:
    """A new application, without groups."""
    name = names.application(request["applicationName"])
    checked_platform(request.get("computePlatform"), of="applications")
    tags = added((), request.get("tags", ()))
    _free(tx, call, name)
    if applications.count_of(tx, call.account, call.region) >= APPLICATIONS_MAX:
        raise ApplicationLimitExceeded
    application = Application(
        id=call.ids.uuid(),
        account=call.account,
        region=call.region,
        name=name,
        created_at=call.now,
        tags=tags,
    )
    applications.insert_application(tx, application)
    return {"applicationId": application.id}


@operation("GetApplication")
def get_application(
    tx: ReadTx, call: Call, request: shapes.GetApplicationInput
) -> shapes.GetApplicationOutput:
    """The application of this name."""
    return {
        "application": render.application(the_application(tx, call, request["applicationName"]))
    }


@operation("ListApplications")
def list_applications(
    tx: ReadTx, call: Call, request: shapes.ListApplicationsInput
) -> shapes.ListApplicationsOutput:
    """The names of all applications, in order."""
    found = applications.names_of(tx, call.account, call.region)
    shown, token = page(found, request.get("nextToken"), str)
    response: shapes.ListApplicationsOutput = {"applications": list(shown)}
    if token is not None:
        response["nextToken"] = token
    return response


@operation("BatchGetApplications")
def batch_get_applications(
    tx: ReadTx, call: Call, request: shapes.BatchGetApplicationsInput
) -> shapes.BatchGetApplicationsOutput:
    """The applications of these names; each must exist."""
    if not request["applicationNames"]:
        raise ApplicationNameRequired
    wanted = [names.application(name) for name in batch(request["applicationNames"], BATCH_MAX)]
    found = applications.find_all(tx, call.account, call.region, wanted)
    for name in wanted:
        if name not in found:
            raise ApplicationDoesNotExist(f"No application found for name: {name}")
    return {"applicationsInfo": [render.application(found[name]) for name in wanted]}


@operation("UpdateApplication")
def update_application(
    tx: Tx, call: Call, request: shapes.UpdateApplicationInput
) -> shapes.UpdateApplicationResponse:
    """Rename the application; its groups, revisions and deployments stay its own."""
    application = the_application(tx, call, request.get("applicationName"))
    name = request.get("newApplicationName")
    if name is None or names.application(name) == application.name:
        return {}
    _free(tx, call, name)
    applications.save_application(tx, replace(application, name=name))
    return {}


@operation("DeleteApplication")
def delete_application(
    tx: Tx, call: Call, request: shapes.DeleteApplicationInput
) -> shapes.DeleteApplicationResponse:
    """Remove the application with its groups and revisions; one that is gone already is fine.

    Its deployments stay, and one that is under way goes on.
    """
    name = names.application(request["applicationName"])
    application = applications.find_application(tx, call.account, call.region, name)
    if application is None:
        return {}
    for group in deployment_groups.groups_of(tx, application.id):
        deployment_groups.delete_group(tx, group.id)
    revisions.delete_all(tx, application.id)
    applications.delete_application(tx, application.id)
    return {}


def _free(tx: ReadTx, call: Call, name: str) -> None:
    """Refuse a name that an application has."""
    if applications.find_application(tx, call.account, call.region, name) is not None:
        raise ApplicationAlreadyExists(f"Application already exists with name: {name}")
