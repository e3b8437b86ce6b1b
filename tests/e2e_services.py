"""Services in the end-to-end tests: asked for, waited for, and taken down."""

import json
from collections.abc import Callable
from typing import Any

from e2e_harness import Homeport, wait_until

SLEEP = ["sh", "-c", "trap 'exit 0' TERM; sleep 900 & wait"]
"""Ends as soon as it is asked to, as most tests need no more of it."""
SERVING = ["sh", "-c", "trap 'exit 0' TERM; echo here > index.html; httpd -f -p 8080 & wait"]
CHECK = {
    "command": ["CMD-SHELL", "wget -q -O /dev/null http://127.0.0.1:8080/index.html"],
    "interval": 5,
    "timeout": 60,
    "retries": 2,
}
"""Fails when the page is gone.  A machine that is busy has its time to answer."""
ROLLED_S = 90.0


def sleeper(homeport: Homeport, family: str = "sleeper", **container: Any) -> str:
    """A task definition of one container that sleeps, on a bridge."""
    return homeport.register(family, [{"name": "app", "command": SLEEP} | container])


def server(homeport: Homeport, family: str = "server") -> str:
    """A FARGATE task definition that serves on 8080 and says when it is healthy."""
    return homeport.register(
        family,
        [{"name": "app", "command": SERVING, "healthCheck": CHECK}],
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
    )


def described(homeport: Homeport, name: str) -> dict[str, Any]:
    """What DescribeServices says now."""
    service: dict[str, Any] = homeport.ecs.describe_services(services=[name])["services"][0]
    return service


def messages(homeport: Homeport, name: str) -> list[str]:
    """The service's events, oldest first."""
    return [each["message"] for each in reversed(described(homeport, name)["events"])]


def until_service(
    homeport: Homeport,
    name: str,
    wanted: Callable[[dict[str, Any]], bool],
    timeout: float = ROLLED_S,
) -> dict[str, Any]:
    """The service once `wanted` holds of it."""
    seen: list[dict[str, Any]] = []

    def look() -> bool:
        seen[:] = [described(homeport, name)]
        return wanted(seen[0])

    wait_until(look, timeout, lambda: f"service never got there: {seen}")
    return seen[0]


def until_stable(homeport: Homeport, name: str, count: int) -> dict[str, Any]:
    """The service once its newest deployment is completed with `count` tasks."""

    def is_stable(service: dict[str, Any]) -> bool:
        deployments = service["deployments"]
        return (
            len(deployments) == 1
            and deployments[0]["rolloutState"] == "COMPLETED"
            and service["runningCount"] == service["desiredCount"] == count
            and service["pendingCount"] == 0
        )

    return until_service(homeport, name, is_stable)


def tasks_of(homeport: Homeport, name: str) -> list[dict[str, Any]]:
    """The tasks of a service that should run."""
    ecs = homeport.ecs
    arns = ecs.list_tasks(serviceName=name)["taskArns"]
    return ecs.describe_tasks(tasks=arns)["tasks"] if arns else []


def ids_of(homeport: Homeport, name: str) -> set[str]:
    """The ids of the tasks of a service that should run."""
    return {each["taskArn"].rpartition("/")[2] for each in tasks_of(homeport, name)}


def container_of(task: dict[str, Any]) -> str:
    """The Docker id of the first container of a task."""
    runtime_id: str = task["containers"][0]["runtimeId"]
    return runtime_id


def delete_services(homeport: Homeport) -> None:
    """Delete every service and wait until each is gone, its tasks with it."""
    arns = homeport.ecs.list_services(maxResults=100)["serviceArns"]
    for arn in arns:
        homeport.ecs.delete_service(service=arn, force=True)
    for arn in arns:
        until_service(homeport, arn, lambda service: service["status"] == "INACTIVE")


def story(homeport: Homeport, name: str) -> str:
    """All that is known of a service, for a failing test."""
    return json.dumps(described(homeport, name), indent=1, default=str)
