"""What the end-to-end tests of schedules and rules share: schedules of tasks, runs, the ledger."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from e2e_harness import Homeport, wait_until

ROLE = "arn:aws:iam::000000000000:role/scheduler"
CLUSTER = "arn:aws:ecs:us-east-1:000000000000:cluster/default"
OFF = {"Mode": "OFF"}
WAIT_S = 60.0
UNDER_WAY = {"PENDING", "WAITING", "RUNNING", "RETRYING"}


def local_in(minutes: float, zone: str = "UTC") -> datetime:
    """The local time in so many minutes, to the minute."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return at.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0, tzinfo=None)


def ecs_target(definition: str, **members: Any) -> dict[str, Any]:
    """A target that runs one task of the definition in the default cluster."""
    return {
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "EcsParameters": {"TaskDefinitionArn": definition},
    } | members


def schedule(homeport: Homeport, name: str, expression: str, target: Any, **members: Any) -> str:
    """ARN of a new schedule."""
    answer = homeport.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression=expression,
        Target=target,
        **({"FlexibleTimeWindow": OFF} | members),
    )
    arn: str = answer["ScheduleArn"]
    return arn


def tasks_of(homeport: Homeport, started_by: str) -> list[dict[str, Any]]:
    """Every task that was started in this name, the oldest first."""
    arns = [
        arn
        for status in ("RUNNING", "STOPPED")
        for arn in homeport.ecs.list_tasks(startedBy=started_by, desiredStatus=status)["taskArns"]
    ]
    if not arns:
        return []
    found: list[dict[str, Any]] = homeport.ecs.describe_tasks(tasks=arns)["tasks"]
    return sorted(found, key=lambda task: task["createdAt"])


def until_stopped(homeport: Homeport, started_by: str, count: int = 1) -> list[dict[str, Any]]:
    """The first `count` tasks of a job, once they have stopped."""
    seen: list[dict[str, Any]] = []

    def are_there() -> bool:
        seen[:] = tasks_of(homeport, started_by)[:count]
        return len(seen) == count and all(each["lastStatus"] == "STOPPED" for each in seen)

    wait_until(are_there, WAIT_S, lambda: f"{started_by}: {[brief(each) for each in seen]}")
    return list(seen)


def brief(task: dict[str, Any]) -> tuple[Any, ...]:
    """What a failing test tells of a task."""
    return (task["taskArn"], task["lastStatus"], task.get("stoppedReason"))


def exit_code(task: dict[str, Any]) -> int:
    """Of its one container."""
    code: int = task["containers"][0]["exitCode"]
    return code


def runs(homeport: Homeport, name: str) -> list[dict[str, Any]]:
    """What `homeport jobs NAME` shows of a job, the newest first."""
    shown: dict[str, Any] = json.loads(homeport.run("jobs", name, "--json"))
    found: list[dict[str, Any]] = shown["runs"]
    return found


def runs_over(homeport: Homeport, name: str) -> list[dict[str, Any]]:
    """The same, once none of them is under way."""
    seen: list[dict[str, Any]] = []

    def are_over() -> bool:
        seen[:] = runs(homeport, name)
        return not {each["outcome"] for each in seen} & UNDER_WAY

    wait_until(are_over, WAIT_S, lambda: json.dumps(seen))
    return list(seen)


def received(homeport: Homeport, url: str) -> dict[str, Any]:
    """The next message of a queue, as `aws sqs receive-message` gets it, waiting for it."""
    answer = homeport.aws(
        "sqs",
        "receive-message",
        "--queue-url",
        url,
        "--wait-time-seconds",
        "20",
        "--message-attribute-names",
        "All",
    )
    assert answer is not None, "the queue stayed empty"
    message: dict[str, Any] = answer["Messages"][0]
    return message
