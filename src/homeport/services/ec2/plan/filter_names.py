"""The filters that EC2 knows, by operation, and where in a shown resource each looks."""

from collections.abc import Mapping
from typing import Final

from homeport.services.ec2.plan.filters import Path

_NEVER: Final[Path] = ()


def _none_of(*names: str) -> dict[str, Path]:
    """Filters about what no resource of ours has: IPv6, instances, Outposts."""
    return dict.fromkeys(names, _NEVER)


VPCS: Final[Mapping[str, Path]] = {
    "cidr": ("CidrBlock",),
    "cidrBlock": ("CidrBlock",),
    "cidr-block-association.association-id": ("CidrBlockAssociationSet", "AssociationId"),
    "cidr-block-association.cidr-block": ("CidrBlockAssociationSet", "CidrBlock"),
    "cidr-block-association.state": ("CidrBlockAssociationSet", "CidrBlockState", "State"),
    "dhcp-options-id": ("DhcpOptionsId",),
    "is-default": ("IsDefault",),
    "isDefault": ("IsDefault",),
    "owner-id": ("OwnerId",),
    "state": ("State",),
    "vpc-id": ("VpcId",),
    **_none_of(
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.ipv6-pool",
        "ipv6-cidr-block-association.state",
    ),
}

SUBNETS: Final[Mapping[str, Path]] = {
    "availability-zone": ("AvailabilityZone",),
    "availabilityZone": ("AvailabilityZone",),
    "availability-zone-id": ("AvailabilityZoneId",),
    "availabilityZoneId": ("AvailabilityZoneId",),
    "available-ip-address-count": ("AvailableIpAddressCount",),
    "cidr": ("CidrBlock",),
    "cidr-block": ("CidrBlock",),
    "cidrBlock": ("CidrBlock",),
    "default-for-az": ("DefaultForAz",),
    "defaultForAz": ("DefaultForAz",),
    "enable-dns64": ("EnableDns64",),
    "ipv6-native": ("Ipv6Native",),
    "map-customer-owned-ip-on-launch": ("MapCustomerOwnedIpOnLaunch",),
    "map-public-ip-on-launch": ("MapPublicIpOnLaunch",),
    "owner-id": ("OwnerId",),
    "private-dns-name-options-on-launch.hostname-type": (
        "PrivateDnsNameOptionsOnLaunch",
        "HostnameType",
    ),
    "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": (
        "PrivateDnsNameOptionsOnLaunch",
        "EnableResourceNameDnsARecord",
    ),
    "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": (
        "PrivateDnsNameOptionsOnLaunch",
        "EnableResourceNameDnsAAAARecord",
    ),
    "state": ("State",),
    "subnet-arn": ("SubnetArn",),
    "subnet-id": ("SubnetId",),
    "vpc-id": ("VpcId",),
    **_none_of(
        "customer-owned-ipv4-pool",
        "enable-lni-at-device-index",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.state",
        "outpost-arn",
    ),
}


def _permissions(prefix: str, member: str) -> dict[str, Path]:
    return {
        f"{prefix}ip-permission.cidr": (member, "IpRanges", "CidrIp"),
        f"{prefix}ip-permission.from-port": (member, "FromPort"),
        f"{prefix}ip-permission.group-id": (member, "UserIdGroupPairs", "GroupId"),
        f"{prefix}ip-permission.group-name": (member, "UserIdGroupPairs", "GroupName"),
        f"{prefix}ip-permission.ipv6-cidr": (member, "Ipv6Ranges", "CidrIpv6"),
        f"{prefix}ip-permission.prefix-list-id": (member, "PrefixListIds", "PrefixListId"),
        f"{prefix}ip-permission.protocol": (member, "IpProtocol"),
        f"{prefix}ip-permission.to-port": (member, "ToPort"),
        f"{prefix}ip-permission.user-id": (member, "UserIdGroupPairs", "UserId"),
    }


SECURITY_GROUPS: Final[Mapping[str, Path]] = {
    "description": ("Description",),
    "group-id": ("GroupId",),
    "group-name": ("GroupName",),
    "owner-id": ("OwnerId",),
    "vpc-id": ("VpcId",),
    **_permissions("", "IpPermissions"),
    **_permissions("egress.", "IpPermissionsEgress"),
}

SECURITY_GROUP_RULES: Final[Mapping[str, Path]] = {
    "group-id": ("GroupId",),
    "security-group-rule-id": ("SecurityGroupRuleId",),
}

SECURITY_GROUPS_FOR_VPC: Final[Mapping[str, Path]] = {
    "description": ("Description",),
    "group-id": ("GroupId",),
    "group-name": ("GroupName",),
    "owner-id": ("OwnerId",),
    "primary-vpc-id": ("PrimaryVpcId",),
}

NETWORK_INTERFACES: Final[Mapping[str, Path]] = {
    "addresses.primary": ("PrivateIpAddresses", "Primary"),
    "addresses.private-ip-address": ("PrivateIpAddresses", "PrivateIpAddress"),
    "addresses.association.owner-id": ("PrivateIpAddresses", "Association", "IpOwnerId"),
    "addresses.association.public-ip": ("PrivateIpAddresses", "Association", "PublicIp"),
    "association.allocation-id": ("Association", "AllocationId"),
    "association.association-id": ("Association", "AssociationId"),
    "association.ip-owner-id": ("Association", "IpOwnerId"),
    "association.public-ip": ("Association", "PublicIp"),
    "attachment.attachment-id": ("Attachment", "AttachmentId"),
    "attachment.delete-on-termination": ("Attachment", "DeleteOnTermination"),
    "attachment.device-index": ("Attachment", "DeviceIndex"),
    "attachment.instance-owner-id": ("Attachment", "InstanceOwnerId"),
    "attachment.status": ("Attachment", "Status"),
    "availability-zone": ("AvailabilityZone",),
    "availability-zone-id": ("AvailabilityZoneId",),
    "description": ("Description",),
    "group-id": ("Groups", "GroupId"),
    "group-name": ("Groups", "GroupName"),
    "interface-type": ("InterfaceType",),
    "mac-address": ("MacAddress",),
    "network-interface-id": ("NetworkInterfaceId",),
    "operator.managed": ("Operator", "Managed"),
    "owner-id": ("OwnerId",),
    "private-dns-name": ("PrivateDnsName",),
    "private-ip-address": ("PrivateIpAddress",),
    "requester-id": ("RequesterId",),
    "requester-managed": ("RequesterManaged",),
    "source-dest-check": ("SourceDestCheck",),
    "status": ("Status",),
    "subnet-id": ("SubnetId",),
    "vpc-id": ("VpcId",),
    **_none_of(
        "association.public-dns-name",
        "attachment.attach-time",
        "attachment.instance-id",
        "ipv6-addresses.ipv6-address",
        "operator.principal",
    ),
}

ROUTE_TABLES: Final[Mapping[str, Path]] = {
    "association.main": ("Associations", "Main"),
    "association.subnet-id": ("Associations", "SubnetId"),
    "association.route-table-association-id": ("Associations", "RouteTableAssociationId"),
    "association.route-table-id": ("Associations", "RouteTableId"),
    "owner-id": ("OwnerId",),
    "route-table-id": ("RouteTableId",),
    "route.destination-cidr-block": ("Routes", "DestinationCidrBlock"),
    "route.destination-ipv6-cidr-block": ("Routes", "DestinationIpv6CidrBlock"),
    "route.gateway-id": ("Routes", "GatewayId"),
    "route.nat-gateway-id": ("Routes", "NatGatewayId"),
    "route.origin": ("Routes", "Origin"),
    "route.state": ("Routes", "State"),
    "vpc-id": ("VpcId",),
    **_none_of(
        "association.gateway-id",
        "route.destination-prefix-list-id",
        "route.egress-only-internet-gateway-id",
        "route.instance-id",
        "route.transit-gateway-id",
        "route.vpc-peering-connection-id",
    ),
}

INTERNET_GATEWAYS: Final[Mapping[str, Path]] = {
    "attachment.state": ("Attachments", "State"),
    "attachment.vpc-id": ("Attachments", "VpcId"),
    "internet-gateway-id": ("InternetGatewayId",),
    "owner-id": ("OwnerId",),
}

AVAILABILITY_ZONES: Final[Mapping[str, Path]] = {
    "group-long-name": ("GroupLongName",),
    "group-name": ("GroupName",),
    "message": ("Messages", "Message"),
    "opt-in-status": ("OptInStatus",),
    "region-name": ("RegionName",),
    "state": ("State",),
    "zone-id": ("ZoneId",),
    "zone-name": ("ZoneName",),
    "zone-type": ("ZoneType",),
    **_none_of("parent-zone-id", "parent-zone-name"),
}

REGIONS: Final[Mapping[str, Path]] = {
    "endpoint": ("Endpoint",),
    "opt-in-status": ("OptInStatus",),
    "region-name": ("RegionName",),
}

TAGS: Final[Mapping[str, Path]] = {
    "key": ("Key",),
    "resource-id": ("ResourceId",),
    "resource-type": ("ResourceType",),
    "value": ("Value",),
}
