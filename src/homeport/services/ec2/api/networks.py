"""VPCs, subnets, gateways and route tables."""

from typing import Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import filter_names
from homeport.services.ec2.queries import interfaces, networks
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx

VPCS: Final = Kind(
    key="VpcId", keys="VpcIds", filters=filter_names.VPCS, not_found=errors.VpcNotFound
)
SUBNETS: Final = Kind(
    key="SubnetId",
    keys="SubnetIds",
    filters=filter_names.SUBNETS,
    not_found=errors.SubnetNotFound,
)
ROUTE_TABLES: Final = Kind(
    key="RouteTableId",
    keys="RouteTableIds",
    filters=filter_names.ROUTE_TABLES,
    not_found=errors.RouteTableNotFound,
)
INTERNET_GATEWAYS: Final = Kind(
    key="InternetGatewayId",
    keys="InternetGatewayIds",
    filters=filter_names.INTERNET_GATEWAYS,
    not_found=errors.InternetGatewayNotFound,
)


@operation("DescribeVpcs")
def describe_vpcs(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcsRequest
) -> shapes.DescribeVpcsResponse:
    """The VPCs of the region."""
    found = [render.vpc(vpc) for vpc in networks.vpcs_of(tx, call.account, call.region)]
    page, more = listed(found, request, VPCS)
    response: shapes.DescribeVpcsResponse = {"Vpcs": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("DescribeVpcAttribute")
def describe_vpc_attribute(
    tx: ReadTx, call: Call, request: shapes.DescribeVpcAttributeRequest
) -> shapes.DescribeVpcAttributeResponse:
    """One attribute of a VPC; those of default VPCs are what AWS gives them."""
    refuse_dry_run(request)
    vpc_id, attribute = request["VpcId"], request["Attribute"]
    vpcs = {vpc.vpc_id: vpc for vpc in networks.vpcs_of(tx, call.account, call.region)}
    if vpc_id not in vpcs:
        raise errors.VpcNotFound([vpc_id])
    match attribute:
        case "enableDnsSupport":
            return {"VpcId": vpc_id, "EnableDnsSupport": {"Value": True}}
        case "enableDnsHostnames":
            return {"VpcId": vpc_id, "EnableDnsHostnames": {"Value": vpcs[vpc_id].is_default}}
        case "enableNetworkAddressUsageMetrics":
            return {"VpcId": vpc_id, "EnableNetworkAddressUsageMetrics": {"Value": False}}
        case _:
            raise errors.InvalidParameterValue(
                f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute."
            )


@operation("DescribeSubnets")
def describe_subnets(
    tx: ReadTx, call: Call, request: shapes.DescribeSubnetsRequest
) -> shapes.DescribeSubnetsResponse:
    """The subnets of the region, with how many addresses each has left."""
    held = interfaces.held_addresses(tx, call.account, call.region)
    found = [
        render.subnet(subnet, held.get(subnet.subnet_id, 0))
        for subnet in networks.subnets_of(tx, call.account, call.region)
    ]
    page, more = listed(found, request, SUBNETS)
    response: shapes.DescribeSubnetsResponse = {"Subnets": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("DescribeRouteTables")
def describe_route_tables(
    tx: ReadTx, call: Call, request: shapes.DescribeRouteTablesRequest
) -> shapes.DescribeRouteTablesResponse:
    """The route tables of the region."""
    found = [
        render.route_table(table) for table in networks.tables_of(tx, call.account, call.region)
    ]
    page, more = listed(found, request, ROUTE_TABLES)
    response: shapes.DescribeRouteTablesResponse = {"RouteTables": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("DescribeInternetGateways")
def describe_internet_gateways(
    tx: ReadTx, call: Call, request: shapes.DescribeInternetGatewaysRequest
) -> shapes.DescribeInternetGatewaysResponse:
    """The internet gateways of the region."""
    found = [
        render.internet_gateway(gateway)
        for gateway in networks.gateways_of(tx, call.account, call.region)
    ]
    page, more = listed(found, request, INTERNET_GATEWAYS)
    response: shapes.DescribeInternetGatewaysResponse = {"InternetGateways": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response
