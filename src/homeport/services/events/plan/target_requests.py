"""What PutTargets asks for, checked by EventBridge's rules.  Pure.

Whether Homeport can invoke a target at all is asked of homeport.contracts.firings.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.kernel import arn as arns
from homeport.kernel.arn import Arn
from homeport.services.events.errors import ValidationException
from homeport.services.events.plan import ecs_parameters
from homeport.services.events.plan.documents import write
from homeport.services.events.plan.input_transformer import Transformer, check_input
from homeport.services.events.plan.names import bad_arn
from homeport.services.events.records.rules import InputTransformer, Target

TARGETS_MAX: Final = 5
"""Of one rule."""
BLOCKS: Final[Mapping[str, Sequence[str]]] = {
    "AppSyncParameters": ("appsync",),
    "BatchParameters": ("batch",),
    "EcsParameters": ("ecs",),
    "HttpParameters": ("events", "execute-api"),
    "KinesisParameters": ("kinesis",),
    "RedshiftDataParameters": ("redshift", "redshift-serverless"),
    "RunCommandParameters": ("ssm",),
    "SageMakerPipelineParameters": ("sagemaker",),
}
"""What is said of targets of some services only; SqsParameters may be said of any."""
PARAMETERS: Final = (*BLOCKS, "SqsParameters")
NEED_ROLE: Final = ("ecs", "events")
"""Services, of those that Homeport has, that EventBridge asks on behalf of a role."""


def target(request: Mapping[str, Any], *, region: str) -> Target:
    """The target that a request asks for; refused as EventBridge does."""
    arn = _arn(request)
    _check_input(request, arn)
    if arn.service in NEED_ROLE and request.get("RoleArn") is None:
        raise ValidationException(f"RoleArn is required for target {arn}.")
    if arn.service == "logs" and request.get("RoleArn") is not None:
        raise ValidationException(f"RoleArn is not supported for target {arn}.")
    _check_parameters(request, arn)
    _check_dead_letters(request, region)
    transformer = request.get("InputTransformer")
    retry = request.get("RetryPolicy") or {}
    return Target(
        id=request["Id"],
        arn=request["Arn"],
        role_arn=request.get("RoleArn"),
        input=request.get("Input"),
        input_path=request.get("InputPath"),
        transformer=None if transformer is None else _transformer(transformer),
        parameters=write({name: request[name] for name in PARAMETERS if name in request}),
        retries_max=retry.get("MaximumRetryAttempts"),
        max_age_s=retry.get("MaximumEventAgeInSeconds"),
        dead_letter_arn=(request.get("DeadLetterConfig") or {}).get("Arn"),
    )


def made_of(of: InputTransformer | None) -> Transformer | None:
    """A target's transformer as inputs are made with it."""
    return None if of is None else Transformer(paths=of.paths or {}, template=of.template)


def _transformer(said: Mapping[str, Any]) -> InputTransformer:
    paths = said.get("InputPathsMap")
    return InputTransformer(
        template=said["InputTemplate"], paths=None if paths is None else dict(paths)
    )


def _arn(request: Mapping[str, Any]) -> Arn:
    try:
        return arns.parse(request["Arn"])
    except arns.BadArn:
        raise bad_arn(request["Arn"]) from None


def _check_input(request: Mapping[str, Any], arn: Arn) -> None:
    name = request["Id"]
    said = [each for each in ("Input", "InputPath", "InputTransformer") if each in request]
    transformer = request.get("InputTransformer")
    try:
        check_input(
            input=request.get("Input"),
            input_path=request.get("InputPath"),
            transformer=made_of(None if transformer is None else _transformer(transformer)),
            target_id=name,
        )
    except ValueError as error:
        raise ValidationException(str(error)) from None
    if arn.service == "events" and said:
        raise ValidationException(
            f"Input, InputPath and InputTransformer are not supported for target {name}: an event "
            "bus is sent the whole event."
        )
    if arn.service == "logs" and said and said != ["InputTransformer"]:
        raise ValidationException(
            f"Input and InputPath are not valid forms of input for target {name}. The only valid "
            "form of input is InputTransformer."
        )


def _check_parameters(request: Mapping[str, Any], arn: Arn) -> None:
    name = request["Id"]
    for block, services in BLOCKS.items():
        if block in request and arn.service not in services:
            raise ValidationException(f"Parameter(s) {block} not supported for target: {name}.")
    if arn.service == "ecs":
        if "EcsParameters" not in request:
            raise _missing("EcsParameters", name)
        ecs_parameters.check(request["EcsParameters"], target_id=name, cluster=request["Arn"])
    group = (request.get("SqsParameters") or {}).get("MessageGroupId")
    if arn.service == "sqs" and arn.resource.endswith(".fifo") and not group:
        raise _missing("SqsParameters", name)


def _missing(block: str, name: str) -> ValidationException:
    return ValidationException(f"Parameter(s) {block} must be specified for target: {name}.")


def _check_dead_letters(request: Mapping[str, Any], region: str) -> None:
    queue = (request.get("DeadLetterConfig") or {}).get("Arn")
    if queue is not None:
        check_dead_letter_queue(queue, region=region)


def check_dead_letter_queue(text: str, *, region: str) -> None:
    """Refuse what cannot take what was not delivered."""
    try:
        arn = arns.parse(text)
    except arns.BadArn:
        raise bad_arn(text) from None
    if arn.service != "sqs":
        raise ValidationException(f"{arn.service} is not supported as a dead letter resource.")
    if arn.resource.endswith(".fifo"):
        raise ValidationException("SQS FIFO is not supported by Dead Letter Queues.")
    if arn.region != region:
        raise ValidationException(
            f"Parameter {text} is not valid. Reason: The queue is in another region than {region}."
        )
