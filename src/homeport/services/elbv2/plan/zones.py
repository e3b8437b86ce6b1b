"""Where a load balancer may be: which subnets, one in each availability zone."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from homeport.services.elbv2.errors import (
    InvalidConfigurationRequest,
    InvalidSubnet,
    UnsupportedOperation,
    ValidationError,
)
from homeport.services.elbv2.plan.wording import one_of
from homeport.services.elbv2.records.load_balancers import Kind


class Place(Struct, frozen=True, kw_only=True):
    """A subnet, as far as a load balancer needs it."""

    subnet_id: str
    vpc_id: str
    zone: str


def asked_subnets(kind: Kind, request: Mapping[str, Any]) -> tuple[str, ...]:
    """The ids of the subnets that a request names, in either of its two forms."""
    subnets, mappings = request.get("Subnets", ()), request.get("SubnetMappings", ())
    if subnets and mappings:
        raise ValidationError("Subnets and subnet mappings cannot be specified at the same time")
    for mapping in mappings:
        if not mapping.get("SubnetId"):
            raise ValidationError("A subnet ID must be specified in a subnet mapping")
        for member in ("AllocationId", "PrivateIPv4Address", "IPv6Address", "SourceNatIpv6Prefix"):
            if member in mapping:
                raise UnsupportedOperation(
                    f"Homeport chooses the addresses of load balancers: leave out '{member}'."
                )
    asked = tuple(dict.fromkeys(subnets or [mapping["SubnetId"] for mapping in mappings]))
    if kind == "application" and len(asked) < 2:
        raise _too_few_zones()
    if not asked:
        raise ValidationError("At least one subnet must be specified")
    return asked


def checked_places(
    kind: Kind, places: Sequence[Place], vpc_id: str | None = None
) -> tuple[Place, ...]:
    """The subnets by zone, if a load balancer (in `vpc_id`, if it has one) may be in them."""
    vpcs = {place.vpc_id for place in places} | ({vpc_id} if vpc_id else set())
    if len(vpcs) > 1:
        raise InvalidConfigurationRequest("All subnets must belong to the same VPC")
    if len({place.zone for place in places}) < len(places):
        raise InvalidConfigurationRequest(
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
        )
    if kind == "application" and len(places) < 2:
        raise _too_few_zones()
    return tuple(sorted(places, key=lambda place: place.zone))


def checked_address_type(kind: Kind, address_type: str) -> str:
    """The type of addresses, if a load balancer can have it: subnets here have IPv4 only."""
    allowed = ["ipv4", "dualstack", "dualstack-without-public-ipv4"]
    one_of(address_type, "ipAddressType", allowed if kind == "application" else allowed[:2])
    if address_type != "ipv4":
        raise InvalidSubnet("You must specify subnets with an associated IPv6 CIDR block.")
    return address_type


def _too_few_zones() -> ValidationError:
    return ValidationError(
        "At least two subnets in two different Availability Zones must be specified"
    )
