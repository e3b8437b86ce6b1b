"""Listeners, rules, and what rules say: conditions and actions."""

from typing import Final

from msgspec import Struct

SECURE: Final = ("HTTPS", "TLS")
"""The protocols of listeners that have certificates."""


class WeightedGroup(Struct, frozen=True, kw_only=True):
    """A target group's share of what is forwarded."""

    arn: str
    weight: int = 1


class Forward(Struct, frozen=True, kw_only=True, tag="forward"):
    """Send to one of the target groups, by weight."""

    groups: tuple[WeightedGroup, ...]
    is_sticky: bool = False
    sticky_s: int | None = None
    """For how long a client stays with its group; kept while not sticky too."""
    order: int | None = None


class Redirect(Struct, frozen=True, kw_only=True, tag="redirect"):
    """Send the client elsewhere."""

    protocol: str
    host: str
    port: str
    path: str
    query: str
    status_code: str
    """``HTTP_301`` or ``HTTP_302``."""
    order: int | None = None


class FixedResponse(Struct, frozen=True, kw_only=True, tag="fixed-response"):
    """Answer without asking anybody."""

    status_code: str
    content_type: str | None = None
    body: str | None = None
    order: int | None = None


Action = Forward | Redirect | FixedResponse


class PathPattern(Struct, frozen=True, kw_only=True, tag="path-pattern"):
    """The path matches one of the patterns."""

    values: tuple[str, ...]


class HostHeader(Struct, frozen=True, kw_only=True, tag="host-header"):
    """The host matches one of the patterns."""

    values: tuple[str, ...]


class HttpHeader(Struct, frozen=True, kw_only=True, tag="http-header"):
    """A header matches one of the patterns."""

    name: str
    values: tuple[str, ...]


class RequestMethod(Struct, frozen=True, kw_only=True, tag="http-request-method"):
    """The method is one of these."""

    values: tuple[str, ...]


class QueryPair(Struct, frozen=True, kw_only=True):
    """A pattern of a query parameter; no key: any parameter."""

    key: str | None = None
    value: str


class QueryString(Struct, frozen=True, kw_only=True, tag="query-string"):
    """A parameter of the query matches one of the patterns."""

    values: tuple[QueryPair, ...]


class SourceIp(Struct, frozen=True, kw_only=True, tag="source-ip"):
    """The client's address is in one of the CIDR blocks."""

    values: tuple[str, ...]


Condition = PathPattern | HostHeader | HttpHeader | RequestMethod | QueryString | SourceIp


def field_of(condition: Condition) -> str:
    """The name that the API has for this kind of condition: ``path-pattern``."""
    return str(condition.__struct_config__.tag)


class Listener(Struct, frozen=True, kw_only=True):
    """A port of a load balancer."""

    arn: str
    load_balancer_arn: str
    port: int
    protocol: str
    default_rule_arn: str
    """The rule that is tried last has no record: it is `default_actions`."""
    default_actions: tuple[Action, ...]
    ssl_policy: str = ""
    """Empty unless the protocol is HTTPS or TLS."""
    certificates: tuple[str, ...] = ()
    """ARNs; the first is the default one."""
    alpn: tuple[str, ...] = ()
    attributes: dict[str, str] = {}
    """Those that were set; the others have their defaults."""
    shift: int = 0
    """Counts the changes of it and of its rules, from 1."""
    live_shift: int = 0
    """The `shift` that the data plane was seen to have taken last."""

    @property
    def is_live(self) -> bool:
        """Whether new connections go by what is written here and in its rules."""
        return self.live_shift >= self.shift


class Rule(Struct, frozen=True, kw_only=True):
    """A rule of a listener; the default rule has no record."""

    arn: str
    listener_arn: str
    load_balancer_arn: str
    priority: int
    conditions: tuple[Condition, ...]
    actions: tuple[Action, ...]
