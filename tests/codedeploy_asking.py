"""CodeDeploy asked by stock boto3: a service to deploy to, requests, what is refused."""

from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/deployer"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A service behind a load balancer, and what its deployment group names."""

    deploy: Any
    ecs: Any
    elb: Any
    subnets: tuple[str, ...]
    vpc_id: str
    load_balancer: str
    production: str
    test: str
    groups: dict[str, str]
    """ARNs of target groups by name."""
    definition: str

    def target_group(self, name: str) -> str:
        """The ARN of a new target group."""
        made = self.elb.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=self.vpc_id, TargetType="ip"
        )
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def service(self, name: str, controller: str = "CODE_DEPLOY") -> str:
        """The ARN of a new service."""
        made = self.ecs.create_service(
            serviceName=name,
            taskDefinition=self.definition,
            desiredCount=1,
            launchType="FARGATE",
            deploymentController={"type": controller},
            networkConfiguration={"awsvpcConfiguration": {"subnets": [self.subnets[0]]}},
            loadBalancers=[
                {
                    "targetGroupArn": self.groups["blue"],
                    "containerName": "web",
                    "containerPort": 80,
                }
            ],
        )
        return str(made["service"]["serviceArn"])

    def group(self, **changes: Any) -> dict[str, Any]:
        """A CreateDeploymentGroup request; None leaves a member out."""
        plain = {
            "applicationName": "shop",
            "deploymentGroupName": "web",
            "serviceRoleArn": ROLE,
            "deploymentStyle": {
                "deploymentType": "BLUE_GREEN",
                "deploymentOption": "WITH_TRAFFIC_CONTROL",
            },
            "blueGreenDeploymentConfiguration": {
                "terminateBlueInstancesOnDeploymentSuccess": {
                    "action": "TERMINATE",
                    "terminationWaitTimeInMinutes": 5,
                },
                "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
            },
            "ecsServices": [{"clusterName": "default", "serviceName": "web"}],
            "loadBalancerInfo": self.info(),
        }
        return {key: value for key, value in (plain | changes).items() if value is not None}

    def info(self, **changes: Any) -> dict[str, Any]:
        """A `loadBalancerInfo`; None leaves a member of the pair out."""
        pair = {
            "targetGroups": [{"name": "blue"}, {"name": "green"}],
            "prodTrafficRoute": {"listenerArns": [self.production]},
            "testTrafficRoute": {"listenerArns": [self.test]},
        } | changes
        kept = {key: value for key, value in pair.items() if value is not None}
        return {"targetGroupPairInfoList": [kept]}

    def app_spec(self, **changes: Any) -> str:
        """An AppSpec file that deploys the service's own task definition."""
        values = {"definition": self.definition, "container": "web", "port": 80} | changes
        return (
            "version: 0.0\n"
            "Resources:\n"
            "  - TargetService:\n"
            "      Type: AWS::ECS::Service\n"
            "      Properties:\n"
            f"        TaskDefinition: {values['definition']}\n"
            "        LoadBalancerInfo:\n"
            f"          ContainerName: {values['container']}\n"
            f"          ContainerPort: {values['port']}\n"
        )


def refusal(asked: Any, **request: Any) -> tuple[str, str]:
    """The code and the text of the error that an operation answers."""
    with pytest.raises(ClientError) as refused:
        asked(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def revision(content: str, **changes: Any) -> dict[str, Any]:
    """A revision that comes with its content."""
    return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content} | changes}


def deployment(world: World, **changes: Any) -> dict[str, Any]:
    """A CreateDeployment request; None leaves a member out."""
    plain = {
        "applicationName": "shop",
        "deploymentGroupName": "web",
        "revision": revision(world.app_spec()),
    }
    return {key: value for key, value in (plain | changes).items() if value is not None}


def deployed(world: World, **changes: Any) -> str:
    """The id of a new deployment."""
    made = world.deploy.create_deployment(**deployment(world, **changes))
    return str(made["deploymentId"])


def shown(world: World, deployment_id: str) -> dict[str, Any]:
    """What GetDeployment says of it."""
    found: dict[str, Any] = world.deploy.get_deployment(deploymentId=deployment_id)
    information: dict[str, Any] = found["deploymentInfo"]
    return information


def group_shown(world: World, name: str = "web") -> dict[str, Any]:
    """What GetDeploymentGroup says of a group."""
    found = world.deploy.get_deployment_group(applicationName="shop", deploymentGroupName=name)
    information: dict[str, Any] = found["deploymentGroupInfo"]
    return information
