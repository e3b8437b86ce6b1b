"""What may be registered with a target group.  Pure: told what the VPC and the fleet look like."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Final

from homeport.services.elbv2.errors import InvalidTarget, ValidationError
from homeport.services.elbv2.plan.target_health import ALL_ZONES

_INSTANCE_ID: Final = re.compile(r"i-([0-9a-f]{8}|[0-9a-f]{17})")
_OUTSIDE: Final = tuple(
    IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""Where targets outside the VPC may be: RFC 1918 and RFC 6598."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A subnet of the group's VPC."""

    cidr: str
    zone: str


def zone_of_address(text: str, zone: str | None, places: Sequence[Place], vpc_cidr: str) -> str:
    """The zone of a target of type ip; `zone` is what the request says of it."""
    address = _address(text)
    for place in places:
        if address in IPv4Network(place.cidr):
            if zone is not None and zone != place.zone:
                raise ValidationError(
                    f"The IP address '{text}' is within the VPC, and cannot have its Availability "
                    f"Zone overridden to '{zone}' from '{place.zone}'"
                )
            return place.zone
    if address not in IPv4Network(vpc_cidr) and not any(address in each for each in _OUTSIDE):
        raise InvalidTarget(
            f"The IP address '{text}' is not within the VPC, nor within the RFC 1918 range "
            "(10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16) or the RFC 6598 range (100.64.0.0/10)"
        )
    if zone is None:
        raise ValidationError(
            f"The Availability Zone is required for IP address '{text}' because it is not in the "
            "VPC"
        )
    if zone != ALL_ZONES and zone not in {place.zone for place in places}:
        raise ValidationError(
            "You must specify a valid Availability Zone or select 'all' for all enabled "
            f"Availability zones, since the IP address '{text}' is outside the VPC"
        )
    return zone


def checked_instance(text: str, zone: str | None) -> str:
    """An instance's id as it is; raises ValidationError when it is none."""
    if not _INSTANCE_ID.fullmatch(text):
        raise ValidationError(f"Instance ID '{text}' is not valid")
    if zone is not None:
        raise ValidationError(
            "You cannot specify an Availability Zone for targets of target groups with target type "
            "'instance'"
        )
    return text


def not_running(ids: Sequence[str]) -> InvalidTarget:
    """The error for instances that the fleet does not have."""
    listed = ", ".join(f"'{each}'" for each in ids)
    return InvalidTarget(
        f"The following targets are not in a running state and cannot be registered: {listed}"
    )


def _address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except AddressValueError as error:
        raise ValidationError(f"The IP address '{text}' is not a valid IPv4 address") from error
