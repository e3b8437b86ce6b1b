"""What Envoy is configured with: the values that `translate` makes and `files` writes.

Resources are Envoy's own (v3 API) as JSON values with ``@type``; nothing here knows where they go.
"""

from typing import Any

from msgspec import Struct

Resource = dict[str, Any]


class Doors(Struct, frozen=True, kw_only=True):
    """Where internet-facing load balancers are reached from outside their VPC."""

    host: str = "127.0.0.1"
    ports: dict[int, int] = {}
    """Listener port → port on `host`, where it is another (``--lb-port 80=8080``)."""


class Place(Struct, frozen=True, kw_only=True, order=True):
    """An address and port that Envoy listens on."""

    address: str
    port: int
    is_udp: bool = False


class ListenerPlaces(Struct, frozen=True, kw_only=True):
    """Where an ELB listener has to be open."""

    listener_arn: str
    places: tuple[Place, ...]
    problems: tuple[str, ...] = ()
    """Sentences: why it cannot be open somewhere (a port that another load balancer has)."""


class Resources(Struct, frozen=True, kw_only=True):
    """Everything that Envoy is told; by name, so that only what changed is written again."""

    listeners: dict[str, Resource]
    clusters: dict[str, Resource]
    routes: dict[str, Resource]
    endpoints: dict[str, Resource]
    """ClusterLoadAssignments by cluster."""
    places: tuple[ListenerPlaces, ...]
    groups: dict[str, str]
    """Cluster → ARN of the target group that it stands for."""
