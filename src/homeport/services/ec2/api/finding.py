"""The one resource that a request names, or EC2's error about it."""

from typing import TypeVar

from homeport.runtime import Call
from homeport.services.ec2 import errors
from homeport.services.ec2.queries import resources
from homeport.services.ec2.records import (
    ElasticAddress,
    Interface,
    InternetGateway,
    NatGateway,
    NetworkAcl,
    RouteTable,
    Subnet,
    Vpc,
)
from homeport.store import ReadTx

Kind = TypeVar("Kind", bound=resources.Resource)


def vpc(tx: ReadTx, call: Call, vpc_id: str) -> Vpc:
    """The VPC with this id."""
    return _one(tx, call, Vpc, vpc_id, errors.VpcNotFound)


def subnet(tx: ReadTx, call: Call, subnet_id: str) -> Subnet:
    """The subnet with this id."""
    return _one(tx, call, Subnet, subnet_id, errors.SubnetNotFound)


def route_table(tx: ReadTx, call: Call, table_id: str) -> RouteTable:
    """The route table with this id."""
    return _one(tx, call, RouteTable, table_id, errors.RouteTableNotFound)


def network_acl(tx: ReadTx, call: Call, acl_id: str) -> NetworkAcl:
    """The network ACL with this id."""
    return _one(tx, call, NetworkAcl, acl_id, errors.NetworkAclNotFound)


def internet_gateway(tx: ReadTx, call: Call, gateway_id: str) -> InternetGateway:
    """The internet gateway with this id."""
    return _one(tx, call, InternetGateway, gateway_id, errors.InternetGatewayNotFound)


def nat_gateway(tx: ReadTx, call: Call, gateway_id: str) -> NatGateway:
    """The NAT gateway with this id, failed and deleted ones too."""
    return _one(tx, call, NatGateway, gateway_id, errors.NatGatewayNotFound)


def elastic_address(tx: ReadTx, call: Call, allocation_id: str) -> ElasticAddress:
    """The elastic address that was allocated under this id."""
    return _one(tx, call, ElasticAddress, allocation_id, errors.AllocationNotFound)


def interface(tx: ReadTx, call: Call, interface_id: str) -> Interface:
    """The network interface with this id."""
    return _one(tx, call, Interface, interface_id, errors.InterfaceNotFound)


def all_of(tx: ReadTx, call: Call, kind: type[Kind]) -> tuple[Kind, ...]:
    """Every resource of a kind in the region."""
    return resources.of_region(tx, kind, call.account, call.region)


def _one(
    tx: ReadTx, call: Call, kind: type[Kind], key: str, not_found: type[errors.NotFound]
) -> Kind:
    found = resources.find(tx, kind, call.account, call.region, key)
    if found is None:
        raise not_found([key])
    return found
