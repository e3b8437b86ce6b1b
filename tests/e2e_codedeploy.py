"""Services that CodeDeploy deploys, in the end-to-end tests."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from e2e_balancers import Traffic, create, delete_balancers, until_served, web
from e2e_harness import Homeport, wait_until
from e2e_services import delete_services, described
from e2e_shifting import ROLE, SHIFTED_S, Stage, network, pages, staged, weights

ENDED = ("Succeeded", "Failed", "Stopped")
BACK = {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
HOOKS = (
    "BeforeInstall",
    "AfterInstall",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AfterAllowTraffic",
)
EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)


def delete_everything(homeport: Homeport) -> None:
    """Every application, service, load balancer and configuration that a test made."""
    deploying = homeport.client("codedeploy")
    for name in deploying.list_applications()["applications"]:
        deploying.delete_application(applicationName=name)
    delete_services(homeport)
    delete_balancers(homeport)
    for name in deploying.list_deployment_configs()["deploymentConfigsList"]:
        if not name.startswith("CodeDeployDefault."):
            deploying.delete_deployment_config(deploymentConfigName=name)


def only_task_set(homeport: Homeport, name: str) -> dict[str, Any]:
    """The task set of a service once it has no other: what is deleted drains in its own time."""
    wait_until(
        lambda: len(described(homeport, name)["taskSets"]) == 1,
        SHIFTED_S,
        lambda: str(described(homeport, name)["taskSets"]),
    )
    [left] = described(homeport, name)["taskSets"]
    found: dict[str, Any] = left
    return found


def is_whole(stage: Stage, text: str, traffic_of: Traffic | None = None) -> None:
    """All the traffic is on one side, and nobody noticed how it came there."""
    assert 0 in weights(stage)
    assert pages(stage) == {text}
    if traffic_of is not None:
        assert traffic_of.failures == []
        assert traffic_of.bodies <= {"one", "two"}


def code_deployed(
    homeport: Homeport,
    name: str,
    port: int,
    *,
    count: int = 1,
    kind: str = "application",
    **group: Any,
) -> Stage:
    """A service with controller CODE_DEPLOY that serves ``one``, with application and group."""
    stage = staged(homeport, name, port, kind=kind)
    create(
        homeport,
        name,
        stage.to,
        taskDefinition=web(homeport, name, "one"),
        desiredCount=count,
        deploymentController={"type": "CODE_DEPLOY"},
        networkConfiguration=network(homeport, kind),
    )
    deploying = homeport.client("codedeploy")
    deploying.create_application(applicationName=name, computePlatform="ECS")
    deploying.create_deployment_group(**(group_request(stage) | group))
    until_served(stage.to, "one")
    return stage


def group_request(stage: Stage) -> dict[str, Any]:
    """A deployment group of the name of the service: all at once, and no wait anywhere."""
    names = {
        arn: stage.homeport.client("elbv2").describe_target_groups(TargetGroupArns=[arn])[
            "TargetGroups"
        ][0]["TargetGroupName"]
        for arn in stage.groups
    }
    return {
        "applicationName": stage.name,
        "deploymentGroupName": stage.name,
        "serviceRoleArn": ROLE,
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "ecsServices": [{"clusterName": "default", "serviceName": stage.name}],
        "deploymentStyle": {
            "deploymentType": "BLUE_GREEN",
            "deploymentOption": "WITH_TRAFFIC_CONTROL",
        },
        "loadBalancerInfo": {
            "targetGroupPairInfoList": [
                {
                    "targetGroups": [{"name": names[arn]} for arn in stage.groups],
                    "prodTrafficRoute": {"listenerArns": [stage.to.listener_arn]},
                    "testTrafficRoute": {"listenerArns": [stage.tests.listener_arn]},
                }
            ]
        },
        "blueGreenDeploymentConfiguration": blue_green(),
    }


def blue_green(
    *, ready_minutes: int | None = None, terminate_minutes: int | None = 0
) -> dict[str, Any]:
    """How long green waits for its traffic and blue for its end; None: no wait, no end."""
    ready: dict[str, Any] = {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}
    if ready_minutes is not None:
        ready = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": ready_minutes}
    end: dict[str, Any] = {"action": "KEEP_ALIVE"}
    if terminate_minutes is not None:
        end = {"action": "TERMINATE", "terminationWaitTimeInMinutes": terminate_minutes}
    return {
        "deploymentReadyOption": ready,
        "terminateBlueInstancesOnDeploymentSuccess": end,
    }


def app_spec(definition: str, hooks: Mapping[str, str] | None = None) -> str:
    """An AppSpec as a pipeline writes it."""
    properties = {
        "TaskDefinition": definition,
        "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 8080},
    }
    document: dict[str, Any] = {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
    }
    if hooks:
        document["Hooks"] = [{event: function} for event, function in hooks.items()]
    return json.dumps(document)


def deploy(
    stage: Stage,
    text: str,
    *,
    command: Sequence[str] = (),
    hooks: Mapping[str, str] | None = None,
    **more: Any,
) -> str:
    """Have CodeDeploy deploy what serves another text; answers the deployment's id."""
    definition = web(stage.homeport, stage.name, text, command=command)
    content = app_spec(definition, hooks)
    made = stage.homeport.client("codedeploy").create_deployment(
        applicationName=stage.name,
        deploymentGroupName=stage.name,
        revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": content}},
        **more,
    )
    return str(made["deploymentId"])


def info(homeport: Homeport, deployment: str) -> dict[str, Any]:
    """What GetDeployment says now."""
    found = homeport.client("codedeploy").get_deployment(deploymentId=deployment)
    told: dict[str, Any] = found["deploymentInfo"]
    return told


def target(homeport: Homeport, deployment: str) -> dict[str, Any]:
    """The one target of a deployment."""
    client = homeport.client("codedeploy")
    [target_id] = client.list_deployment_targets(deploymentId=deployment)["targetIds"]
    found = client.get_deployment_target(deploymentId=deployment, targetId=target_id)
    told: dict[str, Any] = found["deploymentTarget"]["ecsTarget"]
    return told


def events(homeport: Homeport, deployment: str) -> dict[str, str]:
    """The status of each lifecycle event, in order."""
    told = target(homeport, deployment)["lifecycleEvents"]
    return {each["lifecycleEventName"]: each["status"] for each in told}


def until_info(
    homeport: Homeport,
    deployment: str,
    holds: Callable[[dict[str, Any]], bool],
    timeout: float = SHIFTED_S,
) -> dict[str, Any]:
    """The deployment once `holds` is true of it."""
    seen: list[dict[str, Any]] = []

    def look() -> bool:
        seen[:] = [info(homeport, deployment)]
        return holds(seen[0])

    wait_until(look, timeout, lambda: f"{seen} {events(homeport, deployment)}")
    return seen[0]


def until_ended(
    homeport: Homeport, deployment: str, status: str = "Succeeded", timeout: float = SHIFTED_S
) -> dict[str, Any]:
    """The deployment once it is over; it must have ended so."""
    told = until_info(homeport, deployment, lambda each: each["status"] in ENDED, timeout)
    assert told["status"] == status, (told, target(homeport, deployment))
    return told


def until_rolled_back(homeport: Homeport, deployment: str, status: str = "Failed") -> str:
    """The id of the deployment that rolled this one back, once both are over."""
    until_ended(homeport, deployment, status)
    told = until_info(
        homeport, deployment, lambda each: "rollbackDeploymentId" in each.get("rollbackInfo", {})
    )
    back = str(told["rollbackInfo"]["rollbackDeploymentId"])
    until_ended(homeport, back)
    return back
