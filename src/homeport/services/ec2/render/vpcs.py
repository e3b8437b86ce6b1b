"""VPCs and DHCP options as the API shows them."""

from homeport.services.ec2.records import DhcpOptions, Vpc
from homeport.services.ec2.render.tagging import tags
from homeport.shapes import ec2 as shapes


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
