"""A service behind an ALB that changes under a steady load (run it inside scripts/lab).

A client sends 500 requests a second (`steady_client`) through the load balancer to six FARGATE
tasks, while the service gets a new revision, then goes down to three tasks, and then one of them is
stopped with StopTask.  Told are, for each of the three and the whole: requests sent, how many of
them failed (0 is the aim), the rate that was held, and the 99th percentile of the answers' time.
`unchanged` comes first, without any change: the tasks' server forks for each request, and if some
fail there already, the machine is too busy for the rest to say anything.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from lean import Server
from load_balancers import client, until_it_answers_at
from steady_client import Sent, SteadyClient
from tasks import start

RATE = 500.0
COUNT = 6
LEFT = 3
PORT = 8321
NAME = "rolling"
DRAIN_S = 5
SETTLED_S = 5.0
GIVE_UP_AFTER_S = 240.0
POLL_S = 0.5


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GIVE_UP_AFTER_S
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError("it never came to that")
        time.sleep(POLL_S)


class Rolling:
    """The service with its load balancer."""

    def __init__(self, server: Server) -> None:
        self.ecs, self.elb = client(server, "ecs"), client(server, "elbv2")
        found = client(server, "ec2").describe_subnets()["Subnets"]
        self.subnets, self.vpc = [each["SubnetId"] for each in found], found[0]["VpcId"]
        self.group = self._balanced()
        self.ecs.create_service(
            serviceName=NAME,
            taskDefinition=self.revision("one"),
            desiredCount=COUNT,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {"subnets": self.subnets}},
            loadBalancers=[
                {"targetGroupArn": self.group, "containerName": "web", "containerPort": 8080}
            ],
        )
        self.settle(COUNT)

    def _balanced(self) -> str:
        made = self.elb.create_load_balancer(Name=NAME, Subnets=self.subnets)["LoadBalancers"][0]
        group: str = self.elb.create_target_group(
            Name=NAME,
            Protocol="HTTP",
            Port=8080,
            VpcId=self.vpc,
            TargetType="ip",
            HealthCheckIntervalSeconds=5,
            HealthCheckTimeoutSeconds=2,
            HealthyThresholdCount=2,
        )["TargetGroups"][0]["TargetGroupArn"]
        delay = {"Key": "deregistration_delay.timeout_seconds", "Value": str(DRAIN_S)}
        self.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[delay])
        self.elb.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"],
            Protocol="HTTP",
            Port=PORT,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return group

    def revision(self, text: str) -> str:
        """A revision of the definition; its server ends on SIGTERM by itself."""
        made = self.ecs.register_task_definition(
            family=NAME,
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

    def settle(self, count: int) -> None:
        """Wait until the service is steady and has just so many targets, all of them healthy."""
        until(lambda: self._is_steady(count))

    def _is_steady(self, count: int) -> bool:
        service = self.ecs.describe_services(services=[NAME])["services"][0]
        deployments = service["deployments"]
        targets = self.elb.describe_target_health(TargetGroupArn=self.group)
        states = [each["TargetHealth"]["State"] for each in targets["TargetHealthDescriptions"]]
        return (
            len(deployments) == 1
            and service["runningCount"] == service["desiredCount"] == count
            and states == ["healthy"] * count
        )

    def roll(self) -> None:
        """Another revision in place of the first."""
        self.ecs.update_service(service=NAME, taskDefinition=self.revision("two"))
        self.settle(COUNT)

    def scale_in(self) -> None:
        """Fewer tasks."""
        self.ecs.update_service(service=NAME, desiredCount=LEFT)
        self.settle(LEFT)

    def stop_one(self) -> None:
        """One task is stopped; another takes its place."""
        victim = self.ecs.list_tasks(serviceName=NAME)["taskArns"][0]
        self.ecs.stop_task(task=victim)
        until(
            lambda: self.ecs.describe_tasks(tasks=[victim])["tasks"][0]["lastStatus"] == "STOPPED"
        )
        self.settle(LEFT)


def told(seen: Sent, took_s: float) -> dict[str, Any]:
    for each in seen.failures[:3]:
        print(each, file=sys.stderr)
    return {
        "sent": seen.sent,
        "failed": len(seen.failures),
        "requests_a_second": round(seen.rate, 1),
        "p99_ms": round(seen.p99_ms, 1),
        "took_s": round(took_s, 1),
    }


def under_load(change: Callable[[], None]) -> dict[str, Any]:
    begin = time.monotonic()
    with SteadyClient(PORT, rate=RATE).running() as seen:
        change()
        took_s = time.monotonic() - begin
        time.sleep(SETTLED_S)  # Measured, not waited for: what still comes of the change.
    return told(seen, took_s)


def main() -> None:
    with tempfile.TemporaryDirectory() as state:
        process, server = start(state)
        rolling = Rolling(server)
        until_it_answers_at(PORT)
        parts = {
            "unchanged": under_load(lambda: time.sleep(SETTLED_S)),
            "rolling_update": under_load(rolling.roll),
            "scale_in": under_load(rolling.scale_in),
            "stop_task": under_load(rolling.stop_one),
        }
        rolling.ecs.delete_service(service=NAME, force=True)
        process.terminate()
        process.wait()
    whole = {
        "sent": sum(part["sent"] for part in parts.values()),
        "failed": sum(part["failed"] for part in parts.values()),
        "least_requests_a_second": min(part["requests_a_second"] for part in parts.values()),
    }
    print(json.dumps(whole | parts, indent=2))


if __name__ == "__main__":
    main()
