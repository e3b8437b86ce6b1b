"""EC2 as the application joins it."""

from collections.abc import Iterator
from typing import Final

from homeport.runtime import Seed, Service, operations_of
from homeport.services.ec2.api import (
    elastic_addresses,
    endpoints,
    gateways,
    interfaces,
    nat_gateways,
    network_acl_entries,
    network_acls,
    places,
    route_tables,
    routes,
    security_group_rules,
    security_groups,
    subnets,
    tags,
    vpcs,
)
from homeport.services.ec2.plan.addresses import vpc_ranges
from homeport.services.ec2.plan.defaults import default_network, new_dhcp_options, zones_of
from homeport.services.ec2.queries import networks, resources
from homeport.services.ec2.records import NewNetwork
from homeport.store import Tx

_NO_INSTANCES: Final = "Homeport runs no EC2 instances: tasks run on the hosts you join to it."
_ONE_DHCP: Final = "Containers get addresses and names from their node: DHCP options are fixed."
_NO_ENDPOINTS: Final = (
    "Homeport's VPCs have no endpoints: containers reach its services through their node."
)
_NO_PEERS: Final = "Homeport's VPCs do not reach each other: use one VPC with several subnets."
_NO_PREFIX_LISTS: Final = "Homeport has no prefix lists: give ranges of addresses."
_IPV4_ONLY: Final = "Homeport's VPCs have IPv4 addresses only."
UNSUPPORTED: Final = {
    "DescribeInstances": "Homeport runs no EC2 instances: see ecs list-container-instances.",
    **dict.fromkeys(
        ("RunInstances", "DescribeInstanceTypes", "CreateLaunchTemplate", "DescribeImages"),
        _NO_INSTANCES,
    ),
    **dict.fromkeys(("AssociateDhcpOptions", "CreateDhcpOptions", "DeleteDhcpOptions"), _ONE_DHCP),
    **dict.fromkeys(("CreateVpcEndpoint", "ModifyVpcEndpoint"), _NO_ENDPOINTS),
    **dict.fromkeys(
        ("CreateTransitGateway", "CreateVpcPeeringConnection", "CreateVpnGateway"), _NO_PEERS
    ),
    **dict.fromkeys(("CreateManagedPrefixList", "ModifyManagedPrefixList"), _NO_PREFIX_LISTS),
    **dict.fromkeys(("AssociateSubnetCidrBlock", "CreateEgressOnlyInternetGateway"), _IPV4_ONLY),
    **dict.fromkeys(
        ("AttachNetworkInterface", "DetachNetworkInterface"),
        "Homeport runs no instances that an interface could be attached to.",
    ),
    "AssignPrivateIpAddresses": "Interfaces of Homeport have one address each.",
    "AssociateNatGatewayAddress": "NAT gateways of Homeport have one address each.",
    "CreateFlowLogs": "Homeport keeps no logs of packets; load balancers have access logs.",
    "ModifyAddressAttribute": "Homeport's elastic addresses have no domain names.",
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    modules = (
        elastic_addresses,
        endpoints,
        gateways,
        interfaces,
        nat_gateways,
        network_acl_entries,
        network_acls,
        places,
        route_tables,
        routes,
        security_group_rules,
        security_groups,
        subnets,
        tags,
        vpcs,
    )
    return (
        Service(name="ec2", operations=operations_of(modules), seed=seed, unsupported=UNSUPPORTED),
    )


def seed(tx: Tx, told: Seed) -> None:
    """Give every region its zones and its default VPC, once: a VPC that was deleted stays so."""
    regions = {told.home_region, *told.regions}
    known = {zone.region for zone in networks.zones_everywhere(tx)}
    new_zones = (zones_of(region) for region in sorted(regions - known))
    networks.insert_zones(tx, tuple(zone for some in new_zones for zone in some))
    served = networks.regions_ever_with_vpcs(tx, told.account)
    new = tuple(_new_networks(tx, told, sorted(regions - served)))
    networks.insert_networks(tx, new)
    for each in new:
        tx.changed("vpc", each.vpc.vpc_id)


def _new_networks(tx: Tx, told: Seed, regions: list[str]) -> Iterator[NewNetwork]:
    taken = [*told.taken_networks, *(vpc.cidr for vpc in networks.vpcs_everywhere(tx))]
    if told.home_region in regions:
        # A machine whose networks leave nothing free has no VPC, and awsvpc tasks say so.
        for cidr in vpc_ranges(True, taken):
            taken.append(cidr)
            yield _default_network(tx, told, told.home_region, cidr)
            break
    others = [each for each in regions if each != told.home_region]
    for region, cidr in zip(others, vpc_ranges(False, taken), strict=False):
        yield _default_network(tx, told, region, cidr)


def _default_network(tx: Tx, told: Seed, region: str, cidr: str) -> NewNetwork:
    options = new_dhcp_options(told.account, region, told.ids)
    resources.add(tx, options)
    return default_network(options, cidr, told.ids)
