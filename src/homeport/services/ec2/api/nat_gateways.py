"""NAT gateways.  Each holds an address of its subnet; traffic goes through the node."""

from typing import Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import edge_filters, limits, nat_gateways
from homeport.services.ec2.plan.interfaces import new_interface
from homeport.services.ec2.plan.public_addresses import associated, free
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import interfaces, resources
from homeport.services.ec2.records import ElasticAddress, InternetGateway, NatGateway, Subnet
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

NAT_GATEWAYS: Final = Kind(
    key="NatGatewayId",
    keys="NatGatewayIds",
    filters=edge_filters.NAT_GATEWAYS,
    not_found=errors.NatGatewayNotFound,
    given="Filter",
)
_NOT_BUILT: Final = (
    "AvailabilityZoneAddresses",
    "PrivateIpAddress",
    "SecondaryAllocationIds",
    "SecondaryPrivateIpAddressCount",
    "SecondaryPrivateIpAddresses",
    "VpcId",
)


@operation("DescribeNatGateways")
def describe_nat_gateways(
    tx: ReadTx, call: Call, request: shapes.DescribeNatGatewaysRequest
) -> shapes.DescribeNatGatewaysResponse:
    """The NAT gateways of the region, for an hour those that failed or are deleted too."""
    found = [
        render.nat_gateway(each)
        for each in finding.all_of(tx, call, NatGateway)
        if not nat_gateways.is_forgotten(each, call.now)
    ]
    page, more = listed(found, request, NAT_GATEWAYS)
    response: shapes.DescribeNatGatewaysResponse = {"NatGateways": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation(
    "CreateNatGateway",
    partial="Recorded and shown, and holds an address of its subnet: tasks reach the world through "
    "their node.  One address, in one zone.",
)
def create_nat_gateway(
    tx: Tx, call: Call, request: shapes.CreateNatGatewayRequest
) -> shapes.CreateNatGatewayResponse:
    """A NAT gateway of a subnet; one that cannot work is there as failed, as on EC2."""
    _check_supported(request)
    subnet = finding.subnet(tx, call, request["SubnetId"])
    connectivity, elastic = _connectivity(tx, call, request)
    token = request.get("ClientToken") or None
    gateway = _made_before(tx, call, token)
    if gateway is None:
        fresh = nat_gateways.new_nat_gateway(
            subnet,
            connectivity=connectivity,
            allocation_id=None if elastic is None else elastic.allocation_id,
            now=call.now,
            ids=call.ids,
            tags=creation_tags(request.get("TagSpecifications", ()), "natgateway"),
            client_token=token,
        )
        gateway = _settled(tx, call, subnet, fresh, elastic)
        resources.add(tx, gateway)
    elif (gateway.subnet_id, gateway.connectivity, gateway.allocation_id) != (
        subnet.subnet_id,
        connectivity,
        None if elastic is None else elastic.allocation_id,
    ):
        raise errors.IdempotentParameterMismatch
    refuse_dry_run(request)
    response: shapes.CreateNatGatewayResponse = {"NatGateway": render.nat_gateway(gateway)}
    if token:
        response["ClientToken"] = token
    return response


def _check_supported(request: shapes.CreateNatGatewayRequest) -> None:
    for member in _NOT_BUILT:
        if request.get(member):
            raise errors.UnsupportedOperation(
                "A NAT gateway of Homeport has the next free address of one subnet: "
                f"leave {member} out."
            )
    mode = request.get("AvailabilityMode") or "zonal"
    if mode != "zonal":
        raise errors.UnsupportedOperation("Homeport's NAT gateways are zonal.")
    if not request.get("SubnetId"):
        raise errors.MissingParameter("subnetId")


def _connectivity(
    tx: ReadTx, call: Call, request: shapes.CreateNatGatewayRequest
) -> tuple[str, ElasticAddress | None]:
    connectivity = request.get("ConnectivityType") or "public"
    allocation_id = request.get("AllocationId")
    if connectivity not in {"public", "private"}:
        raise errors.InvalidParameterValue(
            f"Value ({connectivity}) for parameter connectivityType is invalid."
        )
    if connectivity == "private":
        if allocation_id:
            raise errors.InvalidParameterCombination(
                "AllocationId cannot be specified when ConnectivityType is private"
            )
        return connectivity, None
    if not allocation_id:
        raise errors.MissingParameter("AllocationId")
    return connectivity, finding.elastic_address(tx, call, allocation_id)


def _made_before(tx: Tx, call: Call, token: str | None) -> NatGateway | None:
    """What the same request made; forgets those on the way that are no longer shown."""
    found = finding.all_of(tx, call, NatGateway)
    gone = [each for each in found if nat_gateways.is_forgotten(each, call.now)]
    resources.remove(tx, *gone)
    for each in found:
        if token and each.client_token == token and each not in gone:
            return each
    if sum(each.state == "available" for each in found) >= limits.NAT_GATEWAYS_MAX:
        raise errors.NatGatewayLimitExceeded
    return None


def _settled(
    tx: Tx, call: Call, subnet: Subnet, gateway: NatGateway, elastic: ElasticAddress | None
) -> NatGateway:
    """The gateway with an address of its subnet, or failed."""
    gateways = finding.all_of(tx, call, InternetGateway)
    has_way_out = any(each.vpc_id == subnet.vpc_id for each in gateways)
    why = nat_gateways.refusal(gateway, elastic, has_way_out=has_way_out)
    number = interfaces.take_address(tx, subnet.subnet_id) if why is None else None
    if number is None:
        return nat_gateways.failed(gateway, why or nat_gateways.SUBNET_FULL)
    interface = new_interface(
        subnet,
        number,
        holder="nat",
        group_ids=(),
        description=f"Interface for NAT Gateway {gateway.gateway_id}",
        now=call.now,
        ids=call.ids,
    )
    interfaces.insert_interface(tx, interface)
    mapped = None if elastic is None else associated(elastic, interface, call.ids)
    if mapped is not None:
        resources.save(tx, mapped)
    return nat_gateways.standing(gateway, interface, mapped)


@operation("DeleteNatGateway")
def delete_nat_gateway(
    tx: Tx, call: Call, request: shapes.DeleteNatGatewayRequest
) -> shapes.DeleteNatGatewayResponse:
    """Delete a NAT gateway: its address is free, its elastic address is nobody's."""
    gateway = finding.nat_gateway(tx, call, request["NatGatewayId"])
    if gateway.state == "deleted":
        raise errors.NatGatewayNotFound([gateway.gateway_id])
    if gateway.interface_id is not None:
        for each in finding.all_of(tx, call, ElasticAddress):
            if each.interface_id == gateway.interface_id:
                resources.save(tx, free(each))
        interfaces.delete_interface(tx, call.account, call.region, gateway.interface_id)
    resources.save(tx, nat_gateways.deleted(gateway, call.now))
    refuse_dry_run(request)
    return {"NatGatewayId": gateway.gateway_id}
