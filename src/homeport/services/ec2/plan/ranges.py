"""Which ranges of addresses VPCs, subnets and routes may have."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from homeport.services.ec2.errors import (
    InvalidParameterValue,
    SubnetConflict,
    SubnetRange,
    VpcRange,
)
from homeport.services.ec2.plan.addresses import SUBNET_PREFIX

PREFIX_MIN: Final = 16
PREFIX_MAX: Final = 28
_NOBODYS: Final = tuple(
    IPv4Network(each) for each in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
)
"""Ranges that no VPC may have: they mean something else on every machine."""


def range_of(text: str, parameter: str) -> IPv4Network:
    """The range that a request names; bits of the host are taken away, as EC2 does."""
    network = _network(text, parameter)
    if not isinstance(network, IPv4Network):
        raise _invalid(text, parameter)
    return network


def ipv6_range_of(text: str, parameter: str) -> IPv6Network:
    """The range of IPv6 addresses that a request names."""
    network = _network(text, parameter)
    if not isinstance(network, IPv6Network):
        raise _invalid(text, parameter)
    return network


def _network(text: str, parameter: str) -> IPv4Network | IPv6Network:
    _, slash, prefix = text.partition("/")
    if not slash or not (prefix.isascii() and prefix.isdigit()):
        raise _invalid(text, parameter)
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise _invalid(text, parameter) from error


def _invalid(text: str, parameter: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        f"Value ({text}) for parameter {parameter} is invalid. This is not a valid CIDR block."
    )


def vpc_range(text: str) -> str:
    """The range of a new VPC."""
    network = range_of(text, "cidrBlock")
    fits = PREFIX_MIN <= network.prefixlen <= PREFIX_MAX
    if not fits or any(network.overlaps(each) for each in _NOBODYS):
        raise VpcRange(str(network))
    return str(network)


def subnet_range(text: str, vpc_cidr: str, others: Iterable[str]) -> str:
    """The range of a new subnet of a VPC that has the others already."""
    network = range_of(text, "cidrBlock")
    inside = network.subnet_of(IPv4Network(vpc_cidr))
    if not inside or not PREFIX_MIN <= network.prefixlen <= PREFIX_MAX:
        raise SubnetRange(str(network))
    if any(network.overlaps(IPv4Network(each)) for each in others):
        raise SubnetConflict(str(network))
    return str(network)


def free_default_range(vpc_cidr: str, others: Iterable[str]) -> str | None:
    """A range for another default subnet; None when nothing of that size is free."""
    taken = [IPv4Network(each) for each in others]
    for candidate in IPv4Network(vpc_cidr).subnets(new_prefix=SUBNET_PREFIX):
        if not any(candidate.overlaps(each) for each in taken):
            return str(candidate)
    return None
