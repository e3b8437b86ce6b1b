"""Universal targets: any operation that is served, named by an ARN.  Pure."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from homeport.services.jobs.plan.asks import BadTarget

PREFIX: Final = "aws-sdk:"

SERVICES: Final[Mapping[str, str]] = {
    "acm": "acm",
    "cloudwatch": "cloudwatch",
    "cloudwatchlogs": "logs",
    "codedeploy": "codedeploy",
    "ec2": "ec2",
    "ecs": "ecs",
    "elasticloadbalancingv2": "elbv2",
    "eventbridge": "events",
    "iam": "iam",
    "scheduler": "scheduler",
    "sqs": "sqs",
    "sts": "sts",
}
"""Botocore's names by those that the SDKs give to services."""

READING: Final = (
    "get",
    "describe",
    "list",
    "poll",
    "receive",
    "search",
    "scan",
    "query",
    "select",
    "read",
    "lookup",
    "discover",
    "validate",
    "batchGet",
    "batchDescribe",
    "batchRead",
    "transactGet",
    "adminGet",
    "adminList",
    "testMigration",
    "retrieve",
    "testConnection",
    "translateDocument",
    "isAuthorized",
    "invokeModel",
)
"""Operations that begin like this only read: AWS's Scheduler refuses them."""


class Universal(Struct, frozen=True):
    """The operation that an ARN names."""

    service: str
    operation: str


def universal(resource: str) -> Universal:
    """The operation of ``aws-sdk:ecs:runTask``; raises `BadTarget` when there can be none."""
    service, _, action = resource.removeprefix(PREFIX).partition(":")
    if not service or not action.isalnum():
        raise BadTarget(
            "The ARN of a universal target is arn:aws:scheduler:::aws-sdk:SERVICE:operation."
        )
    if action.startswith(READING):
        raise BadTarget(f"The operation {action} only reads: it is no target of a schedule.")
    known = SERVICES.get(service)
    if known is None:
        raise BadTarget(
            f"Homeport does not serve {service!r} as a target. It serves: {', '.join(SERVICES)}."
        )
    return Universal(known, action[:1].upper() + action[1:])
