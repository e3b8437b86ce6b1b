"""What targets are asked for, literally."""

import json
from typing import Any

import pytest

from homeport.contracts.firings import Target, Wanted
from homeport.services.jobs.plan.asks import Ask, BadTarget
from homeport.services.jobs.plan.dead_letters import BODY_BYTES_MAX, dead_letter
from homeport.services.jobs.plan.ecs_targets import started_by, with_count, with_time_limit
from homeport.services.jobs.plan.following import following_request, request_of
from homeport.services.jobs.plan.targets import asks_of, principal_of
from homeport.services.jobs.plan.universal import Universal, universal
from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.runs import Run

CLUSTER = "arn:aws:ecs:us-east-1:000000000000:cluster/main"
ID = "0b7a1c1e-0000-4000-8000-000000000001"


def firing(target: Target, **members: Any) -> Firing:
    wanted = {
        "account": "000000000000",
        "region": "us-east-1",
        "source": "arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly",
        "source_kind": "schedule",
        "group": "default",
        "name": "nightly",
        "token": "t",
        "due_at": 0.0,
        "scheduled_for": 0.0,
        "target": target,
    } | members
    return Firing(id=ID, wanted=Wanted(**wanted), lane="lane", created_at=0.0)


def only(target: Target, **members: Any) -> Ask:
    [ask] = asks_of(firing(target, **members), attempt=1, now=1_000.0)
    return ask


def ecs(payload: str = "", **parameters: Any) -> dict[str, Any]:
    said = json.dumps({"EcsParameters": {"TaskDefinitionArn": "web:3", **parameters}})
    return dict(only(Target(arn=CLUSTER, parameters=said), payload=payload).members)


PLAIN = {
    "cluster": CLUSTER,
    "taskDefinition": "web:3",
    "startedBy": "chronos-schedule/nightly",
    "clientToken": f"{ID}-1",
}


def test_the_least_of_a_tasks_parameters() -> None:
    assert ecs() == PLAIN


def test_every_member_of_ecs_parameters_becomes_run_tasks() -> None:
    asked = ecs(
        payload=json.dumps(
            {
                "containerOverrides": [{"name": "web", "command": ["a"]}],
                "cpu": "256",
                "memory": "512",
                "taskRoleArn": "arn:role",
                "detail": "no override",
            }
        ),
        TaskCount=3,
        LaunchType="FARGATE",
        NetworkConfiguration={
            "awsvpcConfiguration": {
                "Subnets": ["subnet-1"],
                "SecurityGroups": ["sg-1"],
                "AssignPublicIp": "ENABLED",
            }
        },
        CapacityProviderStrategy=[{"capacityProvider": "FARGATE", "base": 1, "weight": 2}],
        EnableECSManagedTags=True,
        EnableExecuteCommand=False,
        Group="night",
        PlatformVersion="1.4.0",
        PlacementConstraints=[{"type": "memberOf", "expression": "attribute:a == b"}],
        PlacementStrategy=[{"type": "binpack", "field": "memory"}],
        PropagateTags="TASK_DEFINITION",
        ReferenceId="42",
        Tags=[{"Key": "a", "Value": "1"}, {"key": "b", "value": "2"}, {"c": "3", "d": "4"}],
    )
    assert asked == PLAIN | {
        "count": 3,
        "launchType": "FARGATE",
        "networkConfiguration": {
            "awsvpcConfiguration": {
                "subnets": ["subnet-1"],
                "securityGroups": ["sg-1"],
                "assignPublicIp": "ENABLED",
            }
        },
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "base": 1, "weight": 2}],
        "enableECSManagedTags": True,
        "enableExecuteCommand": False,
        "group": "night",
        "platformVersion": "1.4.0",
        "placementConstraints": [{"type": "memberOf", "expression": "attribute:a == b"}],
        "placementStrategy": [{"type": "binpack", "field": "memory"}],
        "propagateTags": "TASK_DEFINITION",
        "referenceId": "42",
        "tags": [
            {"key": "a", "value": "1"},
            {"key": "b", "value": "2"},
            {"key": "c", "value": "3"},
            {"key": "d", "value": "4"},
        ],
        "overrides": {
            "containerOverrides": [{"name": "web", "command": ["a"]}],
            "cpu": "256",
            "memory": "512",
            "taskRoleArn": "arn:role",
        },
    }


def test_an_event_that_overrides_nothing_leaves_the_overrides_out() -> None:
    assert ecs(payload='{"source":"aws.ecs","detail":{"cpu":"1"}}') == PLAIN


@pytest.mark.parametrize("count", [0, 11, "2", None])
def test_a_task_count_is_from_1_to_10(count: object) -> None:
    with pytest.raises(BadTarget, match="TaskCount is a whole number"):
        ecs(TaskCount=count)


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("schedule", "nightly", "chronos-schedule/nightly"),
        ("rule", "on-exit", "events-rule/on-exit"),
        ("schedule", "a.b", "chronos-schedule/a-b"),
        ("rule", "x" * 300, "events-rule/" + "x" * 116),
    ],
)
def test_who_started_a_task(kind: str, name: str, said: str) -> None:
    assert started_by(kind, name) == said


def test_a_fifo_queue_gets_its_group_and_a_token_of_the_firing() -> None:
    target = Target(
        arn="arn:aws:sqs:eu-west-1:000000000000:work.fifo",
        parameters='{"SqsParameters":{"MessageGroupId":"g"}}',
    )
    assert only(target, payload="hello") == Ask(
        service="sqs",
        operation="SendMessage",
        region="eu-west-1",
        members={
            "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/000000000000/work.fifo",
            "MessageBody": "hello",
            "MessageGroupId": "g",
            "MessageDeduplicationId": ID,
        },
    )


def test_a_schedules_event_is_put_with_its_input_as_detail() -> None:
    bus = "arn:aws:events:us-east-1:000000000000:event-bus/main"
    said = '{"EventBridgeParameters":{"DetailType":"Night","Source":"jobs"}}'
    assert only(Target(arn=bus, parameters=said), payload='{"a":1}').members == {
        "Entries": [
            {
                "Source": "jobs",
                "DetailType": "Night",
                "Detail": '{"a":1}',
                "Time": 1_000.0,
                "EventBusName": bus,
            }
        ]
    }


def test_a_rule_sends_only_whole_events_on() -> None:
    bus = Target(arn="arn:aws:events:us-east-1:000000000000:event-bus/main")
    whole = '{"source":"a","detail-type":"b","detail":{}}'
    assert only(bus, source_kind="rule", payload=whole).forwarded == whole
    with pytest.raises(BadTarget, match="this one has no detail-type"):
        only(bus, source_kind="rule", payload='{"source":"a"}')


def test_a_log_group_is_asked_for_a_stream_of_the_lane_then_gets_the_event() -> None:
    group = Target(arn="arn:aws:logs:us-east-1:000000000000:log-group:/jobs:*")
    stream, event = asks_of(firing(group, source_kind="rule", payload="it"), attempt=1, now=1_000.5)
    assert stream.forgives == ("ResourceAlreadyExistsException",)
    assert event.members == {
        **stream.members,
        "logEvents": [{"timestamp": 1_000_500, "message": "it"}],
    }
    assert stream.members["logGroupName"] == "/jobs"


@pytest.mark.parametrize(
    ("resource", "means"),
    [
        ("aws-sdk:ecs:runTask", Universal("ecs", "RunTask")),
        ("aws-sdk:eventbridge:putEvents", Universal("events", "PutEvents")),
        ("aws-sdk:cloudwatchlogs:createLogGroup", Universal("logs", "CreateLogGroup")),
        ("aws-sdk:elasticloadbalancingv2:modifyRule", Universal("elbv2", "ModifyRule")),
    ],
)
def test_a_universal_target_names_an_operation(resource: str, means: Universal) -> None:
    assert universal(resource) == means


@pytest.mark.parametrize(
    "resource",
    [
        "aws-sdk:ecs:listTasks",
        "aws-sdk:ec2:describeVpcs",
        "aws-sdk:sqs:receiveMessage",
        "aws-sdk:sqs:getQueueUrl",
        "aws-sdk:lambda:invoke",
        "aws-sdk:ecs",
        "aws-sdk:ecs:run-task",
        "aws-sdk::runTask",
    ],
)
def test_what_is_no_universal_target(resource: str) -> None:
    with pytest.raises(BadTarget):
        universal(resource)


@pytest.mark.parametrize(
    ("role", "who"),
    [
        ("", "nobody"),
        (
            "arn:aws:iam::111111111111:role/path/runner",
            "arn:aws:sts::111111111111:assumed-role/runner/nightly",
        ),
    ],
)
def test_a_target_is_invoked_as_its_role(role: str, who: str) -> None:
    target = Target(arn=CLUSTER, role_arn=role)
    assert principal_of(firing(target), without_role="nobody") == who


def test_a_time_limit_is_a_tag_that_takes_the_place_of_another() -> None:
    tags = [{"Key": "homeport:time-limit", "Value": "9"}, {"Key": "a", "Value": "b"}]
    ask = Ask(service="ecs", operation="RunTask", region="", members={"Tags": tags})
    assert with_time_limit(ask, 30).members == {
        "Tags": [{"Key": "a", "Value": "b"}, {"key": "homeport:time-limit", "value": "30"}]
    }


def test_what_a_following_run_asks_for() -> None:
    ask = Ask(
        service="ecs",
        operation="RunTask",
        region="us-east-1",
        members={"TaskDefinition": "web", "Count": 3, "ClientToken": "mine"},
        strict=True,
    )
    run = Run(
        id="r",
        firing_id=ID,
        source="s",
        lane="l",
        account="a",
        region="us-east-1",
        number=2,
        requested_at=0.0,
        request=json.dumps(
            {
                "service": ask.service,
                "operation": ask.operation,
                "region": ask.region,
                "members": ask.members,
                "strict": True,
            }
        ),
    )
    assert request_of(run) == ask
    following = json.loads(following_request(run, 2))
    assert following["members"] == {"TaskDefinition": "web", "Count": 2, "ClientToken": f"{ID}-3"}
    start = Ask(service="ecs", operation="StartTask", region="", members={})
    assert with_count(start, 2) == start


def test_a_letter_that_is_too_long_is_cut_and_says_so() -> None:
    queue = "arn:aws:sqs:us-east-1:000000000000:work"
    long = firing(
        Target(arn=queue),
        payload="ä" * BODY_BYTES_MAX,
        dead_letter_arn="arn:aws:sqs:us-east-1:000000000000:dead",
    )
    letter = dead_letter(long, code="C", message="", exhausted="", now=0.0)
    body = letter.members["MessageBody"]
    assert BODY_BYTES_MAX - 2 <= len(body.encode()) <= BODY_BYTES_MAX
    attributes = letter.members["MessageAttributes"]
    assert attributes["IS_PAYLOAD_TRUNCATED"]["StringValue"] == "true"
    assert "ERROR_MESSAGE" not in attributes  # SQS takes no empty values.


@pytest.mark.parametrize("queue", ["nonsense", "arn:aws:sns:us-east-1:000000000000:dead"])
def test_a_dead_letter_queue_is_a_queue(queue: str) -> None:
    with pytest.raises(BadTarget, match="is no queue of SQS"):
        dead_letter(
            firing(Target(arn=CLUSTER), dead_letter_arn=queue),
            code="C",
            message="M",
            exhausted="",
            now=0.0,
        )
