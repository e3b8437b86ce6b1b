"""Zones, VPCs, their subnets, and what every VPC has: DHCP options."""

from msgspec import Struct


class Zone(Struct, frozen=True, kw_only=True):
    """An availability zone."""

    region: str
    name: str
    zone_id: str


class Vpc(Struct, frozen=True, kw_only=True):
    """A virtual private cloud."""

    vpc_id: str
    account: str
    region: str
    cidr: str
    is_default: bool
    association_id: str
    dhcp_options_id: str
    tenancy: str = "default"
    """Recorded and shown: there are no instances that it could concern."""
    dns_support: bool = True
    dns_hostnames: bool = False
    address_metrics: bool = False
    tags: dict[str, str] = {}


class Subnet(Struct, frozen=True, kw_only=True):
    """A range of a VPC's addresses in one zone."""

    subnet_id: str
    account: str
    region: str
    vpc_id: str
    vpc_cidr: str
    cidr: str
    zone: str
    zone_id: str
    is_default: bool
    first_address: int
    """The addresses that interfaces may have are from this number …"""
    last_address: int
    """… to this one."""
    acl_association_id: str = ""
    """Every subnet is associated with one network ACL."""
    acl_id: str = ""
    """That ACL; empty: its VPC's default one."""
    public_ip_on_launch: bool = False
    hostname_type: str = "ip-name"
    dns_a_record: bool = False
    tags: dict[str, str] = {}


class DhcpOptions(Struct, frozen=True, kw_only=True):
    """What the machines of a region's VPCs are told: Amazon's resolver and domain name."""

    options_id: str
    account: str
    region: str
    tags: dict[str, str] = {}
