"""Load balancers in the end-to-end tests: made with the stock CLI, and traffic through them."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from e2e_harness import Homeport, wait_until
from e2e_services import until_stable

SERVING_S = 60.0


@dataclass
class Balanced:
    """A load balancer with one listener and one target group."""

    arn: str
    dns_name: str
    listener_arn: str
    group_arn: str
    port: int

    def get(self, path: str = "/", timeout: float = 5.0) -> tuple[int, str]:
        """Status and body of a page, through the door on this host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"Host": f"{self.dns_name}:{self.port}"})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def page(self) -> str:
        """What it serves; empty while it serves nothing."""
        try:
            status, body = self.get()
        except OSError:
            return ""
        return body.strip() if status == 200 else ""


def subnets(homeport: Homeport) -> list[str]:
    """The subnets of the default VPC."""
    found = homeport.aws("ec2", "describe-subnets")["Subnets"]
    return [each["SubnetId"] for each in found]


def balanced(
    homeport: Homeport,
    name: str,
    port: int,
    *,
    kind: str = "application",
    target_type: str = "ip",
    delay_s: int = 10,
    check_s: tuple[int, int] = (5, 2),
    **listener: Any,
) -> Balanced:
    """Make one with its group, checked every five seconds (faster with --time-scale).

    `check_s`: interval and timeout of its checks.
    """
    protocol = "HTTP" if kind == "application" else "TCP"
    words = ("--name", name, "--type", kind, "--subnets", *subnets(homeport))
    made = homeport.aws("elbv2", "create-load-balancer", *words)["LoadBalancers"][0]
    elb = homeport.client("elbv2")
    group = elb.create_target_group(
        Name=name,
        Protocol=protocol,
        Port=8080,
        VpcId=made["VpcId"],
        TargetType=target_type,
        HealthCheckIntervalSeconds=check_s[0],
        HealthCheckTimeoutSeconds=check_s[1],
        HealthyThresholdCount=2,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    attributes = [{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay_s)}]
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=attributes)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    asked = {"Protocol": protocol, "Port": port, "DefaultActions": forward} | listener
    arn = elb.create_listener(LoadBalancerArn=made["LoadBalancerArn"], **asked)["Listeners"][0]
    homeport.aws_text("elbv2", "wait", "load-balancer-available", "--names", name)
    return Balanced(
        arn=made["LoadBalancerArn"],
        dns_name=made["DNSName"],
        listener_arn=arn["ListenerArn"],
        group_arn=group,
        port=port,
    )


def serve(
    homeport: Homeport, name: str, to: Balanced, *, count: int = 2, text: str = "one", **more: Any
) -> None:
    """A FARGATE service behind the load balancer, once its deployment is completed.

    The waiter of the CLI counts running tasks: it may return before the targets are healthy,
    and a deployment that is not completed yet is none to roll back to.
    """
    create(homeport, name, to, taskDefinition=web(homeport, name, text), desiredCount=count, **more)
    homeport.aws_text("ecs", "wait", "services-stable", "--services", name)
    until_stable(homeport, name, count)


def create(homeport: Homeport, name: str, to: Balanced, **more: Any) -> None:
    """A FARGATE service whose container `web` is behind the load balancer with port 8080."""
    asked = {
        "launchType": "FARGATE",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": subnets(homeport)}},
        "loadBalancers": [
            {"targetGroupArn": to.group_arn, "containerName": "web", "containerPort": 8080}
        ],
    }
    homeport.ecs.create_service(serviceName=name, **asked | more)


def web(
    homeport: Homeport,
    family: str,
    text: str,
    *,
    command: Sequence[str] = (),
    ports: Sequence[int] = (8080,),
    launch_type: str = "FARGATE",
) -> str:
    """A definition that serves a text on port 8080, or does what it is told."""
    container = {"name": "web", "command": [*command] or ["serve", "8080", text]}
    return homeport.register(
        family,
        [container | {"portMappings": [{"containerPort": port} for port in ports]}],
        networkMode="awsvpc",
        requiresCompatibilities=[launch_type],
        cpu="256",
        memory="512",
    )


def health(homeport: Homeport, group_arn: str) -> dict[str, str]:
    """The state of each target by its id."""
    found = homeport.client("elbv2").describe_target_health(TargetGroupArn=group_arn)
    return {
        f"{each['Target']['Id']}:{each['Target']['Port']}": each["TargetHealth"]["State"]
        for each in found["TargetHealthDescriptions"]
    }


@dataclass
class Traffic:
    """What came of the requests that were made all the time."""

    answers: int = 0
    failures: list[str] = field(default_factory=list)
    bodies: set[str] = field(default_factory=set)


@contextmanager
def traffic(to: Balanced, *, clients: int = 4, pause_s: float = 0.01) -> Iterator[Traffic]:
    """Clients that keep their connections and ask without end; any failure is kept."""
    seen, over, lock = Traffic(), threading.Event(), threading.Lock()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=10)
        while not over.is_set():
            try:
                connection.request("GET", "/", headers={"Host": to.dns_name})
                answer = connection.getresponse()
                body = answer.read().decode().strip()
                problem = "" if answer.status == 200 else f"{answer.status} {body}"
            except (OSError, http.client.HTTPException) as error:
                problem, body = repr(error), ""
                connection.close()
            with lock:
                seen.answers += not problem
                seen.bodies.add(body)
                if problem:
                    seen.failures.append(f"{time.time():.3f} {problem}")
            over.wait(pause_s)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for each in threads:
        each.start()
    try:
        yield seen
    finally:
        over.set()
        for each in threads:
            each.join()


def delete_balancers(homeport: Homeport) -> None:
    """Delete every load balancer and target group."""
    elb = homeport.client("elbv2")
    for each in elb.describe_load_balancers()["LoadBalancers"]:
        elb.delete_load_balancer(LoadBalancerArn=each["LoadBalancerArn"])
    for group in elb.describe_target_groups()["TargetGroups"]:
        elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])


def until_served(to: Balanced, text: str, timeout: float = SERVING_S) -> None:
    """Wait until the load balancer serves a text."""
    wait_until(lambda: to.page() == text, timeout, lambda: f"it serves {to.page()!r}")
