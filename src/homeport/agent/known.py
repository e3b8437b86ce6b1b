"""What the node knows of its tasks, as the metadata endpoint reads it.  Frozen: replaced whole.

`node.py` writes it after every observation; `metadata.py` only reads it.
"""

from msgspec import Struct

from homeport.link.messages import ContainerReport, TaskReport
from homeport.link.spec import ContainerSpec, TaskSpec


class KnownContainer(Struct, frozen=True, kw_only=True):
    """One container of a task, with what the Engine said of it at its last inspection."""

    spec: ContainerSpec
    report: ContainerReport
    metadata_id: str
    """The id in its ``ECS_CONTAINER_METADATA_URI_V4``; kept as a label of the container."""
    desired: str
    """RUNNING or STOPPED."""
    image_id: str | None = None
    labels: dict[str, str] = {}
    ipv4_addresses: tuple[str, ...] = ()
    """Addresses of the Engine's networks (bridge); awsvpc has the task's own."""
    health_since: float | None = None
    """When its health became what it is."""
    health_exit_code: int = 0
    """Of the last health check."""
    volumes: tuple[tuple[str, str, str], ...] = ()
    """(docker name, source path, destination path) of each mount."""


class KnownTask(Struct, frozen=True, kw_only=True):
    """One task."""

    spec: TaskSpec
    desired: str
    """RUNNING or STOPPED."""
    report: TaskReport
    containers: tuple[KnownContainer, ...] = ()
    holder_id: str | None = None
    """The Engine's id of the container that holds the task's network, if there is one."""
