"""What a node needs to know of a VPC: who may talk to whom, and which addresses it holds itself.

Level-based: each policy replaces the one before it.
"""

from msgspec import Struct


class Allow(Struct, frozen=True, kw_only=True):
    """One rule of a security group: whom it lets in, or out to, on which ports."""

    protocol: str
    """``tcp``, ``udp``, ``icmp``, a number, or ``-1`` for all."""
    from_port: int | None = None
    """For ICMP its type; None: all."""
    to_port: int | None = None
    """For ICMP its code; None: all."""
    cidr: str | None = None
    """Exactly one of `cidr` and `group_id` is there."""
    group_id: str | None = None


class GroupRules(Struct, frozen=True, kw_only=True):
    """A security group's rules."""

    group_id: str
    ingress: tuple[Allow, ...]
    egress: tuple[Allow, ...]


class AclEntry(Struct, frozen=True, kw_only=True):
    """One entry of a network ACL: the first that is about a packet decides."""

    allows: bool
    about: Allow
    """Whose packets, or to whom, and which; never with a `group_id`."""


class SubnetAcl(Struct, frozen=True, kw_only=True):
    """What passes into and out of a subnet, packet by packet; what is not allowed is dropped.

    Packets that stay within the subnet are not judged.
    """

    cidr: str
    ingress: tuple[AclEntry, ...]
    """In the order in which they are tried."""
    egress: tuple[AclEntry, ...]


class VpcPolicy(Struct, frozen=True, kw_only=True, tag=True):
    """A VPC as it should be on a node.  What no rule allows between its addresses is dropped."""

    vpc_id: str
    vpc_cidr: str
    groups: tuple[GroupRules, ...]
    """Every group that an address of this VPC has."""
    addresses: tuple[tuple[str, tuple[str, ...]], ...]
    """Every address that an interface holds, wherever it is, with its groups."""
    local: tuple[str, ...] = ()
    """Addresses that the host itself holds: those of load balancers."""
    subnets: tuple[SubnetAcl, ...] = ()
    """Those subnets whose network ACL does not let everything through."""


class VpcGone(Struct, frozen=True, kw_only=True, tag=True):
    """There is no such VPC any more: nothing of it is needed."""

    vpc_id: str
