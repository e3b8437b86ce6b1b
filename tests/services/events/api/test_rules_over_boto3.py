"""Rules and their tags over stock boto3."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.events.wiring import services
from homeport.store import Store
from root_asking import served

PATTERN = '{"source":["aws.ecs"]}'
ROLE = "arn:aws:iam::000000000000:role/r"
ARN = "arn:aws:events:us-east-1:000000000000:rule/"


@pytest.fixture
def events(store: Store) -> Iterator[Any]:
    with served(store, services()) as made:
        yield made("events")


def refusal(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    said = error.value.response["Error"]
    return said["Code"], said["Message"]


def shown(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def test_a_rule_shows_what_was_put_and_nothing_else(events: Any) -> None:
    put = {
        "Name": "r",
        "EventPattern": PATTERN,
        "ScheduleExpression": "rate(1 hour)",
        "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
        "Description": "of tasks",
        "RoleArn": ROLE,
    }
    assert events.put_rule(**put)["RuleArn"] == f"{ARN}r"
    always = {"Arn": f"{ARN}r", "EventBusName": "default"}
    assert shown(events.describe_rule(Name="r")) == {
        **put,
        **always,
        "CreatedBy": "000000000000",
    }
    assert events.list_rules()["Rules"] == [{**put, **always}]
    events.put_rule(Name="r", EventPattern=PATTERN)
    assert shown(events.describe_rule(Name="r")) == {
        "Name": "r",
        "EventPattern": PATTERN,
        "State": "ENABLED",
        "CreatedBy": "000000000000",
        **always,
    }


def test_a_rule_of_a_custom_bus_has_the_bus_in_its_arn(events: Any) -> None:
    bus = events.create_event_bus(Name="orders")["EventBusArn"]
    for said in ("orders", bus):
        made = events.put_rule(Name="r", EventBusName=said, EventPattern=PATTERN)
        assert made["RuleArn"] == f"{ARN}orders/r"
    assert events.describe_rule(Name="r", EventBusName=bus)["EventBusName"] == "orders"
    assert events.list_rules()["Rules"] == []


@pytest.mark.parametrize(
    ("members", "code", "text"),
    [
        (
            {},
            "ValidationException",
            "Parameter(s) EventPattern or ScheduleExpression must be specified.",
        ),
        (
            {"ScheduleExpression": "rate(1 minutes)"},
            "ValidationException",
            "Parameter ScheduleExpression is not valid.",
        ),
        (
            {"ScheduleExpression": "rate(1 minute)", "EventBusName": "orders"},
            "ValidationException",
            "ScheduleExpression is supported only on the default event bus.",
        ),
        (
            {"EventPattern": PATTERN, "EventBusName": "nowhere"},
            "ResourceNotFoundException",
            "Event bus nowhere does not exist.",
        ),
        (
            {"EventPattern": PATTERN, "State": "ASLEEP"},
            "ValidationException",
            (
                "1 validation error detected: Value 'ASLEEP' at 'state' failed to satisfy "
                "constraint: Member must satisfy enum value set: [ENABLED, DISABLED, "
                "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS]"
            ),
        ),
        (
            {"EventPattern": json.dumps({"source": ["a" * 2_048]})},
            "ValidationException",
            "Parameter EventPattern for rule r exceeds limit of 2048.",
        ),
        (
            {"EventPattern": PATTERN, "Tags": [{"Key": "a", "Value": "1"}] * 2},
            "ValidationException",
            "Invalid parameter: Duplicated keys are not allowed.",
        ),
        (
            {"EventPattern": PATTERN, "Tags": [{"Key": "homeport:on-missed", "Value": "maybe"}]},
            "ValidationException",
            "The tag homeport:on-missed is one of run, skip, not 'maybe'.",
        ),
    ],
)
def test_a_bad_rule_is_refused_and_leaves_nothing(
    events: Any, members: dict[str, Any], code: str, text: str
) -> None:
    events.create_event_bus(Name="orders")
    with pytest.raises(ClientError) as refused:
        events.put_rule(Name="r", **members)
    assert refusal(refused) == (code, text)
    assert events.list_rules()["Rules"] == []


@pytest.mark.parametrize("pattern", ["{", "[]", '{"source":"a"}', '{"source":[]}', '{"a":[{}]}'])
def test_a_bad_pattern_is_refused_with_the_reason(events: Any, pattern: str) -> None:
    with pytest.raises(ClientError) as refused:
        events.put_rule(Name="r", EventPattern=pattern)
    code, text = refusal(refused)
    assert code == "InvalidEventPatternException"
    assert text.startswith("Event pattern is not valid. Reason: ")


def test_rules_are_listed_by_name_in_pages(events: Any) -> None:
    for name in ("b-1", "a-2", "a-1"):
        events.put_rule(Name=name, EventPattern=PATTERN)
    pages = events.get_paginator("list_rules").paginate(PaginationConfig={"PageSize": 2})
    assert [each["Name"] for page in pages for each in page["Rules"]] == ["a-1", "a-2", "b-1"]
    found = events.list_rules(NamePrefix="a-", Limit=1)
    assert [each["Name"] for each in found["Rules"]] == ["a-1"]
    rest = events.list_rules(NamePrefix="a-", NextToken=found["NextToken"])
    assert [each["Name"] for each in rest["Rules"]] == ["a-2"]
    assert "NextToken" not in rest


def test_a_bus_has_at_most_three_hundred_rules(events: Any) -> None:
    for number in range(300):
        events.put_rule(Name=f"r{number}", EventPattern=PATTERN)
    events.put_rule(Name="r7", EventPattern=PATTERN)
    with pytest.raises(ClientError) as refused:
        events.put_rule(Name="one-more", EventPattern=PATTERN)
    assert refusal(refused) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )


def test_a_rule_is_disabled_and_enabled(events: Any) -> None:
    events.put_rule(Name="r", EventPattern=PATTERN)
    events.disable_rule(Name="r")
    assert events.describe_rule(Name="r")["State"] == "DISABLED"
    events.enable_rule(Name="r")
    assert events.describe_rule(Name="r")["State"] == "ENABLED"
    for change in (events.enable_rule, events.disable_rule, events.describe_rule):
        with pytest.raises(ClientError) as refused:
            change(Name="none")
        assert refusal(refused) == (
            "ResourceNotFoundException",
            "Rule none does not exist on EventBus default.",
        )


def test_tags_are_given_at_creation_and_stay_through_an_update(events: Any) -> None:
    events.put_rule(Name="r", EventPattern=PATTERN, Tags=[{"Key": "a", "Value": "1"}])
    events.put_rule(Name="r", EventPattern=PATTERN, Tags=[{"Key": "b", "Value": "2"}])
    arn = f"{ARN}r"
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    events.tag_resource(
        ResourceARN=arn,
        Tags=[{"Key": "homeport:on-missed", "Value": "run"}, {"Key": "a", "Value": "3"}],
    )
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "3"},
        {"Key": "homeport:on-missed", "Value": "run"},
    ]
    events.untag_resource(ResourceARN=arn, TagKeys=["a", "never"])
    assert len(events.list_tags_for_resource(ResourceARN=arn)["Tags"]) == 1
    with pytest.raises(ClientError) as refused:
        events.tag_resource(ResourceARN=arn, Tags=[{"Key": "homeport:what", "Value": ""}])
    assert refusal(refused)[0] == "ValidationException"


@pytest.mark.parametrize(
    ("arn", "code", "text"),
    [
        (
            "nonsense",
            "ValidationException",
            "Parameter nonsense is not valid. Reason: Provided Arn is not in correct format.",
        ),
        (
            f"{ARN}none",
            "ResourceNotFoundException",
            "Rule none does not exist on EventBus default.",
        ),
        (
            f"{ARN}nowhere/none",
            "ResourceNotFoundException",
            "Event bus nowhere does not exist.",
        ),
    ],
)
def test_what_is_not_there_has_no_tags(events: Any, arn: str, code: str, text: str) -> None:
    for asked in (
        lambda: events.list_tags_for_resource(ResourceARN=arn),
        lambda: events.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}]),
        lambda: events.untag_resource(ResourceARN=arn, TagKeys=["a"]),
    ):
        with pytest.raises(ClientError) as refused:
            asked()
        assert refusal(refused) == (code, text)


def test_a_bus_does_not_take_the_tags_of_runs(events: Any) -> None:
    arn = events.create_event_bus(Name="orders")["EventBusArn"]
    with pytest.raises(ClientError) as refused:
        events.tag_resource(ResourceARN=arn, Tags=[{"Key": "homeport:on-missed", "Value": "run"}])
    assert refusal(refused) == (
        "ValidationException",
        "The tag homeport:on-missed says how runs are kept: it belongs to a rule, not to a bus.",
    )
