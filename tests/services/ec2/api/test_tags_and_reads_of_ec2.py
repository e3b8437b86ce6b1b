"""Tags of every kind of resource, and the reads of what no VPC of ours has."""

from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.ec2 import errors
from services.ec2.ec2_calls import Ec2

NAME = [{"Key": "Name", "Value": "x"}]


def refused(ec2: Ec2, name: str, /, **request: object) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        ec2(name, **request)
    return error.value.code, error.value.message


def one_of_each(ec2: Ec2) -> dict[str, str]:
    """An id of every kind of resource that can have tags, by the kind."""
    vpc_id = ec2.default_vpc()
    subnet_id = ec2("DescribeSubnets")["Subnets"][0]["SubnetId"]
    group_id = ec2.group()
    interface = ec2("CreateNetworkInterface", SubnetId=subnet_id)["NetworkInterface"]
    private = {"SubnetId": subnet_id, "ConnectivityType": "private"}
    return {
        "dhcp-options": ec2("DescribeDhcpOptions")["DhcpOptions"][0]["DhcpOptionsId"],
        "elastic-ip": ec2("AllocateAddress")["AllocationId"],
        "internet-gateway": ec2("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"],
        "natgateway": ec2("CreateNatGateway", **private)["NatGateway"]["NatGatewayId"],
        "network-acl": ec2("DescribeNetworkAcls")["NetworkAcls"][0]["NetworkAclId"],
        "network-interface": interface["NetworkInterfaceId"],
        "route-table": ec2("CreateRouteTable", VpcId=vpc_id)["RouteTable"]["RouteTableId"],
        "security-group": group_id,
        "security-group-rule": ec2.rules(group_id, is_egress=True)[0]["SecurityGroupRuleId"],
        "subnet": subnet_id,
        "vpc": vpc_id,
    }


READS = {
    "dhcp-options": ("DescribeDhcpOptions", "DhcpOptions", "DhcpOptionsId", "Tags"),
    "elastic-ip": ("DescribeAddresses", "Addresses", "AllocationId", "Tags"),
    "internet-gateway": (
        "DescribeInternetGateways",
        "InternetGateways",
        "InternetGatewayId",
        "Tags",
    ),
    "natgateway": ("DescribeNatGateways", "NatGateways", "NatGatewayId", "Tags"),
    "network-acl": ("DescribeNetworkAcls", "NetworkAcls", "NetworkAclId", "Tags"),
    "network-interface": (
        "DescribeNetworkInterfaces",
        "NetworkInterfaces",
        "NetworkInterfaceId",
        "TagSet",
    ),
    "route-table": ("DescribeRouteTables", "RouteTables", "RouteTableId", "Tags"),
    "security-group": ("DescribeSecurityGroups", "SecurityGroups", "GroupId", "Tags"),
    "security-group-rule": (
        "DescribeSecurityGroupRules",
        "SecurityGroupRules",
        "SecurityGroupRuleId",
        "Tags",
    ),
    "subnet": ("DescribeSubnets", "Subnets", "SubnetId", "Tags"),
    "vpc": ("DescribeVpcs", "Vpcs", "VpcId", "Tags"),
}


def test_every_kind_of_resource_is_tagged_found_by_its_tag_and_untagged(ec2: Ec2) -> None:
    ids = one_of_each(ec2)
    assert ids.keys() == READS.keys()
    ec2("CreateTags", Resources=list(ids.values()), Tags=NAME)
    shown = ec2("DescribeTags", Filters=[{"Name": "key", "Values": ["Name"]}])["Tags"]
    assert {each["ResourceType"]: each["ResourceId"] for each in shown} == ids
    for kind, (operation, member, key, tags) in READS.items():
        for given in (("tag:Name", "x"), ("tag-key", "Name")):
            filters = [{"Name": given[0], "Values": [given[1]]}]
            filter_member = "Filter" if kind == "natgateway" else "Filters"
            (found,) = ec2(operation, **{filter_member: filters})[member]
            assert (found[key], found[tags]) == (ids[kind], NAME)
        where = [{"Name": "resource-id", "Values": [ids[kind]]}]
        assert ec2("DescribeTags", Filters=where)["Tags"] == [
            {"Key": "Name", "ResourceId": ids[kind], "ResourceType": kind, "Value": "x"}
        ]
    ec2("DeleteTags", Resources=list(ids.values()), Tags=[{"Key": "Name"}])
    assert ec2("DescribeTags")["Tags"] == []


def test_a_tag_is_deleted_when_its_value_fits(ec2: Ec2) -> None:
    vpc_id = ec2.default_vpc()
    tags = [{"Key": key, "Value": value} for key, value in (("a", "1"), ("b", ""), ("c", "3"))]
    ec2("CreateTags", Resources=[vpc_id], Tags=tags)

    def keys() -> list[str]:
        return [each["Key"] for each in ec2("DescribeTags")["Tags"]]

    gone = [{"Key": "a", "Value": "other"}, {"Key": "b", "Value": ""}, {"Key": "missing"}]
    ec2("DeleteTags", Resources=[vpc_id], Tags=gone)
    assert keys() == ["a", "c"]
    ec2("CreateTags", Resources=[vpc_id], Tags=[{"Key": "a", "Value": "2"}, {"Key": "d"}])
    assert [(each["Key"], each["Value"]) for each in ec2("DescribeTags")["Tags"]] == [
        ("a", "2"),
        ("c", "3"),
        ("d", ""),
    ]
    ec2("DeleteTags", Resources=[vpc_id])
    assert keys() == []


def test_tags_are_paged(ec2: Ec2) -> None:
    tags = [{"Key": f"k{number}", "Value": "v"} for number in range(7)]
    ec2("CreateTags", Resources=[ec2.default_vpc()], Tags=tags)
    page = ec2("DescribeTags", MaxResults=5)
    rest = ec2("DescribeTags", MaxResults=5, NextToken=page["NextToken"])
    assert [each["Key"] for each in page["Tags"] + rest["Tags"]] == [each["Key"] for each in tags]
    assert "NextToken" not in rest


@pytest.mark.parametrize(
    ("resource", "tags", "code", "message"),
    [
        ("bogus", NAME, "InvalidID", "The ID 'bogus' is not valid"),
        ("vpc-1", NAME, "InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist"),
        (
            "sgr-1",
            NAME,
            "InvalidSecurityGroupRuleId.NotFound",
            "The security group rule ID 'sgr-1' does not exist",
        ),
        (
            None,
            [{"Key": "aws:x", "Value": ""}],
            "InvalidParameterValue",
            "Tag keys starting with 'aws:' are reserved for internal use",
        ),
        (
            None,
            [{"Key": "k" * 128}],
            "InvalidParameterValue",
            "Tag key exceeds the maximum length of 127 characters",
        ),
        (
            None,
            [{"Key": "k", "Value": "v" * 257}],
            "InvalidParameterValue",
            "Tag value exceeds the maximum length of 256 characters",
        ),
        (
            None,
            [{"Key": "k"}, {"Key": "k"}],
            "InvalidParameterValue",
            "Duplicate tag key 'k' specified.",
        ),
        (None, [{"Value": "v"}], "InvalidParameterValue", "Tag key cannot be null or empty"),
        (
            None,
            [{"Key": f"k{number}"} for number in range(51)],
            "TagLimitExceeded",
            "You have reached the maximum number of tags for a resource.",
        ),
    ],
)
def test_a_tag_that_cannot_be_is_refused_on_all_resources(
    ec2: Ec2, resource: str | None, tags: list[dict[str, Any]], code: str, message: str
) -> None:
    vpc_id = ec2.default_vpc()
    resources = [vpc_id, *([] if resource is None else [resource])]
    assert refused(ec2, "CreateTags", Resources=resources, Tags=tags) == (code, message)
    assert ec2("DescribeTags")["Tags"] == []


def test_so_many_resources_are_tagged_at_once(ec2: Ec2) -> None:
    assert refused(ec2, "CreateTags", Resources=[], Tags=NAME)[0] == "MissingParameter"
    many = [f"vpc-{number}" for number in range(1001)]
    assert refused(ec2, "CreateTags", Resources=many, Tags=NAME)[0] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("operation", "member", "keys", "code"),
    [
        ("DescribeVpcEndpoints", "VpcEndpoints", "VpcEndpointIds", "InvalidVpcEndpointId.NotFound"),
        ("DescribeVpcEndpointServices", "ServiceDetails", "ServiceNames", "InvalidServiceName"),
        ("DescribePrefixLists", "PrefixLists", "PrefixListIds", "InvalidPrefixListID.NotFound"),
        (
            "DescribeManagedPrefixLists",
            "PrefixLists",
            "PrefixListIds",
            "InvalidPrefixListID.NotFound",
        ),
        (
            "DescribeVpcPeeringConnections",
            "VpcPeeringConnections",
            "VpcPeeringConnectionIds",
            "InvalidVpcPeeringConnectionID.NotFound",
        ),
        (
            "DescribeEgressOnlyInternetGateways",
            "EgressOnlyInternetGateways",
            "EgressOnlyInternetGatewayIds",
            "InvalidEgressOnlyInternetGatewayId.NotFound",
        ),
        ("DescribeNetworkAcls", None, "NetworkAclIds", "InvalidNetworkAclID.NotFound"),
        ("DescribeDhcpOptions", None, "DhcpOptionsIds", "InvalidDhcpOptionID.NotFound"),
        ("DescribeVpcClassicLink", None, "VpcIds", "InvalidVpcID.NotFound"),
        ("DescribeVpcClassicLinkDnsSupport", None, "VpcIds", "InvalidVpcID.NotFound"),
    ],
)
def test_a_read_answers_truly_that_there_is_none(
    ec2: Ec2, operation: str, member: str | None, keys: str, code: str
) -> None:
    if member is not None:
        assert ec2(operation)[member] == []
    assert refused(ec2, operation, **{keys: ["x-1"]})[0] == code
    if operation == "DescribeVpcClassicLinkDnsSupport":
        return
    with pytest.raises(errors.InvalidParameterValue):
        ec2(operation, Filters=[{"Name": "bogus", "Values": ["x"]}])


def test_no_vpc_is_linked_to_classic(ec2: Ec2) -> None:
    vpc_id = ec2.default_vpc()
    linked = [{"Name": "is-classic-link-enabled", "Values": ["true"]}]
    assert ec2("DescribeVpcClassicLink", Filters=linked)["Vpcs"] == []
    assert ec2("DescribeVpcClassicLink")["Vpcs"] == [
        {"ClassicLinkEnabled": False, "Tags": [], "VpcId": vpc_id}
    ]
    assert ec2("DescribeVpcClassicLinkDnsSupport")["Vpcs"] == [
        {"ClassicLinkDnsSupported": False, "VpcId": vpc_id}
    ]
    assert refused(ec2, "GetManagedPrefixListEntries", PrefixListId="pl-1") == (
        "InvalidPrefixListID.NotFound",
        "The prefix list ID 'pl-1' does not exist",
    )
