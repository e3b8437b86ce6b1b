"""What a container's body depends on beyond the task's own specification: values only."""

from msgspec import Struct


class Surroundings(Struct, frozen=True, kw_only=True):
    """The node around a task."""

    node_id: str
    endpoint: str = ""
    """URL of the API as the Engine reaches it."""
    container_endpoint: str = ""
    """URL of the API as containers reach it; empty: they are not told."""
    metadata_address: str = "169.254.170.2"
    cgroup_parent: str | None = None
    """The parent cgroup of the task; None: the Engine's own."""
    holder_id: str | None = None
    """The container that holds the task's namespaces, if it has one."""
    open_files_max: int | None = None
    """More open files than these the node cannot give; None: as many as are asked for."""
