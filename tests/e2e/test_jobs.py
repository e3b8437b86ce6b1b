"""The ledger and the reserved tags: every run kept, retried, limited; and `kill -9` in between."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from e2e_harness import Homeport, wait_until
from e2e_schedules import (
    ecs_target,
    exit_code,
    local_in,
    runs,
    schedule,
    tasks_of,
    until_stopped,
)


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("jobs") / "state"
    running = Homeport(where, options=("--time-scale", "60")).start()
    yield running
    running.down()


def job(homeport: Homeport, name: str, script: str, **tags: str) -> None:
    """A schedule that fires once, in a moment, and whose group says how its runs are kept."""
    homeport.client("scheduler").create_schedule_group(
        Name=name,
        Tags=[
            {"Key": f"homeport:{key.replace('_', '-')}", "Value": value}
            for key, value in tags.items()
        ],
    )
    definition = homeport.register(name, [{"name": "main", "command": ["sh", "-c", script]}])
    at = f"at({local_in(2):%Y-%m-%dT%H:%M:%S})"
    schedule(homeport, name, at, ecs_target(definition), GroupName=name)


def until_over(homeport: Homeport, name: str, outcome: str) -> dict[str, Any]:
    """The one run of a job, once it has this outcome."""
    seen: list[Any] = []

    def is_over() -> bool:
        seen[:] = runs(homeport, name)
        return [each["outcome"] for each in seen] == [outcome]

    wait_until(is_over, 60, lambda: json.dumps(seen))
    only: dict[str, Any] = seen[0]
    return only


def test_a_run_that_fails_is_tried_again_as_its_tags_say(homeport: Homeport) -> None:
    job(homeport, "again", "exit 5", retry_attempts="2", retry_on="5")
    run = until_over(homeport, "again", "FAILED")
    tasks = tasks_of(homeport, "chronos-schedule/again")
    assert [exit_code(each) for each in tasks] == [5, 5, 5]
    assert run["exitCode"] == 5


def test_a_run_is_not_tried_again_for_another_exit_code(homeport: Homeport) -> None:
    job(homeport, "not-again", "exit 6", retry_attempts="2", retry_on="5")
    until_over(homeport, "not-again", "FAILED")
    assert len(tasks_of(homeport, "chronos-schedule/not-again")) == 1


def test_a_run_that_takes_too_long_is_stopped_and_says_so(homeport: Homeport) -> None:
    job(homeport, "too-long", "sleep 3600", time_limit="120")
    until_over(homeport, "too-long", "TIMED_OUT")
    [task] = until_stopped(homeport, "chronos-schedule/too-long")
    assert "time limit of 120 seconds" in task["stoppedReason"]
    assert "time limit" in homeport.run("why", task["taskArn"])


def test_a_task_of_ones_own_has_a_time_limit_by_tag(homeport: Homeport) -> None:
    definition = homeport.register("endless", [{"name": "main", "command": ["sleep", "3600"]}])
    tags = [{"key": "homeport:time-limit", "value": "60"}]
    arn = homeport.run_task(definition, tags=tags)["taskArn"]
    task = homeport.until_status(arn, "STOPPED")
    assert "time limit of 60 seconds" in task["stoppedReason"]


def test_a_job_does_not_overlap_itself_where_its_tag_forbids_it(homeport: Homeport) -> None:
    homeport.client("scheduler").create_schedule_group(
        Name="alone", Tags=[{"Key": "homeport:concurrency", "Value": "forbid"}]
    )
    definition = homeport.register("alone", [{"name": "main", "command": ["sleep", "3600"]}])
    target = ecs_target(definition)
    schedule(homeport, "alone", "rate(1 minute)", target, GroupName="alone")
    wait_until(
        lambda: [each["outcome"] for each in runs(homeport, "alone")].count("SKIPPED") >= 2, 60
    )
    homeport.client("scheduler").delete_schedule(Name="alone", GroupName="alone")
    assert len(tasks_of(homeport, "chronos-schedule/alone")) == 1


def test_a_job_is_run_by_hand_and_waited_for(homeport: Homeport) -> None:
    definition = homeport.register("by-hand", [{"name": "main", "command": ["true"]}])
    schedule(homeport, "by-hand", "rate(7 days)", ecs_target(definition), State="DISABLED")
    homeport.run("jobs", "run", "by-hand", "--wait")
    [run] = runs(homeport, "by-hand")
    assert run["outcome"] == "SUCCEEDED"
    assert "by-hand" in homeport.run("jobs")


def test_kill_9_loses_no_firing_and_doubles_none(homeport: Homeport) -> None:
    definition = homeport.register("steady", [{"name": "main", "command": ["true"]}])
    schedule(homeport, "steady", "rate(1 minute)", ecs_target(definition))
    for count in (2, 4, 6):
        wait_until(
            lambda wanted=count: len(tasks_of(homeport, "chronos-schedule/steady")) >= wanted, 60
        )
        homeport.kill()
        homeport.start()
    wait_until(lambda: len(tasks_of(homeport, "chronos-schedule/steady")) >= 10, 60)
    homeport.client("scheduler").delete_schedule(Name="steady")
    wait_until(lambda: {each["outcome"] for each in runs(homeport, "steady")} == {"SUCCEEDED"}, 60)

    kept = runs(homeport, "steady")
    tasks = tasks_of(homeport, "chronos-schedule/steady")
    assert sorted(arn for each in kept for arn in each["taskArns"]) == sorted(
        each["taskArn"] for each in tasks
    )
    assert all(len(each["taskArns"]) == 1 for each in kept)
    named = sorted(each["scheduledFor"] for each in kept)
    # A minute of the schedule between each and the next, through three crashes.
    pauses = [later - earlier for earlier, later in itertools.pairwise(named)]
    assert all(abs(each - 60.0) < 0.001 for each in pauses), pauses
