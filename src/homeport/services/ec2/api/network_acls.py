"""Network ACLs and DHCP options: every VPC has its one ACL, every region its one set of options."""

from typing import Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed
from homeport.services.ec2.plan import edge_filters
from homeport.services.ec2.records import DhcpOptions, NetworkAcl, Subnet
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx

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
    """The network ACLs of the region: each VPC's default one, which lets everything through."""
    subnets = finding.all_of(tx, call, Subnet)
    found = [
        render.network_acl(acl, [each for each in subnets if each.vpc_id == acl.vpc_id])
        for acl in finding.all_of(tx, call, NetworkAcl)
    ]
    page, more = listed(found, request, NETWORK_ACLS)
    response: shapes.DescribeNetworkAclsResponse = {"NetworkAcls": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


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
