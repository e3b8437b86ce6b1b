"""The filters that EC2 knows of what stands at a VPC's edge: gateways, addresses, ACLs, endpoints.

As in `filter_names`: a name, and where in a shown resource it looks.
"""

from collections.abc import Mapping
from typing import Final

from homeport.services.ec2.plan.filters import Path


def _none_of(*names: str) -> dict[str, Path]:
    """Filters about what no resource of ours has."""
    return dict.fromkeys(names, ())


NAT_GATEWAYS: Final[Mapping[str, Path]] = {
    "nat-gateway-id": ("NatGatewayId",),
    "state": ("State",),
    "subnet-id": ("SubnetId",),
    "vpc-id": ("VpcId",),
}

ADDRESSES: Final[Mapping[str, Path]] = {
    "allocation-id": ("AllocationId",),
    "association-id": ("AssociationId",),
    "domain": ("Domain",),
    "network-border-group": ("NetworkBorderGroup",),
    "network-interface-id": ("NetworkInterfaceId",),
    "network-interface-owner-id": ("NetworkInterfaceOwnerId",),
    "private-ip-address": ("PrivateIpAddress",),
    "public-ip": ("PublicIp",),
    **_none_of("instance-id"),
}

NETWORK_ACLS: Final[Mapping[str, Path]] = {
    "association.association-id": ("Associations", "NetworkAclAssociationId"),
    "association.network-acl-id": ("Associations", "NetworkAclId"),
    "association.subnet-id": ("Associations", "SubnetId"),
    "default": ("IsDefault",),
    "entry.cidr": ("Entries", "CidrBlock"),
    "entry.egress": ("Entries", "Egress"),
    "entry.icmp.code": ("Entries", "IcmpTypeCode", "Code"),
    "entry.icmp.type": ("Entries", "IcmpTypeCode", "Type"),
    "entry.ipv6-cidr": ("Entries", "Ipv6CidrBlock"),
    "entry.port-range.from": ("Entries", "PortRange", "From"),
    "entry.port-range.to": ("Entries", "PortRange", "To"),
    "entry.protocol": ("Entries", "Protocol"),
    "entry.rule-action": ("Entries", "RuleAction"),
    "entry.rule-number": ("Entries", "RuleNumber"),
    "network-acl-id": ("NetworkAclId",),
    "owner-id": ("OwnerId",),
    "vpc-id": ("VpcId",),
}

DHCP_OPTIONS: Final[Mapping[str, Path]] = {
    "dhcp-options-id": ("DhcpOptionsId",),
    "key": ("DhcpConfigurations", "Key"),
    "owner-id": ("OwnerId",),
    "value": ("DhcpConfigurations", "Values", "Value"),
}

ENDPOINTS: Final[Mapping[str, Path]] = _none_of(
    "ip-address-type",
    "service-name",
    "service-region",
    "vpc-endpoint-id",
    "vpc-endpoint-state",
    "vpc-endpoint-type",
    "vpc-id",
)

ENDPOINT_SERVICES: Final[Mapping[str, Path]] = _none_of(
    "owner",
    "service-name",
    "service-region",
    "service-type",
    "supported-ip-address-types",
)

PREFIX_LISTS: Final[Mapping[str, Path]] = _none_of("owner-id", "prefix-list-id", "prefix-list-name")

PEERINGS: Final[Mapping[str, Path]] = _none_of(
    *(
        f"{side}-vpc-info.{member}"
        for side in ("accepter", "requester")
        for member in ("cidr-block", "owner-id", "vpc-id")
    ),
    "expiration-time",
    "status-code",
    "status-message",
    "vpc-peering-connection-id",
)

EGRESS_ONLY_GATEWAYS: Final[Mapping[str, Path]] = {}

CLASSIC_LINKS: Final[Mapping[str, Path]] = {
    "is-classic-link-enabled": ("ClassicLinkEnabled",),
}
