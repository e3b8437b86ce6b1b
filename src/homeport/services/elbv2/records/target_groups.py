"""Target groups and their targets, as Elastic Load Balancing keeps them."""

from typing import Literal

from msgspec import Struct

TargetType = Literal["ip", "instance"]
TargetState = Literal["initial", "healthy", "unhealthy"]
TargetKey = tuple[str, int]
"""What identifies a target of a group: its id and port."""


class HealthCheck(Struct, frozen=True, kw_only=True):
    """How a group's targets are checked."""

    enabled: bool = True
    protocol: str
    """``HTTP``, ``HTTPS`` or ``TCP``."""
    port: str = "traffic-port"
    """``traffic-port``, or a number."""
    path: str = ""
    """Empty for TCP."""
    interval_s: int
    timeout_s: int
    healthy_threshold: int
    unhealthy_threshold: int
    http_codes: str = ""
    """``200``, ``200,202``, ``200-299``; empty for TCP and gRPC."""
    grpc_codes: str = ""
    """``12``, ``0,1``, ``0-5``; empty but for the version ``GRPC``."""


class TargetGroup(Struct, frozen=True, kw_only=True):
    """Targets that serve the same, and how they are chosen and checked."""

    arn: str
    account: str
    region: str
    name: str
    target_type: TargetType
    protocol: str
    """``HTTP``, ``HTTPS``, ``TCP``, ``TLS``, ``UDP`` or ``TCP_UDP``."""
    version: str = ""
    """``HTTP1``, ``HTTP2`` or ``GRPC``; empty unless `protocol` is HTTP or HTTPS."""
    port: int
    """Of targets that are registered without one."""
    vpc_id: str
    health: HealthCheck
    attributes: dict[str, str] = {}
    """Those that were set; the others have their defaults."""
    in_use: bool = False
    """Whether a listener forwarded to it when that was last announced."""
    created_at: float


class Observed(Struct, frozen=True, kw_only=True):
    """What the health checks said of a target last."""

    state: TargetState = "initial"
    reason: str = ""
    description: str = ""
    at: float = 0.0


class Target(Struct, frozen=True, kw_only=True):
    """One target of one group."""

    group_arn: str
    target_id: str
    """An address, or an instance's id: what identifies it, with `port`."""
    port: int
    address: str
    """Where the load balancer connects to."""
    zone: str
    """An availability zone, or ``all``."""
    registered_at: float
    observed: Observed = Observed()
    draining_since: float | None = None
    """When it was deregistered; None while it is registered."""
    is_free: bool = False
    """It is draining and has no connection left."""


class Health(Struct, frozen=True, kw_only=True):
    """What is shown of a target; one that is healthy has neither reason nor description."""

    state: str
    reason: str = ""
    description: str = ""


class HealthChange(Struct, frozen=True, kw_only=True):
    """A target is in another state than was told last."""

    at: TargetKey
    health: Health
    before: str = ""
    """The state that was told; empty of a target that is new."""
    is_gone: bool = False
    """It is not registered any more."""


class ListenerProblems(Struct, frozen=True, kw_only=True):
    """Why a listener does not take connections everywhere that it should, when last looked at."""

    listener_arn: str
    problems: tuple[str, ...] = ()
    """Sentences; none: it is open."""
