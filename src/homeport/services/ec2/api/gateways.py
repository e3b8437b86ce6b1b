"""Internet gateways."""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import Kind, listed, refuse_dry_run
from homeport.services.ec2.plan import filter_names, limits
from homeport.services.ec2.plan.defaults import new_internet_gateway
from homeport.services.ec2.plan.tags import creation_tags
from homeport.services.ec2.queries import interfaces, resources
from homeport.services.ec2.records import ElasticAddress, InternetGateway
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx, Tx

INTERNET_GATEWAYS: Final = Kind(
    key="InternetGatewayId",
    keys="InternetGatewayIds",
    filters=filter_names.INTERNET_GATEWAYS,
    not_found=errors.InternetGatewayNotFound,
)
_RECORDED: Final = (
    "Recorded and shown: tasks reach the world through their node, with a gateway or without."
)


@operation("DescribeInternetGateways")
def describe_internet_gateways(
    tx: ReadTx, call: Call, request: shapes.DescribeInternetGatewaysRequest
) -> shapes.DescribeInternetGatewaysResponse:
    """The internet gateways of the region."""
    found = [render.internet_gateway(each) for each in finding.all_of(tx, call, InternetGateway)]
    page, more = listed(found, request, INTERNET_GATEWAYS)
    response: shapes.DescribeInternetGatewaysResponse = {"InternetGateways": page}
    if more:
        response["NextToken"] = more["NextToken"]
    return response


@operation("CreateInternetGateway", partial=_RECORDED)
def create_internet_gateway(
    tx: Tx, call: Call, request: shapes.CreateInternetGatewayRequest
) -> shapes.CreateInternetGatewayResponse:
    """An internet gateway that is attached to nothing."""
    tags = creation_tags(request.get("TagSpecifications", ()), "internet-gateway")
    if len(finding.all_of(tx, call, InternetGateway)) >= limits.VPCS_MAX:
        raise errors.InternetGatewayLimitExceeded
    gateway = new_internet_gateway(call.account, call.region, call.ids, tags=tags)
    resources.add(tx, gateway)
    refuse_dry_run(request)
    return {"InternetGateway": render.internet_gateway(gateway)}


@operation("AttachInternetGateway", partial=_RECORDED)
def attach_internet_gateway(
    tx: Tx, call: Call, request: shapes.AttachInternetGatewayRequest
) -> shapes.AttachInternetGatewayResponse:
    """Attach a gateway to a VPC that has none."""
    gateway = finding.internet_gateway(tx, call, request["InternetGatewayId"])
    vpc = finding.vpc(tx, call, request["VpcId"])
    if gateway.vpc_id is not None:
        raise errors.AlreadyAssociated(
            f"resource {gateway.gateway_id} is already attached to network {gateway.vpc_id}"
        )
    if any(each.vpc_id == vpc.vpc_id for each in finding.all_of(tx, call, InternetGateway)):
        raise errors.InvalidParameterValue(
            f"Network {vpc.vpc_id} already has an internet gateway attached"
        )
    resources.save(tx, replace(gateway, vpc_id=vpc.vpc_id))
    refuse_dry_run(request)
    return {}


@operation("DetachInternetGateway")
def detach_internet_gateway(
    tx: Tx, call: Call, request: shapes.DetachInternetGatewayRequest
) -> shapes.DetachInternetGatewayResponse:
    """Detach a gateway from a VPC in which no public address is in use."""
    gateway = finding.internet_gateway(tx, call, request["InternetGatewayId"])
    vpc = finding.vpc(tx, call, request["VpcId"])
    if gateway.vpc_id != vpc.vpc_id:
        raise errors.GatewayNotAttached(
            f"resource {gateway.gateway_id} is not attached to network {vpc.vpc_id}"
        )
    held = [each.interface_id for each in finding.all_of(tx, call, ElasticAddress)]
    mapped = interfaces.interfaces_of(
        tx, call.account, call.region, [each for each in held if each]
    )
    if any(each.vpc_id == vpc.vpc_id for each in mapped):
        raise errors.DependencyViolation(
            f"Network {vpc.vpc_id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway."
        )
    resources.save(tx, replace(gateway, vpc_id=None))
    refuse_dry_run(request)
    return {}


@operation("DeleteInternetGateway")
def delete_internet_gateway(
    tx: Tx, call: Call, request: shapes.DeleteInternetGatewayRequest
) -> shapes.DeleteInternetGatewayResponse:
    """Delete a gateway that is attached to nothing."""
    gateway = finding.internet_gateway(tx, call, request["InternetGatewayId"])
    if gateway.vpc_id is not None:
        raise errors.DependencyViolation.of("internetGateway", gateway.gateway_id)
    resources.remove(tx, gateway)
    refuse_dry_run(request)
    return {}
