"""Blue/green by CodeDeploy and a canary by ECS, with a client that never stops (in scripts/lab).

`all_at_once`: CreateDeployment until Succeeded, without any wait of its own.  `beyond_green_s` is
what comes on top of the time that the green task takes to be there and healthy (aim: 2 s at most).
`canary`: while a tenth of the traffic is on the new side, which share of the requests went there
(aim: within one point of 10 %, of 20,000 requests), and how many failed in the whole deployment.
"""

import json
import statistics
import tempfile
import time
from typing import Any

from lean import Server
from load_balancers import client, until_it_answers_at
from rolling_under_load import POLL_S, until
from steady_client import SteadyClient
from tasks import start

ROUNDS = 5
OFTEN_S = 0.02
RATE = 400.0
WANTED = 20_000
PORTS = {"codedeploy": 8331, "canary": 8332}
ROLE = "arn:aws:iam::000000000000:role/deployer"


class Sides:
    """A load balancer with two target groups, and a family of task definitions."""

    def __init__(self, server: Server, name: str) -> None:
        self.name = name
        self.ecs, self.elb = client(server, "ecs"), client(server, "elbv2")
        self.deploying = client(server, "codedeploy")
        found = client(server, "ec2").describe_subnets()["Subnets"]
        self.subnets, vpc = [each["SubnetId"] for each in found], found[0]["VpcId"]
        made = self.elb.create_load_balancer(Name=name, Subnets=self.subnets)["LoadBalancers"][0]
        self.groups = [
            self.elb.create_target_group(
                Name=f"{name}-{side}",
                Protocol="HTTP",
                Port=8080,
                VpcId=vpc,
                TargetType="ip",
                HealthCheckIntervalSeconds=5,
                HealthCheckTimeoutSeconds=2,
                HealthyThresholdCount=2,
            )["TargetGroups"][0]["TargetGroupArn"]
            for side in ("blue", "green")
        ]
        shares = [
            {"TargetGroupArn": arn, "Weight": weight}
            for arn, weight in zip(self.groups, (100, 0), strict=True)
        ]
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}
        self.listener = self.elb.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"],
            Protocol="HTTP",
            Port=PORTS[name],
            DefaultActions=[forward],
        )["Listeners"][0]["ListenerArn"]

    def revision(self, text: str) -> str:
        made = self.ecs.register_task_definition(
            family=self.name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[
                {
                    "name": "web",
                    "image": "sample:latest",
                    "command": ["serve", "8080", text],
                    "portMappings": [{"containerPort": 8080}],
                }
            ],
        )
        arn: str = made["taskDefinition"]["taskDefinitionArn"]
        return arn

    def serve(self, count: int, balancer: dict[str, Any], **more: Any) -> None:
        place = {"targetGroupArn": self.groups[0], "containerName": "web", "containerPort": 8080}
        self.ecs.create_service(
            serviceName=self.name,
            taskDefinition=self.revision("one"),
            desiredCount=count,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": self.subnets}},
            loadBalancers=[place | balancer],
            **more,
        )
        until_it_answers_at(PORTS[self.name])

    def rule(self) -> str:
        [found] = self.elb.describe_rules(ListenerArn=self.listener)["Rules"]
        arn: str = found["RuleArn"]
        return arn

    def share(self) -> int:
        """Percent of the second group, as the listener says."""
        [listener] = self.elb.describe_listeners(ListenerArns=[self.listener])["Listeners"]
        [action] = listener["DefaultActions"]
        given = {
            each["TargetGroupArn"]: each.get("Weight", 1)
            for each in action["ForwardConfig"]["TargetGroups"]
        }
        return round(100 * given.get(self.groups[1], 0) / sum(given.values()))


def all_at_once(server: Server) -> dict[str, Any]:
    sides = Sides(server, "codedeploy")
    sides.serve(1, {}, deploymentController={"type": "CODE_DEPLOY"})
    names = [
        each["TargetGroupName"]
        for each in sides.elb.describe_target_groups(TargetGroupArns=sides.groups)["TargetGroups"]
    ]
    sides.deploying.create_application(applicationName="bench", computePlatform="ECS")
    sides.deploying.create_deployment_group(
        applicationName="bench",
        deploymentGroupName="bench",
        serviceRoleArn=ROLE,
        ecsServices=[{"clusterName": "default", "serviceName": sides.name}],
        deploymentStyle={
            "deploymentType": "BLUE_GREEN",
            "deploymentOption": "WITH_TRAFFIC_CONTROL",
        },
        loadBalancerInfo={
            "targetGroupPairInfoList": [
                {
                    "targetGroups": [{"name": name} for name in names],
                    "prodTrafficRoute": {"listenerArns": [sides.listener]},
                }
            ]
        },
        blueGreenDeploymentConfiguration={
            "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": 0,
            },
        },
    )
    took = [deployed(sides, f"round {number}") for number in range(ROUNDS)]
    whole, beyond = zip(*took, strict=True)
    return {
        "create_to_succeeded_s": round(statistics.median(whole), 2),
        "beyond_green_s": round(statistics.median(beyond), 2),
        "beyond_green_most_s": round(max(beyond), 2),
    }


def deployed(sides: Sides, text: str) -> tuple[float, float]:
    """Seconds from CreateDeployment to Succeeded, and how many of them green was not waited for."""
    properties = {
        "TaskDefinition": sides.revision(text),
        "LoadBalancerInfo": {"ContainerName": "web", "ContainerPort": 8080},
    }
    document = {
        "version": 0.0,
        "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": properties}}],
    }
    known = set(sides.ecs.list_tasks(serviceName=sides.name)["taskArns"])
    begin = time.monotonic()
    made = sides.deploying.create_deployment(
        applicationName="bench",
        deploymentGroupName="bench",
        revision={
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(document)},
        },
    )["deploymentId"]
    began = healthy = 0.0
    while True:
        now = time.monotonic()
        status = sides.deploying.get_deployment(deploymentId=made)["deploymentInfo"]["status"]
        if not began and set(sides.ecs.list_tasks(serviceName=sides.name)["taskArns"]) - known:
            began = now
        if began and not healthy and all_healthy(sides, 2):
            healthy = now
        if status == "Succeeded":
            return now - begin, now - begin - ((healthy or now) - began)
        if status in ("Failed", "Stopped"):
            raise RuntimeError(f"the deployment {status.lower()}")
        time.sleep(OFTEN_S)


def all_healthy(sides: Sides, count: int) -> bool:
    """Whether so many targets of both groups are healthy."""
    states = [
        each["TargetHealth"]["State"]
        for group in sides.groups
        for each in sides.elb.describe_target_health(TargetGroupArn=group)[
            "TargetHealthDescriptions"
        ]
    ]
    return states.count("healthy") >= count


def canary(server: Server) -> dict[str, Any]:
    sides = Sides(server, "canary")
    advanced = {
        "alternateTargetGroupArn": sides.groups[1],
        "productionListenerRule": sides.rule(),
        "roleArn": ROLE,
    }
    configuration = {
        "strategy": "CANARY",
        "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 1},
        "bakeTimeInMinutes": 0,
    }
    sides.serve(3, {"advancedConfiguration": advanced}, deploymentConfiguration=configuration)
    until(lambda: newest(sides) == "SUCCESSFUL")
    with SteadyClient(PORTS["canary"], rate=RATE).running() as seen:
        sides.ecs.update_service(service=sides.name, taskDefinition=sides.revision("two"))
        until(lambda: sides.share() == 10)
        before = seen.bodies.copy()
        until(lambda: (seen.bodies - before).total() >= WANTED or sides.share() != 10)
        during = seen.bodies - before
        until(lambda: newest(sides) not in ("PENDING", "IN_PROGRESS"))
    if newest(sides) != "SUCCESSFUL":
        raise RuntimeError(f"the deployment is {newest(sides)}")
    return {
        "requests_during": during.total(),
        "green_percent": round(100 * during[b"two"] / during.total(), 2),
        "sent_in_all": seen.sent,
        "failed_in_all": len(seen.failures),
        "requests_a_second": round(seen.rate, 1),
    }


def newest(sides: Sides) -> str:
    found = sides.ecs.list_service_deployments(service=sides.name)["serviceDeployments"]
    status: str = found[0]["status"]
    return status


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        process, server = start(state)
        found = {"all_at_once": all_at_once(server), "canary": canary(server)}
        for name in PORTS:
            client(server, "ecs").delete_service(service=name, force=True)
        time.sleep(POLL_S)
        process.terminate()
        process.wait()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
