"""The task that stands for a function, as RunTask is asked for it.  Pure."""

from collections.abc import Sequence
from typing import Any, Final

from homeport.services.hooks.records.hooks import Asked, TaskHook

PAYLOAD: Final = "HOMEPORT_HOOK_PAYLOAD"
"""The environment variable in which every container finds what Lambda would be handed."""
FUNCTION: Final = "AWS_LAMBDA_FUNCTION_NAME"


def run_task_request(asked: Asked, task: TaskHook, containers: Sequence[str]) -> dict[str, Any]:
    """One task; its client token is the invocation's id, so that a second request starts none."""
    environment = [
        {"name": PAYLOAD, "value": asked.payload},
        {"name": FUNCTION, "value": asked.name},
    ]
    request: dict[str, Any] = {
        "cluster": task.cluster,
        "taskDefinition": task.task_definition,
        "count": 1,
        "startedBy": f"homeport-hook/{asked.name}"[:128],
        "clientToken": asked.id,
        "overrides": {
            "containerOverrides": [
                {"name": name, "environment": environment} for name in containers
            ]
        },
    }
    if task.launch_type is not None:
        request["launchType"] = task.launch_type
    if task.subnets:
        awsvpc: dict[str, Any] = {"subnets": list(task.subnets)}
        if task.security_groups:
            awsvpc["securityGroups"] = list(task.security_groups)
        request["networkConfiguration"] = {"awsvpcConfiguration": awsvpc}
    return request
