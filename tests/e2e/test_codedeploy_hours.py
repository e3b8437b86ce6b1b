"""What CodeDeploy waits an hour for, and does not get."""

import json
from collections.abc import Iterator

import pytest

from e2e_codedeploy import (
    BACK,
    HOOKS,
    code_deployed,
    delete_everything,
    deploy,
    events,
    target,
    until_ended,
    until_rolled_back,
)
from e2e_harness import Homeport, wait_until
from e2e_shifting import Stage, pages, set_hook, weights

SECONDS = 90


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """An hour passes in half a minute."""
    where = tmp_path_factory.mktemp("hours") / "state"
    running = Homeport(where, options=("--time-scale", "120")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_everything(homeport)


def is_blue(stage: Stage) -> None:
    """All the traffic is where it was."""
    wait_until(lambda: weights(stage)[1] == 0, SECONDS)
    assert pages(stage) == {"one"}


def test_each_hook_without_an_answer_fails_after_its_hour(homeport: Homeport) -> None:
    silent = set_hook(homeport, "silent", "true")
    stages = {
        hook: code_deployed(
            homeport, f"silent-{number}", 8650 + number, autoRollbackConfiguration=BACK
        )
        for number, hook in enumerate(HOOKS)
    }
    deployments = {hook: deploy(each, "two", hooks={hook: silent}) for hook, each in stages.items()}
    for hook, deployment in deployments.items():
        until_ended(homeport, deployment, "Failed")
        assert events(homeport, deployment)[hook] == "Failed"
        if hook != "BeforeInstall":
            until_rolled_back(homeport, deployment)
    for stage in stages.values():
        is_blue(stage)


def test_a_hook_that_nothing_stands_for_fails_at_once_and_says_what_to_do(
    homeport: Homeport,
) -> None:
    unset = "arn:aws:lambda:us-east-1:000000000000:function:unset"
    stage = code_deployed(homeport, "unset", 8631, autoRollbackConfiguration=BACK)
    deployment = deploy(stage, "two", hooks={"AfterInstall": unset})
    told = until_ended(homeport, deployment, "Failed")
    said = json.dumps([told, target(homeport, deployment)], default=str)
    assert "homeport hooks set unset" in said
    assert "FAILED" in homeport.run("hooks", "log", "unset")
    until_rolled_back(homeport, deployment)
    is_blue(stage)


def test_a_green_that_never_gets_healthy_is_given_up(homeport: Homeport) -> None:
    stage = code_deployed(homeport, "sick", 8643, autoRollbackConfiguration=BACK)
    deployment = deploy(stage, "", command=["sh", "-c", "sleep 900 & wait"])
    until_rolled_back(homeport, deployment)
    is_blue(stage)
    assert events(homeport, deployment)["Install"] == "Failed"
