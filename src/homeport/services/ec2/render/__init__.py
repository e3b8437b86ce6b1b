"""Records of EC2 as its API shows them, a file for each resource.  Reads no store."""

from homeport.services.ec2.render.gateways import POOL, address, internet_gateway, nat_gateway
from homeport.services.ec2.render.interfaces import network_interface
from homeport.services.ec2.render.network_acls import network_acl
from homeport.services.ec2.render.places import account_attribute, availability_zone, region
from homeport.services.ec2.render.route_tables import route_table
from homeport.services.ec2.render.security_groups import security_group, security_group_rule
from homeport.services.ec2.render.subnets import subnet
from homeport.services.ec2.render.tagging import tags
from homeport.services.ec2.render.vpcs import dhcp_options, vpc, vpc_attribute

__all__ = (
    "POOL",
    "account_attribute",
    "address",
    "availability_zone",
    "dhcp_options",
    "internet_gateway",
    "nat_gateway",
    "network_acl",
    "network_interface",
    "region",
    "route_table",
    "security_group",
    "security_group_rule",
    "subnet",
    "tags",
    "vpc",
    "vpc_attribute",
)
