"""Deployments: create, list, look up.  How they go on is decided elsewhere."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.group_lookups import (
    check_config,
    check_shift,
    refreshed,
    the_balancer_kind,
)
from homeport.services.codedeploy.api.listing import batch
from homeport.services.codedeploy.api.lookups import (
    the_application,
    the_config,
    the_deployment,
    the_group,
)
from homeport.services.codedeploy.api.revision_keeping import kept, read, used
from homeport.services.codedeploy.errors import (
    DeploymentIdRequired,
    DeploymentLimitExceeded,
    InvalidFileExistsBehavior,
    InvalidIgnoreApplicationStopFailuresValue,
    InvalidTargetInstances,
    InvalidUpdateOutdatedInstancesOnlyValue,
)
from homeport.services.codedeploy.plan import deployment_ids, names
from homeport.services.codedeploy.plan import group_members as members
from homeport.services.codedeploy.plan.revisions import located
from homeport.services.codedeploy.queries import deployment_groups, deployments
from homeport.services.codedeploy.records.deployment_groups import DeploymentGroup
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.render import deployments as render
from homeport.services.codedeploy.render import targets
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx, Tx

BATCH_MAX: Final = 25


@operation("CreateDeployment", partial="Revisions in S3 and GitHub are refused.")
def create_deployment(
    tx: Tx, call: Call, request: shapes.CreateDeploymentInput
) -> shapes.CreateDeploymentOutput:
    """A deployment that is to begin; what a group says is taken over as it is now."""
    application = the_application(tx, call, request["applicationName"])
    group = the_group(tx, application, request.get("deploymentGroupName"))
    _refuse_foreign(request)
    description = names.description(request.get("description"))
    revision = kept(tx, call, application, located(request.get("revision")))
    spec = read(revision.content)
    config_name = request.get("deploymentConfigName") or group.config_name
    check_config(config_name)
    config = the_config(tx, call, config_name)
    check_shift(config, the_balancer_kind(tx, call, group.balancing.production_listener))
    overrides = _overrides(request)
    _one_at_a_time(tx, group)
    previous = deployments.last_of_group(tx, group.id, "Succeeded")
    deployment = Deployment(
        id=deployment_ids.fresh(call.ids),
        account=call.account,
        region=call.region,
        application=application.name,
        group=group.name,
        group_id=group.id,
        config_name=config.name,
        cluster=group.cluster,
        service=group.service,
        revision_type=revision.kind,
        revision_sha256=revision.sha256,
        previous_sha256=None if previous is None else previous.revision_sha256 or None,
        app_spec=spec,
        shift=config.shift,
        balancing=refreshed(tx, call, group.balancing),
        blue_green=group.blue_green,
        auto_rollback=overrides.get("auto_rollback", group.auto_rollback),
        alarms=overrides.get("alarms", group.alarms),
        overrides_alarms="alarms" in overrides,
        description=description,
        created_at=call.now,
    )
    used(tx, call, revision)
    deployments.insert_deployment(tx, deployment)
    return {"deploymentId": deployment.id}


@operation("GetDeployment")
def get_deployment(
    tx: ReadTx, call: Call, request: shapes.GetDeploymentInput
) -> shapes.GetDeploymentOutput:
    """The deployment of this id; of its revision only the hash is shown."""
    found = the_deployment(tx, call, request["deploymentId"])
    return {"deploymentInfo": _shown(tx, [found])[0]}


@operation("BatchGetDeployments")
def batch_get_deployments(
    tx: ReadTx, call: Call, request: shapes.BatchGetDeploymentsInput
) -> shapes.BatchGetDeploymentsOutput:
    """Those of the deployments that exist."""
    if not request["deploymentIds"]:
        raise DeploymentIdRequired
    wanted = [names.deployment(each) for each in batch(request["deploymentIds"], BATCH_MAX)]
    found = deployments.find_all(tx, call.account, call.region, wanted)
    return {"deploymentsInfo": _shown(tx, [found[each] for each in wanted if each in found])}


@operation("DeleteResourcesByExternalId")
def delete_resources_by_external_id(
    tx: Tx, call: Call, request: shapes.DeleteResourcesByExternalIdInput
) -> shapes.DeleteResourcesByExternalIdOutput:
    """Nothing: what has an external id, CloudFormation has made, and there is none here."""
    return {}


def _shown(tx: ReadTx, found: Sequence[Deployment]) -> list[shapes.DeploymentInfo]:
    """Deployments under the names that their group and its application have now."""
    called = deployment_groups.names_by_id(tx, [each.group_id for each in found])
    return [
        render.deployment(
            each,
            called.get(each.group_id, (each.application, each.group)),
            targets.status(each),
        )
        for each in found
    ]


def _refuse_foreign(request: shapes.CreateDeploymentInput) -> None:
    """Refuse what is for instances and would change nothing."""
    if any((request.get("targetInstances") or {}).values()):
        raise InvalidTargetInstances("For ECS deployment, targetInstances can not be specified")
    if request.get("ignoreApplicationStopFailures"):
        raise InvalidIgnoreApplicationStopFailuresValue(
            "The IgnoreApplicationStopFailures value is invalid. For ECS deployments, false is "
            "expected."
        )
    if request.get("updateOutdatedInstancesOnly"):
        raise InvalidUpdateOutdatedInstancesOnlyValue(
            "The UpdateOutdatedInstancesOnly value is invalid. For ECS deployments, false is "
            "expected."
        )
    if request.get("fileExistsBehavior") not in {None, "DISALLOW", "OVERWRITE", "RETAIN"}:
        raise InvalidFileExistsBehavior


def _overrides(request: shapes.CreateDeploymentInput) -> Mapping[str, Any]:
    """What the request sets for this one deployment, in place of what the group has."""
    found: dict[str, Any] = {}
    if request.get("autoRollbackConfiguration") is not None:
        found["auto_rollback"] = members.auto_rollback(request["autoRollbackConfiguration"])
    if request.get("overrideAlarmConfiguration") is not None:
        found["alarms"] = members.alarms(request["overrideAlarmConfiguration"])
    return found


def _one_at_a_time(tx: ReadTx, group: DeploymentGroup) -> None:
    """Refuse a deployment while another one of the group, or to its service, is under way."""
    found = deployments.open_of_group(tx, group.id)
    under_way = found.id if found is not None else None
    for other in deployments.watchers(tx, group.service_arn):
        under_way = under_way or other
    if under_way is not None:
        raise DeploymentLimitExceeded(
            f"The Deployment Group '{group.name}' already has an active Deployment '{under_way}'"
        )
