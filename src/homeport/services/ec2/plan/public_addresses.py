"""Elastic addresses: which one is next, and what they are associated with.  Pure."""

from collections.abc import Container
from ipaddress import IPv4Network
from typing import Final

from msgspec.structs import replace

from homeport.kernel.ids import Ids, ec2_id
from homeport.services.ec2.records import ElasticAddress, Interface

POOL: Final = IPv4Network("198.18.0.0/15")
"""Set aside for tests of networks (RFC 2544): nobody on the internet has one of these."""


def free_address(taken: Container[str]) -> str | None:
    """The first address of the pool that nobody has."""
    return next((text for each in POOL.hosts() if (text := str(each)) not in taken), None)


def associated(address: ElasticAddress, interface: Interface, ids: Ids) -> ElasticAddress:
    """The address once it is the interface's."""
    return replace(
        address,
        association_id=ec2_id("eipassoc", ids),
        interface_id=interface.interface_id,
        private_ip=interface.address,
    )


def free(address: ElasticAddress) -> ElasticAddress:
    """The address once it is nobody's."""
    return replace(address, association_id=None, interface_id=None, private_ip=None)
