"""`homeport events --pretty`: one line for people of each event."""

from typing import Any

import pytest

from homeport.cli.events import line_of

HOME = "arn:aws:ecs:us-east-1:000000000000"


def said(kind: str, resource: str, **detail: Any) -> str:
    event = {
        "sequence": 7,
        "time": "2026-01-02T03:04:05Z",
        "detail-type": kind,
        "resources": [f"{HOME}:{resource}"],
        "detail": detail,
    }
    return line_of(event).split("       7  ", 1)[1]


@pytest.mark.parametrize(
    ("detail", "line"),
    [
        (
            {"lastStatus": "RUNNING", "desiredStatus": "RUNNING", "group": "service:web"},
            "task 0a1b (service:web) RUNNING",
        ),
        (
            {"lastStatus": "RUNNING", "desiredStatus": "STOPPED", "group": "family:x"},
            "task 0a1b (family:x) RUNNING, to be STOPPED",
        ),
        (
            {
                "lastStatus": "STOPPED",
                "desiredStatus": "STOPPED",
                "group": "family:x",
                "stopCode": "UserInitiated",
                "stoppedReason": "because",
            },
            "task 0a1b (family:x) STOPPED UserInitiated: because",
        ),
    ],
)
def test_tasks(detail: dict[str, str], line: str) -> None:
    assert said("ECS Task State Change", "task/default/0a1b", **detail) == line


@pytest.mark.parametrize(("connected", "word"), [(True, "connected"), (False, "disconnected")])
def test_instances(connected: bool, word: str) -> None:
    kind = "ECS Container Instance State Change"
    shown = said(kind, "container-instance/default/0a1b", status="ACTIVE", agentConnected=connected)
    assert shown == f"instance 0a1b ACTIVE, {word}"


@pytest.mark.parametrize("kind", ["ECS Service Action", "ECS Deployment State Change"])
def test_services(kind: str) -> None:
    detail = {"eventType": "ERROR", "eventName": "SERVICE_TASK_PLACEMENT_FAILURE"}
    line = "service web ERROR SERVICE_TASK_PLACEMENT_FAILURE"
    assert said(kind, "service/default/web", **detail) == line
    with_reason = said(kind, "service/default/web", **detail, reason="RESOURCE:CPU")
    assert with_reason == f"{line} RESOURCE:CPU"


def test_what_is_not_known_is_named() -> None:
    assert said("ECS Something New", "service/default/web") == "ECS Something New web"
