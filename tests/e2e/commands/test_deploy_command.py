"""`homeport deploy` and `homeport restart`: watched to the end, whatever the end is."""

import re
import signal

import pytest

from e2e_commands import (
    BREAKER,
    CHECK,
    MISSING,
    TAGS,
    Said,
    create,
    running,
    said,
    service,
    steady,
    watching,
)
from e2e_harness import Homeport


def test_another_image_is_deployed_and_nothing_else_changes(homeport: Homeport, web: str) -> None:
    before = create(homeport)
    done = said(homeport, "deploy", web, "--image", "good:2")
    assert done.code == 0, done.text
    after = service(homeport)
    assert set(running(homeport).values()) == {"good:2"}
    assert [each["rolloutState"] for each in after["deployments"]] == ["COMPLETED"]
    old, new = (
        homeport.ecs.describe_task_definition(taskDefinition=each, include=["TAGS"])
        for each in (before["taskDefinition"], after["taskDefinition"])
    )
    assert new["tags"] == TAGS
    assert new["taskDefinition"]["revision"] == old["taskDefinition"]["revision"] + 1
    changed = {"taskDefinitionArn", "revision", "registeredAt", "containerDefinitions"}
    assert {
        name
        for name in old["taskDefinition"]
        if old["taskDefinition"][name] != new["taskDefinition"][name]
    } == changed
    [container] = old["taskDefinition"]["containerDefinitions"]
    assert new["taskDefinition"]["containerDefinitions"] == [container | {"image": "good:2"}]
    short = new["taskDefinition"]["taskDefinitionArn"].rpartition("/")[2]
    assert f"registered {short}: main gets good:2, had good:1" in done.out
    assert f"{short} is deployed to web." in done.out
    check_phases(done)


def check_phases(done: Said) -> None:
    """Each phase is shown with the time it took, and together they are the whole time."""
    shown = dict(re.findall(r"^  ([a-z ]+?) +([\d.]+) s$", done.out, re.M))
    assert list(shown) == [
        "registered",
        "deployment begun",
        "tasks started",
        "tasks running",
        "tasks healthy",
        "old tasks gone",
        "deployment completed",
    ], done.text
    last = max(float(at) for at in re.findall(r"^ +([\d.]+) s  ", done.out, re.M))
    assert sum(map(float, shown.values())) == pytest.approx(last, abs=1.0)
    assert re.search(r"web:\d+: 2 healthy of 2", done.out), done.text


def test_an_image_that_cannot_be_pulled_is_rolled_back_and_explained(
    homeport: Homeport, web: str
) -> None:
    before = create(homeport)
    done = said(homeport, "deploy", web, "--image", MISSING)
    assert done.code == 1, done.text
    assert "rolled back" in done.out
    assert "Events since" in done.out
    assert "deployment failed: tasks failed to start." in done.out
    assert "rolling back to deployment" in done.out
    assert "Last task that failed" in done.out
    assert "CannotPullContainerError" in done.out
    after = steady(homeport)
    assert after["taskDefinition"] == before["taskDefinition"]
    assert set(running(homeport).values()) == {"good:1"}


def test_a_deployment_that_does_not_complete_in_time_goes_on(homeport: Homeport, web: str) -> None:
    # Never healthy, and not unhealthy either: its failures do not count for so long.
    check = {"command": ["CMD-SHELL", "test $IMAGE != slow:1"], "startPeriod": 300}
    create(homeport, container={"healthCheck": CHECK | check})
    done = said(homeport, "deploy", web, "--image", "slow:1", "--timeout", "3")
    assert done.code == 124, done.text
    assert "it goes on" in done.err
    assert service(homeport)["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    again = said(homeport, "deploy", web, "--image", "good:2")
    assert again.code == 0, again.text


def test_a_deployment_without_hope_is_left_after_five_attempts(
    homeport: Homeport, web: str
) -> None:
    never = BREAKER | {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}
    create(homeport)
    homeport.ecs.update_service(service="web", deploymentConfiguration=never)
    done = said(homeport, "deploy", web, "--image", "broken:1")
    assert done.code == 1, done.text
    assert "5 attempts in a row failed. Homeport goes on trying." in done.out
    assert "exited with code 3" in done.out
    assert "│ no luck" in done.out, "the last lines of the last task that failed"
    assert service(homeport)["deployments"][0]["rolloutState"] == "IN_PROGRESS"
    again = said(homeport, "deploy", web, "--image", "good:2")
    assert again.code == 0, again.text


def test_a_newer_deployment_ends_the_watching(homeport: Homeport, web: str) -> None:
    create(homeport)
    with watching(homeport, "deploy", web, "--image", MISSING) as watch:
        watch.until("deployment begun")
        homeport.ecs.update_service(service="web", taskDefinition="web", forceNewDeployment=True)
        ended = watch.end()
    assert ended.code == 1, ended.text
    assert "was not deployed (stopped)." in ended.out


def test_ctrl_c_ends_the_watching_and_not_the_deployment(homeport: Homeport, web: str) -> None:
    create(homeport)
    with watching(homeport, "deploy", web, "--image", "good:2") as watch:
        watch.until("deployment begun")
        watch.process.send_signal(signal.SIGINT)
        ended = watch.end()
    assert ended.code == 130, ended.text
    assert "the deployment goes on" in ended.err
    steady(homeport)
    assert set(running(homeport).values()) == {"good:2"}


def test_a_deployment_is_watched_across_a_crash_of_homeport(homeport: Homeport, web: str) -> None:
    create(homeport)
    with watching(homeport, "deploy", web, "--image", "good:2") as watch:
        watch.until("deployment begun")
        homeport.kill()
        homeport.start()
        ended = watch.end()
    assert ended.code == 0, ended.text
    assert set(running(homeport).values()) == {"good:2"}


def test_several_containers_have_to_be_told_apart(homeport: Homeport, web: str) -> None:
    containers = [{"name": name, "image": "good:1"} for name in ("main", "side")]
    homeport.register("pair", containers)
    homeport.ecs.create_service(serviceName="web", taskDefinition="pair", desiredCount=0)
    done = said(homeport, "deploy", web, "--image", "good:2")
    assert done.code == 1
    assert "has several containers: main, side." in done.err
    assert "--container NAME" in done.err
    named = said(homeport, "deploy", web, "--image", "good:2", "--container", "side")
    assert named.code == 0, named.text
    found = homeport.ecs.describe_task_definition(taskDefinition="pair")["taskDefinition"]
    assert [each["image"] for each in found["containerDefinitions"]] == ["good:1", "good:2"]


@pytest.mark.parametrize("command", ["deploy", "restart", "pause", "resume"])
def test_a_service_that_is_not_there_is_named(homeport: Homeport, command: str) -> None:
    options = ("--image", "x") if command == "deploy" else ()
    done = said(homeport, command, "nothing", *options)
    assert done.code == 1
    assert "cluster default has no service 'nothing'" in done.err


def test_a_restart_replaces_every_task_and_keeps_the_revision(homeport: Homeport, web: str) -> None:
    before, tasks = create(homeport), running(homeport)
    done = said(homeport, "restart", web)
    assert done.code == 0, done.text
    assert not running(homeport).keys() & tasks.keys()
    assert len(running(homeport)) == 2
    assert service(homeport)["taskDefinition"] == before["taskDefinition"]
