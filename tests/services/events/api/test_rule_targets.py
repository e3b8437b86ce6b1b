"""Targets of rules, patterns tested and events put, over stock boto3."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.events.wiring import services
from homeport.store import Store
from root_asking import served

PATTERN = '{"source":["aws.ecs"]}'
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"
CLUSTER = "arn:aws:ecs:us-east-1:000000000000:cluster/default"
ROLE = "arn:aws:iam::000000000000:role/r"


@pytest.fixture
def events(store: Store) -> Iterator[Any]:
    with served(store, services()) as made:
        yield made("events")


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    said = error.value.response["Error"]
    return said["Code"], said["Message"]


TARGETS = [
    {
        "Id": "ecs",
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "Input": '{"containerOverrides":[]}',
        "EcsParameters": {
            "TaskDefinitionArn": "arn:aws:ecs:us-east-1:000000000000:task-definition/d:1",
            "TaskCount": 2,
            "CapacityProviderStrategy": [
                {"capacityProvider": "FARGATE", "weight": 1, "base": 0},
            ],
            "NetworkConfiguration": {
                "awsvpcConfiguration": {
                    "Subnets": ["subnet-1"],
                    "SecurityGroups": ["sg-1"],
                    "AssignPublicIp": "DISABLED",
                }
            },
            "EnableECSManagedTags": True,
            "EnableExecuteCommand": False,
            "Group": "g",
            "PlacementConstraints": [{"type": "distinctInstance"}],
            "PlacementStrategy": [{"type": "spread", "field": "instanceId"}],
            "PropagateTags": "TASK_DEFINITION",
            "Tags": [{"Key": "a", "Value": "b"}],
        },
    },
    {
        "Id": "queue",
        "Arn": f"{QUEUE}.fifo",
        "InputTransformer": {
            "InputPathsMap": {"state": "$.detail.lastStatus"},
            "InputTemplate": '{"state": <state>}',
        },
        "SqsParameters": {"MessageGroupId": "g"},
        "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
        "DeadLetterConfig": {"Arn": QUEUE},
    },
    {"Id": "sqs", "Arn": QUEUE, "InputPath": "$.detail"},
]


def test_targets_show_what_was_put_and_nothing_else(events: Any) -> None:
    events.put_rule(Name="r", EventPattern=PATTERN)
    made = events.put_targets(Rule="r", Targets=TARGETS)
    assert (made["FailedEntryCount"], made["FailedEntries"]) == (0, [])
    assert events.list_targets_by_rule(Rule="r")["Targets"] == TARGETS
    events.put_rule(Name="r", EventPattern='{"source":["b"]}')
    pages = events.get_paginator("list_targets_by_rule").paginate(
        Rule="r", PaginationConfig={"PageSize": 2}
    )
    assert [each for page in pages for each in page["Targets"]] == TARGETS
    events.put_targets(Rule="r", Targets=[{"Id": "sqs", "Arn": QUEUE}])
    assert events.list_targets_by_rule(Rule="r")["Targets"][2] == {"Id": "sqs", "Arn": QUEUE}


def test_rules_are_found_by_their_target(events: Any) -> None:
    for name in ("c", "a", "b"):
        events.put_rule(Name=name, EventPattern=PATTERN)
        events.put_targets(
            Rule=name, Targets=[{"Id": "1", "Arn": QUEUE}, {"Id": "2", "Arn": QUEUE}]
        )
    first = events.list_rule_names_by_target(TargetArn=QUEUE, Limit=2)
    assert first["RuleNames"] == ["a", "b"]
    rest = events.list_rule_names_by_target(TargetArn=QUEUE, NextToken=first["NextToken"])
    assert rest["RuleNames"] == ["c"]
    assert events.list_rule_names_by_target(TargetArn=f"{QUEUE}2")["RuleNames"] == []


def test_a_rule_has_at_most_five_targets(events: Any) -> None:
    events.put_rule(Name="r", EventPattern=PATTERN)
    some = [{"Id": str(number), "Arn": QUEUE} for number in range(5)]
    events.put_targets(Rule="r", Targets=some)
    events.put_targets(Rule="r", Targets=some)
    with pytest.raises(ClientError) as refused:
        events.put_targets(Rule="r", Targets=[{"Id": "six", "Arn": QUEUE}])
    assert refusal(refused) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )
    assert len(events.list_targets_by_rule(Rule="r")["Targets"]) == 5


def test_of_targets_with_a_bad_one_among_them_none_is_put(events: Any) -> None:
    events.put_rule(Name="r", EventPattern=PATTERN)
    bad = {"Id": "b", "Arn": CLUSTER}
    with pytest.raises(ClientError) as refused:
        events.put_targets(Rule="r", Targets=[{"Id": "a", "Arn": QUEUE}, bad])
    assert refusal(refused) == (
        "ValidationException",
        f"RoleArn is required for target {CLUSTER}.",
    )
    assert events.list_targets_by_rule(Rule="r")["Targets"] == []


def test_a_rule_is_deleted_once_it_has_no_targets(events: Any) -> None:
    events.put_rule(Name="r", EventPattern=PATTERN)
    events.put_targets(Rule="r", Targets=[{"Id": "a", "Arn": QUEUE}])
    with pytest.raises(ClientError) as refused:
        events.delete_rule(Name="r")
    assert refusal(refused) == (
        "ValidationException",
        "Rule can't be deleted since it has targets.",
    )
    removed = events.remove_targets(Rule="r", Ids=["a", "never"])
    assert removed["FailedEntryCount"] == 1
    assert removed["FailedEntries"] == [
        {
            "TargetId": "never",
            "ErrorCode": "ResourceNotFoundException",
            "ErrorMessage": "Rule 'r' does not have a target with the Id 'never'.",
        }
    ]
    events.delete_rule(Name="r")
    events.delete_rule(Name="r")
    assert events.list_rules()["Rules"] == []
    with pytest.raises(ClientError) as missing:
        events.delete_rule(Name="r", EventBusName="nowhere")
    assert refusal(missing)[1] == "Event bus nowhere does not exist."


def test_a_pattern_is_tested_against_an_event(events: Any) -> None:
    event = {
        "id": "1",
        "account": "000000000000",
        "source": "aws.ecs",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "detail-type": "ECS Task State Change",
        "detail": {"stopCode": "TaskFailedToStart", "containers": [{"exitCode": 3}]},
    }
    for pattern, expected in (
        (PATTERN, True),
        ('{"detail":{"containers":{"exitCode":[{"numeric":[">",0]}]}}}', True),
        ('{"detail":{"stopCode":[{"anything-but":"TaskFailedToStart"}]}}', False),
    ):
        found = events.test_event_pattern(EventPattern=pattern, Event=json.dumps(event))
        assert found["Result"] is expected
    without_id = {name: value for name, value in event.items() if name != "id"}
    for bad in ("{", "[]", json.dumps(without_id)):
        with pytest.raises(ClientError) as refused:
            events.test_event_pattern(EventPattern=PATTERN, Event=bad)
        assert refusal(refused) == ("ValidationException", "Parameter Event is not valid.")


def test_events_are_put_entry_by_entry(events: Any) -> None:
    answer = events.put_events(
        Entries=[
            {"Source": "a", "DetailType": "b", "Detail": "{}"},
            {"Source": "aws.ecs", "DetailType": "b", "Detail": "{}"},
            {"Source": "a", "DetailType": "b", "Detail": "{}", "EventBusName": "nowhere"},
        ]
    )
    assert answer["FailedEntryCount"] == 1
    first, second, third = answer["Entries"]
    assert first["EventId"] != third["EventId"]
    assert second == {
        "ErrorCode": "NotAuthorizedForSourceException",
        "ErrorMessage": "Not authorized for the source.",
    }
    with pytest.raises(ClientError) as refused:
        events.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "x" * 262_145}])
    assert refusal(refused) == (
        "ValidationException",
        "Total size of the entries in the request is over the limit.",
    )
    with pytest.raises(ClientError) as too_many:
        events.put_events(Entries=[{"Source": "a"}] * 11)
    assert refusal(too_many)[0] == "ValidationException"
