"""Security groups: making them, finding them, and what keeps them from being deleted."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.ec2 import errors
from homeport.services.ec2.plan import limits
from homeport.store import Store
from services.ec2.ec2_calls import Ec2

Hold = Callable[..., Any]


@pytest.fixture
def ec2(store: Store, call: Callable[..., Any], plant: Callable[..., None]) -> Ec2:
    plant()
    return Ec2(store, call)


@pytest.fixture
def other_vpc(ec2: Ec2) -> str:
    return str(ec2("CreateVpc", CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"])


def subnet_of(ec2: Ec2, vpc_id: str) -> str:
    given = [{"Name": "vpc-id", "Values": [vpc_id]}]
    return str(ec2("DescribeSubnets", Filters=given)["Subnets"][0]["SubnetId"])


def test_a_new_group_lets_everything_out_and_nothing_in(ec2: Ec2) -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "a", "Value": "b"}]}]
    made = ec2("CreateSecurityGroup", GroupName="web", Description="x", TagSpecifications=tags)
    group_id = made["GroupId"]
    arn = f"arn:aws:ec2:us-east-1:000000000000:security-group/{group_id}"
    assert made == {
        "GroupId": group_id,
        "SecurityGroupArn": arn,
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    (shown,) = ec2("DescribeSecurityGroups", GroupIds=[group_id])["SecurityGroups"]
    assert shown == {
        "GroupId": group_id,
        "GroupName": "web",
        "Description": "x",
        "OwnerId": "000000000000",
        "VpcId": ec2.default_vpc(),
        "SecurityGroupArn": arn,
        "Tags": [{"Key": "a", "Value": "b"}],
        "IpPermissions": [],
        "IpPermissionsEgress": [
            {
                "IpProtocol": "-1",
                "IpRanges": [{"CidrIp": "0.0.0.0/0"}],
                "Ipv6Ranges": [],
                "PrefixListIds": [],
                "UserIdGroupPairs": [],
            }
        ],
    }


def test_a_name_is_taken_in_its_vpc_alone_whatever_its_case(ec2: Ec2, other_vpc: str) -> None:
    ec2.group("web")
    ec2.group("web", VpcId=other_vpc)
    for name, vpc_id in (("web", None), ("WEB", None), ("Web", other_vpc)):
        where = {} if vpc_id is None else {"VpcId": vpc_id}
        with pytest.raises(errors.GroupDuplicate) as refused:
            ec2.group(name, **where)
        assert refused.value.code == "InvalidGroup.Duplicate"
        assert refused.value.message == (
            f"The security group '{name}' already exists for VPC '{vpc_id or ec2.default_vpc()}'"
        )


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"VpcId": "vpc-1"}, "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist"),
        (
            {"GroupName": "default"},
            "InvalidParameterValue",
            "Cannot use reserved security group name: default",
        ),
        (
            {"TagSpecifications": [{"ResourceType": "vpc", "Tags": [{"Key": "a"}]}]},
            "InvalidParameterValue",
            "'vpc' is not a valid taggable resource type for this operation.",
        ),
        (
            {"DryRun": True},
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        ),
    ],
)
def test_a_group_that_cannot_be_made_is_not(
    ec2: Ec2, changes: dict[str, Any], code: str, message: str
) -> None:
    before = ec2("DescribeSecurityGroups")
    with pytest.raises(AwsError) as refused:
        ec2.group(**{"name": "web", **changes} if "GroupName" not in changes else changes)
    assert (refused.value.code, refused.value.message) == (code, message)
    assert ec2("DescribeSecurityGroups") == before


def test_a_region_has_so_many_groups_and_no_more(ec2: Ec2, monkeypatch: pytest.MonkeyPatch) -> None:
    there = len(ec2("DescribeSecurityGroups")["SecurityGroups"])
    assert limits.SECURITY_GROUPS_MAX == 2500
    monkeypatch.setattr(limits, "SECURITY_GROUPS_MAX", there + 1)
    ec2.group("one")
    with pytest.raises(errors.GroupLimitExceeded) as refused:
        ec2.group("more")
    assert refused.value.code == "SecurityGroupLimitExceeded"
    assert refused.value.message == "The maximum number of security groups has been reached."


def test_a_group_is_deleted_by_id_or_by_name(ec2: Ec2) -> None:
    group_id = ec2.group("web")
    assert ec2("DeleteSecurityGroup", GroupId=group_id) == {"Return": True, "GroupId": group_id}
    group_id = ec2.group("web")
    assert ec2("DeleteSecurityGroup", GroupName="web")["GroupId"] == group_id
    with pytest.raises(errors.GroupNotFound) as refused:
        ec2("DeleteSecurityGroup", GroupId=group_id)
    assert refused.value.message == f"The security group '{group_id}' does not exist"
    with pytest.raises(errors.NamedGroupNotFound) as unnamed:
        ec2("DeleteSecurityGroup", GroupName="web")
    assert unnamed.value.message == (
        f"The security group 'web' does not exist in default VPC '{ec2.default_vpc()}'"
    )
    for request, refusal in (
        ({}, errors.MissingParameter),
        ({"GroupId": "sg-1", "GroupName": "web"}, errors.InvalidParameterCombination),
        ({"GroupId": "web"}, errors.GroupIdMalformed),
        ({"GroupId": "sg-\x00"}, errors.GroupNotFound),
    ):
        with pytest.raises(refusal):
            ec2("DeleteSecurityGroup", **request)


def test_the_default_group_stays(ec2: Ec2) -> None:
    (default,) = ec2("DescribeSecurityGroups", GroupNames=["default"])["SecurityGroups"]
    with pytest.raises(errors.CannotDelete) as refused:
        ec2("DeleteSecurityGroup", GroupId=default["GroupId"])
    assert refused.value.code == "CannotDelete"
    assert refused.value.message == (
        f'the specified group: "{default["GroupId"]}" name: "default" cannot be deleted by a user'
    )


def test_a_group_that_an_interface_has_stays(ec2: Ec2, hold: Hold, store: Store) -> None:
    group_id, other = ec2.group("web"), ec2.group("other")
    held = hold(subnet_of(ec2, ec2.default_vpc()), other, group_id)
    with pytest.raises(errors.DependencyViolation) as refused:
        ec2("DeleteSecurityGroup", GroupId=group_id)
    assert refused.value.message == f"resource {group_id} has a dependent object"
    where = ("000000000000", "us-east-1", held.interface_id)
    networks = ec2.call().peers.networks
    store.write(lambda tx: networks.set_security_groups(tx, *where, security_groups=(other,)))
    ec2("DeleteSecurityGroup", GroupId=group_id)
    store.write(lambda tx: networks.delete_interface(tx, *where))
    ec2("DeleteSecurityGroup", GroupId=other)


def test_a_group_that_another_ones_rule_refers_to_stays(ec2: Ec2) -> None:
    group_id, other = ec2.group("web"), ec2.group("other")
    for each in (group_id, other):
        ec2(
            "AuthorizeSecurityGroupIngress",
            GroupId=each,
            IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group_id}]}],
        )
    with pytest.raises(errors.DependencyViolation):
        ec2("DeleteSecurityGroup", GroupId=group_id)
    ec2("DeleteSecurityGroup", GroupId=other)
    ec2("DeleteSecurityGroup", GroupId=group_id)  # Its own rule about itself does not count.


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([("group-name", "w?b")], ["web"]),
        ([("description", "web")], ["web"]),
        ([("vpc-id", "{vpc}")], ["db", "default", "web"]),
        ([("ip-permission.from-port", "443"), ("ip-permission.protocol", "udp")], ["web"]),
        ([("ip-permission.to-port", "444")], ["web"]),
        ([("ip-permission.cidr", "10.0.0.0/8")], ["web"]),
        ([("ip-permission.ipv6-cidr", "2001:db8::/32")], ["web"]),
        ([("ip-permission.group-id", "{web}")], ["db"]),
        ([("ip-permission.group-name", "web")], ["db"]),
        ([("ip-permission.user-id", "000000000000")], ["db", "default", "default"]),
        ([("egress.ip-permission.group-name", "db")], ["web"]),
        ([("egress.ip-permission.cidr", "0.0.0.0/0")], ["db", "default", "default", "web"]),
        ([("tag:tier", "front")], ["web"]),
        ([("tag-key", "tier")], ["web"]),
    ],
)
def test_groups_are_found_by_every_filter(
    ec2: Ec2, other_vpc: str, filters: list[tuple[str, str]], found: list[str]
) -> None:
    tags = [{"ResourceType": "security-group", "Tags": [{"Key": "tier", "Value": "front"}]}]
    web, db = ec2.group("web", TagSpecifications=tags), ec2.group("db")
    ec2(
        "AuthorizeSecurityGroupIngress",
        GroupId=web,
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 444,
                "IpRanges": [{"CidrIp": "10.0.0.0/8"}],
            },
            {
                "IpProtocol": "udp",
                "FromPort": 53,
                "ToPort": 53,
                "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
            },
        ],
    )
    ec2(
        "AuthorizeSecurityGroupIngress",
        GroupId=db,
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupName": "web"}]}],
    )
    ec2(
        "AuthorizeSecurityGroupEgress",
        GroupId=web,
        IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": db}]}],
    )
    vpc = ec2.default_vpc()
    given = [{"Name": name, "Values": [value.format(vpc=vpc, web=web)]} for name, value in filters]
    shown = ec2("DescribeSecurityGroups", Filters=given)["SecurityGroups"]
    assert sorted(each["GroupName"] for each in shown) == found
    pairs = [
        pair for each in shown for p in each["IpPermissions"] for pair in p["UserIdGroupPairs"]
    ]
    assert all("GroupName" not in pair for pair in pairs)


def test_groups_are_found_by_name_in_the_default_vpc_alone(ec2: Ec2, other_vpc: str) -> None:
    ec2.group("other", VpcId=other_vpc)
    web = ec2.group("web")
    (shown,) = ec2("DescribeSecurityGroups", GroupNames=["WEB", "web"])["SecurityGroups"]
    assert shown["GroupId"] == web
    with pytest.raises(errors.NamedGroupNotFound):
        ec2("DescribeSecurityGroups", GroupNames=["other"])


def test_the_groups_that_interfaces_of_a_vpc_may_have(ec2: Ec2, other_vpc: str) -> None:
    ec2.group("web")
    mine = ec2.group("mine", VpcId=other_vpc)
    found = ec2("GetSecurityGroupsForVpc", VpcId=other_vpc)["SecurityGroupForVpcs"]
    assert sorted(each["GroupName"] for each in found) == ["default", "mine"]
    given = [{"Name": "group-id", "Values": [mine]}]
    assert ec2("GetSecurityGroupsForVpc", VpcId=other_vpc, Filters=given) == {
        "SecurityGroupForVpcs": [
            {
                "GroupId": mine,
                "GroupName": "mine",
                "Description": "mine",
                "OwnerId": "000000000000",
                "PrimaryVpcId": other_vpc,
                "Tags": [],
            }
        ]
    }
    with pytest.raises(errors.VpcNotFound):
        ec2("GetSecurityGroupsForVpc", VpcId="vpc-1")


def test_nothing_refers_to_a_group_from_another_vpc_and_nothing_is_stale(ec2: Ec2) -> None:
    web = ec2.group("web")
    assert ec2("DescribeSecurityGroupReferences", GroupId=[web]) == {
        "SecurityGroupReferenceSet": []
    }
    with pytest.raises(errors.GroupNotFound):
        ec2("DescribeSecurityGroupReferences", GroupId=[web, "sg-1"])
    stale = ec2("DescribeStaleSecurityGroups", VpcId=ec2.default_vpc())
    assert stale == {"StaleSecurityGroupSet": []}
    with pytest.raises(errors.VpcNotFound):
        ec2("DescribeStaleSecurityGroups", VpcId="vpc-1")


def test_groups_are_of_their_region(ec2: Ec2, call: Callable[..., Any]) -> None:
    web = ec2.group("web")
    elsewhere = Ec2(ec2.store, lambda: call(region="eu-west-1"))
    with pytest.raises(errors.GroupNotFound):
        elsewhere("DescribeSecurityGroups", GroupIds=[web])
    with pytest.raises(errors.GroupNotFound):
        elsewhere("DeleteSecurityGroup", GroupId=web)
    elsewhere.group("web")
