"""What CodeDeploy waits for before and after the shift, and how deployments come to their ends."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e_balancers import traffic
from e2e_codedeploy import (
    EVENTS,
    HOOKS,
    app_spec,
    blue_green,
    code_deployed,
    delete_everything,
    deploy,
    events,
    info,
    is_whole,
    only_task_set,
    until_ended,
    until_info,
)
from e2e_harness import BIN, Homeport, wait_until
from e2e_services import described
from e2e_shifting import Stage, asked, gate, let_go, pages, set_hook, weights

SECONDS = 90


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """A minute passes in a second."""
    where = tmp_path_factory.mktemp("ending") / "state"
    running = Homeport(where, options=("--time-scale", "60")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_everything(homeport)


def test_green_waits_for_a_word_and_without_it_the_deployment_is_stopped(
    homeport: Homeport,
) -> None:
    waits = {"blueGreenDeploymentConfiguration": blue_green(ready_minutes=60)}
    soon = {"blueGreenDeploymentConfiguration": blue_green(ready_minutes=5)}
    stage = code_deployed(homeport, "ready", 8635, **waits)
    other = code_deployed(homeport, "never", 8636, **soon)
    deployment, never = deploy(stage, "two"), deploy(other, "two")
    until_info(homeport, deployment, lambda told: told["status"] == "Ready")
    assert pages(stage) == {"one"}
    homeport.aws(
        "deploy",
        "continue-deployment",
        "--deployment-id",
        deployment,
        "--deployment-wait-type",
        "READY_WAIT",
    )
    until_ended(homeport, deployment)
    is_whole(stage, "two")
    until_ended(homeport, never, "Stopped")
    is_whole(other, "one")


def test_blue_ends_when_its_wait_is_over_or_at_a_word_or_never(homeport: Homeport) -> None:
    def ending(name: str, port: int, minutes: int | None) -> Stage:
        configuration = blue_green(terminate_minutes=minutes)
        return code_deployed(homeport, name, port, blueGreenDeploymentConfiguration=configuration)

    waits, told, kept = (
        ending("waits", 8637, 10),
        ending("told", 8638, 2880),
        ending("kept", 8639, None),
    )
    ids = {each.name: deploy(each, "two") for each in (waits, told, kept)}
    until_ended(homeport, ids["kept"])
    assert len(described(homeport, "kept")["taskSets"]) == 2
    wait_until(lambda: pages(told, 5) == {"two"}, SECONDS)
    until_info(homeport, ids["told"], lambda each: weights(told) == (0, 100))
    assert info(homeport, ids["told"])["status"] == "InProgress"
    assert len(described(homeport, "told")["taskSets"]) == 2
    wait_until(
        lambda: events(homeport, ids["told"])["AfterAllowTraffic"] in ("Succeeded", "Skipped"),
        SECONDS,
    )
    homeport.client("codedeploy").continue_deployment(
        deploymentId=ids["told"], deploymentWaitType="TERMINATION_WAIT"
    )
    for name in ("told", "waits"):
        until_ended(homeport, ids[name])
        only_task_set(homeport, name)
    for stage in (waits, told, kept):
        is_whole(stage, "two")


def test_a_network_load_balancer_shifts_all_at_once(homeport: Homeport) -> None:
    stage = code_deployed(homeport, "flows", 8640, kind="network")
    deployment = deploy(stage, "two")
    until_ended(homeport, deployment)
    assert pages(stage) == {"two"}


def test_the_deploy_command_of_the_aws_cli_waits_for_the_end(
    homeport: Homeport, tmp_path: Path
) -> None:
    stage = code_deployed(homeport, "shipped", 8641)
    first = described(homeport, "shipped")["taskSets"][0]["taskDefinition"]
    found = homeport.ecs.describe_task_definition(taskDefinition=first)["taskDefinition"]
    wanted = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory")
    document: dict[str, Any] = {key: found[key] for key in wanted}
    document["containerDefinitions"] = found["containerDefinitions"]
    document["containerDefinitions"][0]["command"] = ["serve", "8080", "two"]
    (tmp_path / "task.json").write_text(json.dumps(document))
    (tmp_path / "appspec.json").write_text(app_spec("placeholder"))
    words = ["ecs", "deploy", "--service", "shipped"]
    words += ["--task-definition", str(tmp_path / "task.json")]
    words += ["--codedeploy-appspec", str(tmp_path / "appspec.json")]
    words += ["--codedeploy-application", "shipped", "--codedeploy-deployment-group", "shipped"]
    with traffic(stage.to) as seen:
        done = subprocess.run(
            [str(BIN / "aws"), *words],
            capture_output=True,
            text=True,
            env=os.environ | homeport.environment(),
        )
    assert "Successfully deployed" in done.stdout, done
    is_whole(stage, "two", seen)


def test_a_second_deployment_of_the_group_is_refused(homeport: Homeport) -> None:
    waits = {"blueGreenDeploymentConfiguration": blue_green(ready_minutes=60)}
    stage = code_deployed(homeport, "busy", 8642, **waits)
    deployment = deploy(stage, "two")
    client = homeport.client("codedeploy")
    with pytest.raises(client.exceptions.DeploymentLimitExceededException):
        deploy(stage, "three")
    client.stop_deployment(deploymentId=deployment)
    until_ended(homeport, deployment, "Stopped")


def test_a_killed_homeport_ends_the_deployment_as_it_would_have(
    homeport: Homeport, tmp_path: Path
) -> None:
    """It is killed in every stage in turn; whoever asks for pages sees nothing of it."""
    stage = code_deployed(
        homeport,
        "killed",
        8644,
        count=2,
        deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        blueGreenDeploymentConfiguration=blue_green(terminate_minutes=5),
    )
    functions = {each: set_hook(homeport, each, gate(tmp_path, each)) for each in HOOKS}
    with traffic(stage.to) as seen:
        deployment = deploy(stage, "two", hooks=functions)
        for event in EVENTS:
            reached(homeport, deployment, event, tmp_path)
            homeport.kill()
            homeport.start()
            if event in HOOKS:
                let_go(tmp_path, event)
        wait_until(lambda: weights(stage) == (0, 100), SECONDS)
        homeport.kill()
        homeport.start()
        until_ended(homeport, deployment)
    is_whole(stage, "two", seen)
    assert set(events(homeport, deployment).values()) == {"Succeeded"}
    left = only_task_set(homeport, "killed")
    assert left["externalId"] == deployment


def reached(homeport: Homeport, deployment: str, event: str, directory: Path) -> None:
    """Wait until a deployment is in a lifecycle event, or beyond one that nothing holds up."""
    if event in HOOKS:
        asked(directory, event)
        return

    def is_there() -> bool:
        with contextlib.suppress(KeyError):
            return events(homeport, deployment)[event] in ("InProgress", "Succeeded")
        return False

    wait_until(is_there, SECONDS)
