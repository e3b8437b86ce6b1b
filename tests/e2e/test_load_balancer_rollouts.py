"""Deployments of services behind load balancers that meet trouble."""

from collections.abc import Iterator

import pytest

from e2e_balancers import (
    balanced,
    create,
    delete_balancers,
    health,
    serve,
    traffic,
    until_served,
    web,
)
from e2e_harness import Homeport, docker, wait_until
from e2e_services import (
    container_of,
    delete_services,
    described,
    messages,
    tasks_of,
    until_service,
    until_stable,
)

SECONDS = 60
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
SICK = ["sh", "-c", "mkdir /tmp/www; httpd -p 8080 -h /tmp/www; sleep 900 & wait"]
"""It has no page at first."""


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Health checks and draining pass five times as fast."""
    where = tmp_path_factory.mktemp("troubled") / "state"
    running = Homeport(where, options=("--time-scale", "5")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)
    delete_balancers(homeport)


def test_a_rollout_goes_on_after_homeport_was_killed_in_its_middle(homeport: Homeport) -> None:
    to = balanced(homeport, "killed", 8541)
    serve(homeport, "killed", to, count=3)
    until_served(to, "one")
    before = {each["taskArn"] for each in tasks_of(homeport, "killed")}
    with traffic(to) as seen:
        second = web(homeport, "killed", "two")
        homeport.ecs.update_service(service="killed", taskDefinition=second)
        wait_until(lambda: "two" in seen.bodies, SECONDS)
        homeport.kill()
        count = seen.answers
        wait_until(lambda: seen.answers > count + 100, SECONDS)
        homeport.start()
        until_stable(homeport, "killed", 3)
        wait_until(lambda: len(health(homeport, to.group_arn)) == 3, SECONDS)
    assert seen.failures == []
    after = tasks_of(homeport, "killed")
    assert {each["taskDefinitionArn"] for each in after} == {second}
    assert not before & {each["taskArn"] for each in after}


def test_a_revision_that_never_gets_healthy_is_rolled_back(homeport: Homeport) -> None:
    to = balanced(homeport, "broken", 8542)
    serve(homeport, "broken", to, count=1, deploymentConfiguration=BREAKER)
    first = described(homeport, "broken")
    until_served(to, "one")
    with traffic(to) as seen:
        bad = web(homeport, "broken", "", command=SICK)
        updated = homeport.ecs.update_service(service="broken", taskDefinition=bad)["service"]
        until_service(
            homeport,
            "broken",
            lambda service: (
                service["taskDefinition"] == first["taskDefinition"]
                and len(service["deployments"]) == 1
            ),
        )
    assert seen.failures == []
    assert seen.bodies == {"one"}
    told = messages(homeport, "broken")
    old, new = first["deployments"][0]["id"], updated["deployments"][0]["id"]
    failed = f"(service broken) (deployment {new}) deployment failed: tasks failed to start."
    turned = f"(service broken) rolling back to deployment {old}."
    assert told.index(failed) + 1 == told.index(turned)
    unhealthy = f"is unhealthy in (target-group {to.group_arn}) due to (reason Health checks failed"
    assert sum(unhealthy in each for each in told) >= 3
    brief = homeport.ecs.list_service_deployments(service="broken")["serviceDeployments"][0]
    assert brief["status"] == "ROLLBACK_SUCCESSFUL"


def test_a_task_may_fail_its_checks_during_its_grace_period(homeport: Homeport) -> None:
    to = balanced(homeport, "grace", 8543)
    create(
        homeport,
        "grace",
        to,
        taskDefinition=web(homeport, "grace", "", command=SICK),
        desiredCount=1,
        healthCheckGracePeriodSeconds=3600,
        deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100},
    )
    wait_until(lambda: list(health(homeport, to.group_arn).values()) == ["unhealthy"], SECONDS)
    [task] = tasks_of(homeport, "grace")
    docker("exec", container_of(task), "sh", "-c", "echo one > /tmp/www/index.html")
    until_stable(homeport, "grace", 1)
    assert [each["taskArn"] for each in tasks_of(homeport, "grace")] == [task["taskArn"]]
    docker("exec", container_of(task), "rm", "/tmp/www/index.html")
    wait_until(lambda: list(health(homeport, to.group_arn).values()) == ["unhealthy"], SECONDS)
    assert homeport.task(task["taskArn"])["desiredStatus"] == "RUNNING"
    homeport.ecs.update_service(service="grace", healthCheckGracePeriodSeconds=0)
    ended = homeport.until_status(task["taskArn"], "STOPPED")
    assert ended["stoppedReason"].startswith("Task failed ELB health checks in")
