"""What a deployment group and its deployments have in common, as the API shows it."""

from homeport.services.codedeploy.records.group_options import (
    AlarmOptions,
    AutoRollback,
    Balancing,
    BlueGreen,
)
from homeport.shapes import codedeploy as shapes


def style() -> shapes.DeploymentStyle:
    """The one style that deployments of services have."""
    return {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}


def load_balancer(of: Balancing) -> shapes.LoadBalancerInfo:
    """The pair of target groups and the listeners before it."""
    pair: shapes.TargetGroupPairInfo = {
        "targetGroups": [{"name": group.name} for group in of.target_groups],
        "prodTrafficRoute": {"listenerArns": [of.production_listener]},
    }
    if of.test_listener is not None:
        pair["testTrafficRoute"] = {"listenerArns": [of.test_listener]}
    return {"targetGroupPairInfoList": [pair]}


def blue_green(of: BlueGreen) -> shapes.BlueGreenDeploymentConfiguration:
    """The waits; ``aws ecs deploy`` adds both up and needs them even where they are 0."""
    return {
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": of.terminate,
            "terminationWaitTimeInMinutes": of.termination_wait_minutes,
        },
        "deploymentReadyOption": {
            "actionOnTimeout": of.on_ready_timeout,
            "waitTimeInMinutes": of.ready_wait_minutes,
        },
    }


def auto_rollback(of: AutoRollback) -> shapes.AutoRollbackConfiguration:
    """What makes a deployment roll back."""
    shown: shapes.AutoRollbackConfiguration = {"enabled": of.enabled}
    if of.events:
        shown["events"] = list(of.events)
    return shown


def alarms(of: AlarmOptions) -> shapes.AlarmConfiguration:
    """Which alarms stop a deployment."""
    return {
        "enabled": of.enabled,
        "ignorePollAlarmFailure": of.ignore_poll_failure,
        "alarms": [{"name": name} for name in of.names],
    }
