"""Deployment groups as the API shows them."""

from homeport.services.codedeploy.records.deployment_groups import DeploymentGroup
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.render import group_options, revisions
from homeport.shapes import codedeploy as shapes


def group(
    of: DeploymentGroup,
    application: str,
    *,
    attempted: Deployment | None,
    successful: Deployment | None,
) -> shapes.DeploymentGroupInfo:
    """A group of GetDeploymentGroup, with its last deployments."""
    shown: shapes.DeploymentGroupInfo = {
        "applicationName": application,
        "deploymentGroupId": of.id,
        "deploymentGroupName": of.name,
        "deploymentConfigName": of.config_name,
        "ec2TagFilters": [],
        "onPremisesInstanceTagFilters": [],
        "autoScalingGroups": [],
        "serviceRoleArn": of.service_role_arn,
        "triggerConfigurations": [],
        "alarmConfiguration": group_options.alarms(of.alarms),
        "autoRollbackConfiguration": group_options.auto_rollback(of.auto_rollback),
        "deploymentStyle": group_options.style(),
        "outdatedInstancesStrategy": of.outdated_instances,
        "blueGreenDeploymentConfiguration": group_options.blue_green(of.blue_green),
        "loadBalancerInfo": group_options.load_balancer(of.balancing),
        "computePlatform": "ECS",
        "ecsServices": [
            {"serviceName": of.ecs_service.service, "clusterName": of.ecs_service.cluster}
        ],
        "terminationHookEnabled": False,
    }
    if attempted is not None:
        if attempted.revision_sha256:
            shown["targetRevision"] = revisions.location(
                attempted.revision_type, attempted.revision_sha256
            )
        shown["lastAttemptedDeployment"] = _last(attempted)
    if successful is not None:
        shown["lastSuccessfulDeployment"] = _last(successful)
    return shown


def _last(of: Deployment) -> shapes.LastDeploymentInfo:
    shown: shapes.LastDeploymentInfo = {
        "deploymentId": of.id,
        "status": of.status,
        "createTime": of.created_at,
    }
    if of.completed_at is not None:
        shown["endTime"] = of.completed_at
    return shown
