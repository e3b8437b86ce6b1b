"""What a new interface is like, by who makes it.  Pure."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network

from homeport.kernel.ids import Ids, ec2_id
from homeport.services.ec2.errors import InvalidParameterValue
from homeport.services.ec2.plan.addresses import address_text, mac_address, private_dns_name
from homeport.services.ec2.records import Holder, Interface, Subnet


def new_interface(
    subnet: Subnet,
    address_number: int,
    *,
    holder: Holder,
    group_ids: tuple[str, ...],
    description: str,
    now: float,
    ids: Ids,
    client_token: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> Interface:
    """An interface that holds this address of the subnet."""
    address = address_text(address_number)
    return Interface(
        interface_id=ec2_id("eni", ids),
        account=subnet.account,
        region=subnet.region,
        subnet_id=subnet.subnet_id,
        vpc_id=subnet.vpc_id,
        zone=subnet.zone,
        zone_id=subnet.zone_id,
        address=address,
        address_number=address_number,
        mac_address=mac_address(address),
        private_dns_name=private_dns_name(address, subnet.region),
        description=description,
        group_ids=group_ids,
        attachment_id="" if holder == "user" else ec2_id("eni-attach", ids),
        created_at=now,
        holder=holder,
        interface_type=interface_type(holder, description),
        client_token=client_token,
        tags=dict(tags or {}),
    )


def interface_type(holder: Holder, description: str) -> str:
    """The type that EC2 shows; ELB tells its kinds of load balancers apart in the description."""
    match holder:
        case "nat":
            return "nat_gateway"
        case "elb" if description.startswith("ELB net/"):
            return "network_load_balancer"
        case "elb" if description.startswith("ELB gwy/"):
            return "gateway_load_balancer"
        case _:
            return "interface"


def check_usable(subnet: Subnet, address: IPv4Address) -> None:
    """Raise for an address that no interface of the subnet may have."""
    if address not in IPv4Network(subnet.cidr):
        raise InvalidParameterValue("Address does not fall within the subnet's address range")
    if not subnet.first_address <= int(address) <= subnet.last_address:
        raise InvalidParameterValue("Address is in subnet's reserved address range")
