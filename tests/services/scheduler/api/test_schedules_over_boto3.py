"""Every operation of EventBridge Scheduler, asked for by stock boto3."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.scheduler import wiring
from homeport.services.scheduler.api import groups, schedules
from homeport.services.sqs import wiring as sqs
from homeport.store import Store
from root_asking import served
from scheduler_world import CLUSTER, OFF, QUEUE, ROLE

TARGET = {"Arn": QUEUE, "RoleArn": ROLE, "Input": "hello"}
ARN = "arn:aws:scheduler:us-east-1:000000000000"


@pytest.fixture
def scheduler(store: Store) -> Iterator[Any]:
    """A boto3 client, and the queue that schedules send to."""
    with served(store, (*wiring.services(), *sqs.services())) as client:
        yield client("scheduler")


def asked(**changes: Any) -> dict[str, Any]:
    """A sound CreateSchedule request; None leaves a member out."""
    plain = {
        "Name": "job",
        "ScheduleExpression": "rate(5 minutes)",
        "FlexibleTimeWindow": OFF,
        "Target": TARGET,
    }
    return {name: value for name, value in (plain | changes).items() if value is not None}


def refusal(call: Any, **request: Any) -> tuple[str, str, int]:
    """The code, text and status of the error that a call must end in."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    answer = caught.value.response
    said = answer["Error"]
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return said["Code"], said["Message"], status


def test_a_schedule_is_shown_as_it_was_asked_for_with_what_aws_fills_in(scheduler: Any) -> None:
    made = scheduler.create_schedule(**asked())
    assert made["ScheduleArn"] == f"{ARN}:schedule/default/job"
    shown = scheduler.get_schedule(Name="job")
    del shown["ResponseMetadata"]
    began = shown.pop("CreationDate")
    assert shown.pop("LastModificationDate") == began
    assert abs(began - datetime.now(UTC)) < timedelta(minutes=1)
    assert shown == {
        "ActionAfterCompletion": "NONE",
        "Arn": f"{ARN}:schedule/default/job",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "GroupName": "default",
        "Name": "job",
        "ScheduleExpression": "rate(5 minutes)",
        "ScheduleExpressionTimezone": "UTC",
        "State": "ENABLED",
        "Target": {
            **TARGET,
            "RetryPolicy": {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185},
        },
    }


def test_every_member_of_a_schedule_comes_back(scheduler: Any) -> None:
    scheduler.create_schedule_group(Name="nightly")
    ecs = {
        "TaskDefinitionArn": "arn:aws:ecs:us-east-1:000000000000:task-definition/night",
        "TaskCount": 2,
        "LaunchType": "FARGATE",
        "NetworkConfiguration": {
            "awsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "DISABLED"}
        },
        "PlatformVersion": "1.4.0",
        "PropagateTags": "TASK_DEFINITION",
        "EnableECSManagedTags": True,
        "EnableExecuteCommand": False,
        "Group": "night",
        "ReferenceId": "r",
        "Tags": [{"key": "a", "value": "b"}],
    }
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    whole = asked(
        GroupName="nightly",
        ScheduleExpression="cron(0 9 ? * MON-FRI *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        Description="Every night",
        StartDate=start,
        EndDate=start + timedelta(days=9),
        State="DISABLED",
        ActionAfterCompletion="DELETE",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        Target={
            "Arn": CLUSTER,
            "RoleArn": ROLE,
            "Input": '{"containerOverrides": []}',
            "EcsParameters": ecs,
            "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0},
            "DeadLetterConfig": {"Arn": QUEUE},
        },
    )
    scheduler.create_schedule(**whole)
    shown = scheduler.get_schedule(Name="job", GroupName="nightly")
    assert {name: shown[name] for name in whole} == whole


def test_an_update_replaces_all_of_a_schedule(scheduler: Any) -> None:
    scheduler.create_schedule(
        **asked(Description="d", State="DISABLED", ActionAfterCompletion="DELETE")
    )
    before = scheduler.get_schedule(Name="job")
    made = scheduler.update_schedule(**asked(ScheduleExpression="rate(1 day)"))
    assert made["ScheduleArn"] == before["Arn"]
    after = scheduler.get_schedule(Name="job")
    assert "Description" not in after
    assert (after["State"], after["ActionAfterCompletion"]) == ("ENABLED", "NONE")
    assert after["ScheduleExpression"] == "rate(1 day)"
    assert after["CreationDate"] == before["CreationDate"]
    assert after["LastModificationDate"] > before["LastModificationDate"]


def test_a_deleted_schedule_is_gone(scheduler: Any) -> None:
    scheduler.create_schedule(**asked())
    scheduler.delete_schedule(Name="job")
    gone = ("ResourceNotFoundException", "Schedule job does not exist.", 404)
    assert refusal(scheduler.get_schedule, Name="job") == gone
    assert refusal(scheduler.delete_schedule, Name="job") == gone
    assert refusal(scheduler.update_schedule, **asked()) == gone


def test_names_are_of_their_group(scheduler: Any) -> None:
    scheduler.create_schedule_group(Name="nightly")
    scheduler.create_schedule(**asked())
    scheduler.create_schedule(**asked(GroupName="nightly"))
    said = refusal(scheduler.create_schedule, **asked(GroupName="nightly"))
    assert said == ("ConflictException", "Schedule job already exists.", 409)
    said = refusal(scheduler.create_schedule, **asked(GroupName="weekly"))
    assert said == ("ResourceNotFoundException", "Schedule group weekly does not exist.", 404)
    scheduler.delete_schedule(Name="job")
    assert scheduler.get_schedule(Name="job", GroupName="nightly")["GroupName"] == "nightly"


def test_schedules_are_listed_by_group_name_prefix_and_state(scheduler: Any) -> None:
    scheduler.create_schedule_group(Name="a-group")
    scheduler.create_schedule_group(Name="z-group")
    for group in ("a-group", "default", "z-group"):
        for name in ("tidy.logs", "tidy_logs", "Tidy", "zap"):
            state = "DISABLED" if name == "zap" else "ENABLED"
            scheduler.create_schedule(**asked(Name=name, GroupName=group, State=state))

    def names(**wanted: Any) -> list[str]:
        pages = scheduler.get_paginator("list_schedules").paginate(
            **wanted, PaginationConfig={"PageSize": 2}
        )
        return [
            f"{each['GroupName']}/{each['Name']}" for page in pages for each in page["Schedules"]
        ]

    order = ["Tidy", "tidy.logs", "tidy_logs", "zap"]
    every = ("a-group", "default", "z-group")
    assert names() == [f"{group}/{name}" for group in every for name in order]
    assert names(GroupName="default") == [f"default/{name}" for name in order]
    assert names(NamePrefix="tidy") == [
        f"{group}/{name}" for group in every for name in ("tidy.logs", "tidy_logs")
    ]
    assert names(GroupName="z-group", State="DISABLED") == ["z-group/zap"]
    assert names(NamePrefix="none") == []
    [shown] = scheduler.list_schedules(GroupName="default", NamePrefix="zap")["Schedules"]
    assert shown["Target"] == {"Arn": QUEUE}
    assert shown["State"] == "DISABLED"
    assert shown["Arn"] == f"{ARN}:schedule/default/zap"


def test_lists_refuse_what_they_cannot_read(scheduler: Any) -> None:
    assert refusal(scheduler.list_schedules, NextToken="mine")[:2] == (
        "ValidationException",
        "Invalid NextToken.",
    )
    assert refusal(scheduler.list_schedule_groups, NextToken="mine")[0] == "ValidationException"
    assert refusal(scheduler.list_schedules, GroupName="none")[0] == "ResourceNotFoundException"
    code, text, _ = refusal(scheduler.list_schedules, State="ASLEEP")
    assert code == "ValidationException"
    assert text == (
        "1 validation error detected: Value 'ASLEEP' at 'state' failed to satisfy constraint: "
        "Member must satisfy enum value set: [ENABLED, DISABLED]"
    )


def test_the_default_group_is_always_there(scheduler: Any) -> None:
    shown = scheduler.get_schedule_group(Name="default")
    assert shown["Arn"] == f"{ARN}:schedule-group/default"
    assert (shown["Name"], shown["State"]) == ("default", "ACTIVE")
    assert abs(shown["CreationDate"] - datetime.now(UTC)) < timedelta(minutes=1)
    assert refusal(scheduler.delete_schedule_group, Name="default")[0] == "ValidationException"
    said = refusal(scheduler.create_schedule_group, Name="default")
    assert said == ("ConflictException", "Schedule group default already exists.", 409)


def test_groups_are_listed_by_name(scheduler: Any) -> None:
    for name in ("b", "ab", "aa", "z", "e"):
        scheduler.create_schedule_group(Name=name)

    def names(**wanted: Any) -> list[str]:
        pages = scheduler.get_paginator("list_schedule_groups").paginate(
            **wanted, PaginationConfig={"PageSize": 2}
        )
        return [each["Name"] for page in pages for each in page["ScheduleGroups"]]

    assert names() == ["aa", "ab", "b", "default", "e", "z"]
    assert names(NamePrefix="a") == ["aa", "ab"]
    assert names(NamePrefix="de") == ["default"]


def test_a_group_that_is_being_deleted_takes_nothing_more(scheduler: Any) -> None:
    scheduler.create_schedule_group(Name="nightly")
    scheduler.create_schedule(**asked(GroupName="nightly"))
    scheduler.delete_schedule_group(Name="nightly")
    assert scheduler.get_schedule_group(Name="nightly")["State"] == "DELETING"
    other = asked(Name="other", GroupName="nightly")
    assert refusal(scheduler.create_schedule, **other)[0] == "ConflictException"
    assert refusal(scheduler.update_schedule, **asked(GroupName="nightly"))[0] == (
        "ConflictException"
    )
    assert refusal(scheduler.delete_schedule_group, Name="nightly")[0] == "ConflictException"
    assert refusal(scheduler.create_schedule_group, Name="nightly")[0] == "ConflictException"
    assert refusal(scheduler.delete_schedule_group, Name="none") == (
        "ResourceNotFoundException",
        "Schedule group none does not exist.",
        404,
    )


def test_groups_have_tags(scheduler: Any) -> None:
    made = scheduler.create_schedule_group(Name="nightly", Tags=[{"Key": "a", "Value": "1"}])
    arn = made["ScheduleGroupArn"]
    assert arn == f"{ARN}:schedule-group/nightly"
    scheduler.tag_resource(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b&c/d", "Value": "3"}]
    )
    shown = scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert shown == [{"Key": "a", "Value": "2"}, {"Key": "b&c/d", "Value": "3"}]
    scheduler.untag_resource(ResourceArn=arn, TagKeys=["b&c/d", "none"])
    assert scheduler.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]
    default = f"{ARN}:schedule-group/default"
    scheduler.tag_resource(ResourceArn=default, Tags=[{"Key": "x", "Value": "y"}])
    assert scheduler.list_tags_for_resource(ResourceArn=default)["Tags"] == [
        {"Key": "x", "Value": "y"}
    ]


@pytest.mark.parametrize(
    "arn",
    [
        f"{ARN}:schedule-group/none",
        "arn:aws:scheduler:eu-west-1:000000000000:schedule-group/default",
        "arn:aws:scheduler:us-east-1:999999999999:schedule-group/default",
    ],
)
def test_tags_are_of_groups_that_are_there(scheduler: Any, arn: str) -> None:
    said = refusal(scheduler.list_tags_for_resource, ResourceArn=arn)
    assert said[0] == "ResourceNotFoundException"
    assert refusal(scheduler.tag_resource, ResourceArn=arn, Tags=[])[0] == said[0]


def test_schedules_have_no_tags(scheduler: Any) -> None:
    scheduler.create_schedule(**asked())
    said = refusal(scheduler.list_tags_for_resource, ResourceArn=f"{ARN}:schedule/default/job")
    assert said[0] == "ValidationException"


@pytest.mark.parametrize(
    "tags",
    [
        [{"Key": "aws:mine", "Value": "a"}],
        [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}],
        [{"Key": f"k{n}", "Value": "v"} for n in range(51)],
        [{"Key": "homeport:concurrency", "Value": "sometimes"}],
        [{"Key": "homeport:on-missed", "Value": "later"}],
        [{"Key": "homeport:unheard-of", "Value": "true"}],
    ],
)
def test_tags_that_a_group_cannot_have(scheduler: Any, tags: list[dict[str, str]]) -> None:
    said = refusal(scheduler.create_schedule_group, Name="nightly", Tags=tags)
    assert said[0] == "ValidationException"
    default = f"{ARN}:schedule-group/default"
    assert refusal(scheduler.tag_resource, ResourceArn=default, Tags=tags) == said
    assert scheduler.list_tags_for_resource(ResourceArn=default)["Tags"] == []


def test_a_reserved_tag_says_what_it_cannot_say(scheduler: Any) -> None:
    tags = [{"Key": "homeport:concurrency", "Value": "sometimes"}]
    _, text, _ = refusal(scheduler.create_schedule_group, Name="nightly", Tags=tags)
    assert text == (
        "The tag homeport:concurrency is one of allow, forbid, replace, not 'sometimes'."
    )


def test_a_request_that_is_made_again_is_answered_as_before(scheduler: Any) -> None:
    first = scheduler.create_schedule(**asked(ClientToken="one"))
    again = scheduler.create_schedule(**asked(ClientToken="one"))
    assert again["ScheduleArn"] == first["ScheduleArn"]
    changed = asked(ClientToken="one", Description="other")
    assert refusal(scheduler.create_schedule, **changed)[::2] == ("ConflictException", 409)
    assert refusal(scheduler.create_schedule, **asked(ClientToken="two"))[0] == "ConflictException"
    scheduler.update_schedule(**asked(ClientToken="one", State="DISABLED"))
    scheduler.delete_schedule(Name="job", ClientToken="one")
    scheduler.delete_schedule(Name="job", ClientToken="one")
    assert refusal(scheduler.delete_schedule, Name="job", ClientToken="two")[0] == (
        "ResourceNotFoundException"
    )
    scheduler.update_schedule(**asked(ClientToken="one", State="DISABLED"))
    scheduler.create_schedule(**asked(ClientToken="one"))
    assert scheduler.list_schedules()["Schedules"] == []


def test_tokens_of_groups(scheduler: Any) -> None:
    made = scheduler.create_schedule_group(Name="a", ClientToken="one")
    again = scheduler.create_schedule_group(Name="a", ClientToken="one")
    assert again["ScheduleGroupArn"] == made["ScheduleGroupArn"]
    said = refusal(scheduler.create_schedule_group, Name="b", ClientToken="one")
    assert said[0] == "ConflictException"
    scheduler.delete_schedule_group(Name="a", ClientToken="one")
    scheduler.delete_schedule_group(Name="a", ClientToken="one")
    assert refusal(scheduler.delete_schedule_group, Name="a")[0] == "ConflictException"


def test_there_are_no_more_than_the_quotas_allow(
    scheduler: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (schedules.SCHEDULES_MAX, groups.GROUPS_MAX) == (1_000_000, 500)
    monkeypatch.setattr(schedules, "SCHEDULES_MAX", 1)
    monkeypatch.setattr(groups, "GROUPS_MAX", 1)
    scheduler.create_schedule(**asked())
    scheduler.create_schedule_group(Name="a")
    said = refusal(scheduler.create_schedule, **asked(Name="other"))
    assert said[::2] == ("ServiceQuotaExceededException", 402)
    assert refusal(scheduler.create_schedule_group, Name="b")[::2] == said[::2]
