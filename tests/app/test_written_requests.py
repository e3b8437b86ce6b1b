"""Requests that somebody wrote down as JSON, as the operations take them."""

from typing import Any

import pytest

from homeport.contracts.peers import Peers
from homeport.kernel.errors import AwsError
from homeport.services.sqs.errors import QueueDoesNotExist


@pytest.mark.parametrize(
    ("service", "operation", "written", "request_"),
    [
        (
            "ecs",
            "RunTask",
            {
                "TaskDefinition": "web",
                "enableEcsManagedTags": True,
                "Overrides": {"ContainerOverrides": [{"Name": "a", "Environment": []}]},
            },
            {
                "taskDefinition": "web",
                "enableECSManagedTags": True,
                "overrides": {"containerOverrides": [{"name": "a", "environment": []}]},
            },
        ),
        (
            "sqs",
            "SendMessage",
            {
                "queueUrl": "https://q/000000000000/a",
                "messageBody": "x",
                "messageAttributes": {"Kept": {"dataType": "String", "stringValue": "1"}},
            },
            {
                "QueueUrl": "https://q/000000000000/a",
                "MessageBody": "x",
                "MessageAttributes": {"Kept": {"DataType": "String", "StringValue": "1"}},
            },
        ),
        (
            "events",
            "PutEvents",
            {"entries": [{"source": "a", "time": "2026-01-01T00:00:00Z", "Unknown": 1}]},
            {"Entries": [{"Source": "a", "Time": 1_767_225_600.0}]},
        ),
        ("elbv2", "DeleteRule", {"ruleArn": "arn"}, {"RuleArn": "arn"}),
        (
            "ec2",
            "CreateTags",
            {"resources": ["vpc-1"], "Tags": [{"key": "a", "Value": "b"}]},
            {"Resources": ["vpc-1"], "Tags": [{"Key": "a", "Value": "b"}]},
        ),
    ],
)
def test_names_are_the_models_whatever_their_case(
    peers: Peers, service: str, operation: str, written: dict[str, Any], request_: dict[str, Any]
) -> None:
    assert peers.operations.request_for(service, operation, written) == request_


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        ({}, "InvalidParameterException", "TaskDefinition can not be blank."),
        ({"taskDefinition": 5}, "SerializationException", "NUMBER_VALUE can not be converted to"),
        ({"taskDefinition": "a", "Count": "2"}, "SerializationException", "STRING_VALUE can not"),
    ],
)
def test_what_the_model_does_not_allow_is_refused_as_the_api_would(
    peers: Peers, written: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(AwsError) as raised:
        peers.operations.request_for("ecs", "RunTask", written)
    assert raised.value.code == code
    assert raised.value.message.startswith(message)


def test_a_member_that_there_is_not_is_refused_when_strict(peers: Peers) -> None:
    written = {"taskDefinition": "a", "overrides": {"containerOverrides": [{"nme": "a"}]}}
    with pytest.raises(AwsError) as raised:
        peers.operations.request_for("ecs", "RunTask", written, strict=True)
    assert "'overrides.containerOverrides.nme' is not supported by api 'RunTask'" in str(
        raised.value
    )


def test_an_operation_that_is_not_served_has_no_request(peers: Peers) -> None:
    assert peers.operations.offers("ecs", "RunTask")
    assert not peers.operations.offers("ecs", "ExecuteCommand")
    assert not peers.operations.offers("nothing", "RunTask")
    with pytest.raises(KeyError):
        peers.operations.request_for("ecs", "ExecuteCommand", {})


def test_an_error_has_the_code_that_clients_know(peers: Peers) -> None:
    code = peers.operations.error_code("sqs", QueueDoesNotExist())
    assert code == "AWS.SimpleQueueService.NonExistentQueue"
