"""Subnets: made, changed, refused with EC2's texts, and taken away again."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.ec2.facade import Ec2Networks
from homeport.store import Store
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


def test_a_subnet_is_made_shown_changed_and_deleted(ec2: Ec2, vpc_id: str) -> None:
    made = ec2(
        "CreateSubnet",
        VpcId=vpc_id,
        CidrBlock="10.0.1.7/24",
        AvailabilityZone="us-east-1b",
        TagSpecifications=named("subnet", Name="one"),
    )["Subnet"]
    subnet_id = made["SubnetId"]
    assert (made["CidrBlock"], made["AvailableIpAddressCount"]) == ("10.0.1.0/24", 251)
    assert (made["AvailabilityZone"], made["AvailabilityZoneId"]) == ("us-east-1b", "use1-az2")
    assert (made["DefaultForAz"], made["MapPublicIpOnLaunch"]) == (False, False)
    assert ec2("DescribeSubnets", Filters=of_vpc(vpc_id))["Subnets"] == [made]
    (acl,) = ec2(
        "DescribeNetworkAcls",
        Filters=[{"Name": "association.subnet-id", "Values": [subnet_id]}],
    )["NetworkAcls"]
    assert [each["SubnetId"] for each in acl["Associations"]] == [subnet_id]
    for change, member, expected in (
        ({"MapPublicIpOnLaunch": {"Value": True}}, "MapPublicIpOnLaunch", True),
        ({"MapPublicIpOnLaunch": {"Value": False}}, "MapPublicIpOnLaunch", False),
        ({"EnableDns64": {"Value": False}}, "EnableDns64", False),
    ):
        ec2("ModifySubnetAttribute", SubnetId=subnet_id, **change)
        (shown,) = ec2("DescribeSubnets", SubnetIds=[subnet_id])["Subnets"]
        assert shown[member] == expected
    ec2("ModifySubnetAttribute", SubnetId=subnet_id, PrivateDnsHostnameTypeOnLaunch="resource-name")
    ec2(
        "ModifySubnetAttribute",
        SubnetId=subnet_id,
        EnableResourceNameDnsARecordOnLaunch={"Value": True},
    )
    (shown,) = ec2("DescribeSubnets", SubnetIds=[subnet_id])["Subnets"]
    assert shown["PrivateDnsNameOptionsOnLaunch"]["HostnameType"] == "resource-name"
    assert shown["PrivateDnsNameOptionsOnLaunch"]["EnableResourceNameDnsARecord"] is True
    ec2("DeleteSubnet", SubnetId=subnet_id)
    assert refused(ec2, "DescribeSubnets", SubnetIds=[subnet_id])[0] == "InvalidSubnetID.NotFound"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"AssignIpv6AddressOnCreation": {"Value": True}}, "UnsupportedOperation"),
        ({"EnableDns64": {"Value": True}}, "UnsupportedOperation"),
        ({"EnableLniAtDeviceIndex": 1}, "UnsupportedOperation"),
        ({"PrivateDnsHostnameTypeOnLaunch": "bogus"}, "InvalidParameterValue"),
        (
            {"MapPublicIpOnLaunch": {"Value": True}, "EnableDns64": {"Value": False}},
            "InvalidParameterCombination",
        ),
        ({}, "MissingParameter"),
    ],
)
def test_a_change_of_a_subnet_that_cannot_be_is_refused(
    ec2: Ec2, change: dict[str, Any], code: str
) -> None:
    subnet_id = ec2("DescribeSubnets")["Subnets"][0]["SubnetId"]
    assert refused(ec2, "ModifySubnetAttribute", SubnetId=subnet_id, **change)[0] == code


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (
            {"CidrBlock": "10.0.0.128/25"},
            "InvalidSubnet.Conflict",
            "The CIDR '10.0.0.128/25' conflicts with another subnet",
        ),
        (
            {"CidrBlock": "10.0.0.0/20"},
            "InvalidSubnet.Conflict",
            "The CIDR '10.0.0.0/20' conflicts with another subnet",
        ),
        ({"CidrBlock": "10.1.0.0/24"}, "InvalidSubnet.Range", "The CIDR '10.1.0.0/24' is invalid."),
        ({"CidrBlock": "10.0.0.0/15"}, "InvalidSubnet.Range", "The CIDR '10.0.0.0/15' is invalid."),
        ({"CidrBlock": "10.0.1.0/29"}, "InvalidSubnet.Range", "The CIDR '10.0.1.0/29' is invalid."),
        (
            {"CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a"},
            "InvalidParameterValue",
            (
                "Value (eu-west-1a) for parameter availabilityZone is invalid. Subnets can "
                "currently only be created in the following availability zones: "
                "us-east-1a, us-east-1b, us-east-1c."
            ),
        ),
        (
            {"CidrBlock": "10.0.1.0/24", "AvailabilityZoneId": "use1-az9"},
            "InvalidParameterValue",
            (
                "Value (use1-az9) for parameter availabilityZoneId is invalid. Subnets can "
                "currently only be created in the following availability zones: "
                "use1-az1, use1-az2, use1-az3."
            ),
        ),
        ({}, "MissingParameter", "The request must contain the parameter cidrBlock"),
        (
            {"CidrBlock": "10.0.1.0/24", "Ipv6CidrBlock": "fd00::/64"},
            "UnsupportedOperation",
            "Homeport's subnets have IPv4 addresses only.",
        ),
    ],
)
def test_a_subnet_that_cannot_be_is_refused(
    ec2: Ec2, vpc_id: str, request_: dict[str, Any], code: str, message: str
) -> None:
    ec2("CreateSubnet", VpcId=vpc_id, CidrBlock="10.0.0.0/24")
    assert refused(ec2, "CreateSubnet", VpcId=vpc_id, **request_) == (code, message)


def test_a_subnet_of_no_vpc_is_refused(ec2: Ec2) -> None:
    for unknown in ("vpc-1", "\x00", "\ud800"):
        code, _ = refused(ec2, "CreateSubnet", VpcId=unknown, CidrBlock="10.0.0.0/24")
        assert code == "InvalidVpcID.NotFound"


def test_subnets_without_a_zone_are_spread_over_all(ec2: Ec2, vpc_id: str) -> None:
    zones = [
        ec2("CreateSubnet", VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24")["Subnet"][
            "AvailabilityZone"
        ]
        for number in range(6)
    ]
    assert zones == ["us-east-1a", "us-east-1b", "us-east-1c"] * 2


def test_a_subnet_with_an_interface_in_it_stays(
    ec2: Ec2, vpc_id: str, hold: Callable[..., Any], store: Store
) -> None:
    subnet = ec2("CreateSubnet", VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]
    held = hold(subnet["SubnetId"])
    assert held.private_ipv4 == "10.0.0.4"
    (shown,) = ec2("DescribeSubnets", SubnetIds=[subnet["SubnetId"]])["Subnets"]
    assert shown["AvailableIpAddressCount"] == 250
    assert refused(ec2, "DeleteSubnet", SubnetId=subnet["SubnetId"]) == (
        "DependencyViolation",
        f"The subnet '{subnet['SubnetId']}' has dependencies and cannot be deleted.",
    )
    where = ("000000000000", "us-east-1", held.interface_id)
    store.write(lambda tx: Ec2Networks().delete_interface(tx, *where))
    ec2("DeleteSubnet", SubnetId=subnet["SubnetId"])
    ec2("DeleteVpc", VpcId=vpc_id)


def test_a_deleted_subnet_is_associated_with_no_table(ec2: Ec2, vpc_id: str) -> None:
    subnet_id = ec2("CreateSubnet", VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    table_id = ec2("CreateRouteTable", VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2("AssociateRouteTable", RouteTableId=table_id, SubnetId=subnet_id)
    ec2("DeleteSubnet", SubnetId=subnet_id)
    (table,) = ec2("DescribeRouteTables", RouteTableIds=[table_id])["RouteTables"]
    assert table["Associations"] == []
    ec2("DeleteRouteTable", RouteTableId=table_id)


def test_one_region_does_not_see_the_vpcs_of_another(
    ec2: Ec2, vpc_id: str, call: Callable[..., Any]
) -> None:
    elsewhere = Ec2(ec2.store, lambda: call(region="eu-west-1"))
    assert refused(elsewhere, "DeleteVpc", VpcId=vpc_id)[0] == "InvalidVpcID.NotFound"
    assert refused(elsewhere, "CreateSubnet", VpcId=vpc_id, CidrBlock="10.0.0.0/24")[0] == (
        "InvalidVpcID.NotFound"
    )
