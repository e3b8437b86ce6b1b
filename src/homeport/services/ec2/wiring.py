"""EC2 as the application joins it."""

from collections.abc import Iterator
from typing import Final

from homeport.runtime import Seed, Service, operations_of
from homeport.services.ec2.api import interfaces, places, security_groups
from homeport.services.ec2.api import networks as networks_api
from homeport.services.ec2.plan.addresses import vpc_ranges
from homeport.services.ec2.plan.defaults import default_network, zones_of
from homeport.services.ec2.queries import networks
from homeport.services.ec2.records import DefaultNetwork
from homeport.store import Tx

_FIXED: Final = "Homeport's networks cannot be changed yet: every region has its default VPC."
UNSUPPORTED: Final = {
    "RunInstances": "Homeport runs no EC2 instances: tasks run on the hosts you join to it.",
    "DescribeInstances": "Homeport runs no EC2 instances: see ecs list-container-instances.",
    **dict.fromkeys(
        (
            "AuthorizeSecurityGroupEgress",
            "AuthorizeSecurityGroupIngress",
            "CreateInternetGateway",
            "CreateNatGateway",
            "CreateNetworkInterface",
            "CreateRoute",
            "CreateRouteTable",
            "CreateSecurityGroup",
            "CreateSubnet",
            "CreateTags",
            "CreateVpc",
            "DeleteSubnet",
            "DeleteVpc",
        ),
        _FIXED,
    ),
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="ec2",
            operations=operations_of((interfaces, networks_api, places, security_groups)),
            seed=seed,
            unsupported=UNSUPPORTED,
        ),
    )


def seed(tx: Tx, told: Seed) -> None:
    """Give every region its zones and its default VPC, where it has none yet."""
    known = {zone.region for zone in networks.zones_everywhere(tx)}
    regions = sorted({told.home_region, *told.regions} - known)
    new_zones = (zones_of(region) for region in regions)
    networks.insert_zones(tx, tuple(zone for some in new_zones for zone in some))
    networks.insert_networks(tx, tuple(_missing_networks(tx, told)))


def _missing_networks(tx: Tx, told: Seed) -> Iterator[DefaultNetwork]:
    vpcs = networks.vpcs_everywhere(tx)
    served = {vpc.region for vpc in vpcs if vpc.account == told.account and vpc.is_default}
    taken = [*told.taken_networks, *(vpc.cidr for vpc in vpcs)]
    if told.home_region not in served:
        # A machine whose networks leave nothing free has no VPC, and awsvpc tasks say so.
        for cidr in vpc_ranges(True, taken):
            taken.append(cidr)
            yield default_network(told.account, told.home_region, cidr, told.ids)
            break
    others = [each for each in told.regions if each not in served and each != told.home_region]
    for region, cidr in zip(others, vpc_ranges(False, taken), strict=False):
        yield default_network(told.account, region, cidr, told.ids)
