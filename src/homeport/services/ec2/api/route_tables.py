"""Route tables, and which of them is a subnet's or a VPC's main one."""

from collections.abc import Sequence
from typing import Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import filter_names, limits
from homeport.services.ec2.plan.defaults import new_association, new_route_table
from homeport.services.ec2.plan.route_tables import with_association, without_association
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import interfaces, resources
from homeport.services.ec2.records import (
    InternetGateway,
    NatGateway,
    RouteTable,
    TableAssociation,
)
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

ROUTE_TABLES: Final = Kind(
    key="RouteTableId",
    keys="RouteTableIds",
    filters=filter_names.ROUTE_TABLES,
    not_found=errors.RouteTableNotFound,
)
_RECORDED: Final = (
    "Recorded and shown: all subnets of a VPC reach each other, and the world through the node."
)


@operation("DescribeRouteTables")
def describe_route_tables(
    tx: ReadTx, call: Call, request: shapes.DescribeRouteTablesRequest
) -> shapes.DescribeRouteTablesResponse:
    """The route tables of the region."""
    tables = finding.all_of(tx, call, RouteTable)
    targets = _targets(tx, call, tables)
    found = [
        render.route_table(each, {key for key, vpc_id in targets if vpc_id == each.vpc_id})
        for each in tables
    ]
    page, more = listed(found, request, ROUTE_TABLES)
    response: shapes.DescribeRouteTablesResponse = {"RouteTables": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


def _targets(tx: ReadTx, call: Call, tables: Sequence[RouteTable]) -> list[tuple[str, str | None]]:
    """What routes lead to and is there, each with its VPC."""
    gateways = finding.all_of(tx, call, InternetGateway)
    nats = finding.all_of(tx, call, NatGateway)
    keys = [route.interface_id for table in tables for route in table.routes if route.interface_id]
    held = interfaces.interfaces_of(tx, call.account, call.region, keys) if keys else ()
    return [
        *((each.gateway_id, each.vpc_id) for each in gateways),
        *((each.gateway_id, each.vpc_id) for each in nats if each.state == "available"),
        *((each.interface_id, each.vpc_id) for each in held),
    ]


@operation("CreateRouteTable", partial=_RECORDED)
def create_route_table(
    tx: Tx, call: Call, request: shapes.CreateRouteTableRequest
) -> shapes.CreateRouteTableResponse:
    """A route table of a VPC; the same client token answers the same table again."""
    vpc = finding.vpc(tx, call, request["VpcId"])
    tags = creation_tags(request.get("TagSpecifications", ()), "route-table")
    token = request.get("ClientToken") or None
    tables = finding.all_of(tx, call, RouteTable)
    table = next((each for each in tables if token and each.client_token == token), None)
    if table is None:
        if sum(each.vpc_id == vpc.vpc_id for each in tables) >= limits.SUBNETS_MAX:
            raise errors.RouteTableLimitExceeded
        table = new_route_table(vpc, call.ids, tags=tags, client_token=token)
        resources.add(tx, table)
    elif table.vpc_id != vpc.vpc_id:
        raise errors.IdempotentParameterMismatch
    refuse_dry_run(request)
    live = {key for key, vpc_id in _targets(tx, call, (table,)) if vpc_id == vpc.vpc_id}
    response: shapes.CreateRouteTableResponse = {"RouteTable": render.route_table(table, live)}
    if token:
        response["ClientToken"] = token
    return response


@operation("DeleteRouteTable")
def delete_route_table(
    tx: Tx, call: Call, request: shapes.DeleteRouteTableRequest
) -> shapes.DeleteRouteTableResponse:
    """Delete a table that is no subnet's, and not the main one."""
    table = finding.route_table(tx, call, request["RouteTableId"])
    if table.associations:
        raise errors.DependencyViolation.of("routeTable", table.table_id)
    resources.remove(tx, table)
    refuse_dry_run(request)
    return {}


@operation("AssociateRouteTable", partial=_RECORDED + "  Gateways have no table of their own.")
def associate_route_table(
    tx: Tx, call: Call, request: shapes.AssociateRouteTableRequest
) -> shapes.AssociateRouteTableResponse:
    """Make a table a subnet's, whose table is the main one so far."""
    table = finding.route_table(tx, call, request["RouteTableId"])
    if request.get("GatewayId") or request.get("PublicIpv4Pool"):
        raise errors.UnsupportedOperation("Homeport's route tables are those of subnets only.")
    if not request.get("SubnetId"):
        raise errors.MissingParameter("subnetId")
    subnet = finding.subnet(tx, call, request["SubnetId"])
    if subnet.vpc_id != table.vpc_id:
        raise errors.InvalidParameterValue(
            f"Route table {table.table_id} and subnet {subnet.subnet_id} "
            "belong to different networks"
        )
    for other in finding.all_of(tx, call, RouteTable):
        for each in other.associations:
            if each.subnet_id != subnet.subnet_id:
                continue
            if other.table_id == table.table_id:
                return _associated(each)
            raise errors.AlreadyAssociated(
                f"the specified association for route table {table.table_id} "
                "conflicts with an existing association"
            )
    association = new_association(call.ids, subnet.subnet_id)
    resources.save(tx, with_association(table, association))
    refuse_dry_run(request)
    return _associated(association)


def _associated(association: TableAssociation) -> shapes.AssociateRouteTableResponse:
    return {
        "AssociationId": association.association_id,
        "AssociationState": {"State": "associated"},
    }


@operation("DisassociateRouteTable")
def disassociate_route_table(
    tx: Tx, call: Call, request: shapes.DisassociateRouteTableRequest
) -> shapes.DisassociateRouteTableResponse:
    """Give a subnet back to its VPC's main table."""
    table, association = _held(tx, call, request["AssociationId"])
    if association.subnet_id is None:
        raise errors.InvalidParameterValue(
            f"cannot disassociate the main route table association {association.association_id}"
        )
    resources.save(tx, without_association(table, association.association_id))
    refuse_dry_run(request)
    return {}


@operation("ReplaceRouteTableAssociation", partial=_RECORDED)
def replace_route_table_association(
    tx: Tx, call: Call, request: shapes.ReplaceRouteTableAssociationRequest
) -> shapes.ReplaceRouteTableAssociationResponse:
    """Make another table a subnet's, or a VPC's main one."""
    before, association = _held(tx, call, request["AssociationId"])
    after = finding.route_table(tx, call, request["RouteTableId"])
    if after.vpc_id != before.vpc_id:
        raise errors.InvalidParameterValue(
            f"Route table {after.table_id} and route table {before.table_id} "
            "belong to different networks"
        )
    new = new_association(call.ids, association.subnet_id)
    emptied = without_association(before, association.association_id)
    if after.table_id == before.table_id:
        resources.save(tx, with_association(emptied, new))
    else:
        resources.save(tx, emptied, with_association(after, new))
    refuse_dry_run(request)
    return {
        "NewAssociationId": new.association_id,
        "AssociationState": {"State": "associated"},
    }


def _held(tx: ReadTx, call: Call, association_id: str) -> tuple[RouteTable, TableAssociation]:
    """An association, and the table that has it."""
    for table in finding.all_of(tx, call, RouteTable):
        for each in table.associations:
            if each.association_id == association_id:
                return table, each
    raise errors.AssociationNotFound([association_id])
