"""Records of EC2 as its API shows them."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from homeport.services.ec2.records import (
    Interface,
    InternetGateway,
    RouteTable,
    Rule,
    SecurityGroup,
    Subnet,
    Vpc,
    Zone,
)
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


def tags(tags_: Mapping[str, str]) -> list[shapes.Tag]:
    """Tags as every resource shows them."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags_.items())]


def vpc(vpc_: Vpc) -> shapes.Vpc:
    """A VPC of DescribeVpcs."""
    shown: shapes.Vpc = {
        "OwnerId": vpc_.account,
        "InstanceTenancy": "default",
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
            "HostnameType": "ip-name",
            "EnableResourceNameDnsARecord": False,
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
        "MapPublicIpOnLaunch": subnet_.is_default,
    }
    if subnet_.tags:
        shown["Tags"] = tags(subnet_.tags)
    return shown


def security_group(group: SecurityGroup) -> shapes.SecurityGroup:
    """A group of DescribeSecurityGroups, its rules joined into permissions."""
    shown: shapes.SecurityGroup = {
        "GroupId": group.group_id,
        "IpPermissionsEgress": _permissions(group, is_egress=True),
        "VpcId": group.vpc_id,
        "SecurityGroupArn": (
            f"arn:aws:ec2:{group.region}:{group.account}:security-group/{group.group_id}"
        ),
        "OwnerId": group.account,
        "GroupName": group.name,
        "Description": group.description,
        "IpPermissions": _permissions(group, is_egress=False),
    }
    if group.tags:
        shown["Tags"] = tags(group.tags)
    return shown


def _permissions(group: SecurityGroup, *, is_egress: bool) -> list[shapes.IpPermission]:
    def ports(rule: Rule) -> tuple[str, int, int]:
        return (rule.protocol, _port(rule.from_port), _port(rule.to_port))

    rules = sorted((rule for rule in group.rules if rule.is_egress == is_egress), key=ports)
    return [_permission(group, tuple(some)) for _, some in groupby(rules, key=ports)]


def _port(port: int | None) -> int:
    return -2 if port is None else port


def _permission(group: SecurityGroup, rules: tuple[Rule, ...]) -> shapes.IpPermission:
    shown: shapes.IpPermission = {
        "IpProtocol": rules[0].protocol,
        "UserIdGroupPairs": [
            {"UserId": group.account, "GroupId": rule.group_id}
            for rule in rules
            if rule.group_id is not None
        ],
        "IpRanges": [{"CidrIp": rule.cidr} for rule in rules if rule.cidr is not None],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
    }
    if rules[0].from_port is not None and rules[0].to_port is not None:
        shown["FromPort"] = rules[0].from_port
        shown["ToPort"] = rules[0].to_port
    return shown


def security_group_rule(group: SecurityGroup, rule: Rule) -> shapes.SecurityGroupRule:
    """A rule of DescribeSecurityGroupRules."""
    shown: shapes.SecurityGroupRule = {
        "SecurityGroupRuleId": rule.rule_id,
        "GroupId": group.group_id,
        "GroupOwnerId": group.account,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.protocol,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
        "Tags": [],
        "SecurityGroupRuleArn": (
            f"arn:aws:ec2:{group.region}:{group.account}:security-group-rule/{rule.rule_id}"
        ),
    }
    if rule.cidr is not None:
        shown["CidrIpv4"] = rule.cidr
    if rule.group_id is not None:
        shown["ReferencedGroupInfo"] = {"GroupId": rule.group_id, "UserId": group.account}
    return shown


def internet_gateway(gateway: InternetGateway) -> shapes.InternetGateway:
    """A gateway of DescribeInternetGateways."""
    return {
        "Attachments": [{"State": "available", "VpcId": gateway.vpc_id}],
        "InternetGatewayId": gateway.gateway_id,
        "OwnerId": gateway.account,
        "Tags": tags(gateway.tags),
    }


def route_table(table: RouteTable) -> shapes.RouteTable:
    """A table of DescribeRouteTables."""
    return {
        "Associations": [
            {
                "Main": True,
                "RouteTableAssociationId": table.association_id,
                "RouteTableId": table.table_id,
                "AssociationState": {"State": "associated"},
            }
        ],
        "PropagatingVgws": [],
        "RouteTableId": table.table_id,
        "Routes": [
            {
                "DestinationCidrBlock": table.vpc_cidr,
                "GatewayId": "local",
                "Origin": "CreateRouteTable",
                "State": "active",
            },
            {
                "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": table.gateway_id,
                "Origin": "CreateRoute",
                "State": "active",
            },
        ],
        "Tags": tags(table.tags),
        "VpcId": table.vpc_id,
        "OwnerId": table.account,
    }


def network_interface(
    interface: Interface, group_names: Mapping[str, str]
) -> shapes.NetworkInterface:
    """An interface of DescribeNetworkInterfaces: one that ECS made for a task."""
    return {
        "Attachment": {
            "AttachTime": interface.created_at,
            "AttachmentId": interface.attachment_id,
            "DeleteOnTermination": False,
            "DeviceIndex": 1,
            "NetworkCardIndex": 0,
            "InstanceOwnerId": "amazon-aws",
            "Status": "attached",
        },
        "AvailabilityZone": interface.zone,
        "AvailabilityZoneId": interface.zone_id,
        "Description": interface.description,
        "Groups": [
            {"GroupId": group_id, "GroupName": group_names.get(group_id, "")}
            for group_id in interface.group_ids
        ],
        "InterfaceType": "interface",
        "Ipv6Addresses": [],
        "MacAddress": interface.mac_address,
        "NetworkInterfaceId": interface.interface_id,
        "OwnerId": interface.account,
        "PrivateDnsName": interface.private_dns_name,
        "PrivateIpAddress": interface.address,
        "PrivateIpAddresses": [
            {
                "Primary": True,
                "PrivateDnsName": interface.private_dns_name,
                "PrivateIpAddress": interface.address,
            }
        ],
        "RequesterManaged": True,
        "SourceDestCheck": True,
        "Status": "in-use",
        "SubnetId": interface.subnet_id,
        "TagSet": tags(interface.tags),
        "VpcId": interface.vpc_id,
        "Operator": {"Managed": False},
    }


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
