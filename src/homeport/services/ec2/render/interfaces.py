"""Network interfaces as the API shows them."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeport.services.ec2.records import ElasticAddress, Holder, Interface
from homeport.services.ec2.render.tagging import tags
from homeport.shapes import ec2 as shapes

REQUESTERS: Final[Mapping[Holder, str]] = {
    "ecs": "amazon-ecs",
    "elb": "amazon-elb",
    "nat": "amazon-nat",
}
"""Who asked for an interface that a service made; a user is named by the account."""
ATTACHED_TO: Final[Mapping[Holder, str]] = {
    "ecs": "amazon-aws",
    "elb": "amazon-elb",
    "nat": "amazon-aws",
}
"""The owner of the machine behind an interface that a service made."""


def network_interface(
    interface: Interface,
    group_names: Mapping[str, str],
    address: ElasticAddress | None = None,
) -> shapes.NetworkInterface:
    """An interface of DescribeNetworkInterfaces, with its elastic address."""
    own: shapes.NetworkInterfacePrivateIpAddress = {
        "Primary": True,
        "PrivateDnsName": interface.private_dns_name,
        "PrivateIpAddress": interface.address,
    }
    shown: shapes.NetworkInterface = {
        "AvailabilityZone": interface.zone,
        "AvailabilityZoneId": interface.zone_id,
        "Description": interface.description,
        "Groups": groups(interface.group_ids, group_names),
        "InterfaceType": interface.interface_type,
        "Ipv6Addresses": [],
        "MacAddress": interface.mac_address,
        "NetworkInterfaceId": interface.interface_id,
        "OwnerId": interface.account,
        "PrivateDnsName": interface.private_dns_name,
        "PrivateIpAddress": interface.address,
        "PrivateIpAddresses": [own],
        "RequesterId": REQUESTERS.get(interface.holder, interface.account),
        "RequesterManaged": interface.holder != "user",
        "SourceDestCheck": interface.source_dest_check,
        "Status": "in-use" if interface.attachment_id else "available",
        "SubnetId": interface.subnet_id,
        "TagSet": tags(interface.tags),
        "VpcId": interface.vpc_id,
        "Operator": {"Managed": False},
    }
    if interface.attachment_id:
        shown["Attachment"] = attachment(interface)
    if address is not None:
        shown["Association"] = own["Association"] = _association(address)
    return shown


def attachment(interface: Interface) -> shapes.NetworkInterfaceAttachment:
    """How an interface hangs on the machine of the service that made it."""
    return {
        "AttachTime": interface.created_at,
        "AttachmentId": interface.attachment_id,
        "DeleteOnTermination": False,
        "DeviceIndex": 1,
        "NetworkCardIndex": 0,
        "InstanceOwnerId": ATTACHED_TO.get(interface.holder, interface.account),
        "Status": "attached",
    }


def groups(
    group_ids: Iterable[str], group_names: Mapping[str, str]
) -> list[shapes.GroupIdentifier]:
    """Security groups with their names."""
    return [
        {"GroupId": group_id, "GroupName": group_names.get(group_id, "")} for group_id in group_ids
    ]


def _association(address: ElasticAddress) -> shapes.NetworkInterfaceAssociation:
    shown: shapes.NetworkInterfaceAssociation = {
        "AllocationId": address.allocation_id,
        "IpOwnerId": address.account,
        "PublicIp": address.public_ip,
    }
    if address.association_id is not None:
        shown["AssociationId"] = address.association_id
    return shown
