"""What tools ask a VPC for and no VPC of ours has: endpoints, prefix lists, peerings.

Each answers truly that there is none, or that the one that was named does not exist.
"""

from collections.abc import Mapping
from typing import Any, Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import edge_filters
from homeport.services.ec2.records import Vpc
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx

_NONE: Final = "There are none, and none can be made."
ENDPOINTS: Final = Kind(
    key="VpcEndpointId",
    keys="VpcEndpointIds",
    filters=edge_filters.ENDPOINTS,
    not_found=errors.EndpointNotFound,
)
ENDPOINT_SERVICES: Final = Kind(
    key="ServiceName",
    keys="ServiceNames",
    filters=edge_filters.ENDPOINT_SERVICES,
    not_found=errors.EndpointServiceNotFound,
)
PREFIX_LISTS: Final = Kind(
    key="PrefixListId",
    keys="PrefixListIds",
    filters=edge_filters.PREFIX_LISTS,
    not_found=errors.PrefixListNotFound,
)
PEERINGS: Final = Kind(
    key="VpcPeeringConnectionId",
    keys="VpcPeeringConnectionIds",
    filters=edge_filters.PEERINGS,
    not_found=errors.PeeringNotFound,
)
EGRESS_ONLY_GATEWAYS: Final = Kind(
    key="EgressOnlyInternetGatewayId",
    keys="EgressOnlyInternetGatewayIds",
    filters=edge_filters.EGRESS_ONLY_GATEWAYS,
    not_found=errors.EgressOnlyGatewayNotFound,
)
CLASSIC_LINKS: Final = Kind(
    key="VpcId",
    keys="VpcIds",
    filters=edge_filters.CLASSIC_LINKS,
    not_found=errors.VpcNotFound,
)


def _none(request: Mapping[str, Any], kind: Kind) -> None:
    """Raise what EC2 says of an id, a filter or a token that cannot be one of nothing."""
    nothing: list[dict[str, object]] = []
    listed(nothing, request, kind)


@operation("DescribeVpcEndpoints", partial=_NONE)
def describe_vpc_endpoints(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcEndpointsRequest
) -> shapes.DescribeVpcEndpointsResponse:
    """No VPC has an endpoint."""
    _none(request, ENDPOINTS)
    return {"VpcEndpoints": []}


@operation("DescribeVpcEndpointServices", partial=_NONE)
def describe_vpc_endpoint_services(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcEndpointServicesRequest
) -> shapes.DescribeVpcEndpointServicesResponse:
    """No service can be reached by an endpoint."""
    _none(request, ENDPOINT_SERVICES)
    return {"ServiceNames": [], "ServiceDetails": []}


@operation("DescribePrefixLists", partial=_NONE)
def describe_prefix_lists(
    tx: ReadTx, call: Call, request: shapes.DescribePrefixListsRequest
) -> shapes.DescribePrefixListsResponse:
    """There are no prefix lists of AWS's services."""
    _none(request, PREFIX_LISTS)
    return {"PrefixLists": []}


@operation("DescribeManagedPrefixLists", partial=_NONE)
def describe_managed_prefix_lists(
    tx: ReadTx, call: Call, request: shapes.DescribeManagedPrefixListsRequest
) -> shapes.DescribeManagedPrefixListsResponse:
    """There are no managed prefix lists."""
    _none(request, PREFIX_LISTS)
    return {"PrefixLists": []}


@operation("GetManagedPrefixListEntries", partial=_NONE)
def get_managed_prefix_list_entries(
    tx: ReadTx, call: Call, request: shapes.GetManagedPrefixListEntriesRequest
) -> shapes.GetManagedPrefixListEntriesResponse:
    """No prefix list has this id."""
    refuse_dry_run(request)
    raise errors.PrefixListNotFound([request["PrefixListId"]])


@operation("DescribeVpcPeeringConnections", partial=_NONE)
def describe_vpc_peering_connections(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcPeeringConnectionsRequest
) -> shapes.DescribeVpcPeeringConnectionsResponse:
    """No two VPCs reach each other."""
    _none(request, PEERINGS)
    return {"VpcPeeringConnections": []}


@operation("DescribeEgressOnlyInternetGateways", partial=_NONE)
def describe_egress_only_internet_gateways(
    tx: ReadTx, call: Call, request: shapes.DescribeEgressOnlyInternetGatewaysRequest
) -> shapes.DescribeEgressOnlyInternetGatewaysResponse:
    """There is no IPv6 that would need such a gateway."""
    _none(request, EGRESS_ONLY_GATEWAYS)
    return {"EgressOnlyInternetGateways": []}


@operation("DescribeVpcClassicLink")
def describe_vpc_classic_link(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcClassicLinkRequest
) -> shapes.DescribeVpcClassicLinkResponse:
    """Which VPCs are linked to EC2-Classic: none is."""
    found: list[shapes.VpcClassicLink] = [
        {"ClassicLinkEnabled": False, "Tags": render.tags(vpc.tags), "VpcId": vpc.vpc_id}
        for vpc in finding.all_of(tx, call, Vpc)
    ]
    return {"Vpcs": listed(found, request, CLASSIC_LINKS)[0]}


@operation("DescribeVpcClassicLinkDnsSupport")
def describe_vpc_classic_link_dns_support(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcClassicLinkDnsSupportRequest
) -> shapes.DescribeVpcClassicLinkDnsSupportResponse:
    """Which VPCs resolve names for EC2-Classic: none does."""
    found: list[shapes.ClassicLinkDnsSupport] = [
        {"ClassicLinkDnsSupported": False, "VpcId": vpc.vpc_id}
        for vpc in finding.all_of(tx, call, Vpc)
    ]
    page, more = listed(found, request, CLASSIC_LINKS)
    response: shapes.DescribeVpcClassicLinkDnsSupportResponse = {"Vpcs": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response
