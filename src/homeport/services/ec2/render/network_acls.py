"""Network ACLs as the API shows them."""

from collections.abc import Iterable
from typing import Final

from homeport.services.ec2.records import AclEntry, NetworkAcl, Subnet
from homeport.services.ec2.render.tagging import tags
from homeport.shapes import ec2 as shapes

LAST_RULE: Final = 32767
"""The number of the rule that every network ACL ends with, shown as ``*`` elsewhere."""
WITH_PORTS: Final = ("6", "17")
WITH_TYPES: Final = ("1", "58")


def network_acl(acl: NetworkAcl, subnets: Iterable[Subnet]) -> shapes.NetworkAcl:
    """An ACL of DescribeNetworkAcls, with the subnets that are associated with it."""
    return {
        "Associations": [
            {
                "NetworkAclAssociationId": each.acl_association_id,
                "NetworkAclId": acl.acl_id,
                "SubnetId": each.subnet_id,
            }
            for each in subnets
        ],
        "Entries": [
            shown
            for is_egress in (True, False)
            for shown in (
                *(_entry(each) for each in acl.entries if each.is_egress == is_egress),
                _entry(_last(is_egress=is_egress)),
            )
        ],
        "IsDefault": acl.is_default,
        "NetworkAclId": acl.acl_id,
        "Tags": tags(acl.tags),
        "VpcId": acl.vpc_id,
        "OwnerId": acl.account,
    }


def _last(*, is_egress: bool) -> AclEntry:
    return AclEntry(
        number=LAST_RULE, is_egress=is_egress, allows=False, protocol="-1", cidr="0.0.0.0/0"
    )


def _entry(entry: AclEntry) -> shapes.NetworkAclEntry:
    shown: shapes.NetworkAclEntry = {
        "Egress": entry.is_egress,
        "Protocol": entry.protocol,
        "RuleAction": "allow" if entry.allows else "deny",
        "RuleNumber": entry.number,
    }
    if entry.cidr is not None:
        shown["CidrBlock"] = entry.cidr
    if entry.cidr_ipv6 is not None:
        shown["Ipv6CidrBlock"] = entry.cidr_ipv6
    if entry.from_port is None or entry.to_port is None:
        return shown
    if entry.protocol in WITH_PORTS:
        shown["PortRange"] = {"From": entry.from_port, "To": entry.to_port}
    if entry.protocol in WITH_TYPES:
        shown["IcmpTypeCode"] = {"Code": entry.to_port, "Type": entry.from_port}
    return shown
