"""VPCs: made, changed, refused with EC2's texts, and taken away again."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.ec2 import errors
from homeport.services.ec2.plan import limits
from services.ec2.ec2_calls import Ec2


def named(kind: str, **tags: str) -> list[dict[str, Any]]:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": kind, "Tags": pairs}]


def of_vpc(vpc_id: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc_id]}]


@pytest.fixture
def vpc_id(ec2: Ec2) -> str:
    return str(ec2("CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


def refused(ec2: Ec2, name: str, /, **request: object) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        ec2(name, **request)
    return error.value.code, error.value.message


def _attached(ec2: Ec2, vpc_id: str) -> str:
    gateway = ec2("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    ec2("AttachInternetGateway", InternetGatewayId=gateway, VpcId=vpc_id)
    return str(gateway)


def test_a_new_vpc_has_its_group_its_main_table_and_its_acl(ec2: Ec2) -> None:
    made = ec2("CreateVpc", CidrBlock="10.0.0.5/16", TagSpecifications=named("vpc", Name="a"))
    vpc = made["Vpc"]
    vpc_id = vpc["VpcId"]
    assert ec2.announced == [("vpc", vpc_id)]
    assert (vpc["CidrBlock"], vpc["IsDefault"], vpc["State"]) == ("10.0.0.0/16", False, "available")
    assert vpc["Tags"] == [{"Key": "Name", "Value": "a"}]
    assert ec2("DescribeVpcs", VpcIds=[vpc_id])["Vpcs"] == [vpc]
    (group,) = ec2("DescribeSecurityGroups", Filters=of_vpc(vpc_id))["SecurityGroups"]
    assert group["GroupName"] == "default"
    assert [each["UserIdGroupPairs"][0]["GroupId"] for each in group["IpPermissions"]] == [
        group["GroupId"]
    ]
    assert group["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    (table,) = ec2("DescribeRouteTables", Filters=of_vpc(vpc_id))["RouteTables"]
    assert [each["Main"] for each in table["Associations"]] == [True]
    assert [(each["DestinationCidrBlock"], each["GatewayId"]) for each in table["Routes"]] == [
        ("10.0.0.0/16", "local")
    ]
    given = [*of_vpc(vpc_id), {"Name": "default", "Values": ["true"]}]
    (acl,) = ec2("DescribeNetworkAcls", Filters=given)["NetworkAcls"]
    assert (acl["IsDefault"], acl["Associations"]) == (True, [])
    assert [
        (each["Egress"], each["RuleNumber"], each["RuleAction"]) for each in acl["Entries"]
    ] == [
        (True, 100, "allow"),
        (True, 32767, "deny"),
        (False, 100, "allow"),
        (False, 32767, "deny"),
    ]


def test_all_vpcs_of_a_region_share_its_dhcp_options(ec2: Ec2, vpc_id: str) -> None:
    (options,) = ec2("DescribeDhcpOptions")["DhcpOptions"]
    vpcs = ec2("DescribeVpcs")["Vpcs"]
    assert {each["DhcpOptionsId"] for each in vpcs} == {options["DhcpOptionsId"]}
    assert options["DhcpConfigurations"][0] == {
        "Key": "domain-name",
        "Values": [{"Value": "ec2.internal"}],
    }


def test_vpcs_may_overlap_and_each_has_a_default_group(ec2: Ec2, vpc_id: str) -> None:
    other = ec2("CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    assert other != vpc_id
    groups = ec2("DescribeSecurityGroups", Filters=of_vpc(other))["SecurityGroups"]
    assert len(groups) == 1


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({"CidrBlock": "10.0.0.0/15"}, "InvalidVpc.Range", "The CIDR '10.0.0.0/15' is invalid."),
        ({"CidrBlock": "10.0.0.0/29"}, "InvalidVpc.Range", "The CIDR '10.0.0.0/29' is invalid."),
        ({"CidrBlock": "127.0.0.0/16"}, "InvalidVpc.Range", "The CIDR '127.0.0.0/16' is invalid."),
        ({"CidrBlock": "224.1.0.0/16"}, "InvalidVpc.Range", "The CIDR '224.1.0.0/16' is invalid."),
        (
            {"CidrBlock": "10.0.0.0"},
            "InvalidParameterValue",
            "Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        ),
        (
            {"CidrBlock": "fd00::/64"},
            "InvalidParameterValue",
            "Value (fd00::/64) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        ),
        ({}, "MissingParameter", "The request must contain the parameter cidrBlock"),
        (
            {"CidrBlock": "10.0.0.0/16", "AmazonProvidedIpv6CidrBlock": True},
            "UnsupportedOperation",
            "Homeport's VPCs have IPv4 addresses only.",
        ),
        (
            {"CidrBlock": "10.0.0.0/16", "Ipv4IpamPoolId": "ipam-1"},
            "UnsupportedOperation",
            "Homeport has no IPAM pools: give CidrBlock.",
        ),
        (
            {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "host"},
            "InvalidParameterValue",
            "Value (host) for parameter instanceTenancy is invalid.",
        ),
        (
            {"CidrBlock": "10.0.0.0/16", "TagSpecifications": named("subnet", a="b")},
            "InvalidParameterValue",
            "'subnet' is not a valid taggable resource type for this operation.",
        ),
    ],
)
def test_a_vpc_that_cannot_be_is_refused(
    ec2: Ec2, request_: dict[str, Any], code: str, message: str
) -> None:
    assert refused(ec2, "CreateVpc", **request_) == (code, message)
    assert len(ec2("DescribeVpcs")["Vpcs"]) == 1


def test_a_dry_run_leaves_nothing_behind(ec2: Ec2, vpc_id: str) -> None:
    for name, request in (
        ("CreateVpc", {"CidrBlock": "10.1.0.0/16"}),
        ("DeleteVpc", {"VpcId": vpc_id}),
        ("CreateSubnet", {"VpcId": vpc_id, "CidrBlock": "10.0.0.0/24"}),
        ("CreateInternetGateway", {}),
        ("CreateRouteTable", {"VpcId": vpc_id}),
        ("AllocateAddress", {}),
        ("CreateTags", {"Resources": [vpc_id], "Tags": [{"Key": "a", "Value": "b"}]}),
    ):
        with pytest.raises(errors.DryRunOperation):
            ec2(name, DryRun=True, **request)
    (vpc,) = ec2("DescribeVpcs", VpcIds=[vpc_id])["Vpcs"]
    assert "Tags" not in vpc
    assert len(ec2("DescribeVpcs")["Vpcs"]) == 2
    assert len(ec2("DescribeInternetGateways")["InternetGateways"]) == 1
    assert ec2("DescribeAddresses")["Addresses"] == []


def test_a_deleted_vpc_takes_with_it_what_came_with_it(ec2: Ec2, vpc_id: str) -> None:
    ec2("DeleteVpc", VpcId=vpc_id)
    assert ec2.announced == [("vpc", vpc_id)]
    for name, member in (
        ("DescribeSecurityGroups", "SecurityGroups"),
        ("DescribeRouteTables", "RouteTables"),
        ("DescribeNetworkAcls", "NetworkAcls"),
    ):
        assert ec2(name, Filters=of_vpc(vpc_id))[member] == []
    assert refused(ec2, "DeleteVpc", VpcId=vpc_id) == (
        "InvalidVpcID.NotFound",
        f"The vpc ID '{vpc_id}' does not exist",
    )


@pytest.mark.parametrize(
    ("make", "take_away"),
    [
        (
            lambda ec2, vpc: ec2("CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"],
            lambda ec2, vpc, made: ec2("DeleteSubnet", SubnetId=made["SubnetId"]),
        ),
        (
            lambda ec2, vpc: ec2("CreateRouteTable", VpcId=vpc)["RouteTable"],
            lambda ec2, vpc, made: ec2("DeleteRouteTable", RouteTableId=made["RouteTableId"]),
        ),
        (
            lambda ec2, vpc: ec2.group(VpcId=vpc),
            lambda ec2, vpc, made: ec2("DeleteSecurityGroup", GroupId=made),
        ),
        (
            _attached,
            lambda ec2, vpc, made: ec2("DetachInternetGateway", InternetGatewayId=made, VpcId=vpc),
        ),
    ],
)
def test_a_vpc_with_something_in_it_stays(
    ec2: Ec2, vpc_id: str, make: Callable[..., Any], take_away: Callable[..., Any]
) -> None:
    made = make(ec2, vpc_id)
    assert refused(ec2, "DeleteVpc", VpcId=vpc_id) == (
        "DependencyViolation",
        f"The vpc '{vpc_id}' has dependencies and cannot be deleted.",
    )
    take_away(ec2, vpc_id, made)
    ec2("DeleteVpc", VpcId=vpc_id)


def test_attributes_of_a_vpc_are_changed_one_at_a_time(ec2: Ec2, vpc_id: str) -> None:
    def value(attribute: str, member: str) -> bool:
        shown = ec2("DescribeVpcAttribute", VpcId=vpc_id, Attribute=attribute)
        return bool(shown[member]["Value"])

    assert not value("enableDnsHostnames", "EnableDnsHostnames")
    ec2("ModifyVpcAttribute", VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    assert value("enableDnsHostnames", "EnableDnsHostnames")
    ec2("ModifyVpcAttribute", VpcId=vpc_id, EnableNetworkAddressUsageMetrics={"Value": True})
    assert value("enableNetworkAddressUsageMetrics", "EnableNetworkAddressUsageMetrics")
    ec2("ModifyVpcAttribute", VpcId=vpc_id, EnableDnsHostnames={"Value": False})
    ec2("ModifyVpcAttribute", VpcId=vpc_id, EnableDnsSupport={"Value": False})
    assert not value("enableDnsSupport", "EnableDnsSupport")
    hostnames = {"EnableDnsHostnames": {"Value": True}}
    assert refused(ec2, "ModifyVpcAttribute", VpcId=vpc_id, **hostnames)[0] == (
        "InvalidParameterCombination"
    )
    both = hostnames | {"EnableDnsSupport": {"Value": True}}
    assert refused(ec2, "ModifyVpcAttribute", VpcId=vpc_id, **both)[1] == (
        "Fields for multiple attribute types specified: EnableDnsHostnames, EnableDnsSupport"
    )
    assert refused(ec2, "ModifyVpcAttribute", VpcId=vpc_id)[0] == "MissingParameter"


def test_a_vpc_has_the_one_range_it_was_made_with(ec2: Ec2, vpc_id: str) -> None:
    code, message = refused(ec2, "AssociateVpcCidrBlock", VpcId=vpc_id, CidrBlock="10.1.0.0/16")
    assert (code, "one range" in message) == ("UnsupportedOperation", True)
    (vpc,) = ec2("DescribeVpcs", VpcIds=[vpc_id])["Vpcs"]
    association = vpc["CidrBlockAssociationSet"][0]["AssociationId"]
    assert refused(ec2, "DisassociateVpcCidrBlock", AssociationId=association) == (
        "OperationNotPermitted",
        (
            f"The vpc CIDR block with association ID {association} may not be disassociated. "
            "It is the primary IPv4 CIDR block of the VPC"
        ),
    )
    assert refused(ec2, "DisassociateVpcCidrBlock", AssociationId="vpc-cidr-assoc-1") == (
        "InvalidVpcCidrBlockAssociationID.NotFound",
        "The vpc CIDR block association ID 'vpc-cidr-assoc-1' does not exist",
    )


def test_there_are_so_many_vpcs_and_no_more(
    ec2: Ec2, monkeypatch: pytest.MonkeyPatch, vpc_id: str
) -> None:
    monkeypatch.setattr(limits, "VPCS_MAX", 2)
    assert refused(ec2, "CreateVpc", CidrBlock="10.9.0.0/16") == (
        "VpcLimitExceeded",
        "The maximum number of VPCs has been reached.",
    )
    monkeypatch.setattr(limits, "SUBNETS_MAX", 1)
    ec2("CreateSubnet", VpcId=vpc_id, CidrBlock="10.0.0.0/24")
    assert refused(ec2, "CreateSubnet", VpcId=vpc_id, CidrBlock="10.0.1.0/24")[0] == (
        "SubnetLimitExceeded"
    )


def _delete_default_vpc(ec2: Ec2) -> str:
    vpc_id = ec2.default_vpc()
    for subnet in ec2("DescribeSubnets", Filters=of_vpc(vpc_id))["Subnets"]:
        ec2("DeleteSubnet", SubnetId=subnet["SubnetId"])
    (gateway,) = ec2("DescribeInternetGateways")["InternetGateways"]
    gateway_id = gateway["InternetGatewayId"]
    ec2("DetachInternetGateway", InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2("DeleteInternetGateway", InternetGatewayId=gateway_id)
    ec2("DeleteVpc", VpcId=vpc_id)
    return vpc_id


def test_a_deleted_default_vpc_stays_deleted_until_it_is_asked_for(
    ec2: Ec2, plant: Callable[..., None]
) -> None:
    assert refused(ec2, "CreateDefaultVpc")[0] == "DefaultVpcAlreadyExists"
    gone = _delete_default_vpc(ec2)
    plant()
    assert ec2("DescribeVpcs")["Vpcs"] == []
    assert refused(ec2, "CreateDefaultSubnet", AvailabilityZone="us-east-1a")[0] == (
        "DefaultVpcDoesNotExist"
    )
    vpc = ec2("CreateDefaultVpc")["Vpc"]
    assert vpc["VpcId"] != gone
    assert (vpc["IsDefault"], vpc["CidrBlock"]) == (True, "172.31.0.0/16")
    subnets = ec2("DescribeSubnets")["Subnets"]
    assert {each["AvailabilityZone"] for each in subnets if each["DefaultForAz"]} == {
        "us-east-1a",
        "us-east-1b",
        "us-east-1c",
    }
    (table,) = ec2("DescribeRouteTables")["RouteTables"]
    assert [each["State"] for each in table["Routes"]] == ["active", "active"]


def test_a_default_subnet_takes_the_next_free_range(ec2: Ec2) -> None:
    code, message = refused(ec2, "CreateDefaultSubnet", AvailabilityZone="us-east-1b")
    (before,) = ec2(
        "DescribeSubnets", Filters=[{"Name": "availability-zone", "Values": ["us-east-1b"]}]
    )["Subnets"]
    assert (code, message) == (
        "DefaultSubnetAlreadyExistsInAvailabilityZone",
        f"'{before['SubnetId']}' is already the default subnet in us-east-1b.",
    )
    ec2("DeleteSubnet", SubnetId=before["SubnetId"])
    ec2("CreateSubnet", VpcId=ec2.default_vpc(), CidrBlock="172.31.16.0/24")
    made = ec2("CreateDefaultSubnet", AvailabilityZone="us-east-1b")["Subnet"]
    assert made["CidrBlock"] == "172.31.48.0/20"
    assert (made["DefaultForAz"], made["MapPublicIpOnLaunch"]) == (True, True)
    assert refused(ec2, "CreateDefaultSubnet")[0] == "MissingParameter"
