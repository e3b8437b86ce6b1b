"""The messages of the link, by direction, and how they are encoded (MessagePack, tagged)."""

from typing import Final, Literal

import msgspec
from msgspec import Struct

from homeport.link.spec import TaskSpec
from homeport.link.vpc import VpcGone, VpcPolicy

PROTOCOL_VERSION: Final = 2

# --- node → control plane -------------------------------------------------------------------


class Hello(Struct, frozen=True, kw_only=True, tag=True):
    """The first message of a link: who the node is and what it has."""

    version: int = PROTOCOL_VERSION
    node_id: str
    """32 hexadecimal digits, kept by the node: the same node is the same container instance."""
    region: str
    account: str
    cluster: str
    cpu: int
    """CPU units."""
    memory_mib: int
    reserved_ports: tuple[int, ...] = (22, 2375, 2376, 51678, 51679)
    attributes: dict[str, str | None] = {}
    agent_version: str
    docker_version: str
    """Empty while the Engine does not answer."""
    hosts_load_balancers: bool = False
    """Whether load balancers answer on this node's machine: it holds their addresses."""
    vpcs: tuple[str, ...] = ()
    """The VPCs of which it has something: it is told how they are, or that they are gone."""


class Binding(Struct, frozen=True, kw_only=True):
    """A port of the host that leads into a container."""

    bind_ip: str
    container_port: int
    host_port: int
    protocol: str


class ContainerReport(Struct, frozen=True, kw_only=True):
    """Everything the node knows of one container.  Times are seconds since the epoch."""

    name: str
    status: Literal["PENDING", "PULLED", "CREATED", "RUNNING", "STOPPED"]
    docker_id: str | None = None
    image_digest: str | None = None
    exit_code: int | None = None
    reason: str | None = None
    """``ErrorName: text`` of the first thing that went wrong, whole (never truncated)."""
    bindings: tuple[Binding, ...] = ()
    health: Literal["UNKNOWN", "HEALTHY", "UNHEALTHY"] = "UNKNOWN"
    health_output: str | None = None
    """What the last failed health check printed."""
    created_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    oom_killed: bool = False
    oom_evidence: str | None = None
    """What shows that the kernel killed it for memory."""
    restart_count: int = 0
    last_lines: tuple[str, ...] = ()
    """The end of its log once stopped, where the Engine can read it back."""


class Happening(Struct, frozen=True, kw_only=True):
    """One line of a task's story, as the node saw it: what `homeport why` shows."""

    sequence: int
    """Counts up within a task on this node, across restarts of the agent by time in ms."""
    at: float
    container: str | None = None
    what: str
    """A short sentence: ``pulled sample:latest in 1.2 s``."""


class TaskReport(Struct, frozen=True, kw_only=True, tag=True):
    """Everything the node knows of one task: each report replaces the one before."""

    task_arn: str
    sequence: int
    """Later reports of a task have greater numbers, across restarts of the agent too."""
    phase: Literal["ACCEPTED", "PREPARING", "RUNNING", "STOPPING", "STOPPED", "REMOVED"]
    """ACCEPTED: known.  PREPARING: network, images, containers.  RUNNING: every container has
    started (or has already ended well).  STOPPING: containers are being stopped.  STOPPED: none
    runs and none will.  REMOVED: containers, addresses and task volumes are gone too."""
    containers: tuple[ContainerReport, ...] = ()
    interface_attached: bool = False
    """The task's address answers (awsvpc)."""
    interface_mac: str | None = None
    interface_ipv4: str | None = None
    pull_started_at: float | None = None
    pull_stopped_at: float | None = None
    execution_stopped_at: float | None = None
    """When the first essential container was seen stopped."""
    error: str | None = None
    """``ErrorName: text`` when the task itself (network, volume) could not be prepared."""
    happenings: tuple[Happening, ...] = ()


class CredentialsRequest(Struct, frozen=True, kw_only=True, tag=True):
    """The node wants credentials for an id of one of its tasks."""

    request: int
    credentials_id: str


class EngineState(Struct, frozen=True, kw_only=True, tag=True):
    """Whether the node's Docker Engine answers."""

    connected: bool
    docker_version: str = ""


# --- control plane → node -------------------------------------------------------------------


class Welcome(Struct, frozen=True, kw_only=True, tag=True):
    """Answers `Hello`.  After `assigned` assignments the node knows everything that it should
    run: whatever else of its own it finds in the Engine is nobody's, and is removed."""

    instance_arn: str
    endpoint: str
    """URL of the API as this node's Docker Engine reaches it."""
    container_endpoint: str = ""
    """URL of the API as containers reach it; empty: they are not told (AWS_ENDPOINT_URL)."""
    metadata_address: str = "169.254.170.2"
    assigned: int = 0
    """How many assignments follow before the first full set is complete."""


class Assignment(Struct, frozen=True, kw_only=True, tag=True):
    """What should be, for one task.  A node ignores a generation older than the one it has.

    RUNNING: run it.  STOPPED: stop its containers, report how they ended, keep them.
    REMOVED: its end is recorded; remove every trace of it and report REMOVED.
    FORGOTTEN: REMOVED was recorded; stop reporting it.
    """

    task_arn: str
    generation: int
    desired: Literal["RUNNING", "STOPPED", "REMOVED", "FORGOTTEN"]
    spec: TaskSpec | None = None
    """Present unless `desired` is FORGOTTEN."""


class Credentials(Struct, frozen=True, kw_only=True, tag=True):
    """Answers `CredentialsRequest`; `access_key_id` is None when the id is unknown."""

    request: int
    role_arn: str = ""
    access_key_id: str | None = None
    secret_access_key: str = ""
    token: str = ""
    expires_at: float = 0.0


ToControl = Hello | TaskReport | CredentialsRequest | EngineState
ToNode = Welcome | Assignment | Credentials | VpcPolicy | VpcGone

_ENCODER: Final = msgspec.msgpack.Encoder()
_TO_CONTROL: Final[msgspec.msgpack.Decoder[ToControl]] = msgspec.msgpack.Decoder(ToControl)
_TO_NODE: Final[msgspec.msgpack.Decoder[ToNode]] = msgspec.msgpack.Decoder(ToNode)


def encode(message: ToControl | ToNode) -> bytes:
    """A message as bytes."""
    return _ENCODER.encode(message)


def decode_for_control(data: bytes) -> ToControl:
    """What a node said; raises `msgspec.MsgspecError` for anything else."""
    return _TO_CONTROL.decode(data)


def decode_for_node(data: bytes) -> ToNode:
    """What the control plane said; raises `msgspec.MsgspecError` for anything else."""
    return _TO_NODE.decode(data)
