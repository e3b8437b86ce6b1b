"""Which targets a schedule may have, as far as a request itself tells.  Pure.

Whether a target can be invoked here is for homeport.contracts.firings to say.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from homeport.kernel import arn as arns
from homeport.services.scheduler.errors import ValidationException
from homeport.services.scheduler.plan.enums import check_word
from homeport.services.scheduler.records.requests import TargetRequest
from homeport.services.scheduler.records.schedules import AGE_MAX_S, RETRIES_MAX, Target

BLOCK_OF: Final[Mapping[str, str]] = {
    "ecs": "EcsParameters",
    "events": "EventBridgeParameters",
    "kinesis": "KinesisParameters",
    "sagemaker": "SageMakerPipelineParameters",
    "sqs": "SqsParameters",
}
"""The parameters of a target, by the service that its ARN names."""
REQUIRED: Final = frozenset({"ecs", "events", "kinesis"})
"""Targets that need their parameters; a queue needs them when it is a FIFO queue."""
JSON_INPUT: Final = frozenset({"ecs", "events", "scheduler", "lambda", "states"})
"""Targets that are handed JSON."""
UNIVERSAL: Final = "aws-sdk:"
ATTEMPT_NUMBER: Final = "<aws.scheduler.attempt-number>"
"""Of the words that stand for something in an input the one that need not be in quotes."""

LAUNCH_TYPES: Final = ("EC2", "FARGATE", "EXTERNAL")
WORDS_OF_LISTS: Final = (
    ("PlacementConstraints", "placementConstraints", ("distinctInstance", "memberOf")),
    ("PlacementStrategy", "placementStrategy", ("random", "spread", "binpack")),
)


def checked_target(asked: TargetRequest, region: str) -> Target:
    """The target, with what AWS fills in; raises ValidationException for one that cannot be."""
    service = _service(asked.arn, region)
    _check_blocks(asked, service)
    _check_input(asked.input, service)
    retry, dead_letters = asked.retry_policy, asked.dead_letter_config
    age = None if retry is None else retry.maximum_event_age_in_seconds
    retries = None if retry is None else retry.maximum_retry_attempts
    return Target(
        arn=asked.arn,
        role_arn=asked.role_arn,
        input=asked.input,
        parameters=msgspec.json.encode(asked.blocks).decode(),
        max_age_s=AGE_MAX_S if age is None else age,
        max_retries=RETRIES_MAX if retries is None else retries,
        dead_letter_arn=None if dead_letters is None else dead_letters.arn,
    )


def task_definition_of(target: Target) -> str | None:
    """The task definition that the target runs, by ARN or family; None when it runs none."""
    if target.arn.endswith(f":{UNIVERSAL}ecs:runTask"):
        return _definition_in(target.input)
    block = msgspec.json.decode(target.parameters).get("EcsParameters")
    return None if block is None else str(block["TaskDefinitionArn"])


def _definition_in(text: str | None) -> str | None:
    try:
        said: Any = msgspec.json.decode(text or "")
    except msgspec.DecodeError:
        return None
    if not isinstance(said, dict):
        return None
    found = said.get("TaskDefinition", said.get("taskDefinition"))
    return found if isinstance(found, str) else None


def _service(text: str, region: str) -> str:
    try:
        parsed = arns.parse(text)
    except arns.BadArn:
        raise ValidationException("Provided Arn is not in correct format.") from None
    if parsed.service == "scheduler":
        if parsed.region or parsed.account or not parsed.resource.startswith(UNIVERSAL):
            raise ValidationException("scheduler is not a supported service for a target.")
    elif parsed.region and parsed.region != region:
        raise ValidationException(
            f"The target ARN provided does not match the current region {region}."
        )
    return parsed.service


def _check_blocks(asked: TargetRequest, service: str) -> None:
    own = BLOCK_OF.get(service)
    for name in asked.blocks:
        if name != own:
            raise ValidationException(f"Parameters {name} not supported for the target.")
    if service in REQUIRED and own not in asked.blocks:
        raise ValidationException(f"Parameters {own} must be specified.")
    if service == "sqs":
        _check_queue(asked.arn, asked.sqs_parameters)
    if service == "ecs":
        _check_ecs(asked.ecs_parameters or {})


def _check_queue(queue: str, parameters: Mapping[str, Any] | None) -> None:
    is_fifo = queue.endswith(".fifo")
    if is_fifo and parameters is None:
        raise ValidationException("Parameters SqsParameters must be specified.")
    has_group = (parameters or {}).get("MessageGroupId") is not None
    if is_fifo and not has_group:
        raise ValidationException("Parameters MessageGroupId must be specified.")
    if has_group and not is_fifo:
        raise ValidationException("Parameters MessageGroupId not valid for the target.")


def _check_ecs(parameters: Mapping[str, Any]) -> None:
    at = "target.ecsParameters"
    launch_type = parameters.get("LaunchType")
    check_word(launch_type, LAUNCH_TYPES, f"{at}.launchType")
    check_word(parameters.get("PropagateTags"), ("TASK_DEFINITION",), f"{at}.propagateTags")
    network = parameters.get("NetworkConfiguration")
    if launch_type == "FARGATE" and network is None:
        raise ValidationException(
            "Parameter NetworkConfiguration must be specified for the target when launch type is "
            "FARGATE."
        )
    if launch_type is not None and parameters.get("CapacityProviderStrategy"):
        raise ValidationException(
            "Parameters LaunchType and CapacityProviderStrategy cannot be specified together."
        )
    vpc = (network or {}).get("awsvpcConfiguration") or {}
    check_word(
        vpc.get("AssignPublicIp"),
        ("ENABLED", "DISABLED"),
        f"{at}.networkConfiguration.awsvpcConfiguration.assignPublicIp",
    )
    for member, path, known in WORDS_OF_LISTS:
        for index, each in enumerate(parameters.get(member) or (), 1):
            check_word(each.get("type"), known, f"{at}.{path}.{index}.member.type")


def _check_input(text: str | None, service: str) -> None:
    if text is None:
        if service == "scheduler":
            raise ValidationException(
                "You must provide an input to set this target for your schedule."
            )
        return
    if service in JSON_INPUT:
        try:
            msgspec.json.decode(text.replace(ATTEMPT_NUMBER, "1"))
        except (msgspec.DecodeError, RecursionError, UnicodeError):
            raise ValidationException("JSON syntax error in input for the target.") from None
