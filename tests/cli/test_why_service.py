"""The page about a service: what ExplainService tells is all there, and readable."""

import io
from typing import Any

import pytest
from rich.console import Console

from homeport.cli.why_service import show_service

HOME = "arn:aws:ecs:us-east-1:000000000000"
ID = "ecs-svc/1000000000000000001"
NOW = 1_700_000_000.0

ROLLOUT: dict[str, Any] = {
    "id": ID,
    "status": "PRIMARY",
    "taskDefinitionArn": f"{HOME}:task-definition/web:8",
    "rolloutState": "IN_PROGRESS",
    "rolloutStateReason": f"ECS deployment {ID} in progress.",
    "desiredCount": 3,
    "failedTasks": 0,
    "pendingCount": 1,
    "youngCount": 1,
    "healthyCount": 0,
    "unhealthyCount": 0,
    "stoppingCount": 0,
    "throttleRounds": 0,
    "crashes": 0,
}
TOLD: dict[str, Any] = {
    "at": NOW,
    "serviceArn": f"{HOME}:service/default/web",
    "status": "ACTIVE",
    "schedulingStrategy": "REPLICA",
    "launchType": "EC2",
    "taskDefinitionArn": ROLLOUT["taskDefinitionArn"],
    "desiredCount": 3,
    "runningCount": 1,
    "pendingCount": 1,
    "healthyCount": 0,
    "minimumHealthy": 3,
    "maximumTasks": 6,
    "steady": False,
    "waitingFor": [],
    "rollouts": [ROLLOUT],
    "members": [],
    "stoppedTasks": [],
    "events": [],
}


def page(**changes: Any) -> str:
    """The page as it is written where there is no terminal, 80 columns or not."""
    written = io.StringIO()
    console = Console(file=written, width=80, soft_wrap=True, highlight=False)
    show_service(console, TOLD | changes)
    return written.getvalue()


def test_the_page_begins_with_what_the_service_is() -> None:
    assert page().splitlines()[:3] == [
        f"{HOME}:service/default/web",
        "web:8 · EC2 · REPLICA · ACTIVE · not steady",
        "3 wanted, 1 running, 1 pending, 0 healthy; at least 3 healthy, at most 6 in all",
    ]


def test_what_there_is_nothing_of_has_no_heading() -> None:
    shown = page(rollouts=[])
    for heading in ("What it waits for", "Deployment", "Rollouts", "No place", "Tasks", "Events"):
        assert heading not in shown


@pytest.mark.parametrize(
    ("wait", "line"),
    [
        ({"what": "A task finds no place."}, "  A task finds no place."),
        ({"what": "Later.", "until": NOW + 7.5}, "7.5 s to go)"),
        ({"what": "Later.", "until": NOW + 200.0}, "3 min 20 s to go)"),
        ({"what": "Later.", "until": NOW - 1.0}, "  Later. (now)"),
    ],
)
def test_waits_say_how_long(wait: dict[str, Any], line: str) -> None:
    assert line in page(waitingFor=[{"kind": "any"} | wait])


def test_rollouts_are_counted_and_failures_told() -> None:
    throttled = {"failedTasks": 3, "throttleRounds": 2, "throttledUntil": NOW + 4.0}
    shown = page(rollouts=[ROLLOUT | throttled])
    assert (
        "  web:8 PRIMARY · IN_PROGRESS · 1 pending, 1 running of 3, 3 failed tasks in a row"
    ) in shown
    assert "next attempt after 2 failed ones (until" in shown
    assert "4.0 s to go" in shown


def test_a_deployment_is_told_with_its_breaker() -> None:
    shown = page(
        deployment={
            "arn": f"{HOME}:service-deployment/default/web/d1",
            "status": "STOPPED",
            "statusReason": "Because [of] it.",
            "breakerStatus": "TRIGGERED",
            "failureCount": 3,
            "threshold": 3,
            "startedAt": NOW,
            "finishedAt": NOW + 2.0,
        }
    )
    assert "  d1 · STOPPED · begun" in shown
    assert "took 2.0 s" in shown
    assert "  Because [of] it." in shown
    assert "  circuit breaker TRIGGERED: 3 failures, 3 fail the deployment" in shown


def test_tasks_are_named_whole_however_narrow_the_page() -> None:
    task = {
        "taskArn": f"{HOME}:task/default/{'a' * 32}",
        "rolloutId": ID,
        "standing": "YOUNG",
        "lastStatus": "RUNNING",
        "availabilityZone": "us-east-1a",
        "instanceArn": f"{HOME}:container-instance/default/{'b' * 32}",
        "healthyAt": NOW + 39.0,
        "protectedUntil": NOW + 60.0,
        "leavesBecause": "draining",
    }
    shown = page(members=[task])
    [line] = [each for each in shown.splitlines() if each.startswith("  YOUNG")]
    assert "a" * 32 in line
    assert "b" * 32 in line
    assert "39.0 s to go), leaves: draining, protected (until" in line
    assert "  and 1 task more" in shown


def test_each_instance_says_what_it_lacks() -> None:
    lacks = [{"reason": "RESOURCE:CPU", "sentence": "The task needs 9 CPU units; 1 is free."}]
    near = {
        "instanceArn": f"{HOME}:container-instance/default/near",
        "availabilityZone": "us-east-1a",
        "cpuFree": 1,
        "memoryFreeMib": 64,
        "lacks": lacks,
    }
    able = near | {"instanceArn": f"{HOME}:container-instance/default/able", "lacks": []}
    placement = {
        "failure": "(service web) was unable to place a task.",
        "cpuNeeded": 9,
        "memoryNeededMib": 32,
        "portsNeeded": ["80/tcp"],
        "gpusNeeded": 1,
        "instanceCount": 4,
        "tally": [{"reason": "RESOURCE:CPU", "instances": 3}],
        "instances": [near, able],
    }
    shown = page(placement=placement)
    assert "  a task needs 9 CPU units, 32 MiB, host ports 80/tcp, 1 GPU" in shown
    assert "  near us-east-1a · 1 CPU units and 64 MiB free" in shown
    assert "    RESOURCE:CPU  The task needs 9 CPU units; 1 is free." in shown
    assert "    it could take a task" in shown
    assert "  and 2 instances more; of all: 3 RESOURCE:CPU" in shown


def test_a_cluster_without_instances_says_so() -> None:
    empty = {"instanceCount": 0, "tally": [], "instances": []}
    assert "  the cluster has no container instance" in page(placement=empty)


def test_the_last_tasks_that_stopped_say_why_once() -> None:
    stopped = {
        "taskArn": f"{HOME}:task/default/{'a' * 32}",
        "stoppedAt": NOW,
        "stopCode": "TaskFailedToStart",
        "stoppedReason": "no [such] image",
        "containerReasons": ["no [such] image", "web: exited with code 3"],
    }
    shown = page(stoppedTasks=[stopped])
    assert f"{'a' * 32}  TaskFailedToStart" in shown
    assert shown.count("no [such] image") == 1
    assert "    web: exited with code 3" in shown


def test_events_are_told_in_their_words() -> None:
    message = "(service web) has reached a steady state."
    assert f"  {message}" in page(events=[{"at": NOW, "message": message}])
