"""Container instances: the machines of a cluster."""

from typing import Final

from msgspec import Struct

from homeport.services.ecs.records.task_definitions import Attribute

ARCHITECTURE: Final = "ecs.cpu-architecture"
"""The attribute by which an instance says what its processor is."""


class Resources(Struct, frozen=True, kw_only=True):
    """What an instance has, or has left.  CPU units, MiB, and host ports that are taken."""

    cpu: int
    memory_mib: int
    ports: tuple[int, ...] = ()
    ports_udp: tuple[int, ...] = ()


class ContainerInstance(Struct, frozen=True, kw_only=True):
    """A node as ECS shows it.  What remains of it is a query over its tasks, never a field."""

    arn: str
    account: str
    region: str
    cluster_arn: str
    node_id: str
    ec2_instance_id: str
    status: str = "ACTIVE"
    """ACTIVE, DRAINING or INACTIVE."""
    connected: bool = False
    session: int = 0
    """How often its node has said hello."""
    plane: str = ""
    """The control plane that its node said hello to last."""
    disconnected_at: float | None = None
    """When its link was lost; None while it is connected."""
    registered: Resources
    agent_version: str = ""
    docker_version: str = ""
    engine_connected: bool = True
    registered_at: float
    version: int = 1
    availability_zone: str


class InstanceState(Struct, frozen=True, kw_only=True):
    """An instance at one moment, with what is kept elsewhere: the body of its events."""

    instance: ContainerInstance
    reserved: Resources
    """What its tasks took from it."""
    attributes: tuple[Attribute, ...] = ()


class InstanceFacts(Struct, frozen=True, kw_only=True):
    """What an expression of the cluster query language may ask of a container instance."""

    ec2_instance_id: str = ""
    agent_connected: bool = True
    agent_version: str = ""
    registered_at: float = 0.0
    """Seconds since the epoch."""
    running_tasks: int = 0
    attributes: dict[str, str | None] = {}
    task_groups: tuple[str, ...] = ()
    """Groups of which at least one task is on the instance."""
