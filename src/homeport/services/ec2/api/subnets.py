"""Subnets: ranges of a VPC's addresses, each in a zone."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import filter_names, limits
from homeport.services.ec2.plan.defaults import default_subnet, new_subnet
from homeport.services.ec2.plan.ranges import free_default_range, subnet_range
from homeport.services.ec2.plan.route_tables import without_subnet
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import interfaces, networks, resources
from homeport.services.ec2.records import RouteTable, Subnet, Vpc, Zone
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

SUBNETS: Final = Kind(
    key="SubnetId",
    keys="SubnetIds",
    filters=filter_names.SUBNETS,
    not_found=errors.SubnetNotFound,
)
_NOT_OURS: Final = {
    "OutpostArn": "Homeport has no Outposts: leave OutpostArn out.",
    "Ipv4IpamPoolId": "Homeport has no IPAM pools: give CidrBlock.",
    "Ipv4NetmaskLength": "Homeport has no IPAM pools: give CidrBlock.",
    **dict.fromkeys(
        ("Ipv6CidrBlock", "Ipv6Native", "Ipv6IpamPoolId", "Ipv6NetmaskLength"),
        "Homeport's subnets have IPv4 addresses only.",
    ),
}
_MODIFIABLE: Final = (
    "AssignIpv6AddressOnCreation",
    "CustomerOwnedIpv4Pool",
    "DisableLniAtDeviceIndex",
    "EnableDns64",
    "EnableLniAtDeviceIndex",
    "EnableResourceNameDnsAAAARecordOnLaunch",
    "EnableResourceNameDnsARecordOnLaunch",
    "MapCustomerOwnedIpOnLaunch",
    "MapPublicIpOnLaunch",
    "PrivateDnsHostnameTypeOnLaunch",
)


@operation("DescribeSubnets")
def describe_subnets(
    tx: ReadTx, call: Call, request: shapes.DescribeSubnetsRequest
) -> shapes.DescribeSubnetsResponse:
    """The subnets of the region, with how many addresses each has left."""
    held = interfaces.held_addresses(tx, call.account, call.region)
    found = [
        render.subnet(subnet, held.get(subnet.subnet_id, 0))
        for subnet in finding.all_of(tx, call, Subnet)
    ]
    page, more = listed(found, request, SUBNETS)
    response: shapes.DescribeSubnetsResponse = {"Subnets": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("CreateSubnet", partial="IPv4 only, in availability zones.")
def create_subnet(
    tx: Tx, call: Call, request: shapes.CreateSubnetRequest
) -> shapes.CreateSubnetResponse:
    """A subnet of a VPC; without a zone it gets the one with the fewest of its subnets."""
    _refuse(request, _NOT_OURS)
    vpc = finding.vpc(tx, call, request["VpcId"])
    cidr = request.get("CidrBlock")
    if not cidr:
        raise errors.MissingParameter("cidrBlock")
    tags = creation_tags(request.get("TagSpecifications", ()), "subnet")
    siblings = _siblings(tx, call, vpc)
    if len(siblings) >= limits.SUBNETS_MAX:
        raise errors.SubnetLimitExceeded
    zone = _zone(
        _zones(tx, call), request.get("AvailabilityZone"), request.get("AvailabilityZoneId")
    ) or _emptiest(_zones(tx, call), siblings)
    fitting = subnet_range(cidr, vpc.cidr, [each.cidr for each in siblings])
    subnet = replace(new_subnet(vpc, zone, fitting, call.ids), tags=tags)
    resources.add(tx, subnet)
    refuse_dry_run(request)
    return {"Subnet": render.subnet(subnet, 0)}


@operation("CreateDefaultSubnet", partial="IPv4 only, in availability zones.")
def create_default_subnet(
    tx: Tx, call: Call, request: shapes.CreateDefaultSubnetRequest
) -> shapes.CreateDefaultSubnetResponse:
    """The default subnet of a zone that has none: the default VPC's next free /20."""
    if request.get("Ipv6Native"):
        raise errors.UnsupportedOperation(_NOT_OURS["Ipv6Native"])
    zone = _zone(
        _zones(tx, call), request.get("AvailabilityZone"), request.get("AvailabilityZoneId")
    )
    if zone is None:
        raise errors.MissingParameter("availabilityZone")
    vpc = next((each for each in finding.all_of(tx, call, Vpc) if each.is_default), None)
    if vpc is None:
        raise errors.DefaultVpcDoesNotExist
    siblings = _siblings(tx, call, vpc)
    for each in siblings:
        if each.is_default and each.zone == zone.name:
            raise errors.DefaultSubnetAlreadyExists(each.subnet_id, zone.name)
    cidr = free_default_range(vpc.cidr, [each.cidr for each in siblings])
    if cidr is None:
        raise errors.UnsupportedOperation("The default VPC has no free range of this size.")
    subnet = default_subnet(vpc, zone, cidr, call.ids)
    resources.add(tx, subnet)
    refuse_dry_run(request)
    return {"Subnet": render.subnet(subnet, 0)}


@operation("DeleteSubnet")
def delete_subnet(
    tx: Tx, call: Call, request: shapes.DeleteSubnetRequest
) -> shapes.DeleteSubnetResponse:
    """Delete a subnet in which no interface is; its route table loses the association."""
    subnet = finding.subnet(tx, call, request["SubnetId"])
    held = interfaces.held_addresses(tx, call.account, call.region)
    if held.get(subnet.subnet_id):
        raise errors.DependencyViolation.of("subnet", subnet.subnet_id)
    for table in finding.all_of(tx, call, RouteTable):
        if any(each.subnet_id == subnet.subnet_id for each in table.associations):
            resources.save(tx, without_subnet(table, subnet.subnet_id))
    networks.remove_subnet(tx, subnet)
    refuse_dry_run(request)
    return {}


@operation(
    "ModifySubnetAttribute",
    partial="Recorded and shown: a task's own `assignPublicIp` decides.  IPv6, customer-owned "
    "addresses and local network interfaces are refused.",
)
def modify_subnet_attribute(
    tx: Tx, call: Call, request: shapes.ModifySubnetAttributeRequest
) -> shapes.ModifySubnetAttributeResponse:
    """Change one attribute of a subnet."""
    subnet = finding.subnet(tx, call, request["SubnetId"])
    given = [each for each in _MODIFIABLE if each in request]
    if not given:
        raise errors.MissingParameter("attribute")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(
            "Fields for multiple attribute types specified: " + ", ".join(given)
        )
    resources.save(tx, _modified(subnet, given[0], request))
    return {}


def _modified(
    subnet: Subnet, attribute: str, request: shapes.ModifySubnetAttributeRequest
) -> Subnet:
    if attribute == "PrivateDnsHostnameTypeOnLaunch":
        name_type = request["PrivateDnsHostnameTypeOnLaunch"]
        if name_type not in {"ip-name", "resource-name"}:
            raise errors.InvalidParameterValue(
                f"Value ({name_type}) for parameter privateDnsHostnameTypeOnLaunch is invalid."
            )
        return replace(subnet, hostname_type=name_type)
    given = request[attribute]  # type: ignore[literal-required]
    value = bool(given.get("Value", False)) if isinstance(given, dict) else True
    match attribute:
        case "MapPublicIpOnLaunch":
            return replace(subnet, public_ip_on_launch=value)
        case "EnableResourceNameDnsARecordOnLaunch":
            return replace(subnet, dns_a_record=value)
        case _ if value:
            raise errors.UnsupportedOperation(
                f"{attribute} is for what Homeport does not have: its subnets have IPv4 "
                "addresses only, in availability zones."
            )
        case _:
            return subnet


def _refuse(request: shapes.CreateSubnetRequest, sentences: dict[str, str]) -> None:
    for member, sentence in sentences.items():
        if request.get(member):
            raise errors.UnsupportedOperation(sentence)


def _siblings(tx: ReadTx, call: Call, vpc: Vpc) -> list[Subnet]:
    return [each for each in finding.all_of(tx, call, Subnet) if each.vpc_id == vpc.vpc_id]


def _zones(tx: ReadTx, call: Call) -> list[Zone]:
    return [zone for zone in networks.zones_everywhere(tx) if zone.region == call.region]


def _zone(zones: Sequence[Zone], name: str | None, zone_id: str | None) -> Zone | None:
    """The zone that a request names in either way; None when it names none."""
    if name and zone_id:
        raise errors.InvalidParameterCombination(
            "The parameters availabilityZone and availabilityZoneId cannot be used together"
        )
    if not name and not zone_id:
        return None
    for zone in zones:
        if zone.name == name or zone.zone_id == zone_id:
            return zone
    member = "availabilityZone" if name else "availabilityZoneId"
    known = ", ".join(zone.name if name else zone.zone_id for zone in zones)
    raise errors.InvalidParameterValue(
        f"Value ({name or zone_id}) for parameter {member} is invalid. "
        f"Subnets can currently only be created in the following availability zones: {known}."
    )


def _emptiest(zones: Sequence[Zone], siblings: Sequence[Subnet]) -> Zone:
    def held(zone: Zone) -> tuple[int, str]:
        return (sum(each.zone == zone.name for each in siblings), zone.name)

    return min(zones, key=held)
