"""Services behind load balancers when tasks go: under traffic, and while somebody is served."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from e2e_balancers import (
    Balanced,
    balanced,
    create,
    delete_balancers,
    health,
    serve,
    traffic,
    until_served,
    web,
)
from e2e_elb_parts import LoadBalancer, forward, listen, target_group, until_healthy
from e2e_harness import Homeport, docker, wait_until
from e2e_services import (
    container_of,
    delete_services,
    messages,
    tasks_of,
    until_service,
    until_stable,
)

SECONDS = 60
SLOW = r"""
mkdir -p /tmp/www/cgi-bin
cat > /tmp/www/cgi-bin/slow <<'END'
#!/bin/sh
touch /tmp/busy
until [ -e /tmp/enough ]; do sleep 0.1; done
printf 'Content-Type: text/plain\r\n\r\nat last\n'
END
chmod +x /tmp/www/cgi-bin/slow
exec serve 8080 one
"""
"""Its page /cgi-bin/slow is not there before the container has a file /tmp/enough."""


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Health checks and draining pass five times as fast."""
    where = tmp_path_factory.mktemp("leaving") / "state"
    running = Homeport(where, options=("--time-scale", "5")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)
    delete_balancers(homeport)


def test_a_service_is_behind_two_target_groups_and_leaves_both(homeport: Homeport) -> None:
    to = balanced(homeport, "first", 8521)
    second = target_group(homeport, "second", HealthCheckPath="/")
    listen(homeport, LoadBalancer(to.arn, to.dns_name, ""), 8522, forward(second))
    script = "mkdir /tmp/two; echo two > /tmp/two/index.html; httpd -p 8081 -h /tmp/two; "
    places = [(to.group_arn, 8080), (second, 8081)]
    create(
        homeport,
        "both",
        to,
        taskDefinition=web(
            homeport,
            "both",
            "",
            command=["sh", "-c", script + "exec serve 8080 one"],
            ports=(8080, 8081),
        ),
        desiredCount=2,
        loadBalancers=[
            {"targetGroupArn": group, "containerName": "web", "containerPort": port}
            for group, port in places
        ],
    )
    until_stable(homeport, "both", 2)
    for group, port in places:
        until_healthy(homeport, group, 2)
        assert {each.rpartition(":")[2] for each in health(homeport, group)} == {str(port)}
    until_served(to, "one")
    until_served(Balanced(to.arn, to.dns_name, "", second, 8522), "two")
    said = "\n".join(messages(homeport, "both"))
    assert len(re.findall(r"registered \d targets in \(target-group ", said)) >= 2

    homeport.ecs.delete_service(service="both", force=True)
    until_service(homeport, "both", lambda service: service["status"] == "INACTIVE")
    for group, _ in places:
        assert set(health(homeport, group).values()) <= {"draining"}


def test_stopped_tasks_scale_in_and_a_drained_instance_lose_no_request(
    homeport: Homeport,
) -> None:
    to = balanced(homeport, "calm", 8523)
    definition = web(homeport, "calm", "one", launch_type="EC2")
    create(homeport, "calm", to, taskDefinition=definition, desiredCount=3, launchType="EC2")
    until_stable(homeport, "calm", 3)
    until_served(to, "one")
    [first] = homeport.ecs.list_container_instances()["containerInstanceArns"]
    other = homeport.agent("other")
    with traffic(to) as seen:
        homeport.ecs.stop_task(task=tasks_of(homeport, "calm")[0]["taskArn"])
        until_stable(homeport, "calm", 3)
        homeport.ecs.update_service(service="calm", desiredCount=1)
        until_stable(homeport, "calm", 1)
        homeport.ecs.update_service(service="calm", desiredCount=2)
        until_stable(homeport, "calm", 2)
        homeport.ecs.update_container_instances_state(containerInstances=[first], status="DRAINING")
        wait_until(lambda: places_of(homeport, "calm") == {other.arn}, SECONDS)
        until_stable(homeport, "calm", 2)
        count = seen.answers
        wait_until(lambda: seen.answers > count + 100, SECONDS)
    assert seen.failures == []
    homeport.ecs.update_container_instances_state(containerInstances=[first], status="ACTIVE")
    homeport.ecs.delete_service(service="calm", force=True)
    until_service(homeport, "calm", lambda service: service["status"] == "INACTIVE")
    other.stop()


def places_of(homeport: Homeport, service: str) -> set[str]:
    """The instances that a service's tasks are on."""
    return {each.get("containerInstanceArn", "") for each in tasks_of(homeport, service)}


def patient(homeport: Homeport, name: str, port: int, *, count: int, delay_s: int) -> Balanced:
    """A service of tasks that can be slow, behind a load balancer."""
    to = balanced(homeport, name, port, delay_s=delay_s)
    definition = web(homeport, name, "", command=["sh", "-c", SLOW])
    create(homeport, name, to, taskDefinition=definition, desiredCount=count)
    until_stable(homeport, name, count)
    until_served(to, "one")
    return to


@contextmanager
def long_request(
    homeport: Homeport, name: str, to: Balanced
) -> Iterator[tuple[Future[tuple[int, str]], dict[str, Any]]]:
    """A request that a task of the service is busy with until it has the file /tmp/enough."""
    tasks = tasks_of(homeport, name)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(to.get, "/cgi-bin/slow", 60)
        busy: list[dict[str, Any]] = []

        def look() -> bool:
            busy[:] = [each for each in tasks if has_file(container_of(each), "/tmp/busy")]
            return bool(busy)

        wait_until(look, SECONDS)
        yield asked, busy[0]


def has_file(container: str, path: str) -> bool:
    return docker("exec", container, "sh", "-c", f"[ -e {path} ] && echo yes || echo no") == "yes"


def test_a_stopped_task_ends_its_last_request_and_no_sooner_and_no_later(
    homeport: Homeport,
) -> None:
    to = patient(homeport, "long", 8524, count=2, delay_s=300)
    tasks = {each["taskArn"] for each in tasks_of(homeport, "long")}
    with long_request(homeport, "long", to) as (asked, busy):
        [idle] = tasks - {busy["taskArn"]}
        homeport.ecs.update_service(service="long", desiredCount=0)
        homeport.until_status(idle, "STOPPED", 20)
        assert homeport.task(busy["taskArn"])["lastStatus"] in ("RUNNING", "DEACTIVATING")
        assert not asked.done()
        docker("exec", container_of(busy), "touch", "/tmp/enough")
        assert asked.result(20) == (200, "at last\n")
    homeport.until_status(busy["taskArn"], "STOPPED", 20)
    assert "has begun draining connections on 2 tasks." in "\n".join(messages(homeport, "long"))


def test_a_request_that_never_ends_holds_a_task_for_the_deregistration_delay(
    homeport: Homeport,
) -> None:
    to = patient(homeport, "delay", 8525, count=1, delay_s=15)
    with long_request(homeport, "delay", to) as (asked, busy):
        homeport.ecs.update_service(service="delay", desiredCount=0)
        ended = homeport.until_status(busy["taskArn"], "STOPPED", 30)
        assert asked.result(20)[0] in (502, 504)
    waited = (ended["executionStoppedAt"] - ended["stoppingAt"]).total_seconds()
    assert waited >= 15 / 5, ended


def test_a_deleted_service_leaves_no_target(homeport: Homeport) -> None:
    to = balanced(homeport, "gone", 8526)
    serve(homeport, "gone", to, count=2)
    homeport.ecs.delete_service(service="gone", force=True)
    until_service(homeport, "gone", lambda service: service["status"] == "INACTIVE")
    assert to.get()[0] == 503
    assert set(health(homeport, to.group_arn).values()) <= {"draining"}
    wait_until(lambda: health(homeport, to.group_arn) == {}, SECONDS)
