"""Network ACLs: what passes into and out of subnets, packet by packet."""

from typing import Final

from msgspec import Struct


class AclEntry(Struct, frozen=True, kw_only=True):
    """A numbered rule of a network ACL; the first that is about a packet decides."""

    number: int
    is_egress: bool
    allows: bool
    protocol: str
    """A number, or ``-1`` for all."""
    cidr: str | None = None
    """Exactly one of `cidr` and `cidr_ipv6` is there."""
    cidr_ipv6: str | None = None
    from_port: int | None = None
    """For ICMP its type, -1 for all; None for protocols that have neither."""
    to_port: int | None = None
    """For ICMP its code, -1 for all."""


OPEN: Final = tuple(
    AclEntry(number=100, is_egress=is_egress, allows=True, protocol="-1", cidr="0.0.0.0/0")
    for is_egress in (True, False)
)
"""What a VPC's default network ACL says from the start: everything passes."""


class NetworkAcl(Struct, frozen=True, kw_only=True):
    """A network ACL.  What none of its entries is about does not pass.

    A subnet names the one that it is associated with; the others are with their VPC's default one.
    """

    acl_id: str
    account: str
    region: str
    vpc_id: str
    is_default: bool = True
    entries: tuple[AclEntry, ...] = OPEN
    """By direction, those that go out first, and then by number."""
    client_token: str | None = None
    tags: dict[str, str] = {}
