"""`homeport run`: a task definition's file in, log lines and an exit code out, nothing left."""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e_harness import BIN, Homeport, docker, wait_until

PREFIX = "/homeport/run/"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "job.json"


def document(command: str, **members: Any) -> dict[str, Any]:
    container = {
        "name": "job",
        "image": "sample:latest",
        "memory": 64,
        "stopTimeout": 2,
        "command": ["sh", "-c", command],
    }
    return {"family": "job", "containerDefinitions": [container | members.pop("container", {})]} | (
        members
    )


def run(homeport: Homeport, file: Path, asked: object, *options: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    file.write_text(json.dumps(asked))
    done = subprocess.run(
        [str(BIN / "homeport"), "run", "--state-dir", str(homeport.state_dir), str(file), *options],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(autouse=True)
def nothing_is_left(homeport: Homeport) -> Iterator[None]:
    """Whatever happens: no log group, no revision, no running task of a run."""
    yield
    assert homeport.client("logs").describe_log_groups(logGroupNamePrefix=PREFIX)["logGroups"] == []
    listed = homeport.ecs.list_task_definitions(familyPrefix="job")["taskDefinitionArns"]
    inactive = homeport.ecs.list_task_definitions(familyPrefix="job", status="INACTIVE")
    assert [*listed, *inactive["taskDefinitionArns"]] == []
    assert homeport.ecs.list_tasks(desiredStatus="RUNNING")["taskArns"] == []


def test_the_exit_code_and_every_line_are_those_of_the_container(
    homeport: Homeport, file: Path
) -> None:
    job = "for n in $(seq 300); do echo line $n; done; echo oops >&2; exit 3"
    code, shown, notes = run(homeport, file, document(job))
    assert code == 3, notes
    lines = shown.splitlines()
    lines.remove("oops")  # Where it stands among the others is Docker's choice.
    assert lines == [f"line {n}" for n in range(1, 301)]
    assert "container job exited with code 3" in notes


def test_lines_are_shown_while_the_task_runs(homeport: Homeport, file: Path) -> None:
    file.write_text(json.dumps(document("echo first; sleep 60")))
    with subprocess.Popen(
        [str(BIN / "homeport"), "run", "--state-dir", str(homeport.state_dir), str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        giving_up = threading.Timer(60, running.kill)
        giving_up.start()
        assert running.stdout is not None
        assert running.stdout.readline() == "first\n"
        [arn] = homeport.ecs.list_tasks(startedBy="homeport-run")["taskArns"]
        running.send_signal(signal.SIGINT)
        _, notes = running.communicate()
        giving_up.cancel()
    assert running.returncode == 130, notes
    task = homeport.task(arn)
    assert (task["lastStatus"], task["stopCode"]) == ("STOPPED", "UserInitiated")
    assert task["stoppedReason"] == "homeport run was interrupted"
    own = f"label=com.amazonaws.ecs.task-arn={arn}"
    wait_until(lambda: docker("ps", "-q", "--filter", own) == "", 30)


def test_a_fargate_task_gets_a_network_and_a_log_without_being_told(
    homeport: Homeport, file: Path
) -> None:
    asked = document(
        "hostname -i; exit 0",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )
    code, shown, notes = run(homeport, file, asked)
    assert code == 0, notes
    assert shown.startswith("172."), (shown, notes)


def test_lines_of_several_containers_say_whose_they_are(homeport: Homeport, file: Path) -> None:
    asked = document("sleep 1; echo main; exit 4")
    side = asked["containerDefinitions"][0] | {"name": "side", "essential": False}
    asked["containerDefinitions"].insert(0, side | {"command": ["sh", "-c", "echo aside"]})
    code, shown, notes = run(homeport, file, asked)
    assert code == 4, notes
    assert sorted(shown.splitlines()) == ["job | main", "side | aside"]


def test_a_log_group_of_the_users_is_read_and_kept(homeport: Homeport, file: Path) -> None:
    log = {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": "/mine",
            "awslogs-region": "eu-west-1",
            "awslogs-create-group": "true",
        },
    }
    code, shown, notes = run(
        homeport, file, document("echo kept", container={"logConfiguration": log})
    )
    assert (code, shown) == (0, "kept\n"), notes


def test_the_end_of_what_another_driver_keeps_is_shown(homeport: Homeport, file: Path) -> None:
    container = {"logConfiguration": {"logDriver": "json-file"}}
    code, shown, notes = run(homeport, file, document("echo last words", container=container))
    assert (code, shown) == (0, "last words\n"), notes
    assert "logs to json-file; only its last lines are known" in notes


def test_a_task_that_never_ran_ends_with_125(homeport: Homeport, file: Path) -> None:
    asked = document("true", container={"image": "registry.invalid/none:1"})
    code, shown, notes = run(homeport, file, asked)
    assert (code, shown) == (125, "")
    assert "CannotPullContainerError" in notes


def test_no_place_for_the_task_is_said(homeport: Homeport, file: Path) -> None:
    code, _, notes = run(homeport, file, document("true", container={"memory": 90_000_000}))
    assert code == 125
    assert "RESOURCE:MEMORY" in notes


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"family": "job"}, "this is not a task definition"),
        ([], "this is not a task definition"),
        ({"family": "job", "containerDefinitions": [{"name": "a", "memory": 9}]}, "image"),
    ],
)
def test_what_is_no_task_definition_is_refused(
    homeport: Homeport, file: Path, asked: object, said: str
) -> None:
    code, _, notes = run(homeport, file, asked)
    assert code == 125
    assert said in notes
