"""The networks of a region, as EC2 keeps them."""

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
    tags: dict[str, str] = {}


class Rule(Struct, frozen=True, kw_only=True):
    """One rule of a security group: a range of addresses or a group it lets through."""

    rule_id: str
    is_egress: bool
    protocol: str
    """``-1`` is every protocol."""
    from_port: int | None = None
    to_port: int | None = None
    cidr: str | None = None
    group_id: str | None = None


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


class InternetGateway(Struct, frozen=True, kw_only=True):
    """The way from a VPC to the world."""

    gateway_id: str
    account: str
    region: str
    vpc_id: str
    tags: dict[str, str] = {}


class RouteTable(Struct, frozen=True, kw_only=True):
    """A VPC's main route table: its own addresses, and everything else through the gateway."""

    table_id: str
    account: str
    region: str
    vpc_id: str
    vpc_cidr: str
    association_id: str
    gateway_id: str
    tags: dict[str, str] = {}


class Interface(Struct, frozen=True, kw_only=True):
    """A network interface: one address of a subnet, held until it is deleted."""

    interface_id: str
    account: str
    region: str
    subnet_id: str
    vpc_id: str
    zone: str
    zone_id: str
    address: str
    address_number: int
    mac_address: str
    private_dns_name: str
    description: str
    group_ids: tuple[str, ...]
    attachment_id: str
    created_at: float
    tags: dict[str, str] = {}


class DefaultNetwork(Struct, frozen=True, kw_only=True):
    """Everything that a region has from the start."""

    vpc: Vpc
    subnets: tuple[Subnet, ...]
    group: SecurityGroup
    gateway: InternetGateway
    table: RouteTable
