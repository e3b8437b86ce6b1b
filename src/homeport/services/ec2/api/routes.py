"""The routes of route tables."""

from typing import Any, Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import refuse_dry_run
from homeport.services.ec2.plan.ranges import ipv6_range_of, range_of
from homeport.services.ec2.plan.route_tables import with_other_route, with_route, without_route
from homeport.services.ec2.queries import resources
from homeport.services.ec2.records import InternetGateway, NatGateway, Route, RouteTable
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

_RECORDED: Final = (
    "Recorded and shown: all subnets of a VPC reach each other, and the world through the node."
)
_TARGETS: Final = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "OdbNetworkArn",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)
_NOWHERE: Final = {
    "EgressOnlyInternetGatewayId": errors.EgressOnlyGatewayNotFound,
    "InstanceId": errors.InstanceNotFound,
    "TransitGatewayId": errors.TransitGatewayNotFound,
    "VpcEndpointId": errors.EndpointNotFound,
    "VpcPeeringConnectionId": errors.PeeringNotFound,
}
"""Targets that EC2 knows and that nobody can make here."""


@operation("CreateRoute", partial=_RECORDED)
def create_route(
    tx: Tx, call: Call, request: shapes.CreateRouteRequest
) -> shapes.CreateRouteResponse:
    """A route of a table: to an internet gateway, a NAT gateway or an interface of its VPC."""
    table = finding.route_table(tx, call, request["RouteTableId"])
    resources.save(tx, with_route(table, _route(tx, call, table, request)))
    refuse_dry_run(request)
    return {"Return": True}


@operation("ReplaceRoute", partial=_RECORDED)
def replace_route(
    tx: Tx, call: Call, request: shapes.ReplaceRouteRequest
) -> shapes.ReplaceRouteResponse:
    """Make a route lead elsewhere."""
    table = finding.route_table(tx, call, request["RouteTableId"])
    if request.get("LocalTarget"):
        if _destination(request) != table.vpc_cidr:
            raise errors.InvalidParameterValue(
                "Only the route to the VPC's own addresses can have the target local."
            )
        return {}
    resources.save(tx, with_other_route(table, _route(tx, call, table, request)))
    refuse_dry_run(request)
    return {}


@operation("DeleteRoute")
def delete_route(
    tx: Tx, call: Call, request: shapes.DeleteRouteRequest
) -> shapes.DeleteRouteResponse:
    """Delete a route that was made."""
    table = finding.route_table(tx, call, request["RouteTableId"])
    resources.save(tx, without_route(table, _destination(request)))
    refuse_dry_run(request)
    return {}


def _destination(request: Any) -> str:
    if request.get("DestinationPrefixListId"):
        raise errors.PrefixListNotFound([request["DestinationPrefixListId"]])
    ipv4, ipv6 = request.get("DestinationCidrBlock"), request.get("DestinationIpv6CidrBlock")
    if ipv4 and ipv6:
        raise errors.InvalidParameterCombination(
            "The parameters destinationCidrBlock and destinationIpv6CidrBlock "
            "cannot be used together"
        )
    if ipv4:
        return str(range_of(ipv4, "destinationCidrBlock"))
    if ipv6:
        return str(ipv6_range_of(ipv6, "destinationIpv6CidrBlock"))
    raise errors.MissingParameter("destinationCidrBlock")


def _route(tx: ReadTx, call: Call, table: RouteTable, request: Any) -> Route:
    """The route that a request describes, its target checked."""
    destination = _destination(request)
    given = [each for each in _TARGETS if request.get(each)]
    if not given:
        raise errors.MissingParameter("gatewayId")
    if len(given) > 1:
        raise errors.InvalidParameterCombination(
            "The request must contain exactly one target of the route: " + ", ".join(given)
        )
    member, target = given[0], str(request[given[0]])
    match member:
        case "GatewayId":
            _check_gateway(tx, call, table, target)
            return Route(destination=destination, gateway_id=target)
        case "NatGatewayId":
            nat = resources.find(tx, NatGateway, call.account, call.region, target)
            if nat is None or nat.state != "available":
                raise errors.NatTargetNotFound([target])
            _check_network(table, nat.vpc_id, f"gateway {target}")
            return Route(destination=destination, nat_gateway_id=target)
        case "NetworkInterfaceId":
            interface = finding.interface(tx, call, target)
            _check_network(table, interface.vpc_id, f"interface {target}")
            return Route(destination=destination, interface_id=target)
        case _ if member in _NOWHERE:
            raise _NOWHERE[member]([target])
        case _:
            raise errors.UnsupportedOperation(f"Homeport's routes have no target {member}.")


def _check_gateway(tx: ReadTx, call: Call, table: RouteTable, gateway_id: str) -> None:
    found = resources.find(tx, InternetGateway, call.account, call.region, gateway_id)
    if found is None:
        raise errors.GatewayNotFound([gateway_id])
    _check_network(table, found.vpc_id, f"network gateway {gateway_id}")


def _check_network(table: RouteTable, vpc_id: str | None, what: str) -> None:
    if vpc_id != table.vpc_id:
        raise errors.InvalidParameterValue(
            f"route table {table.table_id} and {what} belong to different networks"
        )
