"""The subnets, security groups and interfaces of load balancers, with the ec2 service."""

from collections.abc import Sequence

from homeport.contracts.networks import NoFreeAddress
from homeport.runtime import Call
from homeport.services.elbv2.errors import (
    InvalidConfigurationRequest,
    InvalidSecurityGroup,
    InvalidSubnet,
    SubnetNotFound,
    ValidationError,
)
from homeport.services.elbv2.plan.names import interface_description
from homeport.services.elbv2.plan.zones import Place, checked_places
from homeport.services.elbv2.records.load_balancers import Kind, Zone
from homeport.store import ReadTx, Tx


def places_of(
    tx: ReadTx, call: Call, kind: Kind, subnets: Sequence[str], vpc_id: str | None = None
) -> tuple[Place, ...]:
    """The subnets with these ids by zone, if a load balancer (in `vpc_id`) may be in them."""
    places = []
    for subnet_id in subnets:
        subnet = call.peers.networks.subnet(tx, call.account, call.region, subnet_id)
        if subnet is None:
            raise SubnetNotFound(f"The subnet ID '{subnet_id}' does not exist")
        places.append(
            Place(subnet_id=subnet_id, vpc_id=subnet.vpc_id, zone=subnet.availability_zone)
        )
    return checked_places(kind, places, vpc_id)


def checked_groups(
    tx: ReadTx, call: Call, kind: Kind, vpc_id: str, asked: Sequence[str] | None
) -> tuple[str, ...]:
    """The security groups of a request; where it names none, the VPC's default one.

    A network load balancer has none then: all may reach it.
    """
    networks = call.peers.networks
    if not asked:
        if kind == "network":
            return ()
        default = networks.default_security_group(tx, call.account, call.region, vpc_id)
        if default is None:
            raise ValidationError("A security group must be specified")
        return (default.group_id,)
    for group_id in asked:
        group = networks.security_group(tx, call.account, call.region, group_id)
        if group is None:
            raise InvalidSecurityGroup(f"The security group '{group_id}' does not exist")
        if group.vpc_id != vpc_id:
            raise InvalidConfigurationRequest("One or more security groups are invalid")
    return tuple(dict.fromkeys(asked))


def hold_interfaces(
    tx: Tx, call: Call, arn: str, places: Sequence[Place], *, security_groups: tuple[str, ...]
) -> tuple[Zone, ...]:
    """An interface in each subnet, for the load balancer with this ARN."""
    zones = []
    for place in places:
        try:
            interface = call.peers.networks.create_interface(
                tx,
                call.account,
                call.region,
                place.subnet_id,
                security_groups=security_groups,
                description=interface_description(arn),
                now=call.now,
                ids=call.ids,
                owner="elb",
            )
        except NoFreeAddress as error:
            raise InvalidSubnet(
                f"Not enough IP space available in {place.subnet_id}. ELB requires at least 8 free "
                "IP addresses in each subnet."
            ) from error
        zones.append(
            Zone(
                name=place.zone,
                subnet_id=place.subnet_id,
                interface_id=interface.interface_id,
                address=interface.private_ipv4,
            )
        )
    return tuple(zones)


def give_back(tx: Tx, call: Call, zones: Sequence[Zone]) -> None:
    """Give back the interfaces that a load balancer held."""
    for zone in zones:
        call.peers.networks.delete_interface(tx, call.account, call.region, zone.interface_id)
