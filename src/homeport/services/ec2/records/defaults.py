"""What a new VPC has from the start."""

from msgspec import Struct

from homeport.services.ec2.records.gateways import InternetGateway
from homeport.services.ec2.records.network_acls import NetworkAcl
from homeport.services.ec2.records.route_tables import RouteTable
from homeport.services.ec2.records.security_groups import SecurityGroup
from homeport.services.ec2.records.vpcs import Subnet, Vpc


class NewNetwork(Struct, frozen=True, kw_only=True):
    """A VPC and what comes with it; a default VPC has subnets and a gateway too."""

    vpc: Vpc
    group: SecurityGroup
    table: RouteTable
    acl: NetworkAcl
    subnets: tuple[Subnet, ...] = ()
    gateway: InternetGateway | None = None
