"""Which attributes a container instance may be given.  Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from homeport.services.ecs.errors import (
    AttributeLimitExceededException,
    InvalidParameterException,
)
from homeport.services.ecs.records.task_definitions import Attribute

CALL_MAX: Final = 10
"""Attributes of one call."""
CUSTOM_MAX: Final = 10
"""Custom attributes of one instance."""
TARGET_TYPE: Final = "container-instance"

_NAME: Final = re.compile(r"[A-Za-z0-9_/\\.-]{1,128}")
_VALUE: Final = re.compile(r"[A-Za-z0-9_.@/\\: -]{1,128}")


def checked_attributes(given: Sequence[Mapping[str, Any]]) -> tuple[Attribute, ...]:
    """The attributes of a request as records; raises InvalidParameterException for a bad one."""
    if not given:
        raise InvalidParameterException("attributes can not be empty")
    if len(given) > CALL_MAX:
        raise InvalidParameterException(f"Attributes cannot have more than {CALL_MAX} elements.")
    return tuple(_checked(each) for each in given)


def _checked(given: Mapping[str, Any]) -> Attribute:
    name, value = given["name"], given.get("value")
    if not _NAME.fullmatch(name):
        raise InvalidParameterException(
            f"The attribute name '{name}' is invalid. It must have 1 to 128 letters, numbers, "
            "hyphens, underscores, slashes, back slashes or periods."
        )
    if value is not None and (not _VALUE.fullmatch(value) or value != value.strip(" ")):
        raise InvalidParameterException(
            f"The attribute value '{value}' is invalid. It must have 1 to 128 letters, numbers, "
            "hyphens, underscores, periods, at signs, slashes, back slashes, colons or spaces, "
            "and must not start or end with a space."
        )
    check_target_type(given.get("targetType", TARGET_TYPE))
    if not given.get("targetId"):
        raise InvalidParameterException("targetId can not be empty")
    return Attribute(name=name, value=value, target_id=given["targetId"])


def check_target_type(target_type: str) -> None:
    """Raise InvalidParameterException unless it is what attributes can be on."""
    if target_type != TARGET_TYPE:
        raise InvalidParameterException(f"targetType must be {TARGET_TYPE}")


def check_filter(name: str | None, value: str | None) -> None:
    """Raise InvalidParameterException for a filter that no attribute could pass."""
    if name is None and value is not None:
        raise InvalidParameterException(
            "attributeName must be specified when attributeValue is specified."
        )
    for text in (name or "", value or ""):
        if not text.isprintable():
            raise InvalidParameterException(f"The attribute filter {text!r} is invalid.")


def check_custom_limit(before: frozenset[str], added: Sequence[str]) -> None:
    """Raise AttributeLimitExceededException when an instance would have too many of its own."""
    if len(before | set(added)) > CUSTOM_MAX:
        raise AttributeLimitExceededException
