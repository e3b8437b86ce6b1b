"""Log groups, streams and tags through their handlers."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.runtime import Call
from homeport.services.logs import errors
from homeport.store import Store

Ask = Callable[..., Any]
ARN = "arn:aws:logs:us-east-1:000000000000:log-group:"


def names(response: Any) -> list[str]:
    return [each["logGroupName"] for each in response["logGroups"]]


def test_a_new_group_is_described_as_aws_describes_it(ask: Ask) -> None:
    assert ask("CreateLogGroup", logGroupName="/ecs/demo", tags={"team": "a"}) == {}
    assert ask("DescribeLogGroups") == {
        "logGroups": [
            {
                "logGroupName": "/ecs/demo",
                "creationTime": 1_700_000_000_000,
                "metricFilterCount": 0,
                "arn": f"{ARN}/ecs/demo:*",
                "storedBytes": 0,
                "logGroupClass": "STANDARD",
                "logGroupArn": f"{ARN}/ecs/demo",
                "deletionProtectionEnabled": False,
                "bearerTokenAuthenticationEnabled": False,
            }
        ]
    }


def test_a_group_exists_once_in_a_region(ask: Ask, call: Callable[..., Call]) -> None:
    ask("CreateLogGroup", logGroupName="g")
    with pytest.raises(errors.ResourceAlreadyExistsException) as refused:
        ask("CreateLogGroup", logGroupName="g")
    assert refused.value.message == "The specified log group already exists"
    ask("CreateLogGroup", _call=call(region="eu-west-1"), logGroupName="g")
    ask("CreateLogGroup", _call=call(account="111111111111"), logGroupName="g")
    assert names(ask("DescribeLogGroups")) == ["g"]


@pytest.mark.parametrize(
    "request_",
    [
        {"logGroupName": "aws/lambda"},
        {"logGroupName": "g", "kmsKeyId": "arn:aws:kms:us-east-1:000000000000:key/k"},
        {"logGroupName": "g", "logGroupClass": "DELIVERY"},
        {"logGroupName": "g", "deletionProtectionEnabled": True},
        {"logGroupName": "g", "tags": {"aws:x": "1"}},
    ],
)
def test_a_group_that_cannot_be_had_is_refused(ask: Ask, request_: dict[str, Any]) -> None:
    with pytest.raises(errors.InvalidParameterException):
        ask("CreateLogGroup", **request_)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("DeleteLogGroup", {}),
        ("CreateLogStream", {"logStreamName": "s"}),
        ("DeleteLogStream", {"logStreamName": "s"}),
        ("DescribeLogStreams", {}),
        ("PutLogEvents", {"logStreamName": "s", "logEvents": [{"timestamp": 1, "message": "m"}]}),
        ("GetLogEvents", {"logStreamName": "s"}),
        ("FilterLogEvents", {}),
        ("PutRetentionPolicy", {"retentionInDays": 1}),
        ("DeleteRetentionPolicy", {}),
        ("TagLogGroup", {"tags": {"a": "b"}}),
        ("UntagLogGroup", {"tags": ["a"]}),
        ("ListTagsLogGroup", {}),
    ],
)
def test_every_operation_says_that_a_group_is_not_there(
    ask: Ask, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(errors.ResourceNotFoundException) as refused:
        ask(operation, logGroupName="none", **request_)
    assert refused.value.message == "The specified log group does not exist."


def test_groups_are_listed_by_prefix_pattern_and_page(ask: Ask) -> None:
    for name in ("b", "a/2", "a/1", "B", "a/3"):
        ask("CreateLogGroup", logGroupName=name)
    assert names(ask("DescribeLogGroups")) == ["B", "a/1", "a/2", "a/3", "b"]
    assert names(ask("DescribeLogGroups", logGroupNamePrefix="a/")) == ["a/1", "a/2", "a/3"]
    page = ask("DescribeLogGroups", limit=2)
    assert names(page) == ["B", "a/1"]
    page = ask("DescribeLogGroups", limit=2, nextToken=page["nextToken"])
    assert names(page) == ["a/2", "a/3"]
    page = ask("DescribeLogGroups", limit=2, nextToken=page["nextToken"])
    assert (names(page), "nextToken" in page) == (["b"], False)
    matched = ask("DescribeLogGroups", logGroupNamePattern="/2")["logGroups"]
    assert [sorted(each) for each in matched] == [
        ["arn", "creationTime", "logGroupArn", "logGroupName"]
    ]
    by_arn = ask("DescribeLogGroups", logGroupIdentifiers=[f"{ARN}b", "a/1", "none"])
    assert names(by_arn) == ["a/1", "b"]


@pytest.mark.parametrize("token", ["x", "MTo=", "MTpcMA==", "MTrDqQ=="])
def test_a_token_that_is_not_ours_is_refused(ask: Ask, token: str) -> None:
    ask("CreateLogGroup", logGroupName="g")
    ask("CreateLogStream", logGroupName="g", logStreamName="s")
    for operation in ("DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents"):
        request = {} if operation == "DescribeLogGroups" else {"logGroupName": "g"}
        with pytest.raises(errors.InvalidParameterException) as refused:
            ask(operation, nextToken=token, **request)
        assert refused.value.message == "The specified nextToken is invalid."


def test_retention_is_one_of_the_values_of_aws(ask: Ask) -> None:
    ask("CreateLogGroup", logGroupName="g")
    with pytest.raises(errors.InvalidParameterException):
        ask("PutRetentionPolicy", logGroupName="g", retentionInDays=2)
    ask("PutRetentionPolicy", logGroupName="g", retentionInDays=3653)
    assert ask("DescribeLogGroups")["logGroups"][0]["retentionInDays"] == 3653
    ask("DeleteRetentionPolicy", logGroupName="g")
    ask("DeleteRetentionPolicy", logGroupName="g")
    assert "retentionInDays" not in ask("DescribeLogGroups")["logGroups"][0]


def test_tags_are_the_same_through_both_families_of_operations(ask: Ask) -> None:
    ask("CreateLogGroup", logGroupName="g", tags={"owner": "me", "phase": "created"})
    ask("TagResource", resourceArn=f"{ARN}g", tags={"phase": "updated", "extra": "value"})
    expected = {"owner": "me", "phase": "updated", "extra": "value"}
    assert ask("ListTagsLogGroup", logGroupName="g") == {"tags": expected}
    ask("UntagResource", resourceArn=f"{ARN}g", tagKeys=["phase", "absent"])
    ask("UntagLogGroup", logGroupName="g", tags=["owner"])
    ask("TagLogGroup", logGroupName="g", tags={"last": ""})
    assert ask("ListTagsForResource", resourceArn=f"{ARN}g:*") == {
        "tags": {"extra": "value", "last": ""}
    }


def test_a_resource_has_no_more_than_fifty_tags(ask: Ask) -> None:
    ask("CreateLogGroup", logGroupName="g", tags={str(n): "" for n in range(50)})
    with pytest.raises(errors.TooManyTagsException):
        ask("TagResource", resourceArn=f"{ARN}g", tags={"50": ""})


@pytest.mark.parametrize(
    "arn",
    [
        f"{ARN}none",
        "arn:aws:logs:eu-west-1:000000000000:log-group:g",
        "arn:aws:logs:us-east-1:111111111111:log-group:g",
        "arn:aws:logs:us-east-1:000000000000:destination:g",
    ],
)
def test_tags_of_a_resource_that_is_not_there(ask: Ask, arn: str) -> None:
    ask("CreateLogGroup", logGroupName="g")
    with pytest.raises(errors.ResourceNotFoundException) as refused:
        ask("ListTagsForResource", resourceArn=arn)
    assert refused.value.message == "The specified resource does not exist."


def test_streams_are_created_described_and_deleted(ask: Ask) -> None:
    ask("CreateLogGroup", logGroupName="g")
    for name in ("s/2", "s/1", "t"):
        ask("CreateLogStream", logGroupName="g", logStreamName=name)
    with pytest.raises(errors.ResourceAlreadyExistsException) as refused:
        ask("CreateLogStream", logGroupName="g", logStreamName="t")
    assert refused.value.message == "The specified log stream already exists"
    described = ask("DescribeLogStreams", logGroupIdentifier=f"{ARN}g", logStreamNamePrefix="s/")
    assert described["logStreams"][0] == {
        "logStreamName": "s/1",
        "creationTime": 1_700_000_000_000,
        "arn": f"{ARN}g:log-stream:s/1",
        "storedBytes": 0,
    }
    ask("DeleteLogStream", logGroupName="g", logStreamName="s/1")
    with pytest.raises(errors.ResourceNotFoundException) as gone:
        ask("DeleteLogStream", logGroupName="g", logStreamName="s/1")
    assert gone.value.message == "The specified log stream does not exist."


@pytest.mark.parametrize("name", ["a:b", "a*", "nul\x00", "\ud800"])
def test_a_stream_is_not_called_so(ask: Ask, name: str) -> None:
    ask("CreateLogGroup", logGroupName="g")
    for operation in ("CreateLogStream", "DeleteLogStream", "GetLogEvents"):
        with pytest.raises(errors.InvalidParameterException) as refused:
            ask(operation, logGroupName="g", logStreamName=name)
        refused.value.message.encode()


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", ["LogStreamName", "LastEventTime"])
def test_streams_are_paged_in_either_order(ask: Ask, order: str, descending: bool) -> None:
    ask("CreateLogGroup", logGroupName="g")
    for at, name in enumerate(("c", "a", "d", "b", "e")):
        ask("CreateLogStream", logGroupName="g", logStreamName=name)
        if at:
            event = {"timestamp": 1_700_000_000_000 - at // 2, "message": "m"}
            ask("PutLogEvents", logGroupName="g", logStreamName=name, logEvents=[event])
    found: list[str] = []
    request = {"logGroupName": "g", "orderBy": order, "descending": descending, "limit": 2}
    page = ask("DescribeLogStreams", **request)
    while True:
        found += [each["logStreamName"] for each in page["logStreams"]]
        if "nextToken" not in page:
            break
        page = ask("DescribeLogStreams", **request, nextToken=page["nextToken"])
    expected = ["a", "b", "c", "d", "e"] if order == "LogStreamName" else ["c", "e", "b", "d", "a"]
    assert found == (expected[::-1] if descending else expected)


def test_streams_ordered_by_time_take_no_prefix(ask: Ask) -> None:
    ask("CreateLogGroup", logGroupName="g")
    with pytest.raises(errors.InvalidParameterException) as refused:
        ask(
            "DescribeLogStreams", logGroupName="g", orderBy="LastEventTime", logStreamNamePrefix="a"
        )
    assert refused.value.message == "Cannot order by LastEventTime with a logStreamNamePrefix."


def test_a_group_is_named_once(ask: Ask) -> None:
    ask("CreateLogGroup", logGroupName="g")
    for request in ({}, {"logGroupName": "g", "logGroupIdentifier": "g"}):
        with pytest.raises(errors.InvalidParameterException):
            ask("DescribeLogStreams", **request)


def test_changes_of_a_group_are_announced(ask: Ask, store: Store) -> None:
    heard: list[tuple[str, str]] = []
    store.feed.listen(lambda changes: heard.extend((each.kind, each.key) for each in changes))
    ask("CreateLogGroup", logGroupName="g")
    ask("PutRetentionPolicy", logGroupName="g", retentionInDays=1)
    ask("DeleteLogGroup", logGroupName="g")
    assert heard == [("log-group", f"{ARN}g")] * 3
