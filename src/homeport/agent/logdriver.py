"""Docker's log driver for a container, and which drivers can be read back.  Pure."""

from typing import Any, Final

from homeport.agent.names import task_id
from homeport.agent.surroundings import Surroundings
from homeport.link.spec import ContainerSpec, LogDriver, TaskSpec

NON_BLOCKING_BUFFER: Final = "10m"
ECS_STREAM_PREFIX: Final = "awslogs-stream-prefix"


def log_config(
    task: TaskSpec, container: ContainerSpec, around: Surroundings
) -> dict[str, Any] | None:
    """``HostConfig.LogConfig``; None leaves the choice to the Engine."""
    log = container.log
    if log is None:
        return None
    options = dict(log.options)
    if log.driver == "awslogs":
        options = _awslogs_options(options, task, container, around)
    if options.get("mode") == "non-blocking":
        options.setdefault("max-buffer-size", NON_BLOCKING_BUFFER)
    return {"Type": log.driver, "Config": options}


def _awslogs_options(
    given: dict[str, str], task: TaskSpec, container: ContainerSpec, around: Surroundings
) -> dict[str, str]:
    """Docker's own options: what only ECS understands is turned into them."""
    options = {name: value for name, value in given.items() if name != ECS_STREAM_PREFIX}
    if prefix := given.get(ECS_STREAM_PREFIX):
        stream = f"{prefix}/{container.name}/{task_id(task.task_arn)}"
        options.setdefault("awslogs-stream", stream)
    credentials_id = task.execution_role_credentials_id or f"node-{around.node_id}"
    options.setdefault("awslogs-region", task.region)
    options.setdefault("awslogs-endpoint", around.endpoint)
    options.setdefault("awslogs-credentials-endpoint", f"/v2/credentials/{credentials_id}")
    return options


def keeps_no_log(log: LogDriver | None) -> bool:
    """Whether the Engine surely has nothing to read back."""
    return log is not None and log.driver == "none"
