"""NAT gateways: what a new one is like, and what becomes of it.  Pure."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from homeport.kernel.ids import Ids, ec2_id
from homeport.services.ec2.plan.limits import GONE_GATEWAY_S
from homeport.services.ec2.records import ElasticAddress, Interface, NatGateway, Subnet

SUBNET_FULL: Final = (
    "InsufficientFreeAddressesInSubnet",
    "Subnet has insufficient free addresses to create this NAT gateway",
)


def new_nat_gateway(
    subnet: Subnet,
    *,
    connectivity: str,
    allocation_id: str | None,
    now: float,
    ids: Ids,
    tags: Mapping[str, str],
    client_token: str | None,
) -> NatGateway:
    """A NAT gateway of the subnet, before it has an address."""
    return NatGateway(
        gateway_id=ec2_id("nat", ids),
        account=subnet.account,
        region=subnet.region,
        vpc_id=subnet.vpc_id,
        subnet_id=subnet.subnet_id,
        connectivity=connectivity,
        state="available",
        created_at=now,
        allocation_id=allocation_id,
        client_token=client_token,
        tags=dict(tags),
    )


def refusal(
    gateway: NatGateway, elastic: ElasticAddress | None, *, has_way_out: bool
) -> tuple[str, str] | None:
    """Code and message of why a gateway cannot work; EC2 makes it all the same, as failed."""
    if gateway.connectivity == "private":
        return None
    if not has_way_out:
        return (
            "Gateway.NotAttached",
            f"Network {gateway.vpc_id} has no Internet gateway attached",
        )
    if elastic is not None and elastic.association_id is not None:
        return (
            "Resource.AlreadyAssociated",
            f"Elastic IP address {elastic.allocation_id} is already associated",
        )
    return None


def failed(gateway: NatGateway, why: tuple[str, str]) -> NatGateway:
    """The gateway that could not be made."""
    return replace(gateway, state="failed", failure_code=why[0], failure_message=why[1])


def standing(
    gateway: NatGateway, interface: Interface, elastic: ElasticAddress | None
) -> NatGateway:
    """The gateway with its addresses: that of its interface, and a public one's association."""
    after = replace(gateway, interface_id=interface.interface_id, private_ip=interface.address)
    if elastic is None:
        return after
    return replace(after, association_id=elastic.association_id, public_ip=elastic.public_ip)


def deleted(gateway: NatGateway, now: float) -> NatGateway:
    """The gateway once it is deleted; what it had is shown for a while."""
    return replace(gateway, state="deleted", deleted_at=now)


def is_forgotten(gateway: NatGateway, now: float) -> bool:
    """Whether a gateway is gone for so long that it is no longer shown."""
    if gateway.state == "available":
        return False
    gone_at = gateway.created_at if gateway.deleted_at is None else gateway.deleted_at
    return now - gone_at > GONE_GATEWAY_S
