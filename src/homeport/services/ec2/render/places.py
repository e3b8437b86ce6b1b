"""Regions, zones and the account as the API shows them."""

from collections.abc import Iterable
from typing import Final

from homeport.services.ec2.records import Zone
from homeport.shapes import ec2 as shapes

ALWAYS_ENABLED: Final = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
    }
)
"""The regions that AWS gives every account; all others must be opted into."""


def availability_zone(zone: Zone) -> shapes.AvailabilityZone:
    """A zone of DescribeAvailabilityZones."""
    return {
        "OptInStatus": "opt-in-not-required",
        "Messages": [],
        "RegionName": zone.region,
        "ZoneName": zone.name,
        "ZoneId": zone.zone_id,
        "GroupName": f"{zone.region}-zg-1",
        "NetworkBorderGroup": zone.region,
        "ZoneType": "availability-zone",
        "GroupLongName": f"{zone.region} 1",
        "State": "available",
    }


def region(name: str) -> shapes.Region:
    """A region of DescribeRegions."""
    return {
        "OptInStatus": "opt-in-not-required" if name in ALWAYS_ENABLED else "opted-in",
        "RegionName": name,
        "Endpoint": f"ec2.{name}.amazonaws.com",
    }


def account_attribute(name: str, values: Iterable[str]) -> shapes.AccountAttribute:
    """An attribute of DescribeAccountAttributes."""
    return {
        "AttributeName": name,
        "AttributeValues": [{"AttributeValue": value} for value in values],
    }
