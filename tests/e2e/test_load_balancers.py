"""Services behind load balancers: real connections through Envoy to real tasks."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e_balancers import (
    balanced,
    delete_balancers,
    health,
    serve,
    traffic,
    until_served,
    web,
)
from e2e_harness import Homeport, docker, wait_until
from e2e_services import container_of, delete_services, messages, tasks_of, until_stable


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Health checks and draining pass five times as fast."""
    where = tmp_path_factory.mktemp("balancers") / "state"
    running = Homeport(where, options=("--time-scale", "5")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)
    delete_balancers(homeport)


def test_a_rolling_update_under_traffic_loses_no_request(homeport: Homeport) -> None:
    to = balanced(homeport, "roll", 8401)
    serve(homeport, "roll", to, count=3)
    assert set(health(homeport, to.group_arn).values()) == {"healthy"}
    until_served(to, "one")
    with traffic(to) as seen:
        homeport.ecs.update_service(service="roll", taskDefinition=web(homeport, "roll", "two"))
        until_stable(homeport, "roll", 3)
        homeport.ecs.update_service(service="roll", desiredCount=1)
        until_stable(homeport, "roll", 1)
        wait_until(lambda: len(health(homeport, to.group_arn)) == 1, 60)
    assert seen.failures == []
    assert seen.bodies == {"one", "two"}
    said = "\n".join(messages(homeport, "roll"))
    group = re.escape(f"targets in (target-group {to.group_arn})")
    assert total(rf"\(service roll\) registered (\d+) {group}", said) == 6
    assert total(rf"\(service roll\) deregistered (\d+) {group}", said) == 5
    assert total(r"\(service roll\) has begun draining connections on (\d+) tasks\.", said) == 5


def total(pattern: str, said: str) -> int:
    """The sum of the numbers in all matches."""
    return sum(map(int, re.findall(pattern, said)))


def test_a_task_that_fails_its_targets_check_is_replaced_and_told_why(homeport: Homeport) -> None:
    to = balanced(homeport, "sick", 8402)
    serve(homeport, "sick", to, count=2, healthCheckGracePeriodSeconds=5)
    sick, well = tasks_of(homeport, "sick")
    docker("exec", container_of(sick), "rm", "/tmp/www/index.html")
    wait_until(
        lambda: sick["taskArn"] not in {each["taskArn"] for each in tasks_of(homeport, "sick")}, 60
    )
    until_stable(homeport, "sick", 2)
    after = {each["taskArn"] for each in tasks_of(homeport, "sick")}
    assert well["taskArn"] in after
    ended = homeport.ecs.describe_tasks(tasks=[sick["taskArn"]])["tasks"][0]
    assert ended["stoppedReason"].startswith("Task failed ELB health checks in")
    said = "\n".join(messages(homeport, "sick"))
    assert "due to (reason Health checks failed with these codes: [404])" in said


def test_a_network_load_balancer_passes_connections_to_host_ports(homeport: Homeport) -> None:
    to = balanced(homeport, "tcp", 8403, kind="network", target_type="instance")
    container = {
        "name": "web",
        "command": ["serve", "8080", "plain"],
        "portMappings": [{"containerPort": 8080, "hostPort": 0}],
    }
    homeport.ecs.create_service(
        serviceName="tcp",
        taskDefinition=homeport.register("tcp", [container]),
        desiredCount=2,
        loadBalancers=[
            {"targetGroupArn": to.group_arn, "containerName": "web", "containerPort": 8080}
        ],
    )
    homeport.aws_text("ecs", "wait", "services-stable", "--services", "tcp")
    until_served(to, "plain")
    assert set(health(homeport, to.group_arn).values()) == {"healthy"}


def test_a_listener_with_a_certificate_of_homeports_own_is_trusted_by_its_root(
    homeport: Homeport, tmp_path: Path
) -> None:
    acm = homeport.client("acm")
    arn = acm.request_certificate(DomainName="shop.example.com")["CertificateArn"]
    root = tmp_path / "root.pem"
    root.write_text(homeport.run("ca"))
    to = balanced(homeport, "tls", 8404, Protocol="HTTPS", Certificates=[{"CertificateArn": arn}])
    serve(homeport, "tls", to, count=1, text="secret")
    place = f"shop.example.com:{to.port}"
    known = ("--cacert", str(root), "--resolve", f"{place}:127.0.0.1")
    done = subprocess.run(
        ["curl", "-sS", *known, f"https://{place}/", "-w", "%{http_version}"],
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["secret", "2"], done.stderr


def test_traffic_flows_on_while_homeport_is_gone_and_envoy_comes_back_by_itself(
    homeport: Homeport,
) -> None:
    to = balanced(homeport, "tough", 8405)
    serve(homeport, "tough", to, count=2)
    until_served(to, "one")
    with traffic(to) as seen:
        homeport.kill()
        wait_until(lambda: seen.answers > 100, 30)
        homeport.start()
        count = seen.answers
        wait_until(lambda: seen.answers > count + 100, 30)
    assert seen.failures == []
    envoy = envoy_of(homeport)
    os.kill(envoy, signal.SIGKILL)
    until_served(to, "one", timeout=10)
    assert envoy_of(homeport) != envoy
    wait_until(lambda: set(health(homeport, to.group_arn).values()) == {"healthy"}, 30)


def envoy_of(homeport: Homeport) -> int:
    """The process of this Homeport's Envoy."""
    found = subprocess.run(
        ["pgrep", "-f", f"envoy.*{homeport.state_dir}"], capture_output=True, text=True
    ).stdout.split()
    return int(found[0])
