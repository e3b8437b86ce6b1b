"""How services word that a request breaks their model.

Most answer with their framework's sentence.  The exceptions are tables here, each from what the
service was seen to answer.
"""

from collections.abc import Callable, Mapping
from typing import Final

from homeport.gateway.codec.constraints import Fault, message
from homeport.gateway.model import Operation, ServiceModel
from homeport.gateway.refusals import Kind, Refused

Wording = Callable[[Operation, list[Fault]], Refused]
"""``(operation, faults) -> refusal``"""


def wording_of(model: ServiceModel) -> Wording:
    """The words of this service, or of its protocol."""
    return BY_SERVICE.get(model.name) or BY_PROTOCOL.get(model.protocol, _framework)


def _framework(operation: Operation, faults: list[Fault]) -> Refused:
    code = next((each for each in FRAMEWORK_CODES if each in operation.errors), None)
    return Refused(Kind.INVALID, message(faults), code=code)


def _ec2(operation: Operation, faults: list[Fault]) -> Refused:
    fault = faults[0]
    name = ".".join(part[:1].upper() + part[1:] for part in fault.path.split("."))
    if fault.missing:
        words = f"The request must contain the parameter {name}"
        return Refused(Kind.MISSING_PARAMETER, words)
    value = fault.value.removeprefix("Value ").strip("'")
    words = f"Value ({value}) for parameter {name} is invalid. {fault.constraint}"
    return Refused(Kind.INVALID, words)


def _ecs(operation: Operation, faults: list[Fault]) -> Refused:
    code = ECS_CODES.get(operation.name, "InvalidParameterException")
    for fault in faults:
        if fault.missing and "." not in fault.path:
            known = ECS_MISSING.get((operation.name, fault.path))
            name = fault.path[:1].upper() + fault.path[1:]
            verb = "cannot be empty" if fault.missing == "list" else "can not be blank"
            return Refused(Kind.INVALID, known or f"{name} {verb}.", code=code)
    return Refused(Kind.INVALID, message(faults), code=code)


def _cloudwatch(operation: Operation, faults: list[Fault]) -> Refused:
    fault = faults[0]
    if fault.missing and MISSING_CODE in operation.errors:
        parts = [part[:1].upper() + part[1:] for part in fault.path.split(".")]
        # ``metricData.1.member`` is MetricData.member.1 to a query client.
        for index, part in enumerate(parts[:-1]):
            if parts[index + 1] == "Member":
                parts[index], parts[index + 1] = "member", part
        words = f"The parameter {'.'.join(parts)} is required."
        return Refused(Kind.MISSING_PARAMETER, words, code="MissingParameter")
    return Refused(Kind.INVALID, message(faults))


def _sqs(operation: Operation, faults: list[Fault]) -> Refused:
    fault = faults[0]
    if not fault.missing:
        return Refused(Kind.INVALID, message(faults))
    # ``entries.1.member.id``: SQS names the member alone.
    member = fault.path.rpartition(".")[2]
    name = member[:1].upper() + member[1:]
    words = f"The request must contain the parameter {name}."
    return Refused(Kind.MISSING_PARAMETER, words)


MISSING_CODE: Final = "MissingRequiredParameterException"
"""An operation of CloudWatch that declares this has a sentence for each missing parameter."""

FRAMEWORK_CODES: Final = ("ValidationException", "InvalidParameterException")
"""What an operation may declare for a request that breaks the model; the first one is meant."""

ECS_CODES: Final[Mapping[str, str]] = {"RegisterTaskDefinition": "ClientException"}
ECS_MISSING: Final[Mapping[tuple[str, str], str]] = {
    ("RegisterTaskDefinition", "containerDefinitions"): "Container list cannot be empty.",
}

BLANK_IS_MISSING: Final = frozenset({"ecs"})
"""Services to which an empty string is no value where one is required."""

BY_PROTOCOL: Final[Mapping[str, Wording]] = {"ec2": _ec2}
BY_SERVICE: Final[Mapping[str, Wording]] = {
    "cloudwatch": _cloudwatch,
    "ecs": _ecs,
    "sqs": _sqs,
}
