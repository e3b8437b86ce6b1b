"""New VPCs and subnets, with all that AWS puts into them.  Pure: ids come from the caller."""

from collections.abc import Mapping

from msgspec.structs import replace

from homeport.kernel.ids import Ids, ec2_id
from homeport.services.ec2.plan.addresses import ZONES, default_subnets, usable, zone_id
from homeport.services.ec2.records import (
    DhcpOptions,
    InternetGateway,
    NetworkAcl,
    NewNetwork,
    Route,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    TableAssociation,
    Vpc,
    Zone,
)
from homeport.services.ec2.records.network_acls import OPEN

EVERYWHERE = "0.0.0.0/0"


def zones_of(region: str) -> tuple[Zone, ...]:
    """The availability zones of a region."""
    return tuple(
        Zone(region=region, name=f"{region}{letter}", zone_id=zone_id(region, letter))
        for letter in ZONES
    )


def new_dhcp_options(account: str, region: str, ids: Ids) -> DhcpOptions:
    """The options that every VPC of a region shares."""
    return DhcpOptions(options_id=ec2_id("dopt", ids), account=account, region=region)


def new_network(options: DhcpOptions, cidr: str, ids: Ids) -> NewNetwork:
    """A VPC of this range, with its main route table, its network ACL and its default group."""
    vpc = Vpc(
        vpc_id=ec2_id("vpc", ids),
        account=options.account,
        region=options.region,
        cidr=cidr,
        is_default=False,
        association_id=ec2_id("vpc-cidr-assoc", ids),
        dhcp_options_id=options.options_id,
    )
    return NewNetwork(
        vpc=vpc,
        group=_group(vpc, ids),
        table=replace(new_route_table(vpc, ids), associations=(new_association(ids),)),
        acl=replace(new_network_acl(vpc, ids), is_default=True, entries=OPEN),
    )


def default_network(options: DhcpOptions, cidr: str, ids: Ids) -> NewNetwork:
    """A default VPC: one with a gateway to the world and a subnet in each zone."""
    plain = new_network(options, cidr, ids)
    vpc = replace(plain.vpc, is_default=True, dns_hostnames=True)
    detached = new_internet_gateway(vpc.account, vpc.region, ids)
    gateway = replace(detached, vpc_id=vpc.vpc_id)
    to_world = Route(destination=EVERYWHERE, gateway_id=gateway.gateway_id)
    return NewNetwork(
        vpc=vpc,
        group=plain.group,
        table=replace(plain.table, routes=(to_world,)),
        acl=plain.acl,
        subnets=tuple(
            default_subnet(vpc, zone, part, ids)
            for zone, part in zip(zones_of(vpc.region), default_subnets(cidr), strict=True)
        ),
        gateway=gateway,
    )


def default_subnet(vpc: Vpc, zone: Zone, cidr: str, ids: Ids) -> Subnet:
    """A default subnet: what is started in it is given a public address."""
    return replace(new_subnet(vpc, zone, cidr, ids), is_default=True, public_ip_on_launch=True)


def new_subnet(vpc: Vpc, zone: Zone, cidr: str, ids: Ids) -> Subnet:
    """A subnet of this range."""
    first, last = usable(cidr)
    return Subnet(
        subnet_id=ec2_id("subnet", ids),
        account=vpc.account,
        region=vpc.region,
        vpc_id=vpc.vpc_id,
        vpc_cidr=vpc.cidr,
        cidr=cidr,
        zone=zone.name,
        zone_id=zone.zone_id,
        is_default=False,
        first_address=first,
        last_address=last,
        acl_association_id=ec2_id("aclassoc", ids),
    )


def new_route_table(
    vpc: Vpc, ids: Ids, *, tags: Mapping[str, str] | None = None, client_token: str | None = None
) -> RouteTable:
    """A route table that knows the VPC's own addresses only, and is no subnet's."""
    return RouteTable(
        table_id=ec2_id("rtb", ids),
        account=vpc.account,
        region=vpc.region,
        vpc_id=vpc.vpc_id,
        vpc_cidr=vpc.cidr,
        client_token=client_token,
        tags=dict(tags or {}),
    )


def new_network_acl(
    vpc: Vpc, ids: Ids, *, tags: Mapping[str, str] | None = None, client_token: str | None = None
) -> NetworkAcl:
    """A network ACL that lets nothing through, and is no subnet's."""
    return NetworkAcl(
        acl_id=ec2_id("acl", ids),
        account=vpc.account,
        region=vpc.region,
        vpc_id=vpc.vpc_id,
        is_default=False,
        entries=(),
        client_token=client_token,
        tags=dict(tags or {}),
    )


def new_association(ids: Ids, subnet_id: str | None = None) -> TableAssociation:
    """A route table's association with a subnet, or its being the main one."""
    return TableAssociation(association_id=ec2_id("rtbassoc", ids), subnet_id=subnet_id)


def new_internet_gateway(
    account: str, region: str, ids: Ids, *, tags: Mapping[str, str] | None = None
) -> InternetGateway:
    """An internet gateway that is attached to nothing."""
    return InternetGateway(
        gateway_id=ec2_id("igw", ids), account=account, region=region, tags=dict(tags or {})
    )


def _group(vpc: Vpc, ids: Ids) -> SecurityGroup:
    group_id = ec2_id("sg", ids)
    return SecurityGroup(
        group_id=group_id,
        account=vpc.account,
        region=vpc.region,
        vpc_id=vpc.vpc_id,
        name="default",
        description="default VPC security group",
        rules=(
            Rule(rule_id=ec2_id("sgr", ids), is_egress=False, protocol="-1", group_id=group_id),
            Rule(rule_id=ec2_id("sgr", ids), is_egress=True, protocol="-1", cidr=EVERYWHERE),
        ),
    )
