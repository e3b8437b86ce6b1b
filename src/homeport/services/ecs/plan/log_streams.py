"""Which log stream a container writes to.  Pure."""

from collections.abc import Mapping


def stream_name(options: Mapping[str, str], container: str, task_arn: str) -> str | None:
    """``PREFIX/CONTAINER/TASK-ID``; None without a prefix: it is then the container's Docker id."""
    prefix = options.get("awslogs-stream-prefix")
    if not prefix:
        return options.get("awslogs-stream")
    return f"{prefix}/{container}/{task_arn.rpartition('/')[2]}"
