"""Security groups and their rules."""

from msgspec import Struct


class Terms(Struct, frozen=True, kw_only=True):
    """What a rule lets through; no group has two rules of one direction with the same terms."""

    protocol: str
    """``tcp``, ``udp``, ``icmp``, ``icmpv6``, another protocol's number, or ``-1`` for all."""
    from_port: int | None = None
    """The first port, or the ICMP type (-1: all); None for protocols that have neither."""
    to_port: int | None = None
    """The last port, or the ICMP code (-1: all)."""
    cidr: str | None = None
    """Exactly one of `cidr`, `cidr_ipv6`, `group_id` and `prefix_list_id` is there."""
    cidr_ipv6: str | None = None
    group_id: str | None = None
    prefix_list_id: str | None = None


class Rule(Terms, frozen=True, kw_only=True):
    """One rule of a security group."""

    rule_id: str
    is_egress: bool
    description: str | None = None
    tags: dict[str, str] = {}


class SecurityGroup(Struct, frozen=True, kw_only=True):
    """A security group with its rules."""

    group_id: str
    account: str
    region: str
    vpc_id: str
    name: str
    description: str
    rules: tuple[Rule, ...]
    tags: dict[str, str] = {}
