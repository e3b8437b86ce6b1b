"""What CodeDeploy waits an hour for, and does not get."""

import json
from collections.abc import Iterator

import pytest

from e2e_codedeploy import (
    BACK,
    code_deployed,
    delete_everything,
    deploy,
    events,
    info,
    target,
    until_ended,
    until_rolled_back,
)
from e2e_harness import Homeport, wait_until
from e2e_shifting import Stage, pages, set_hook, weights

SECONDS = 90


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """An hour passes in twelve seconds."""
    where = tmp_path_factory.mktemp("hours") / "state"
    running = Homeport(where, options=("--time-scale", "300")).start()
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


def test_a_hook_without_an_answer_fails_after_its_hour(homeport: Homeport) -> None:
    silent = set_hook(homeport, "silent", "true")
    unset = "arn:aws:lambda:us-east-1:000000000000:function:unset"
    first = code_deployed(homeport, "silent", 8630, autoRollbackConfiguration=BACK)
    second = code_deployed(homeport, "unset", 8631, autoRollbackConfiguration=BACK)
    waiting = deploy(first, "two", hooks={"AfterInstall": silent})
    nowhere = deploy(second, "two", hooks={"AfterInstall": unset})
    told = until_ended(homeport, nowhere, "Failed")
    assert "homeport hooks set unset" in json.dumps([told, target(homeport, nowhere)], default=str)
    assert info(homeport, waiting)["status"] == "InProgress"
    until_rolled_back(homeport, waiting)
    assert events(homeport, waiting)["AfterInstall"] == "Failed"
    for stage in (first, second):
        is_blue(stage)


def test_a_green_that_never_gets_healthy_is_given_up(homeport: Homeport) -> None:
    stage = code_deployed(homeport, "sick", 8643, autoRollbackConfiguration=BACK)
    deployment = deploy(stage, "", command=["sh", "-c", "sleep 900 & wait"])
    until_rolled_back(homeport, deployment)
    is_blue(stage)
    assert events(homeport, deployment)["Install"] == "Failed"
