"""VPCs, their network ACLs and DHCP options as the API shows them."""

from collections.abc import Iterable
from typing import Final

from homeport.services.ec2.records import DhcpOptions, NetworkAcl, Subnet, Vpc
from homeport.services.ec2.render.tagging import tags
from homeport.shapes import ec2 as shapes

LAST_RULE: Final = 32767
"""The number of the rule that every network ACL ends with, shown as ``*`` elsewhere."""


def vpc(vpc_: Vpc) -> shapes.Vpc:
    """A VPC of DescribeVpcs."""
    shown: shapes.Vpc = {
        "OwnerId": vpc_.account,
        "InstanceTenancy": vpc_.tenancy,
        "CidrBlockAssociationSet": [
            {
                "AssociationId": vpc_.association_id,
                "CidrBlock": vpc_.cidr,
                "CidrBlockState": {"State": "associated"},
            }
        ],
        "IsDefault": vpc_.is_default,
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "VpcId": vpc_.vpc_id,
        "State": "available",
        "CidrBlock": vpc_.cidr,
        "DhcpOptionsId": vpc_.dhcp_options_id,
    }
    if vpc_.tags:
        shown["Tags"] = tags(vpc_.tags)
    return shown


def vpc_attribute(vpc_: Vpc, attribute: str) -> shapes.DescribeVpcAttributeResponse | None:
    """One attribute of DescribeVpcAttribute; None for one that there is not."""
    match attribute:
        case "enableDnsSupport":
            return {"VpcId": vpc_.vpc_id, "EnableDnsSupport": {"Value": vpc_.dns_support}}
        case "enableDnsHostnames":
            return {"VpcId": vpc_.vpc_id, "EnableDnsHostnames": {"Value": vpc_.dns_hostnames}}
        case "enableNetworkAddressUsageMetrics":
            return {
                "VpcId": vpc_.vpc_id,
                "EnableNetworkAddressUsageMetrics": {"Value": vpc_.address_metrics},
            }
        case _:
            return None


def network_acl(acl: NetworkAcl, subnets: Iterable[Subnet]) -> shapes.NetworkAcl:
    """An ACL of DescribeNetworkAcls, with the subnets of its VPC."""
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
            _entry(egress=egress, number=number)
            for egress in (True, False)
            for number in (100, LAST_RULE)
        ],
        "IsDefault": True,
        "NetworkAclId": acl.acl_id,
        "Tags": tags(acl.tags),
        "VpcId": acl.vpc_id,
        "OwnerId": acl.account,
    }


def _entry(*, egress: bool, number: int) -> shapes.NetworkAclEntry:
    return {
        "CidrBlock": "0.0.0.0/0",
        "Egress": egress,
        "Protocol": "-1",
        "RuleAction": "deny" if number == LAST_RULE else "allow",
        "RuleNumber": number,
    }


def dhcp_options(options: DhcpOptions) -> shapes.DhcpOptions:
    """Options of DescribeDhcpOptions."""
    region = options.region
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return {
        "OwnerId": options.account,
        "Tags": tags(options.tags),
        "DhcpOptionsId": options.options_id,
        "DhcpConfigurations": [
            {"Key": "domain-name", "Values": [{"Value": domain}]},
            {"Key": "domain-name-servers", "Values": [{"Value": "AmazonProvidedDNS"}]},
        ],
    }
