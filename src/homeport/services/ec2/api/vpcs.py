"""VPCs and their attributes.  Nothing is made on a node here: agents are told of VPCs."""

from collections.abc import Iterable
from typing import Final, TypeVar

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import filter_names, limits
from homeport.services.ec2.plan.addresses import vpc_ranges
from homeport.services.ec2.plan.defaults import default_network, new_dhcp_options, new_network
from homeport.services.ec2.plan.ranges import vpc_range
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import networks, resources, security_groups
from homeport.services.ec2.records import (
    DhcpOptions,
    InternetGateway,
    NetworkAcl,
    NewNetwork,
    RouteTable,
    Subnet,
    Vpc,
)
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

VPCS: Final = Kind(
    key="VpcId", keys="VpcIds", filters=filter_names.VPCS, not_found=errors.VpcNotFound
)
_IPV6: Final = (
    "AmazonProvidedIpv6CidrBlock",
    "Ipv6CidrBlock",
    "Ipv6IpamPoolId",
    "Ipv6NetmaskLength",
    "Ipv6Pool",
)
_IPAM: Final = ("Ipv4IpamPoolId", "Ipv4NetmaskLength")
_ATTRIBUTES: Final = {
    "EnableDnsHostnames": "dns_hostnames",
    "EnableDnsSupport": "dns_support",
    "EnableNetworkAddressUsageMetrics": "address_metrics",
}
_InVpc = TypeVar("_InVpc", Subnet, InternetGateway, RouteTable, NetworkAcl)


@operation("DescribeVpcs")
def describe_vpcs(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcsRequest
) -> shapes.DescribeVpcsResponse:
    """The VPCs of the region."""
    found = [render.vpc(vpc) for vpc in finding.all_of(tx, call, Vpc)]
    page, more = listed(found, request, VPCS)
    response: shapes.DescribeVpcsResponse = {"Vpcs": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("CreateVpc", partial="IPv4 only; `InstanceTenancy` is recorded and shown.")
def create_vpc(tx: Tx, call: Call, request: shapes.CreateVpcRequest) -> shapes.CreateVpcResponse:
    """A VPC, with the default group, main route table and network ACL that every one has."""
    if any(request.get(each) for each in _IPV6):
        raise errors.UnsupportedOperation("Homeport's VPCs have IPv4 addresses only.")
    if any(request.get(each) for each in _IPAM):
        raise errors.UnsupportedOperation("Homeport has no IPAM pools: give CidrBlock.")
    if request.get("VpcEncryptionControl"):
        raise errors.UnsupportedOperation("Homeport does not encrypt the traffic within a VPC.")
    cidr = request.get("CidrBlock")
    if not cidr:
        raise errors.MissingParameter("cidrBlock")
    tenancy = request.get("InstanceTenancy", "default")
    if tenancy not in {"default", "dedicated"}:
        raise errors.InvalidParameterValue(
            f"Value ({tenancy}) for parameter instanceTenancy is invalid."
        )
    tags = creation_tags(request.get("TagSpecifications", ()), "vpc")
    _check_room(tx, call)
    new = new_network(_options(tx, call), vpc_range(cidr), call.ids)
    vpc = replace(new.vpc, tenancy=tenancy, tags=tags)
    _record(tx, replace(new, vpc=vpc))
    refuse_dry_run(request)
    return {"Vpc": render.vpc(vpc)}


@operation("CreateDefaultVpc")
def create_default_vpc(
    tx: Tx, call: Call, request: shapes.CreateDefaultVpcRequest
) -> shapes.CreateDefaultVpcResponse:
    """The default VPC of a region that has none, with a subnet in each zone and a gateway."""
    vpcs = finding.all_of(tx, call, Vpc)
    if any(vpc.is_default for vpc in vpcs):
        raise errors.DefaultVpcAlreadyExists
    _check_room(tx, call)
    taken = (vpc.cidr for vpc in networks.vpcs_everywhere(tx))
    cidr = next(vpc_ranges(True, taken), None)
    if cidr is None:
        raise errors.UnsupportedOperation("No private range of addresses is free for a VPC.")
    new = default_network(_options(tx, call), cidr, call.ids)
    _record(tx, new)
    refuse_dry_run(request)
    return {"Vpc": render.vpc(new.vpc)}


def _check_room(tx: Tx, call: Call) -> None:
    if len(finding.all_of(tx, call, Vpc)) >= limits.VPCS_MAX:
        raise errors.VpcLimitExceeded


def _options(tx: Tx, call: Call) -> DhcpOptions:
    """The region's DHCP options, made with its first VPC."""
    for each in finding.all_of(tx, call, DhcpOptions):
        return each
    options = new_dhcp_options(call.account, call.region, call.ids)
    resources.add(tx, options)
    return options


def _record(tx: Tx, new: NewNetwork) -> None:
    networks.insert_networks(tx, (new,))
    tx.changed("vpc", new.vpc.vpc_id)


@operation("DeleteVpc")
def delete_vpc(tx: Tx, call: Call, request: shapes.DeleteVpcRequest) -> shapes.DeleteVpcResponse:
    """Delete a VPC that nothing is left in, with what came with it."""
    vpc = finding.vpc(tx, call, request["VpcId"])
    groups = security_groups.groups_of_vpc(tx, vpc.vpc_id)
    tables = _in(vpc, finding.all_of(tx, call, RouteTable))
    gateways = _in(vpc, finding.all_of(tx, call, InternetGateway))
    subnets = _in(vpc, finding.all_of(tx, call, Subnet))
    acls = _in(vpc, finding.all_of(tx, call, NetworkAcl))
    made = len(groups) > 1 or not all(each.is_main for each in tables) or len(acls) > 1
    if gateways or subnets or made:
        raise errors.DependencyViolation.of("vpc", vpc.vpc_id)
    resources.remove(tx, *groups, *tables, *acls, vpc)
    tx.changed("vpc", vpc.vpc_id)
    refuse_dry_run(request)
    return {}


def _in(vpc: Vpc, found: Iterable[_InVpc]) -> list[_InVpc]:
    return [each for each in found if each.vpc_id == vpc.vpc_id]


@operation("DescribeVpcAttribute")
def describe_vpc_attribute(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcAttributeRequest
) -> shapes.DescribeVpcAttributeResponse:
    """One attribute of a VPC."""
    refuse_dry_run(request)
    shown = render.vpc_attribute(
        finding.vpc(tx, call, request["VpcId"]), attribute := request["Attribute"]
    )
    if shown is None:
        raise errors.InvalidParameterValue(
            f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute."
        )
    return shown


@operation(
    "ModifyVpcAttribute",
    partial="Recorded and shown: containers resolve names with Docker's resolver all the same.",
)
def modify_vpc_attribute(
    tx: Tx, call: Call, request: shapes.ModifyVpcAttributeRequest
) -> shapes.ModifyVpcAttributeResponse:
    """Change one attribute of a VPC."""
    vpc = finding.vpc(tx, call, request["VpcId"])
    given = [each for each in _ATTRIBUTES if each in request]
    if not given:
        raise errors.MissingParameter("attribute")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(
            "Fields for multiple attribute types specified: " + ", ".join(sorted(given))
        )
    value = bool(request[given[0]].get("Value", False))  # type: ignore[literal-required]
    after = replace(vpc, **{_ATTRIBUTES[given[0]]: value})
    if after.dns_hostnames and not after.dns_support and given[0] == "EnableDnsHostnames":
        raise errors.InvalidParameterCombination(
            "You can only enable DNS hostnames if you've enabled DNS support."
        )
    resources.save(tx, after)
    return {}


@operation("AssociateVpcCidrBlock", refuses="A VPC has the one range that it was made with.")
def associate_vpc_cidr_block(
    tx: Tx, call: Call, request: shapes.AssociateVpcCidrBlockRequest
) -> shapes.AssociateVpcCidrBlockResponse:
    """Refuse another range: a VPC is one network of a node, and that has one range."""
    finding.vpc(tx, call, request["VpcId"])
    raise errors.UnsupportedOperation(
        "A VPC of Homeport has one range of IPv4 addresses: create it with all it needs."
    )


@operation("DisassociateVpcCidrBlock", partial="A VPC has no range but its primary one.")
def disassociate_vpc_cidr_block(
    tx: Tx, call: Call, request: shapes.DisassociateVpcCidrBlockRequest
) -> shapes.DisassociateVpcCidrBlockResponse:
    """Refuse to take away a VPC's one range, as EC2 does with the primary one."""
    association = request["AssociationId"]
    if any(vpc.association_id == association for vpc in finding.all_of(tx, call, Vpc)):
        raise errors.OperationNotPermitted(
            f"The vpc CIDR block with association ID {association} may not be disassociated. "
            "It is the primary IPv4 CIDR block of the VPC"
        )
    raise errors.CidrAssociationNotFound([association])
