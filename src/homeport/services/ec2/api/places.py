"""Regions, availability zones, and what the account is like."""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Call, operation
from homeport.services.ec2 import errors, render
from homeport.services.ec2.api import finding
from homeport.services.ec2.api.listing import filtered, refuse_dry_run
from homeport.services.ec2.plan import filter_names, limits
from homeport.services.ec2.plan.security_groups import GROUPS_MAX
from homeport.services.ec2.queries import networks
from homeport.services.ec2.records import Vpc
from homeport.shapes import ec2 as shapes
from homeport.store import ReadTx

ACCOUNT_ATTRIBUTES: Final = {
    "supported-platforms": "VPC",
    "vpc-max-security-groups-per-interface": str(GROUPS_MAX),
    "max-elastic-ips": str(limits.ELASTIC_ADDRESSES_MAX),
    "max-instances": "0",
    "vpc-max-elastic-ips": str(limits.ELASTIC_ADDRESSES_MAX),
}


@operation("DescribeRegions")
def describe_regions(
    tx: ReadTx, call: Call, request: shapes.DescribeRegionsRequest
) -> shapes.DescribeRegionsResponse:
    """Every region."""
    refuse_dry_run(request)
    names = sorted({zone.region for zone in networks.zones_everywhere(tx)})
    wanted = request.get("RegionNames") or names
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise errors.InvalidParameterValue(f"Invalid region name: {', '.join(unknown)}")
    found = [render.region(name) for name in names if name in wanted]
    return {"Regions": filtered(found, request, filter_names.REGIONS)}


@operation("DescribeAvailabilityZones")
def describe_availability_zones(
    tx: ReadTx, call: Call, request: shapes.DescribeAvailabilityZonesRequest
) -> shapes.DescribeAvailabilityZonesResponse:
    """The availability zones of the region."""
    refuse_dry_run(request)
    zones = [zone for zone in networks.zones_everywhere(tx) if zone.region == call.region]
    names, zone_ids = request.get("ZoneNames", ()), request.get("ZoneIds", ())
    _check_known("availability zone", names, [zone.name for zone in zones])
    _check_known("availability zone-id", zone_ids, [zone.zone_id for zone in zones])
    found = [
        render.availability_zone(zone)
        for zone in zones
        if (not names or zone.name in names) and (not zone_ids or zone.zone_id in zone_ids)
    ]
    return {"AvailabilityZones": filtered(found, request, filter_names.AVAILABILITY_ZONES)}


def _check_known(what: str, wanted: Iterable[str], known: list[str]) -> None:
    unknown = [each for each in wanted if each not in known]
    if unknown:
        raise errors.InvalidParameterValue(f"Invalid {what}: [{', '.join(unknown)}]")


@operation("DescribeAccountAttributes")
def describe_account_attributes(
    tx: ReadTx, call: Call, request: shapes.DescribeAccountAttributesRequest
) -> shapes.DescribeAccountAttributesResponse:
    """What the account may do, and how many of some things it may have."""
    refuse_dry_run(request)
    vpcs = finding.all_of(tx, call, Vpc)
    default = next((vpc.vpc_id for vpc in vpcs if vpc.is_default), "none")
    attributes = ACCOUNT_ATTRIBUTES | {"default-vpc": default}
    wanted = request.get("AttributeNames") or list(attributes)
    for name in wanted:
        if name not in attributes:
            raise errors.InvalidParameterValue(
                f"Value ({name}) for parameter attributeName is invalid."
            )
    return {
        "AccountAttributes": [render.account_attribute(name, [attributes[name]]) for name in wanted]
    }
