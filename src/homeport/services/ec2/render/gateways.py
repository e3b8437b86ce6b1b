"""Gateways and elastic addresses as the API shows them."""

from homeport.services.ec2.records import ElasticAddress, InternetGateway, NatGateway
from homeport.services.ec2.render.tagging import tags
from homeport.shapes import ec2 as shapes

POOL = "amazon"
"""The name of the pool that all elastic addresses come from."""


def internet_gateway(gateway: InternetGateway) -> shapes.InternetGateway:
    """A gateway of DescribeInternetGateways."""
    attached = gateway.vpc_id
    return {
        "Attachments": ([] if attached is None else [{"State": "available", "VpcId": attached}]),
        "InternetGatewayId": gateway.gateway_id,
        "OwnerId": gateway.account,
        "Tags": tags(gateway.tags),
    }


def nat_gateway(gateway: NatGateway) -> shapes.NatGateway:
    """A gateway of DescribeNatGateways."""
    shown: shapes.NatGateway = {
        "CreateTime": gateway.created_at,
        "NatGatewayAddresses": [_nat_address(gateway)],
        "NatGatewayId": gateway.gateway_id,
        "State": gateway.state,
        "SubnetId": gateway.subnet_id,
        "VpcId": gateway.vpc_id,
        "Tags": tags(gateway.tags),
        "ConnectivityType": gateway.connectivity,
        "AvailabilityMode": "zonal",
    }
    if gateway.deleted_at is not None:
        shown["DeleteTime"] = gateway.deleted_at
    if gateway.failure_code is not None and gateway.failure_message is not None:
        shown["FailureCode"] = gateway.failure_code
        shown["FailureMessage"] = gateway.failure_message
    return shown


def _nat_address(gateway: NatGateway) -> shapes.NatGatewayAddress:
    failed = gateway.state == "failed"
    shown: shapes.NatGatewayAddress = {
        "IsPrimary": True,
        "Status": "failed" if failed else "succeeded",
    }
    if gateway.allocation_id is not None:
        shown["AllocationId"] = gateway.allocation_id
    if gateway.interface_id is not None:
        shown["NetworkInterfaceId"] = gateway.interface_id
    if gateway.private_ip is not None:
        shown["PrivateIp"] = gateway.private_ip
    if gateway.public_ip is not None:
        shown["PublicIp"] = gateway.public_ip
    if gateway.association_id is not None:
        shown["AssociationId"] = gateway.association_id
    return shown


def address(elastic: ElasticAddress) -> shapes.Address:
    """An address of DescribeAddresses."""
    shown: shapes.Address = {
        "AllocationId": elastic.allocation_id,
        "Domain": "vpc",
        "PublicIpv4Pool": POOL,
        "NetworkBorderGroup": elastic.region,
        "PublicIp": elastic.public_ip,
    }
    if elastic.association_id is not None:
        shown["AssociationId"] = elastic.association_id
        shown["NetworkInterfaceOwnerId"] = elastic.account
    if elastic.interface_id is not None:
        shown["NetworkInterfaceId"] = elastic.interface_id
    if elastic.private_ip is not None:
        shown["PrivateIpAddress"] = elastic.private_ip
    if elastic.tags:
        shown["Tags"] = tags(elastic.tags)
    return shown
