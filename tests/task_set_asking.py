"""Asks ECS for task sets of a service ``web`` in the cluster ``default``."""

from typing import Any, Final

from ring.driver import Plane

IN: Final = {"cluster": "default", "service": "web"}
TAGS: Final = [{"key": "team", "value": "blue"}]
NOT_EXTERNAL: Final = (
    "Amazon ECS only supports task set management on services configured to use external "
    "deployment controllers."
)
SET: Final[dict[str, dict[str, Any]]] = {
    "CreateTaskSet": {**IN, "taskDefinition": "web"},
    "UpdateTaskSet": {**IN, "taskSet": "ecs-svc/1", "scale": {"value": 1.0}},
    "DeleteTaskSet": {**IN, "taskSet": "ecs-svc/1"},
    "UpdateServicePrimaryTaskSet": {**IN, "primaryTaskSet": "ecs-svc/1"},
    "DescribeTaskSets": {**IN, "taskSets": ["ecs-svc/1"]},
}
"""A request for each operation, as the model allows it."""


def external(plane: Plane, **changes: Any) -> dict[str, Any]:
    """A service of four tasks that others deploy, without a task set."""
    request = {
        "serviceName": "web",
        "desiredCount": 4,
        "deploymentController": {"type": "EXTERNAL"},
    }
    answer: dict[str, Any] = plane.ask("CreateService", **(request | changes))["service"]
    return answer


def make(plane: Plane, **changes: Any) -> dict[str, Any]:
    """CreateTaskSet of the definition ``web`` unless changed."""
    answer: dict[str, Any] = plane.ask(
        "CreateTaskSet", **({**IN, "taskDefinition": "web"} | changes)
    )["taskSet"]
    return answer


def scale(plane: Plane, task_set: str, percent: float) -> dict[str, Any]:
    """UpdateTaskSet."""
    answer: dict[str, Any] = plane.ask(
        "UpdateTaskSet", **IN, taskSet=task_set, scale={"value": percent, "unit": "PERCENT"}
    )["taskSet"]
    return answer


def promote(plane: Plane, task_set: str) -> dict[str, Any]:
    """UpdateServicePrimaryTaskSet."""
    answer: dict[str, Any] = plane.ask(
        "UpdateServicePrimaryTaskSet", **IN, primaryTaskSet=task_set
    )["taskSet"]
    return answer


def delete(plane: Plane, task_set: str, *, force: bool = False) -> dict[str, Any]:
    """DeleteTaskSet."""
    answer: dict[str, Any] = plane.ask("DeleteTaskSet", **IN, taskSet=task_set, force=force)[
        "taskSet"
    ]
    return answer


def described(plane: Plane, task_set: str) -> dict[str, Any]:
    """The one task set, as DescribeTaskSets shows it."""
    [found] = plane.ask("DescribeTaskSets", **IN, taskSets=[task_set])["taskSets"]
    shown: dict[str, Any] = found
    return shown


def service_of(plane: Plane) -> dict[str, Any]:
    """The service, as DescribeServices shows it."""
    [found] = plane.ask("DescribeServices", cluster="default", services=["web"])["services"]
    shown: dict[str, Any] = found
    return shown
