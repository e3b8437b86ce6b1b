"""Network ACLs, which of them is a subnet's, and DHCP options, of which a region has one set."""

from typing import Final

from msgspec.structs import replace

from homeport.kernel.ids import ec2_id
from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import edge_filters, limits
from homeport.services.ec2.plan.defaults import new_network_acl
from homeport.services.ec2.plan.network_acls import has_subnet
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import resources
from homeport.services.ec2.records import DhcpOptions, NetworkAcl, Subnet
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

NETWORK_ACLS: Final = Kind(
    key="NetworkAclId",
    keys="NetworkAclIds",
    filters=edge_filters.NETWORK_ACLS,
    not_found=errors.NetworkAclNotFound,
)
DHCP_OPTIONS: Final = Kind(
    key="DhcpOptionsId",
    keys="DhcpOptionsIds",
    filters=edge_filters.DHCP_OPTIONS,
    not_found=errors.DhcpOptionsNotFound,
)


@operation("DescribeNetworkAcls")
def describe_network_acls(
    tx: ReadTx, call: Call, request: shapes.DescribeNetworkAclsRequest
) -> shapes.DescribeNetworkAclsResponse:
    """The network ACLs of the region."""
    subnets = finding.all_of(tx, call, Subnet)
    found = [
        render.network_acl(acl, [each for each in subnets if has_subnet(acl, each)])
        for acl in finding.all_of(tx, call, NetworkAcl)
    ]
    page, more = listed(found, request, NETWORK_ACLS)
    response: shapes.DescribeNetworkAclsResponse = {"NetworkAcls": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("CreateNetworkAcl")
def create_network_acl(
    tx: Tx, call: Call, request: shapes.CreateNetworkAclRequest
) -> shapes.CreateNetworkAclResponse:
    """A network ACL without entries; the same client token answers the same one again."""
    vpc = finding.vpc(tx, call, request["VpcId"])
    tags = creation_tags(request.get("TagSpecifications", ()), "network-acl")
    token = request.get("ClientToken") or None
    acls = finding.all_of(tx, call, NetworkAcl)
    acl = next((each for each in acls if token and each.client_token == token), None)
    if acl is None:
        if sum(each.vpc_id == vpc.vpc_id for each in acls) >= limits.NETWORK_ACLS_MAX:
            raise errors.NetworkAclLimitExceeded
        acl = new_network_acl(vpc, call.ids, tags=tags, client_token=token)
        resources.add(tx, acl)
    elif acl.vpc_id != vpc.vpc_id:
        raise errors.IdempotentParameterMismatch
    refuse_dry_run(request)
    mine = [each for each in finding.all_of(tx, call, Subnet) if has_subnet(acl, each)]
    response: shapes.CreateNetworkAclResponse = {"NetworkAcl": render.network_acl(acl, mine)}
    if token:
        response["ClientToken"] = token
    return response


@operation("DeleteNetworkAcl")
def delete_network_acl(
    tx: Tx, call: Call, request: shapes.DeleteNetworkAclRequest
) -> shapes.DeleteNetworkAclResponse:
    """Delete an ACL that is no subnet's, and not its VPC's default one."""
    acl = finding.network_acl(tx, call, request["NetworkAclId"])
    if acl.is_default:
        raise errors.InvalidParameterValue(f"Cannot delete default network ACL {acl.acl_id}")
    if any(has_subnet(acl, each) for each in finding.all_of(tx, call, Subnet)):
        raise errors.DependencyViolation.of("networkAcl", acl.acl_id)
    resources.remove(tx, acl)
    refuse_dry_run(request)
    return {}


@operation("ReplaceNetworkAclAssociation")
def replace_network_acl_association(
    tx: Tx, call: Call, request: shapes.ReplaceNetworkAclAssociationRequest
) -> shapes.ReplaceNetworkAclAssociationResponse:
    """Make another ACL a subnet's."""
    association_id = request["AssociationId"]
    subnets = finding.all_of(tx, call, Subnet)
    subnet = next((each for each in subnets if each.acl_association_id == association_id), None)
    if subnet is None:
        raise errors.AssociationNotFound([association_id])
    acl = finding.network_acl(tx, call, request["NetworkAclId"])
    if acl.vpc_id != subnet.vpc_id:
        raise errors.InvalidParameterValue(
            f"Network ACL {acl.acl_id} and subnet {subnet.subnet_id} belong to different networks"
        )
    new_id = ec2_id("aclassoc", call.ids)
    acl_id = "" if acl.is_default else acl.acl_id
    resources.save(tx, replace(subnet, acl_id=acl_id, acl_association_id=new_id))
    tx.changed("vpc", subnet.vpc_id)
    refuse_dry_run(request)
    return {"NewAssociationId": new_id}


@operation("DescribeDhcpOptions")
def describe_dhcp_options(
    tx: ReadTx, call: Call, request: shapes.DescribeDhcpOptionsRequest
) -> shapes.DescribeDhcpOptionsResponse:
    """The DHCP options of the region's VPCs."""
    found = [render.dhcp_options(each) for each in finding.all_of(tx, call, DhcpOptions)]
    page, more = listed(found, request, DHCP_OPTIONS)
    response: shapes.DescribeDhcpOptionsResponse = {"DhcpOptions": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response
