"""Targets as PutTargets takes and refuses them, in EventBridge's words."""

import json
from typing import Any

import pytest

from homeport.services.events.errors import ValidationException
from homeport.services.events.plan.target_requests import target

REGION = "us-east-1"
CLUSTER = "arn:aws:ecs:us-east-1:000000000000:cluster/c"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:q"
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:g"
BUS = "arn:aws:events:us-east-1:000000000000:event-bus/b"
ROLE = "arn:aws:iam::000000000000:role/r"
DEFINITION = "arn:aws:ecs:us-east-1:000000000000:task-definition/d:1"
VPC = {"awsvpcConfiguration": {"Subnets": ["subnet-1"]}}


def ecs(**parameters: Any) -> dict[str, Any]:
    said = {"TaskDefinitionArn": DEFINITION, **parameters}
    return {"Id": "t", "Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": said}


def queue(**members: Any) -> dict[str, Any]:
    return {"Id": "t", "Arn": QUEUE, **members}


REFUSED = [
    (
        {"Id": "t", "Arn": "nonsense"},
        "Parameter nonsense is not valid. Reason: Provided Arn is not in correct format.",
    ),
    ({"Id": "t", "Arn": CLUSTER}, f"RoleArn is required for target {CLUSTER}."),
    ({"Id": "t", "Arn": BUS}, f"RoleArn is required for target {BUS}."),
    ({"Id": "t", "Arn": GROUP, "RoleArn": ROLE}, f"RoleArn is not supported for target {GROUP}."),
    (
        {"Id": "t", "Arn": GROUP, "Input": "{}"},
        (
            "Input and InputPath are not valid forms of input for target t. The only valid form of "
            "input is InputTransformer."
        ),
    ),
    (
        {"Id": "t", "Arn": BUS, "RoleArn": ROLE, "InputPath": "$.detail"},
        (
            "Input, InputPath and InputTransformer are not supported for target t: an event bus is "
            "sent the whole event."
        ),
    ),
    (
        queue(Input="{}", InputPath="$.detail"),
        "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
    ),
    (queue(Input="{"), "JSON syntax error in input for target t."),
    (
        queue(EcsParameters={"TaskDefinitionArn": DEFINITION}),
        "Parameter(s) EcsParameters not supported for target: t.",
    ),
    (
        {"Id": "t", "Arn": CLUSTER, "RoleArn": ROLE},
        "Parameter(s) EcsParameters must be specified for target: t.",
    ),
    (
        {"Id": "t", "Arn": f"{QUEUE}.fifo"},
        "Parameter(s) SqsParameters must be specified for target: t.",
    ),
    (
        queue(DeadLetterConfig={"Arn": "arn:aws:sns:us-east-1:000000000000:t"}),
        "sns is not supported as a dead letter resource.",
    ),
    (
        queue(DeadLetterConfig={"Arn": f"{QUEUE}.fifo"}),
        "SQS FIFO is not supported by Dead Letter Queues.",
    ),
    (ecs(TaskCount=11), "Parameter(s) TaskCount not valid for target: t."),
    (
        ecs(LaunchType="FARGATE"),
        (
            "Parameter NetworkConfiguration must be specified for target t when launch type is "
            "FARGATE."
        ),
    ),
    (
        ecs(LaunchType="EC2", PlatformVersion="1.4.0"),
        "Parameter PlatformVersion for target t is not supported when launch type is EC2.",
    ),
    (
        ecs(
            LaunchType="EC2",
            NetworkConfiguration={
                "awsvpcConfiguration": {"Subnets": ["subnet-1"], "AssignPublicIp": "ENABLED"}
            },
        ),
        "Parameter AssignPublicIp for target t is not supported when launch type is EC2.",
    ),
    (
        ecs(NetworkConfiguration={"awsvpcConfiguration": {"Subnets": ["s"] * 17}}),
        "Parameter Subnets is not valid. Reason: size must be in between 1 and 16.",
    ),
    (
        ecs(
            NetworkConfiguration={
                "awsvpcConfiguration": {"Subnets": ["s"], "SecurityGroups": ["g"] * 6}
            }
        ),
        "Parameter SecurityGroups is not valid. Reason: size must be in between 0 and 5.",
    ),
    (
        ecs(TaskDefinitionArn=DEFINITION.replace("us-east-1", "us-west-2")),
        (
            f"Region of {CLUSTER} does not match region of "
            f"{DEFINITION.replace('us-east-1', 'us-west-2')}."
        ),
    ),
    (
        ecs(LaunchType="MOON"),
        (
            "1 validation error detected: Value 'MOON' at 'ecsParameters.launchType' failed to "
            "satisfy constraint: Member must satisfy enum value set: [EC2, FARGATE, EXTERNAL]"
        ),
    ),
]


@pytest.mark.parametrize(("request_", "text"), REFUSED, ids=[each[1][:40] for each in REFUSED])
def test_what_eventbridge_refuses_is_refused_in_its_words(
    request_: dict[str, Any], text: str
) -> None:
    with pytest.raises(ValidationException) as refused:
        target(request_, region=REGION)
    assert refused.value.message == text


@pytest.mark.parametrize(
    "request_",
    [
        ecs(TaskCount=10, LaunchType="FARGATE", NetworkConfiguration=VPC, PlatformVersion="1.4.0"),
        ecs(
            CapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
            PlacementConstraints=[{"type": "distinctInstance"}],
            PlacementStrategy=[{"type": "spread", "field": "instanceId"}],
            PropagateTags="TASK_DEFINITION",
            Tags=[{"Key": "a", "Value": "b"}],
        ),
        queue(Input='"text"'),
        queue(InputPath="$.detail"),
        queue(SqsParameters={"MessageGroupId": "g"}, Arn=f"{QUEUE}.fifo"),
        {"Id": "t", "Arn": BUS, "RoleArn": ROLE},
        {"Id": "t", "Arn": GROUP},
    ],
)
def test_what_eventbridge_takes_is_taken(request_: dict[str, Any]) -> None:
    made = target(request_, region=REGION)
    assert made.arn == request_["Arn"]
    blocks = {name: value for name, value in request_.items() if name.endswith("Parameters")}
    assert json.loads(made.parameters) == blocks


def test_a_retry_policy_is_kept_member_by_member() -> None:
    made = target(queue(RetryPolicy={"MaximumRetryAttempts": 0}), region=REGION)
    assert (made.retries_max, made.max_age_s) == (0, None)
