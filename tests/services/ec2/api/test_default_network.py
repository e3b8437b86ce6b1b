"""What every region has from the start, as the API shows it."""

from collections.abc import Callable
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.runtime import Call
from homeport.services.ec2 import errors
from homeport.services.ec2.facade import Ec2Networks
from homeport.store import Store

Ask = Callable[..., Any]
Plant = Callable[..., None]
REGIONS = (*tuple(f"eu-west-{n}" for n in range(33)), "us-east-1")


def test_every_region_has_a_default_vpc_that_overlaps_no_other(
    ask: Ask, plant: Plant, call: Callable[..., Call]
) -> None:
    plant(regions=REGIONS, taken_networks=("10.0.0.0/9", "172.17.0.0/16"))
    ranges = []
    for region in REGIONS:
        (vpc,) = ask("DescribeVpcs", _call=call(region=region))["Vpcs"]
        assert vpc["IsDefault"]
        ranges.append(IPv4Network(vpc["CidrBlock"]))
    assert str(ranges[-1]) == "172.31.0.0/16"
    assert not any(a.overlaps(b) for a, b in combinations(ranges, 2))
    assert not any(each.overlaps(IPv4Network("10.0.0.0/9")) for each in ranges)


def test_seeding_again_changes_nothing_and_a_new_region_gets_its_own(
    ask: Ask, plant: Plant, call: Callable[..., Call]
) -> None:
    plant(regions=("us-east-1",))
    before = [ask(f"Describe{what}") for what in ("Vpcs", "Subnets", "SecurityGroups")]
    plant(regions=("us-east-1", "eu-west-1"), taken_networks=("172.31.0.0/16",))
    assert [ask(f"Describe{what}") for what in ("Vpcs", "Subnets", "SecurityGroups")] == before
    (vpc,) = ask("DescribeVpcs", _call=call(region="eu-west-1"))["Vpcs"]
    assert not IPv4Network(vpc["CidrBlock"]).overlaps(IPv4Network("172.31.0.0/16"))
    assert [each["RegionName"] for each in ask("DescribeRegions")["Regions"]] == [
        "eu-west-1",
        "us-east-1",
    ]


def test_a_machine_without_free_networks_has_no_vpc(ask: Ask, plant: Plant) -> None:
    plant(taken_networks=("0.0.0.0/1", "128.0.0.0/1"))
    assert ask("DescribeVpcs") == {"Vpcs": []}
    assert ask("DescribeAccountAttributes", AttributeNames=["default-vpc"])[
        "AccountAttributes"
    ] == [{"AttributeName": "default-vpc", "AttributeValues": [{"AttributeValue": "none"}]}]


def test_a_region_without_a_vpc_gets_one_as_soon_as_a_network_is_free(
    ask: Ask, plant: Plant
) -> None:
    plant(taken_networks=("0.0.0.0/1", "128.0.0.0/1"))
    plant()
    (vpc,) = ask("DescribeVpcs")["Vpcs"]
    assert vpc["IsDefault"]


def test_another_account_gets_default_vpcs_of_its_own(
    ask: Ask, plant: Plant, call: Callable[..., Call]
) -> None:
    plant()
    (before,) = ask("DescribeVpcs")["Vpcs"]
    plant(account="111122223333")
    (vpc,) = ask("DescribeVpcs", _call=call(account="111122223333"))["Vpcs"]
    assert vpc["OwnerId"] == "111122223333"
    assert vpc["CidrBlock"] != before["CidrBlock"]
    assert ask("DescribeVpcs")["Vpcs"] == [before]


def test_the_default_vpc_looks_as_on_aws(ask: Ask, plant: Plant) -> None:
    plant()
    (vpc,) = ask("DescribeVpcs")["Vpcs"]
    assert (vpc["CidrBlock"], vpc["State"], vpc["OwnerId"]) == (
        "172.31.0.0/16",
        "available",
        "000000000000",
    )
    assert vpc["CidrBlockAssociationSet"][0]["CidrBlockState"] == {"State": "associated"}
    subnets = ask("DescribeSubnets")["Subnets"]
    assert sorted(
        (each["AvailabilityZone"], each["CidrBlock"], each["AvailabilityZoneId"])
        for each in subnets
    ) == [
        ("us-east-1a", "172.31.0.0/20", "use1-az1"),
        ("us-east-1b", "172.31.16.0/20", "use1-az2"),
        ("us-east-1c", "172.31.32.0/20", "use1-az3"),
    ]
    assert {each["VpcId"] for each in subnets} == {vpc["VpcId"]}
    assert {each["AvailableIpAddressCount"] for each in subnets} == {4091}
    (table,) = ask("DescribeRouteTables")["RouteTables"]
    (gateway,) = ask("DescribeInternetGateways")["InternetGateways"]
    assert [each["GatewayId"] for each in table["Routes"]] == [
        "local",
        gateway["InternetGatewayId"],
    ]
    assert gateway["Attachments"] == [{"State": "available", "VpcId": vpc["VpcId"]}]


def test_the_default_security_group_looks_as_on_aws(ask: Ask, plant: Plant) -> None:
    plant()
    (group,) = ask("DescribeSecurityGroups")["SecurityGroups"]
    nothing: dict[str, list[object]] = {"Ipv6Ranges": [], "PrefixListIds": []}
    assert group["GroupName"] == "default"
    assert group["Description"] == "default VPC security group"
    assert group["IpPermissions"] == [
        {
            "IpProtocol": "-1",
            "UserIdGroupPairs": [{"UserId": "000000000000", "GroupId": group["GroupId"]}],
            "IpRanges": [],
            **nothing,
        }
    ]
    assert group["IpPermissionsEgress"] == [
        {
            "IpProtocol": "-1",
            "UserIdGroupPairs": [],
            "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
            **nothing,
        }
    ]
    rules = ask("DescribeSecurityGroupRules")["SecurityGroupRules"]
    assert sorted(each["IsEgress"] for each in rules) == [False, True]
    egress = next(each for each in rules if each["IsEgress"])
    assert (egress["CidrIpv4"], egress["FromPort"], egress["ToPort"]) == ("0.0.0.0/0", -1, -1)


@pytest.mark.parametrize(
    ("operation", "filters", "count"),
    [
        ("DescribeVpcs", [("is-default", "true")], 1),
        ("DescribeVpcs", [("isDefault", "false")], 0),
        ("DescribeVpcs", [("cidr-block-association.cidr-block", "172.31.*")], 1),
        ("DescribeVpcs", [("ipv6-cidr-block-association.state", "*")], 0),
        ("DescribeSubnets", [("availability-zone", "us-east-1?")], 3),
        ("DescribeSubnets", [("default-for-az", "true"), ("availabilityZone", "us-east-1b")], 1),
        ("DescribeSubnets", [("tag:Name", "*")], 0),
        ("DescribeSecurityGroups", [("group-name", "default")], 1),
        ("DescribeSecurityGroups", [("egress.ip-permission.cidr", "0.0.0.0/0")], 1),
        ("DescribeSecurityGroups", [("ip-permission.cidr", "0.0.0.0/0")], 0),
        ("DescribeRouteTables", [("association.main", "true")], 1),
        ("DescribeInternetGateways", [("attachment.state", "available")], 1),
        ("DescribeAvailabilityZones", [("zone-name", "us-east-1a")], 1),
        ("DescribeAvailabilityZones", [("state", "available")], 3),
        ("DescribeRegions", [("region-name", "us-*")], 1),
        ("DescribeTags", [("resource-type", "vpc")], 0),
    ],
)
def test_resources_are_filtered(
    ask: Ask, plant: Plant, operation: str, filters: list[tuple[str, str]], count: int
) -> None:
    plant()
    given = [{"Name": name, "Values": [value]} for name, value in filters]
    (found,) = ask(operation, Filters=given).values()
    assert len(found) == count


def test_a_filter_that_ec2_does_not_know_is_refused_everywhere(ask: Ask, plant: Plant) -> None:
    plant()
    for what in (
        "AvailabilityZones",
        "InternetGateways",
        "NetworkInterfaces",
        "Regions",
        "RouteTables",
        "SecurityGroupRules",
        "SecurityGroups",
        "Subnets",
        "Tags",
        "Vpcs",
    ):
        with pytest.raises(errors.InvalidParameterValue) as refused:
            ask(f"Describe{what}", Filters=[{"Name": "bogus", "Values": ["x"]}])
        assert refused.value.message == "The filter 'bogus' is invalid"


@pytest.mark.parametrize(
    ("operation", "member", "code", "message"),
    [
        ("Vpcs", "VpcIds", "InvalidVpcID.NotFound", "The vpc ID 'x-1' does not exist"),
        ("Subnets", "SubnetIds", "InvalidSubnetID.NotFound", "The subnet ID 'x-1' does not exist"),
        (
            "NetworkInterfaces",
            "NetworkInterfaceIds",
            "InvalidNetworkInterfaceID.NotFound",
            "The networkInterface ID 'x-1' does not exist",
        ),
        (
            "RouteTables",
            "RouteTableIds",
            "InvalidRouteTableID.NotFound",
            "The routeTable ID 'x-1' does not exist",
        ),
        (
            "InternetGateways",
            "InternetGatewayIds",
            "InvalidInternetGatewayID.NotFound",
            "The internetGateway ID 'x-1' does not exist",
        ),
        (
            "SecurityGroupRules",
            "SecurityGroupRuleIds",
            "InvalidSecurityGroupRuleId.NotFound",
            "The security group rule ID 'x-1' does not exist",
        ),
        (
            "SecurityGroups",
            "GroupIds",
            "InvalidGroupId.Malformed",
            'Invalid id: "x-1" (expecting "sg-...")',
        ),
    ],
)
def test_an_id_that_is_not_there_gets_the_error_of_ec2(
    ask: Ask, plant: Plant, operation: str, member: str, code: str, message: str
) -> None:
    plant()
    with pytest.raises(AwsError) as refused:
        ask(f"Describe{operation}", **{member: ["x-1"]})
    assert (refused.value.code, refused.value.message) == (code, message)
    with pytest.raises(AwsError):
        ask(f"Describe{operation}", **{member: ["sg-\x00", "sg-\ud800"]})


def test_lists_are_paged(ask: Ask, plant: Plant) -> None:
    plant()
    page = ask("DescribeSubnets", MaxResults=2)
    rest = ask("DescribeSubnets", MaxResults=2, NextToken=page["NextToken"])
    assert (len(page["Subnets"]), len(rest["Subnets"]), "NextToken" in rest) == (2, 1, False)
    assert len({each["SubnetId"] for each in page["Subnets"] + rest["Subnets"]}) == 3
    first = page["Subnets"][0]["SubnetId"]
    assert ask("DescribeSubnets", SubnetIds=[first, first])["Subnets"] == [page["Subnets"][0]]
    with pytest.raises(errors.InvalidParameterValue):
        ask("DescribeSubnets", NextToken="bogus")
    with pytest.raises(errors.InvalidParameterCombination):
        ask("DescribeSubnets", SubnetIds=[first], MaxResults=5)


def test_a_dry_run_would_have_succeeded(ask: Ask, plant: Plant) -> None:
    plant()
    for what in ("Vpcs", "Regions", "AvailabilityZones", "AccountAttributes", "Tags"):
        with pytest.raises(errors.DryRunOperation) as refused:
            ask(f"Describe{what}", DryRun=True)
        assert refused.value.status == 412


def test_attributes_of_a_vpc(ask: Ask, plant: Plant) -> None:
    plant()
    vpc_id = ask("DescribeVpcs")["Vpcs"][0]["VpcId"]
    expected = {
        "enableDnsSupport": {"EnableDnsSupport": {"Value": True}},
        "enableDnsHostnames": {"EnableDnsHostnames": {"Value": True}},
        "enableNetworkAddressUsageMetrics": {"EnableNetworkAddressUsageMetrics": {"Value": False}},
    }
    for name, attribute in expected.items():
        answer = ask("DescribeVpcAttribute", VpcId=vpc_id, Attribute=name)
        assert answer == {"VpcId": vpc_id, **attribute}
    with pytest.raises(errors.InvalidParameterValue):
        ask("DescribeVpcAttribute", VpcId=vpc_id, Attribute="bogus")
    with pytest.raises(errors.VpcNotFound):
        ask("DescribeVpcAttribute", VpcId="vpc-1", Attribute="enableDnsSupport")


def test_places_are_named(ask: Ask, plant: Plant) -> None:
    plant(regions=("us-east-1", "af-south-1"))
    assert [
        (each["RegionName"], each["OptInStatus"], each["Endpoint"])
        for each in ask("DescribeRegions", RegionNames=["af-south-1", "us-east-1"])["Regions"]
    ] == [
        ("af-south-1", "opted-in", "ec2.af-south-1.amazonaws.com"),
        ("us-east-1", "opt-in-not-required", "ec2.us-east-1.amazonaws.com"),
    ]
    zones = ask("DescribeAvailabilityZones", ZoneNames=["us-east-1b"])["AvailabilityZones"]
    assert [(each["ZoneName"], each["ZoneId"]) for each in zones] == [("us-east-1b", "use1-az2")]
    for operation, request in (
        ("DescribeRegions", {"RegionNames": ["us-nowhere-1"]}),
        ("DescribeAvailabilityZones", {"ZoneNames": ["us-east-1z"]}),
        ("DescribeAvailabilityZones", {"ZoneIds": ["use1-az9"]}),
        ("DescribeAccountAttributes", {"AttributeNames": ["bogus"]}),
    ):
        with pytest.raises(errors.InvalidParameterValue):
            ask(operation, **request)


def test_other_services_look_up_networks(ask: Ask, plant: Plant, store: Store) -> None:
    plant()
    where = ("000000000000", "us-east-1")
    networks = Ec2Networks()
    subnets = store.read(lambda tx: networks.default_subnets(tx, *where))
    assert [each.availability_zone for each in subnets] == [
        "us-east-1a",
        "us-east-1b",
        "us-east-1c",
    ]
    assert store.read(lambda tx: networks.subnet(tx, *where, subnets[1].subnet_id)) == subnets[1]
    assert subnets[0].vpc_cidr == "172.31.0.0/16"
    group = store.read(lambda tx: networks.default_security_group(tx, *where, subnets[0].vpc_id))
    assert group is not None
    assert store.read(lambda tx: networks.security_group(tx, *where, group.group_id)) == group
    elsewhere = ("000000000000", "eu-west-1")
    for bad in ("subnet-1", "\x00", "\ud800"):
        assert store.read(lambda tx, b=bad: networks.subnet(tx, *where, b)) is None
        assert store.read(lambda tx, b=bad: networks.security_group(tx, *where, b)) is None
        assert store.read(lambda tx, b=bad: networks.default_security_group(tx, *where, b)) is None
    found = store.read(lambda tx: networks.subnet(tx, *elsewhere, subnets[0].subnet_id))
    assert found is None
