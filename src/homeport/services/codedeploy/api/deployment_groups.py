"""Deployment groups: create, change, delete, look up."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.group_lookups import (
    check_config,
    check_shift,
    the_balancer,
    the_service,
)
from homeport.services.codedeploy.api.listing import batch, page
from homeport.services.codedeploy.api.lookups import the_application, the_config, the_group
from homeport.services.codedeploy.errors import (
    DeploymentGroupAlreadyExists,
    DeploymentGroupLimitExceeded,
    DeploymentGroupNameRequired,
    ECSServiceMappingLimitExceeded,
)
from homeport.services.codedeploy.plan import group_members as members
from homeport.services.codedeploy.plan import names
from homeport.services.codedeploy.plan.predefined_configs import ALL_AT_ONCE
from homeport.services.codedeploy.plan.tags import added
from homeport.services.codedeploy.queries import (
    applications,
    deployment_groups,
    deployment_lists,
    deployments,
)
from homeport.services.codedeploy.records.applications import Application
from homeport.services.codedeploy.records.deployment_groups import DeploymentGroup
from homeport.services.codedeploy.render import deployment_groups as render
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx, Tx

GROUPS_MAX: Final = 1000
BATCH_MAX: Final = 100


@operation("CreateDeploymentGroup", partial="Triggers are refused: there is no Amazon SNS.")
def create_deployment_group(
    tx: Tx, call: Call, request: shapes.CreateDeploymentGroupInput
) -> shapes.CreateDeploymentGroupOutput:
    """A new group for one service."""
    application = the_application(tx, call, request["applicationName"])
    name = names.group(request["deploymentGroupName"])
    _free(tx, application, name)
    members.refuse_foreign(request)
    members.check_style(request.get("deploymentStyle"))
    config_name = request.get("deploymentConfigName") or ALL_AT_ONCE
    role = members.role(request["serviceRoleArn"])
    blue_green = members.blue_green(request.get("blueGreenDeploymentConfiguration"))
    pair = members.pair(request.get("loadBalancerInfo"))
    ecs_service = members.ecs_service(request.get("ecsServices"))
    auto_rollback = members.auto_rollback(request.get("autoRollbackConfiguration"))
    alarms = members.alarms(request.get("alarmConfiguration"))
    outdated = members.outdated_instances(request.get("outdatedInstancesStrategy"))
    tags = added((), request.get("tags", ()))
    if deployment_groups.count_of(tx, application.id) >= GROUPS_MAX:
        raise DeploymentGroupLimitExceeded
    service = the_service(tx, call, ecs_service)
    group = DeploymentGroup(
        id=call.ids.uuid(),
        application_id=application.id,
        name=name,
        config_name=config_name,
        service_role_arn=role,
        ecs_service=ecs_service,
        cluster=service.cluster,
        service=service.service,
        service_arn=service.arn,
        balancing=_balancing(tx, call, pair, config_name),
        blue_green=blue_green,
        auto_rollback=auto_rollback,
        alarms=alarms,
        outdated_instances=outdated,
        tags=tags,
    )
    _alone(tx, group)
    deployment_groups.insert_group(tx, group)
    return {"deploymentGroupId": group.id}


@operation("GetDeploymentGroup")
def get_deployment_group(
    tx: ReadTx, call: Call, request: shapes.GetDeploymentGroupInput
) -> shapes.GetDeploymentGroupOutput:
    """The application's group of this name."""
    application = the_application(tx, call, request["applicationName"])
    group = the_group(tx, application, request["deploymentGroupName"])
    return {"deploymentGroupInfo": _shown(tx, application, group)}


@operation("ListDeploymentGroups")
def list_deployment_groups(
    tx: ReadTx, call: Call, request: shapes.ListDeploymentGroupsInput
) -> shapes.ListDeploymentGroupsOutput:
    """The names of the application's groups, in order."""
    application = the_application(tx, call, request["applicationName"])
    found = deployment_groups.names_of(tx, application.id)
    shown, token = page(found, request.get("nextToken"), str)
    response: shapes.ListDeploymentGroupsOutput = {
        "applicationName": application.name,
        "deploymentGroups": list(shown),
    }
    if token is not None:
        response["nextToken"] = token
    return response


@operation("BatchGetDeploymentGroups")
def batch_get_deployment_groups(
    tx: ReadTx, call: Call, request: shapes.BatchGetDeploymentGroupsInput
) -> shapes.BatchGetDeploymentGroupsOutput:
    """Those of the groups that exist; the message names the others."""
    application = the_application(tx, call, request["applicationName"])
    if not request["deploymentGroupNames"]:
        raise DeploymentGroupNameRequired
    wanted = [names.group(name) for name in batch(request["deploymentGroupNames"], BATCH_MAX)]
    found = deployment_groups.find_all(tx, application.id, wanted)
    response: shapes.BatchGetDeploymentGroupsOutput = {
        "deploymentGroupsInfo": [
            _shown(tx, application, found[name]) for name in wanted if name in found
        ]
    }
    missing = [name for name in wanted if name not in found]
    if missing:
        response["errorMessage"] = f"No Deployment Group found for name: {', '.join(missing)}"
    return response


@operation("UpdateDeploymentGroup", partial="Triggers are refused: there is no Amazon SNS.")
def update_deployment_group(
    tx: Tx, call: Call, request: shapes.UpdateDeploymentGroupInput
) -> shapes.UpdateDeploymentGroupOutput:
    """Replace what the request has, keep the rest; a deployment under way goes on as it began."""
    application = the_application(tx, call, request["applicationName"])
    before = the_group(tx, application, request["currentDeploymentGroupName"])
    members.refuse_foreign(request)
    if "deploymentStyle" in request:
        members.check_style(request["deploymentStyle"])
    after = replace(before, **_changes(request))
    if after.name != before.name:
        _free(tx, application, after.name)
    if "ecsServices" in request:
        service = the_service(tx, call, after.ecs_service)
        after = replace(
            after, cluster=service.cluster, service=service.service, service_arn=service.arn
        )
        _alone(tx, after)
    if "loadBalancerInfo" in request or after.config_name != before.config_name:
        pair = (
            members.pair(request["loadBalancerInfo"])
            if "loadBalancerInfo" in request
            else _pair_of(before)
        )
        after = replace(after, balancing=_balancing(tx, call, pair, after.config_name))
    deployment_groups.save_group(tx, after)
    return {"hooksNotCleanedUp": []}


@operation("DeleteDeploymentGroup")
def delete_deployment_group(
    tx: Tx, call: Call, request: shapes.DeleteDeploymentGroupInput
) -> shapes.DeleteDeploymentGroupOutput:
    """Remove the group; one that is gone already is fine, and a deployment under way goes on."""
    name = names.application(request["applicationName"])
    group_name = names.group(request["deploymentGroupName"])
    application = applications.find_application(tx, call.account, call.region, name)
    if application is not None:
        group = deployment_groups.find_group(tx, application.id, group_name)
        if group is not None:
            deployment_groups.delete_group(tx, group.id)
    return {"hooksNotCleanedUp": []}


def _changes(request: shapes.UpdateDeploymentGroupInput) -> Mapping[str, Any]:
    """The record's members that the request replaces, without those that are looked up."""
    changes: dict[str, Any] = {}
    if request.get("newDeploymentGroupName") is not None:
        changes["name"] = names.group(request["newDeploymentGroupName"])
    if request.get("deploymentConfigName") is not None:
        changes["config_name"] = request["deploymentConfigName"]
    if request.get("serviceRoleArn") is not None:
        changes["service_role_arn"] = members.role(request["serviceRoleArn"])
    if "ecsServices" in request:
        changes["ecs_service"] = members.ecs_service(request["ecsServices"])
    if "blueGreenDeploymentConfiguration" in request:
        changes["blue_green"] = members.blue_green(request["blueGreenDeploymentConfiguration"])
    if "autoRollbackConfiguration" in request:
        changes["auto_rollback"] = members.auto_rollback(request["autoRollbackConfiguration"])
    if "alarmConfiguration" in request:
        changes["alarms"] = members.alarms(request["alarmConfiguration"])
    if "outdatedInstancesStrategy" in request:
        changes["outdated_instances"] = members.outdated_instances(
            request["outdatedInstancesStrategy"]
        )
    return changes


def _balancing(tx: Tx, call: Call, pair: members.Pair, config_name: str) -> Any:
    """The load balancer's part, if the configuration can shift its traffic."""
    check_config(config_name)
    config = the_config(tx, call, config_name)
    facts = the_balancer(tx, call, pair)
    check_shift(config, facts.kind)
    return facts.balancing


def _pair_of(group: DeploymentGroup) -> members.Pair:
    first, second = group.balancing.target_groups
    return members.Pair(
        target_groups=(first.name, second.name),
        production_listener=group.balancing.production_listener,
        test_listener=group.balancing.test_listener,
    )


def _free(tx: ReadTx, application: Application, name: str) -> None:
    """Refuse a name that a group of the application has."""
    if deployment_groups.find_group(tx, application.id, name) is not None:
        raise DeploymentGroupAlreadyExists(f"Deployment group already exists with name: {name}")


def _alone(tx: ReadTx, group: DeploymentGroup) -> None:
    """Refuse a second group for the same service."""
    others = deployment_groups.of_service(tx, group.service_arn)
    if any(other.id != group.id for other in others):
        raise ECSServiceMappingLimitExceeded


def _shown(
    tx: ReadTx, application: Application, group: DeploymentGroup
) -> shapes.DeploymentGroupInfo:
    return render.group(
        group,
        application.name,
        attempted=deployment_lists.newest_of(tx, group.id),
        successful=deployments.last_of_group(tx, group.id, "Succeeded"),
    )
