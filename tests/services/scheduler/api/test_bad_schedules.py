"""What CreateSchedule and UpdateSchedule refuse, and in which words."""

from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from scheduler_world import BEGIN, CLUSTER, OFF, QUEUE, ROLE, TO_CLUSTER, TO_QUEUE, SchedulerWorld

BUS = "arn:aws:events:us-east-1:000000000000:event-bus/default"
RUN_TASK = "arn:aws:scheduler:::aws-sdk:ecs:runTask"


def refusal(world: SchedulerWorld, **changes: Any) -> str:
    """The text of the ValidationException that a request must end in."""
    request = {
        "Name": "job",
        "ScheduleExpression": "rate(5 minutes)",
        "FlexibleTimeWindow": OFF,
        "Target": TO_QUEUE,
    }
    with pytest.raises(AwsError) as caught:
        world.ask("CreateSchedule", **(request | changes))
    assert caught.value.code == "ValidationException"
    assert world.ask("ListSchedules")["Schedules"] == []
    world.create("rate(5 minutes)")
    with pytest.raises(AwsError) as again:
        world.ask("UpdateSchedule", **(request | changes))
    assert again.value.message == caught.value.message
    return caught.value.message


@pytest.mark.parametrize(
    "expression",
    [
        "every day",
        "rate(0 minutes)",
        "rate(5)",
        "rate(5 seconds)",
        "rate(-1 minutes)",
        "cron(* * * * *)",
        "cron(0 12 * * * *)",
        "cron(61 * * * ? *)",
        "cron(0 12 ? * ? *)",
        "at(2030-13-01T00:00:00)",
        "at(2030-01-01T00:00:00Z)",
        "at(2030-01-01T00:00:00.5)",
        "at(2030-01-01)",
        "at(2023-11-14T22:13:20)",
        "at(2001-01-01T00:00:00)",
    ],
)
def test_expressions_that_are_none(world: SchedulerWorld, expression: str) -> None:
    said = refusal(world, ScheduleExpression=expression)
    assert said.startswith(f"Invalid Schedule Expression {expression}.")


def test_a_time_is_in_the_past_or_not_by_its_zone(world: SchedulerWorld) -> None:
    late = "at(2023-11-14T23:00:00)"
    world.create(late, "utc")
    with pytest.raises(AwsError, match="Invalid Schedule Expression"):
        world.create(late, "berlin", ScheduleExpressionTimezone="Europe/Berlin")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "utc+1", "../etc/passwd", "Europe"])
def test_zones_that_there_are_not(world: SchedulerWorld, zone: str) -> None:
    said = refusal(world, ScheduleExpressionTimezone=zone)
    assert said == f"Invalid ScheduleExpressionTimezone {zone}."


@pytest.mark.parametrize(
    ("dates", "text"),
    [
        (
            {"StartDate": BEGIN - 301.0},
            "The StartDate you specify cannot be earlier than 5 minutes ago.",
        ),
        (
            {"StartDate": BEGIN + 20.0, "EndDate": BEGIN + 20.0},
            "The StartDate you specify must come before the EndDate.",
        ),
        (
            {"StartDate": BEGIN + 20.0, "EndDate": BEGIN + 10.0},
            "The StartDate you specify must come before the EndDate.",
        ),
        ({"EndDate": BEGIN}, "The EndDate you specify must be in the future."),
        ({"EndDate": 1e308}, "The EndDate you specify is not valid."),
        ({"StartDate": -1.0}, "The StartDate you specify is not valid."),
    ],
)
def test_dates_that_cannot_be(world: SchedulerWorld, dates: dict[str, float], text: str) -> None:
    assert refusal(world, **dates) == text


def test_a_start_date_that_is_long_past_can_be_kept(world: SchedulerWorld) -> None:
    world.create("rate(5 minutes)", StartDate=BEGIN)
    world.clock.turn(86_400.0)
    world.update("rate(5 minutes)", StartDate=BEGIN, Description="kept")
    with pytest.raises(AwsError, match="5 minutes ago"):
        world.update("rate(5 minutes)", StartDate=BEGIN + 1.0)


def test_a_one_time_schedule_that_is_over_can_be_kept(world: SchedulerWorld) -> None:
    world.create("at(2023-11-15T00:00:00)")
    world.live(86_400.0)
    world.update("at(2023-11-15T00:00:00)", Description="kept")
    world.live(86_400.0)
    assert len(world.times()) == 1
    with pytest.raises(AwsError, match="names no time in the future"):
        world.update("at(2023-11-15T00:00:01)")


@pytest.mark.parametrize(
    ("window", "text"),
    [
        (
            {"Mode": "OFF", "MaximumWindowInMinutes": 5},
            (
                "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to "
                "OFF."
            ),
        ),
        (
            {"Mode": "FLEXIBLE"},
            (
                "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to "
                "FLEXIBLE."
            ),
        ),
        (
            {"Mode": "off"},
            (
                "1 validation error detected: Value 'off' at 'flexibleTimeWindow.mode' failed to "
                "satisfy constraint: Member must satisfy enum value set: [OFF, FLEXIBLE]"
            ),
        ),
    ],
)
def test_windows_that_cannot_be(world: SchedulerWorld, window: dict[str, Any], text: str) -> None:
    assert refusal(world, FlexibleTimeWindow=window) == text


@pytest.mark.parametrize(
    ("member", "path", "known"),
    [
        ("State", "state", "ENABLED, DISABLED"),
        ("ActionAfterCompletion", "actionAfterCompletion", "NONE, DELETE"),
    ],
)
def test_words_that_there_are_not(
    world: SchedulerWorld, member: str, path: str, known: str
) -> None:
    assert refusal(world, **{member: "x"}) == (
        f"1 validation error detected: Value 'x' at '{path}' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{known}]"
    )


def test_keys_of_kms_are_refused_in_a_sentence(world: SchedulerWorld) -> None:
    key = "arn:aws:kms:us-east-1:000000000000:key/a"
    assert refusal(world, KmsKeyArn=key).startswith("Homeport has no KMS")


def ecs(**changes: Any) -> dict[str, Any]:
    return TO_CLUSTER | {"EcsParameters": {"TaskDefinitionArn": "night", **changes}}


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({"Arn": "queue", "RoleArn": ROLE}, "Provided Arn is not in correct format."),
        (
            TO_QUEUE | {"Arn": QUEUE.replace("us-east-1", "eu-west-1")},
            "The target ARN provided does not match the current region us-east-1.",
        ),
        (
            TO_QUEUE | {"Arn": "arn:aws:scheduler:us-east-1:000000000000:schedule/a/b"},
            "scheduler is not a supported service for a target.",
        ),
        (
            TO_QUEUE | {"Arn": "arn:aws:scheduler:us-east-1::aws-sdk:ecs:runTask"},
            "scheduler is not a supported service for a target.",
        ),
        ({"Arn": CLUSTER, "RoleArn": ROLE}, "Parameters EcsParameters must be specified."),
        ({"Arn": BUS, "RoleArn": ROLE}, "Parameters EventBridgeParameters must be specified."),
        (
            TO_QUEUE | {"EcsParameters": {"TaskDefinitionArn": "night"}},
            "Parameters EcsParameters not supported for the target.",
        ),
        (
            TO_CLUSTER | {"SqsParameters": {}},
            "Parameters SqsParameters not supported for the target.",
        ),
        (
            {"Arn": RUN_TASK, "RoleArn": ROLE, "Input": "{}", "KinesisParameters": {}},
            "Parameters KinesisParameters not supported for the target.",
        ),
        (
            TO_QUEUE | {"SageMakerPipelineParameters": {}},
            "Parameters SageMakerPipelineParameters not supported for the target.",
        ),
        (
            TO_QUEUE | {"Arn": f"{QUEUE}.fifo"},
            "Parameters SqsParameters must be specified.",
        ),
        (
            TO_QUEUE | {"Arn": f"{QUEUE}.fifo", "SqsParameters": {}},
            "Parameters MessageGroupId must be specified.",
        ),
        (
            TO_QUEUE | {"SqsParameters": {"MessageGroupId": "a"}},
            "Parameters MessageGroupId not valid for the target.",
        ),
        (
            {"Arn": RUN_TASK, "RoleArn": ROLE},
            "You must provide an input to set this target for your schedule.",
        ),
        (TO_CLUSTER | {"Input": "{"}, "JSON syntax error in input for the target."),
        (TO_CLUSTER | {"Input": "[" * 100_000}, "JSON syntax error in input for the target."),
        (
            {"Arn": RUN_TASK, "RoleArn": ROLE, "Input": "run"},
            "JSON syntax error in input for the target.",
        ),
        (
            {
                "Arn": BUS,
                "RoleArn": ROLE,
                "Input": "hello",
                "EventBridgeParameters": {"Source": "a", "DetailType": "b"},
            },
            "JSON syntax error in input for the target.",
        ),
        (
            ecs(LaunchType="FARGATE"),
            (
                "Parameter NetworkConfiguration must be specified for the target when launch "
                "type is FARGATE."
            ),
        ),
        (
            ecs(LaunchType="EC2", CapacityProviderStrategy=[{"capacityProvider": "FARGATE"}]),
            "Parameters LaunchType and CapacityProviderStrategy cannot be specified together.",
        ),
    ],
)
def test_targets_that_cannot_be(world: SchedulerWorld, target: dict[str, Any], text: str) -> None:
    assert refusal(world, Target=target) == text


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"LaunchType": "LAMBDA"}, "launchType"),
        ({"PropagateTags": "SERVICE"}, "propagateTags"),
        (
            {"NetworkConfiguration": {"awsvpcConfiguration": {"AssignPublicIp": "x"}}},
            "networkConfiguration.awsvpcConfiguration.assignPublicIp",
        ),
        (
            {"PlacementConstraints": [{"type": "memberOf"}, {"type": "near"}]},
            "placementConstraints.2.member.type",
        ),
        ({"PlacementStrategy": [{"type": "tidy"}]}, "placementStrategy.1.member.type"),
    ],
)
def test_words_of_tasks_that_there_are_not(
    world: SchedulerWorld, parameters: dict[str, Any], path: str
) -> None:
    said = refusal(world, Target=ecs(**parameters))
    assert f"at 'target.ecsParameters.{path}' failed to satisfy constraint" in said


def test_what_homeport_cannot_invoke_is_refused_as_its_engine_says(world: SchedulerWorld) -> None:
    world.firings.refuses = "Nobody here does that."
    with pytest.raises(AwsError, match=r"^Nobody here does that\.$"):
        world.create("rate(1 day)")


@pytest.mark.parametrize(
    "text", ['{"a": "<aws.scheduler.scheduled-time>"}', '{"a": <aws.scheduler.attempt-number>}']
)
def test_words_that_stand_for_something_may_be_in_json(world: SchedulerWorld, text: str) -> None:
    world.create("rate(1 day)", Target=TO_CLUSTER | {"Input": text})
