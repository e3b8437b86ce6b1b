"""ECS with one node that speaks `Fleet`, asked as the gateway asks it."""

from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from ring.driver import Plane

HOME = "arn:aws:ecs:us-east-1:000000000000"
FOREIGN = "arn:aws:ecs:us-east-1:111111111111"


def refused(plane: Plane, operation: str, error: type[AwsError], **request: Any) -> str:
    """The text with which an operation refuses."""
    with pytest.raises(error) as raised:
        plane.ask(operation, **request)
    return raised.value.message


def run(plane: Plane, **request: Any) -> list[dict[str, Any]]:
    """The tasks that RunTask placed, all of them."""
    answer = plane.ask("RunTask", **({"taskDefinition": "web"} | request))
    assert answer["failures"] == []
    tasks: list[dict[str, Any]] = answer["tasks"]
    return tasks


def failures(plane: Plane, **request: Any) -> list[str]:
    """Why RunTask did not place."""
    answer = plane.ask("RunTask", **({"taskDefinition": "web"} | request))
    return [each["reason"] for each in answer["failures"]]
