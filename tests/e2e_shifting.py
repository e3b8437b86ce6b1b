"""Services with two sides in the end-to-end tests, and their deployments by ECS itself."""

import http.client
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from e2e_balancers import Balanced, balanced, create, subnets, until_served, web
from e2e_harness import Homeport, wait_until

ROLE = "arn:aws:iam::000000000000:role/deployer"
SHIFTED_S = 120.0
UNHURRIED = 21, 20
"""Interval and timeout of health checks.  These tests run at up to 120 times the speed: a target
on a busy machine needs more than the sixtieth part of two seconds to answer."""


@dataclass(frozen=True)
class Stage:
    """A load balancer with a production and a test listener, and two target groups."""

    homeport: Homeport
    name: str
    to: Balanced
    """Production; its group is the blue one at first."""
    tests: Balanced
    """The test listener, which forwards to the same group at first."""
    green: str

    @property
    def groups(self) -> tuple[str, str]:
        """The target groups, the blue one first."""
        return self.to.group_arn, self.green


def staged(homeport: Homeport, name: str, port: int, *, kind: str = "application") -> Stage:
    """Make one; the test listener is at the port's hundredth neighbour."""
    to = balanced(homeport, name, port, kind=kind, check_s=UNHURRIED)
    elb = homeport.client("elbv2")
    [blue] = elb.describe_target_groups(TargetGroupArns=[to.group_arn])["TargetGroups"]
    same = ("Protocol", "Port", "VpcId", "TargetType", "HealthCheckIntervalSeconds")
    same += ("HealthCheckTimeoutSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount")
    asked = {key: blue[key] for key in same}
    green = elb.create_target_group(Name=f"{name}-green", **asked)["TargetGroups"][0]
    green_arn = green["TargetGroupArn"]
    attributes = [{"Key": "deregistration_delay.timeout_seconds", "Value": "10"}]
    elb.modify_target_group_attributes(TargetGroupArn=green_arn, Attributes=attributes)
    made = elb.create_listener(
        LoadBalancerArn=to.arn,
        Protocol=blue["Protocol"],
        Port=port + 100,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": to.group_arn}],
    )["Listeners"][0]
    tests = replace(to, listener_arn=made["ListenerArn"], port=port + 100)
    return Stage(homeport, name, to, tests, green_arn)


def network(homeport: Homeport, kind: str) -> dict[str, Any]:
    """Where tasks are.  A Network Load Balancer is in no group that the default one lets in."""
    found: dict[str, Any] = {"subnets": subnets(homeport)}
    if kind == "network":
        found["securityGroups"] = [open_group(homeport)]
    return {"awsvpcConfiguration": found}


def open_group(homeport: Homeport) -> str:
    """A security group that lets everybody in to port 8080; made once."""
    ec2 = homeport.client("ec2")
    named = [{"Name": "group-name", "Values": ["open"]}]
    known = ec2.describe_security_groups(Filters=named)["SecurityGroups"]
    if known:
        return str(known[0]["GroupId"])
    [vpc] = ec2.describe_vpcs()["Vpcs"]
    made = ec2.create_security_group(GroupName="open", Description="open", VpcId=vpc["VpcId"])
    ec2.authorize_security_group_ingress(
        GroupId=made["GroupId"], IpProtocol="tcp", FromPort=8080, ToPort=8080, CidrIp="0.0.0.0/0"
    )
    return str(made["GroupId"])


def weights(stage: Stage, listener_arn: str = "") -> tuple[int, int]:
    """What the production listener gives the blue and the green group."""
    elb = stage.homeport.client("elbv2")
    arn = listener_arn or stage.to.listener_arn
    [listener] = elb.describe_listeners(ListenerArns=[arn])["Listeners"]
    [action] = listener["DefaultActions"]
    config = action.get("ForwardConfig", {}).get("TargetGroups", [])
    given = {each["TargetGroupArn"]: each.get("Weight", 1) for each in config}
    if not given:
        given = {action["TargetGroupArn"]: 1}
    blue, green = stage.groups
    return given.get(blue, 0), given.get(green, 0)


def pages(stage: Stage, count: int = 40) -> set[str]:
    """What production serves to clients that all come anew."""
    return {stage.to.page() for _ in range(count)}


# --- hooks -------------------------------------------------------------------------------------


def set_hook(homeport: Homeport, name: str, script: str) -> str:
    """A shell script that stands for a function; answers the function's ARN."""
    homeport.run("hooks", "set", name, "--command", script)
    return f"arn:aws:lambda:us-east-1:000000000000:function:{name}"


def gate(directory: Path, name: str) -> str:
    """A script that says that it was asked, and answers once the test lets it."""
    here, go = directory / f"{name}.asked", directory / f"{name}.go"
    answer = """echo '{"status": "Succeeded", "hookStatus": "SUCCEEDED"}'"""
    return (
        f"cat > {here}.new; mv {here}.new {here}; until [ -e {go} ]; do sleep 0.05; done; {answer}"
    )


def asked(directory: Path, name: str, timeout: float = SHIFTED_S) -> dict[str, Any]:
    """What the gate was handed, once it was asked."""
    here = directory / f"{name}.asked"
    wait_until(here.exists, timeout, lambda: f"{name} was never asked")
    told: dict[str, Any] = json.loads(here.read_text())
    return told


def let_go(directory: Path, name: str) -> None:
    """Have the gate answer."""
    (directory / f"{name}.go").touch()


def page_at(port: int, host: str) -> str:
    """What a listener serves."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/", headers={"Host": f"{host}:{port}"})
        return connection.getresponse().read().decode().strip()
    except OSError:
        return ""
    finally:
        connection.close()


# --- ECS itself --------------------------------------------------------------------------------


def self_deployed(
    homeport: Homeport,
    name: str,
    port: int,
    *,
    count: int = 1,
    kind: str = "application",
    **configuration: Any,
) -> Stage:
    """A service that ECS deploys by a strategy, once it serves ``one``."""
    stage = staged(homeport, name, port, kind=kind)
    name_both(stage)
    create(
        homeport,
        name,
        stage.to,
        taskDefinition=web(homeport, name, "one"),
        desiredCount=count,
        deploymentConfiguration={"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0} | configuration,
        loadBalancers=[two_sided(stage)],
        networkConfiguration=network(homeport, kind),
    )
    until_deployment(stage, "SUCCESSFUL")
    until_served(stage.to, "one")
    return stage


def name_both(stage: Stage) -> None:
    """Have the production listener name both groups, as ECS wants it: all for blue."""
    shares = [
        {"TargetGroupArn": arn, "Weight": weight}
        for arn, weight in zip(stage.groups, (100, 0), strict=True)
    ]
    forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": shares}}
    stage.homeport.client("elbv2").modify_listener(
        ListenerArn=stage.to.listener_arn, DefaultActions=[forward]
    )


def two_sided(stage: Stage) -> dict[str, Any]:
    """How the service is behind both groups; a listener's default rule is one of its rules."""
    return {
        "targetGroupArn": stage.to.group_arn,
        "containerName": "web",
        "containerPort": 8080,
        "advancedConfiguration": {
            "alternateTargetGroupArn": stage.green,
            "productionListenerRule": rule_of(stage, stage.to),
            "testListenerRule": rule_of(stage, stage.tests),
            "roleArn": ROLE,
        },
    }


def rule_of(stage: Stage, to: Balanced) -> str:
    """The default rule of an ALB's listener; an NLB's listener itself."""
    if ":listener/net/" in to.listener_arn:
        return to.listener_arn
    found = stage.homeport.client("elbv2").describe_rules(ListenerArn=to.listener_arn)["Rules"]
    [arn] = [each["RuleArn"] for each in found if each["IsDefault"]]
    return str(arn)


def update(stage: Stage, text: str, *, command: Sequence[str] = (), **more: Any) -> str:
    """Deploy what serves another text; answers the service deployment's ARN."""
    definition = web(stage.homeport, stage.name, text, command=command)
    told = stage.homeport.ecs.update_service(service=stage.name, taskDefinition=definition, **more)[
        "service"
    ]
    return str(told["currentServiceDeployment"])


def newest(stage: Stage) -> str:
    """The ARN of the newest service deployment."""
    found = stage.homeport.ecs.list_service_deployments(service=stage.name)["serviceDeployments"]
    return str(found[0]["serviceDeploymentArn"])


def deployment_of(stage: Stage, arn: str = "") -> dict[str, Any]:
    """What DescribeServiceDeployments says now."""
    found = stage.homeport.ecs.describe_service_deployments(
        serviceDeploymentArns=[arn or newest(stage)]
    )
    told: dict[str, Any] = found["serviceDeployments"][0]
    return told


def until_deployed(
    stage: Stage,
    holds: Callable[[dict[str, Any]], bool],
    arn: str = "",
    timeout: float = SHIFTED_S,
) -> dict[str, Any]:
    """The service deployment once `holds` is true of it."""
    seen: list[dict[str, Any]] = []

    def look() -> bool:
        seen[:] = [deployment_of(stage, arn)]
        return holds(seen[0])

    wait_until(look, timeout, lambda: str(seen))
    return seen[0]


OVER = ("SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")


def until_deployment(
    stage: Stage, status: str, arn: str = "", timeout: float = SHIFTED_S
) -> dict[str, Any]:
    """The service deployment once it is over; it must have ended so."""
    told = until_deployed(stage, lambda each: each["status"] in OVER, arn, timeout)
    assert told["status"] == status, told
    return told
