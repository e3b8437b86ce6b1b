"""EventBridge Scheduler with the stock clients, and the tasks that its schedules start."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from e2e_harness import AwsCliError, Homeport, wait_until
from e2e_schedules import (
    CLUSTER,
    ROLE,
    ecs_target,
    exit_code,
    local_in,
    received,
    runs,
    runs_over,
    schedule,
    tasks_of,
    until_stopped,
)

SCALE = 60
"""A minute of a schedule is a second here."""


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    where = tmp_path_factory.mktemp("schedules") / "state"
    running = Homeport(where, options=("--time-scale", str(SCALE))).start()
    yield running
    running.down()


@pytest.fixture(scope="module")
def definition(homeport: Homeport) -> str:
    return homeport.register("job", [{"name": "main", "command": ["true"]}])


def test_a_rate_starts_a_task_each_time(homeport: Homeport, definition: str) -> None:
    homeport.aws(
        "scheduler",
        "create-schedule",
        "--name",
        "tick",
        "--schedule-expression",
        "rate(4 minutes)",
        "--flexible-time-window",
        "Mode=OFF",
        "--target",
        json.dumps(ecs_target(definition)),
    )
    shown = homeport.aws("scheduler", "get-schedule", "--name", "tick")
    assert shown["ScheduleExpression"] == "rate(4 minutes)"
    assert shown["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 185

    tasks = until_stopped(homeport, "chronos-schedule/tick", 3)
    homeport.aws("scheduler", "delete-schedule", "--name", "tick")

    assert [exit_code(each) for each in tasks] == [0, 0, 0]
    pauses = [
        (later["createdAt"] - earlier["createdAt"]).total_seconds()
        for earlier, later in itertools.pairwise(tasks)
    ]
    assert all(3.0 < each < 5.0 for each in pauses), pauses
    kept = runs_over(homeport, "tick")
    started = [arn for each in kept for arn in each["taskArns"]]
    assert sorted(started) == sorted(
        each["taskArn"] for each in tasks_of(homeport, "chronos-schedule/tick")
    )
    assert homeport.aws("scheduler", "list-schedules")["Schedules"] == []


def test_cron_is_read_in_its_zone(homeport: Homeport, definition: str) -> None:
    at = local_in(4, "Asia/Kolkata")
    schedule(
        homeport,
        "in-kolkata",
        f"cron({at.minute} {at.hour} * * ? *)",
        ecs_target(definition),
        ScheduleExpressionTimezone="Asia/Kolkata",
    )
    until_stopped(homeport, "chronos-schedule/in-kolkata")
    homeport.client("scheduler").delete_schedule(Name="in-kolkata")
    [run] = runs(homeport, "in-kolkata")
    named = datetime.fromtimestamp(run["scheduledFor"], UTC)
    assert (named + timedelta(hours=5, minutes=30)).replace(tzinfo=None) == at


def test_once_and_then_gone(homeport: Homeport, definition: str) -> None:
    schedule(
        homeport,
        "once",
        f"at({local_in(4):%Y-%m-%dT%H:%M:%S})",
        ecs_target(definition),
        ActionAfterCompletion="DELETE",
    )
    until_stopped(homeport, "chronos-schedule/once")

    def is_gone() -> bool:
        try:
            homeport.aws("scheduler", "get-schedule", "--name", "once")
        except AwsCliError as error:
            return "ResourceNotFoundException" in str(error)
        return False

    wait_until(is_gone, 20)
    assert len(tasks_of(homeport, "chronos-schedule/once")) == 1
    assert [each["outcome"] for each in runs_over(homeport, "once")] == ["SUCCEEDED"]


def test_a_flexible_window(homeport: Homeport, definition: str) -> None:
    schedule(
        homeport,
        "some-time",
        f"at({local_in(2):%Y-%m-%dT%H:%M:%S})",
        ecs_target(definition),
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
    )
    until_stopped(homeport, "chronos-schedule/some-time")
    [run] = runs(homeport, "some-time")
    [task] = tasks_of(homeport, "chronos-schedule/some-time")
    assert 0 <= task["createdAt"].timestamp() - run["dueAt"] < 2.0
    homeport.client("scheduler").delete_schedule(Name="some-time")


def test_input_overrides_what_the_task_does(homeport: Homeport, definition: str) -> None:
    overrides = {
        "containerOverrides": [
            {
                "name": "main",
                "command": ["sh", "-c", "exit $CODE"],
                "environment": [{"name": "CODE", "value": "7"}],
            }
        ]
    }
    parameters = {
        "TaskDefinitionArn": definition,
        "TaskCount": 2,
        "Group": "nightly",
        "ReferenceId": "ledger-42",
        "Tags": [{"key": "team", "value": "books"}],
    }
    schedule(
        homeport,
        "overridden",
        f"at({local_in(2):%Y-%m-%dT%H:%M:%S})",
        ecs_target(definition, Input=json.dumps(overrides), EcsParameters=parameters),
    )
    tasks = until_stopped(homeport, "chronos-schedule/overridden", 2)
    assert [exit_code(each) for each in tasks] == [7, 7]
    assert {each["group"] for each in tasks} == {"nightly"}
    assert tasks[0]["overrides"]["containerOverrides"][0]["command"] == ["sh", "-c", "exit $CODE"]
    tags = homeport.ecs.list_tags_for_resource(resourceArn=tasks[0]["taskArn"])["tags"]
    assert {"key": "team", "value": "books"} in tags
    [run] = runs_over(homeport, "overridden")
    assert run["outcome"] == "FAILED"
    assert run["exitCode"] == 7


def test_what_cannot_be_delivered_ends_in_the_dead_letter_queue(homeport: Homeport) -> None:
    gone = homeport.register("gone", [{"name": "main", "command": ["true"]}])
    homeport.ecs.deregister_task_definition(taskDefinition=gone)
    url = homeport.aws("sqs", "create-queue", "--queue-name", "dead")["QueueUrl"]
    attributes = homeport.client("sqs").get_queue_attributes(
        QueueUrl=url, AttributeNames=["QueueArn"]
    )
    arn = schedule(
        homeport,
        "undeliverable",
        f"at({local_in(2):%Y-%m-%dT%H:%M:%S})",
        ecs_target(
            gone,
            Input='{"containerOverrides": []}',
            RetryPolicy={"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600},
            DeadLetterConfig={"Arn": attributes["Attributes"]["QueueArn"]},
        ),
    )
    message = received(homeport, url)
    asked = json.loads(message["Body"])
    assert asked["TaskDefinition"] == gone
    assert asked["Overrides"] == {"containerOverrides": []}
    told = {name: each["StringValue"] for name, each in message["MessageAttributes"].items()}
    assert told["SCHEDULE_ARN"] == arn
    assert told["TARGET_ARN"] == CLUSTER
    assert told["RETRY_ATTEMPTS"] == "2"
    assert told["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert "inactive" in told["ERROR_MESSAGE"].lower()

    [run] = runs_over(homeport, "undeliverable")
    assert run["outcome"] == "FAILED"
    assert len(run["deliveryAttempts"]) == 3
    assert all("inactive" in each["errorMessage"].lower() for each in run["deliveryAttempts"])
    assert tasks_of(homeport, "chronos-schedule/undeliverable") == []


def test_disabled_and_enabled_again(homeport: Homeport, definition: str) -> None:
    scheduler = homeport.client("scheduler")
    members = {
        "Name": "paused",
        "ScheduleExpression": "rate(2 minutes)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": ecs_target(definition),
    }
    scheduler.create_schedule(**members)
    until_stopped(homeport, "chronos-schedule/paused")
    scheduler.update_schedule(**members, State="DISABLED")
    before = len(tasks_of(homeport, "chronos-schedule/paused"))
    # Another schedule goes round twice in the meantime: so would this one.
    schedule(homeport, "beside", "rate(2 minutes)", ecs_target(definition))
    until_stopped(homeport, "chronos-schedule/beside", 2)
    assert len(tasks_of(homeport, "chronos-schedule/paused")) == before
    scheduler.update_schedule(**members, State="ENABLED")
    until_stopped(homeport, "chronos-schedule/paused", before + 1)
    for name in ("paused", "beside"):
        scheduler.delete_schedule(Name=name)


def test_nothing_after_its_end(homeport: Homeport, definition: str) -> None:
    end = datetime.now(UTC) + timedelta(minutes=7)
    schedule(
        homeport,
        "ending",
        "rate(2 minutes)",
        ecs_target(definition),
        EndDate=end,
        ActionAfterCompletion="DELETE",
    )
    scheduler = homeport.client("scheduler")
    wait_until(
        lambda: "ending" not in [each["Name"] for each in scheduler.list_schedules()["Schedules"]],
        30,
    )
    kept = runs_over(homeport, "ending")
    assert 3 <= len(kept) <= 4
    assert all(each["scheduledFor"] <= end.timestamp() for each in kept)


def test_a_universal_target_scales_a_service(homeport: Homeport, definition: str) -> None:
    steady = homeport.register("steady", [{"name": "main", "command": ["sleep", "3600"]}])
    homeport.ecs.create_service(serviceName="night", taskDefinition=steady, desiredCount=1)
    target = {
        "Arn": "arn:aws:scheduler:::aws-sdk:ecs:updateService",
        "RoleArn": ROLE,
        "Input": json.dumps({"Cluster": "default", "Service": "night", "DesiredCount": 0}),
    }
    schedule(homeport, "off-at-night", f"at({local_in(2):%Y-%m-%dT%H:%M:%S})", target)

    def is_off() -> bool:
        [service] = homeport.ecs.describe_services(services=["night"])["services"]
        return service["desiredCount"] == 0 and service["runningCount"] == 0

    wait_until(is_off, 60)
    homeport.ecs.delete_service(service="night")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"--schedule-expression": "rate(0 minutes)"}, "ValidationException"),
        ({"--schedule-expression": "cron(0 0 31 2 * *)"}, "ValidationException"),
        ({"--schedule-expression-timezone": "Mars/Olympus"}, "ValidationException"),
        ({"--schedule-expression": "at(2020-01-01T00:00:00)"}, "ValidationException"),
        ({"--target": json.dumps({"Arn": CLUSTER, "RoleArn": ROLE})}, "ValidationException"),
        ({"--flexible-time-window": "Mode=FLEXIBLE"}, "ValidationException"),
        ({"--group-name": "nowhere"}, "ResourceNotFoundException"),
    ],
)
def test_what_is_wrong_is_refused(
    homeport: Homeport, definition: str, wrong: dict[str, str], error: str
) -> None:
    words = {
        "--name": "wrong",
        "--schedule-expression": "rate(1 minute)",
        "--flexible-time-window": "Mode=OFF",
        "--target": json.dumps(ecs_target(definition)),
    } | wrong
    with pytest.raises(AwsCliError, match=error):
        homeport.aws(
            "scheduler", "create-schedule", *(each for pair in words.items() for each in pair)
        )
    assert "wrong" not in homeport.aws_text("scheduler", "list-schedules")
