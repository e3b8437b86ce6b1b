"""The networks of a region, as EC2 keeps them."""

from homeport.services.ec2.records.defaults import NewNetwork
from homeport.services.ec2.records.gateways import ElasticAddress, InternetGateway, NatGateway
from homeport.services.ec2.records.interfaces import Held, Holder, Interface
from homeport.services.ec2.records.network_acls import AclEntry, NetworkAcl
from homeport.services.ec2.records.route_tables import Route, RouteTable, TableAssociation
from homeport.services.ec2.records.security_groups import Rule, SecurityGroup, Terms
from homeport.services.ec2.records.vpcs import DhcpOptions, Subnet, Vpc, Zone

__all__ = (
    "AclEntry",
    "DhcpOptions",
    "ElasticAddress",
    "Held",
    "Holder",
    "Interface",
    "InternetGateway",
    "NatGateway",
    "NetworkAcl",
    "NewNetwork",
    "Route",
    "RouteTable",
    "Rule",
    "SecurityGroup",
    "Subnet",
    "TableAssociation",
    "Terms",
    "Vpc",
    "Zone",
)
