"""The default network of a region.  Pure: ids come from the caller's source."""

from homeport.kernel.ids import Ids, ec2_id
from homeport.services.ec2.plan.addresses import ZONES, default_subnets, usable, zone_id
from homeport.services.ec2.records import (
    DefaultNetwork,
    InternetGateway,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Vpc,
    Zone,
)

EVERYWHERE = "0.0.0.0/0"


def zones_of(region: str) -> tuple[Zone, ...]:
    """The availability zones of a region."""
    return tuple(
        Zone(region=region, name=f"{region}{letter}", zone_id=zone_id(region, letter))
        for letter in ZONES
    )


def default_network(account: str, region: str, cidr: str, ids: Ids) -> DefaultNetwork:
    """A default VPC of this range, with all that AWS puts into one."""
    vpc = Vpc(
        vpc_id=ec2_id("vpc", ids),
        account=account,
        region=region,
        cidr=cidr,
        is_default=True,
        association_id=ec2_id("vpc-cidr-assoc", ids),
        dhcp_options_id=ec2_id("dopt", ids),
    )
    gateway = InternetGateway(
        gateway_id=ec2_id("igw", ids), account=account, region=region, vpc_id=vpc.vpc_id
    )
    return DefaultNetwork(
        vpc=vpc,
        subnets=_subnets(vpc, ids),
        group=_group(vpc, ids),
        gateway=gateway,
        table=RouteTable(
            table_id=ec2_id("rtb", ids),
            account=account,
            region=region,
            vpc_id=vpc.vpc_id,
            vpc_cidr=cidr,
            association_id=ec2_id("rtbassoc", ids),
            gateway_id=gateway.gateway_id,
        ),
    )


def _subnets(vpc: Vpc, ids: Ids) -> tuple[Subnet, ...]:
    return tuple(
        _subnet(vpc, zone, cidr, ec2_id("subnet", ids))
        for zone, cidr in zip(zones_of(vpc.region), default_subnets(vpc.cidr), strict=True)
    )


def _subnet(vpc: Vpc, zone: Zone, cidr: str, subnet_id: str) -> Subnet:
    first, last = usable(cidr)
    return Subnet(
        subnet_id=subnet_id,
        account=vpc.account,
        region=vpc.region,
        vpc_id=vpc.vpc_id,
        vpc_cidr=vpc.cidr,
        cidr=cidr,
        zone=zone.name,
        zone_id=zone.zone_id,
        is_default=True,
        first_address=first,
        last_address=last,
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
