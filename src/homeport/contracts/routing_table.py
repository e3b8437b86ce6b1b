"""What the data plane should route, and what it observes: values.

A whole routing table in values that say everything: whoever reads it looks nothing up.  Durations
are real seconds (already divided by ``--time-scale``).
"""

from typing import Literal

from msgspec import Struct


class Target(Struct, frozen=True, kw_only=True):
    """Where one registered target answers."""

    target_id: str
    """As it was registered: an address, or an instance's id."""
    address: str
    """Where to connect to."""
    port: int
    zone: str
    draining: bool = False
    """Deregistered: it keeps the connections that it has and gets no new ones."""
    registered_at: float = 0.0
    last_seen: Literal["initial", "healthy", "unhealthy"] = "initial"
    """What `Routing.saw_targets` said of it last, if that still counts: ``initial`` asks to be told
    again what is known."""


class HealthCheck(Struct, frozen=True, kw_only=True):
    """How targets are checked."""

    enabled: bool
    protocol: str
    """``HTTP``, ``HTTPS`` or ``TCP``."""
    port: int | None
    """None: each target's own (``traffic-port``)."""
    path: str
    interval_s: float
    timeout_s: float
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str
    """HTTP codes such as ``200``, ``200,202`` or ``200-299``; gRPC codes for version ``GRPC``."""


class TargetStickiness(Struct, frozen=True, kw_only=True):
    """A client comes back to the target that it had."""

    kind: Literal["lb_cookie", "app_cookie", "source_ip"]
    duration_s: int
    """Of the cookie; a client counts it, so it is never shortened."""
    cookie_name: str = ""
    """The application's cookie, for ``app_cookie``."""


class TargetGroup(Struct, frozen=True, kw_only=True):
    """Targets that serve the same, and how they are chosen and checked."""

    arn: str
    name: str
    protocol: str
    """``HTTP``, ``HTTPS``, ``TCP``, ``TLS``, ``UDP`` or ``TCP_UDP``: how targets are spoken to."""
    version: str
    """``HTTP1``, ``HTTP2`` or ``GRPC``; empty unless `protocol` is HTTP or HTTPS."""
    targets: tuple[Target, ...]
    health: HealthCheck
    algorithm: str = "round_robin"
    """``round_robin``, ``least_outstanding_requests`` or ``weighted_random``."""
    slow_start_s: float = 0.0
    stickiness: TargetStickiness | None = None
    cross_zone: bool = True
    proxy_protocol_v2: bool = False
    closes_when_deregistered: bool = False
    """Connections to a target are closed when its deregistration delay is over (network)."""


class WeightedGroup(Struct, frozen=True, kw_only=True):
    """A target group's share of what is forwarded."""

    arn: str
    weight: int = 1


class Forward(Struct, frozen=True, kw_only=True, tag="forward"):
    """Send to one of the target groups, by weight."""

    groups: tuple[WeightedGroup, ...]
    sticky_s: int | None = None
    """A client stays with the group that it had for so long; None: each request is new."""


class Redirect(Struct, frozen=True, kw_only=True, tag="redirect"):
    """Send the client elsewhere; ``#{host}`` and the like stand for what the request had."""

    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"
    status_code: int


class FixedResponse(Struct, frozen=True, kw_only=True, tag="fixed-response"):
    """Answer without asking anybody."""

    status_code: int
    content_type: str = ""
    body: str = ""


Action = Forward | Redirect | FixedResponse


class PathIs(Struct, frozen=True, kw_only=True, tag="path-pattern"):
    """The path matches one of the patterns (``*`` and ``?``), letter case included."""

    values: tuple[str, ...]


class HostIs(Struct, frozen=True, kw_only=True, tag="host-header"):
    """The host matches one of the patterns, whatever the letter case."""

    values: tuple[str, ...]


class HeaderIs(Struct, frozen=True, kw_only=True, tag="http-header"):
    """A header matches one of the patterns, whatever the letter case."""

    name: str
    values: tuple[str, ...]


class MethodIs(Struct, frozen=True, kw_only=True, tag="http-request-method"):
    """The method is one of these."""

    values: tuple[str, ...]


class QueryHas(Struct, frozen=True, kw_only=True, tag="query-string"):
    """A parameter of the query matches one of the (key, value) patterns; no key: any key."""

    values: tuple[tuple[str | None, str], ...]


class SourceIs(Struct, frozen=True, kw_only=True, tag="source-ip"):
    """The client's address is in one of the CIDR blocks."""

    values: tuple[str, ...]


Condition = PathIs | HostIs | HeaderIs | MethodIs | QueryHas | SourceIs


class Rule(Struct, frozen=True, kw_only=True):
    """If every condition holds: the action."""

    arn: str
    conditions: tuple[Condition, ...]
    action: Action


class Certificate(Struct, frozen=True, kw_only=True):
    """A certificate of a TLS listener with its key, in PEM."""

    arn: str
    names: tuple[str, ...]
    """The DNS names that it is for, ``*.`` wildcards included."""
    chain: str
    key: str


class Listener(Struct, frozen=True, kw_only=True):
    """A port of a load balancer."""

    arn: str
    port: int
    protocol: str
    """``HTTP``, ``HTTPS``, ``TCP``, ``TLS``, ``UDP`` or ``TCP_UDP``."""
    rules: tuple[Rule, ...]
    """In the order in which they are tried; none but the default for network load balancers."""
    default: Action
    certificates: tuple[Certificate, ...] = ()
    """The first is the default one."""
    ssl_policy: str = ""
    alpn: tuple[str, ...] = ()
    idle_timeout_s: float = 350.0
    """Of a TCP connection (network load balancers)."""
    shift: int = 0
    """Counts the weights that `Traffic.set_weights` has set: `Routing.saw_shift` is told once new
    connections go by them."""


class AccessLog(Struct, frozen=True, kw_only=True):
    """Where each request is written to."""

    group: str
    """A CloudWatch log group, or empty for a file in the state directory."""


class Node(Struct, frozen=True, kw_only=True):
    """A load balancer's address in one zone."""

    zone: str
    subnet_id: str
    address: str


class LoadBalancer(Struct, frozen=True, kw_only=True):
    """A load balancer with its listeners."""

    arn: str
    name: str
    kind: Literal["application", "network"]
    scheme: Literal["internet-facing", "internal"]
    dns_name: str
    region: str
    vpc_id: str
    nodes: tuple[Node, ...]
    listeners: tuple[Listener, ...]
    idle_timeout_s: float = 60.0
    keep_alive_s: float = 3600.0
    """The longest life of a client's connection."""
    http2: bool = True
    drop_invalid_headers: bool = False
    preserve_host: bool = False
    forwarded_for: Literal["append", "preserve", "remove"] = "append"
    forwards_client_port: bool = False
    forwards_tls_facts: bool = False
    cross_zone: bool = True
    access_log: AccessLog | None = None


class RoutingTable(Struct, frozen=True, kw_only=True):
    """Everything that the data plane routes."""

    load_balancers: tuple[LoadBalancer, ...]
    target_groups: tuple[TargetGroup, ...]
    """Those that a listener forwards to; only they are checked."""


class ListenerSighting(Struct, frozen=True, kw_only=True):
    """Whether a listener takes connections, where it should."""

    listener_arn: str
    problems: tuple[str, ...] = ()
    """Sentences: which address or port could not be opened, and why.  Empty: it is open."""


class TargetSighting(Struct, frozen=True, kw_only=True):
    """What was seen of one target."""

    target_id: str
    port: int
    state: Literal["initial", "healthy", "unhealthy"]
    """``initial``: not checked often enough yet."""
    reason: str = ""
    """``Target.ResponseCodeMismatch`` and the like, for ``unhealthy``."""
    description: str = ""
    at: float = 0.0


class TrafficFigures(Struct, frozen=True, kw_only=True):
    """What went through a load balancer to one target group within a span of time.

    An empty target group stands for the load balancer itself: what it answered without a target,
    and its clients' connections.
    """

    load_balancer_arn: str
    group_arn: str
    began_at: float
    """Seconds since the epoch."""
    requests: int = 0
    codes: tuple[tuple[str, int], ...] = ()
    """How many answers of each class (``2XX`` to ``5XX``): of targets, or of the load balancer
    itself when the group is empty; of the latter those with ``500``, ``502``, ``503`` or ``504``
    are counted by their code once more."""
    response_times: tuple[tuple[float, float], ...] = ()
    """(seconds, how often): the middle of each bucket of a histogram."""
    connection_errors: int = 0
    """Connections to targets that failed."""
    new_connections: int = 0
    active_connections: int = 0
    processed_bytes: int = 0
