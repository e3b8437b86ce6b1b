"""Subnets as the API shows them."""

from homeport.services.ec2.records import Subnet
from homeport.services.ec2.render.tagging import tags
from homeport.shapes import ec2 as shapes


def subnet(subnet_: Subnet, held: int) -> shapes.Subnet:
    """A subnet of DescribeSubnets, `held` of whose addresses are taken."""
    shown: shapes.Subnet = {
        "AvailabilityZoneId": subnet_.zone_id,
        "MapCustomerOwnedIpOnLaunch": False,
        "OwnerId": subnet_.account,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6CidrBlockAssociationSet": [],
        "SubnetArn": (f"arn:aws:ec2:{subnet_.region}:{subnet_.account}:subnet/{subnet_.subnet_id}"),
        "EnableDns64": False,
        "Ipv6Native": False,
        "PrivateDnsNameOptionsOnLaunch": {
            "HostnameType": subnet_.hostname_type,
            "EnableResourceNameDnsARecord": subnet_.dns_a_record,
            "EnableResourceNameDnsAAAARecord": False,
        },
        "BlockPublicAccessStates": {"InternetGatewayBlockMode": "off"},
        "SubnetId": subnet_.subnet_id,
        "State": "available",
        "VpcId": subnet_.vpc_id,
        "CidrBlock": subnet_.cidr,
        "AvailableIpAddressCount": (subnet_.last_address - subnet_.first_address + 1 - held),
        "AvailabilityZone": subnet_.zone,
        "DefaultForAz": subnet_.is_default,
        "MapPublicIpOnLaunch": subnet_.public_ip_on_launch,
    }
    if subnet_.tags:
        shown["Tags"] = tags(subnet_.tags)
    return shown
