"""The EcsParameters of a target, checked by EventBridge's rules.  Pure.

What ECS itself refuses shows when the rule fires.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from homeport.kernel import arn as arns
from homeport.services.events.errors import ValidationException

TASKS_MAX: Final = 10
SUBNETS_MAX: Final = 16
GROUPS_MAX: Final = 5
ENUMS: Final[Mapping[str, tuple[str, ...]]] = {
    "launchType": ("EC2", "FARGATE", "EXTERNAL"),
    "propagateTags": ("TASK_DEFINITION",),
    "assignPublicIp": ("ENABLED", "DISABLED"),
    "placementConstraints.type": ("distinctInstance", "memberOf"),
    "placementStrategy.type": ("random", "spread", "binpack"),
}


def check(said: Mapping[str, Any], *, target_id: str, cluster: str) -> None:
    """Refuse what EventBridge takes from no target."""
    vpc = (said.get("NetworkConfiguration") or {}).get("awsvpcConfiguration") or {}
    for name, value in _worded(said, vpc):
        if value is not None and value not in ENUMS[name]:
            raise ValidationException(
                f"1 validation error detected: Value '{value}' at 'ecsParameters.{name}' failed to "
                f"satisfy constraint: Member must satisfy enum value set: "
                f"[{', '.join(ENUMS[name])}]"
            )
    _check_launch_type(said, vpc, target_id)
    if said.get("TaskCount", 1) > TASKS_MAX:
        raise ValidationException(f"Parameter(s) TaskCount not valid for target: {target_id}.")
    if vpc and not 1 <= len(vpc["Subnets"]) <= SUBNETS_MAX:
        raise _size("Subnets", 1, SUBNETS_MAX)
    if len(vpc.get("SecurityGroups") or ()) > GROUPS_MAX:
        raise _size("SecurityGroups", 0, GROUPS_MAX)
    definition = said["TaskDefinitionArn"]
    if arns.is_arn(definition) and _region(definition) != _region(cluster):
        raise ValidationException(f"Region of {cluster} does not match region of {definition}.")


def _worded(said: Mapping[str, Any], vpc: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Everything of which only some words are allowed."""
    yield "launchType", said.get("LaunchType")
    yield "propagateTags", said.get("PropagateTags")
    yield "assignPublicIp", vpc.get("AssignPublicIp")
    for each in said.get("PlacementConstraints") or ():
        yield "placementConstraints.type", each.get("type")
    for each in said.get("PlacementStrategy") or ():
        yield "placementStrategy.type", each.get("type")


def _check_launch_type(said: Mapping[str, Any], vpc: Mapping[str, Any], target_id: str) -> None:
    launch_type = said.get("LaunchType")
    if launch_type == "FARGATE" and said.get("NetworkConfiguration") is None:
        raise ValidationException(
            f"Parameter NetworkConfiguration must be specified for target {target_id} when launch "
            "type is FARGATE."
        )
    if launch_type != "EC2":
        return
    for name, value in (
        ("PlatformVersion", said.get("PlatformVersion")),
        ("AssignPublicIp", vpc.get("AssignPublicIp")),
    ):
        if value is not None:
            raise ValidationException(
                f"Parameter {name} for target {target_id} is not supported when launch type is EC2."
            )


def _region(arn: str) -> str:
    try:
        return arns.parse(arn).region
    except arns.BadArn:
        return ""


def _size(name: str, least: int, most: int) -> ValidationException:
    return ValidationException(
        f"Parameter {name} is not valid. Reason: size must be in between {least} and {most}."
    )
