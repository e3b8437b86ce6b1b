"""Deployments as the API shows them."""

from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.render import group_options, revisions
from homeport.shapes import codedeploy as shapes


def deployment(
    of: Deployment, called: tuple[str, str], target_status: str
) -> shapes.DeploymentInfo:
    """A deployment of GetDeployment.

    `called` is what its application and its group are called now; its one target has this status.
    """
    shown: shapes.DeploymentInfo = {
        "applicationName": called[0],
        "deploymentGroupName": called[1],
        "deploymentConfigName": of.config_name,
        "deploymentId": of.id,
        "status": of.status,
        "createTime": of.created_at,
        "deploymentOverview": _overview(target_status),
        "creator": of.creator,
        "ignoreApplicationStopFailures": False,
        "autoRollbackConfiguration": group_options.auto_rollback(of.auto_rollback),
        "updateOutdatedInstancesOnly": False,
        "deploymentStyle": group_options.style(),
        "instanceTerminationWaitTimeStarted": of.progress.terminating_since is not None,
        "blueGreenDeploymentConfiguration": group_options.blue_green(of.blue_green),
        "loadBalancerInfo": group_options.load_balancer(of.balancing),
        "fileExistsBehavior": "DISALLOW",
        "deploymentStatusMessages": list(of.status_messages),
        "computePlatform": "ECS",
    }
    if of.revision_sha256:
        shown["revision"] = revisions.location(of.revision_type, of.revision_sha256)
    if of.previous_sha256 is not None:
        shown["previousRevision"] = revisions.location("AppSpecContent", of.previous_sha256)
    if of.failure is not None:
        shown["errorInformation"] = {"code": of.failure.code, "message": of.failure.message}
    if of.started_at is not None:
        shown["startTime"] = of.started_at
    if of.completed_at is not None:
        shown["completeTime"] = of.completed_at
    if of.description is not None:
        shown["description"] = of.description
    if of.external_id is not None:
        shown["externalId"] = of.external_id
    if of.overrides_alarms:
        shown["overrideAlarmConfiguration"] = group_options.alarms(of.alarms)
    rollback = _rollback(of)
    if rollback:
        shown["rollbackInfo"] = rollback
    return shown


def _overview(status: str) -> shapes.DeploymentOverview:
    counts: shapes.DeploymentOverview = {
        "Pending": 0,
        "InProgress": 0,
        "Succeeded": 0,
        "Failed": 0,
        "Skipped": 0,
        "Ready": 0,
    }
    match status:
        case "Pending" | "InProgress" | "Succeeded" | "Failed" | "Skipped" | "Ready":
            counts[status] = 1
    return counts


def _rollback(of: Deployment) -> shapes.RollbackInfo:
    shown: shapes.RollbackInfo = {}
    if of.rolled_back_by is not None:
        shown["rollbackDeploymentId"] = of.rolled_back_by
    if of.rolls_back is not None:
        shown["rollbackTriggeringDeploymentId"] = of.rolls_back
    if of.rollback_message is not None:
        shown["rollbackMessage"] = of.rollback_message
    return shown
