"""Route tables as the API shows them."""

from collections.abc import Container

from homeport.services.ec2.records import Route, RouteTable, TableAssociation
from homeport.services.ec2.render.tagging import tags
from homeport.shapes import ec2 as shapes


def route_table(table: RouteTable, live: Container[str]) -> shapes.RouteTable:
    """A table of DescribeRouteTables; routes to what is not `live` lead nowhere."""
    return {
        "Associations": [_association(table, each) for each in table.associations],
        "PropagatingVgws": [],
        "RouteTableId": table.table_id,
        "Routes": [
            {
                "DestinationCidrBlock": table.vpc_cidr,
                "GatewayId": "local",
                "Origin": "CreateRouteTable",
                "State": "active",
            },
            *(_route(each, live) for each in table.routes),
        ],
        "Tags": tags(table.tags),
        "VpcId": table.vpc_id,
        "OwnerId": table.account,
    }


def _association(table: RouteTable, association: TableAssociation) -> shapes.RouteTableAssociation:
    shown: shapes.RouteTableAssociation = {
        "Main": association.subnet_id is None,
        "RouteTableAssociationId": association.association_id,
        "RouteTableId": table.table_id,
        "AssociationState": {"State": "associated"},
    }
    if association.subnet_id is not None:
        shown["SubnetId"] = association.subnet_id
    return shown


def _route(route: Route, live: Container[str]) -> shapes.Route:
    target = route.gateway_id or route.nat_gateway_id or route.interface_id
    shown: shapes.Route = {
        "Origin": "CreateRoute",
        "State": "active" if target in live else "blackhole",
    }
    if ":" in route.destination:
        shown["DestinationIpv6CidrBlock"] = route.destination
    else:
        shown["DestinationCidrBlock"] = route.destination
    if route.gateway_id is not None:
        shown["GatewayId"] = route.gateway_id
    if route.nat_gateway_id is not None:
        shown["NatGatewayId"] = route.nat_gateway_id
    if route.interface_id is not None:
        shown["NetworkInterfaceId"] = route.interface_id
    return shown
