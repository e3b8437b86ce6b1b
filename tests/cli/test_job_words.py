"""What `homeport jobs` makes of the API's answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from homeport.cli import job_words
from homeport.cli.showing import aligned

NOW = 1_700_000_000.0


def job(**changes: Any) -> dict[str, Any]:
    return {
        "jobArn": "arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly",
        "kind": "schedule",
        "group": "default",
        "name": "nightly",
        "state": "ENABLED",
        "scheduleExpression": "cron(0 2 * * ? *)",
        "scheduleExpressionTimezone": "Europe/Berlin",
        "nextRunAt": NOW + 260,
        "succeeded": 119,
        "failed": 1,
        "successRate": 119 / 120,
        "lastRun": run(),
    } | changes


def run(**changes: Any) -> dict[str, Any]:
    task = {"taskArn": "arn:aws:ecs:us-east-1:000000000000:task/default/abc", "containers": []}
    attempt = {"number": 1, "outcome": "SUCCEEDED", "tasks": [task], "exitCode": 0}
    return {
        "id": "f-1",
        "outcome": "SUCCEEDED",
        "byHand": False,
        "deadLettered": False,
        "dueAt": NOW - 200,
        "deliveredAt": NOW - 199.9,
        "latenessSeconds": 0.1,
        "finishedAt": NOW - 190,
        "durationSeconds": 9.0,
        "exitCode": 0,
        "taskArns": [task["taskArn"]],
        "deliveryAttemptCount": 1,
        "deliveryAttempts": [{"number": 1, "at": NOW - 200}],
        "attempts": [attempt],
    } | changes


def test_the_table_has_a_heading_and_a_row_for_each() -> None:
    lines = aligned(job_words.overview([job(), job(name="x", successRate=1.0)], NOW))
    assert lines[0].split() == [
        "NAME",
        "GROUP",
        "SCHEDULE",
        "STATE",
        "LAST",
        "RUN",
        "NEXT",
        "RUN",
        "SUCCESS",
    ]
    assert [each.strip() for each in lines[1].split("  ") if each.strip()] == [
        "nightly",
        "default",
        "cron(0 2 * * ? *) Europe/Berlin",
        "ENABLED",
        "succeeded 3 min ago",
        "in 4 min",
        "99 % of 120",
    ]
    assert "100 % of 120" in lines[2]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"nextRunAt": NOW + 0.5}, "now"),
        ({"nextRunAt": NOW - 5}, "now"),
        ({"nextRunAt": NOW + 59.9}, "in 59 s"),
        ({"nextRunAt": NOW + 3600}, "in 1 h"),
        ({"nextRunAt": NOW + 3600 + 300}, "in 1 h 5 min"),
        ({"nextRunAt": NOW + 86_400}, "in 1 day"),
        ({"nextRunAt": NOW + 3 * 86_400}, "in 3 days"),
        ({"nextRunAt": None}, "-"),
        ({"state": "DISABLED"}, "-"),
    ],
)
def test_the_next_run_is_said_in_words(changes: dict[str, Any], told: str) -> None:
    assert job_words.next_of(job(**changes), NOW) == told


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"finishedAt": NOW - 0.5}, "succeeded just now"),
        ({"outcome": "FAILED", "exitCode": 3}, "failed (exit code 3) 3 min ago"),
        ({"outcome": "TIMED_OUT"}, "timed out 3 min ago"),
        ({"outcome": "RUNNING", "startedAt": NOW - 12.5}, "running for 12 s"),
        (
            {"outcome": "MISSED", "missedCount": 7, "finishedAt": NOW - 60},
            "missed 7 runs 1 min ago",
        ),
    ],
)
def test_the_last_run_is_said_with_its_outcome(changes: dict[str, Any], told: str) -> None:
    assert job_words.last_of(job(lastRun=run(**changes)), NOW) == told


def test_a_job_that_never_ran_has_no_last_run_and_no_rate() -> None:
    fresh = job()
    del fresh["lastRun"], fresh["successRate"]
    assert job_words.last_of(fresh, NOW) == job_words.success_of(fresh) == "-"


@pytest.mark.parametrize(
    ("rate", "told"),
    [(0.9999, "99 %"), (1.0, "100 %"), (0.0001, "1 %"), (0.0, "0 %"), (0.5, "50 %")],
)
def test_only_all_is_a_hundred_percent(rate: float, told: str) -> None:
    assert job_words.success_of(job(successRate=rate)).startswith(f"{told} of")


def test_a_rule_without_an_expression_runs_on_events() -> None:
    rule = job(kind="rule", group="orders")
    del rule["scheduleExpression"]
    row = job_words.overview([rule], NOW)[1]
    assert row[1:3] == ("bus orders", "on events")
    assert job_words.heading(rule, NOW).startswith("rule nightly of bus orders · on events")


def test_a_zone_is_shown_unless_it_is_utc() -> None:
    assert job_words.schedule_of(job(scheduleExpressionTimezone="UTC")) == "cron(0 2 * * ? *)"


def test_a_run_is_one_line_when_all_went_well() -> None:
    [line] = job_words.run_lines(run(), NOW)
    due = datetime.fromtimestamp(NOW - 200, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    assert line == f"{due}  SUCCEEDED  late 0.1 s  took 9.0 s  exit code 0  abc"


def test_a_run_that_was_tried_again_shows_each_attempt() -> None:
    first = {
        "number": 1,
        "outcome": "FAILED",
        "exitCode": 3,
        "durationSeconds": 2.0,
        "reason": "Essential container in task exited",
        "tasks": [{"taskArn": "arn:aws:ecs:us-east-1:000000000000:task/default/one"}],
    }
    second = first | {"number": 2, "outcome": "SUCCEEDED", "exitCode": 0, "tasks": []}
    tried = run(attempts=[first, second], taskArns=["a/one", "a/two"], byHand=True)
    line, *below = job_words.run_lines(tried, NOW)
    assert line.endswith("exit code 0  two  2 tasks · 2 attempts · by hand")
    assert below == [
        "    attempt 1  FAILED  exit code 3  took 2.0 s  one: Essential container in task exited",
        "    attempt 2  SUCCEEDED  exit code 0  took 2.0 s",
    ]


def test_a_run_that_was_given_up_shows_the_errors_and_the_queue() -> None:
    error = {"number": 1, "at": NOW, "errorCode": "ClientException", "errorMessage": "inactive"}
    lost = run(
        outcome="FAILED",
        reason="given up after 2 tries",
        deadLettered=True,
        attempts=[],
        taskArns=[],
        deliveryAttempts=[error, error | {"number": 2}],
        deliveryAttemptCount=2,
    )
    for each in ("latenessSeconds", "durationSeconds", "exitCode"):
        del lost[each]
    line, reason, first, second = job_words.run_lines(lost, NOW)
    assert line.endswith("FAILED     tried 2 times · dead-lettered")
    assert reason.strip() == "given up after 2 tries"
    assert first.startswith("    try 1  ")
    assert first.endswith("ClientException: inactive")
    assert second.startswith("    try 2  ")


def test_a_run_that_is_yet_to_come_says_when() -> None:
    waiting = run(outcome="PENDING", dueAt=NOW + 30, taskArns=[], attempts=[], deliveryAttempts=[])
    for each in ("latenessSeconds", "durationSeconds", "exitCode"):
        del waiting[each]
    assert next(job_words.run_lines(waiting, NOW)).endswith("PENDING    due in 30 s")
