"""Security groups and interfaces with stock boto3: its resources, waiters, pages and errors."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.ec2 import wiring
from homeport.store import Store
from root_asking import served


@pytest.fixture
def ec2(store: Store) -> Iterator[Any]:
    with served(store, wiring.services()) as clients:
        yield clients("ec2")


def refused(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_group_and_its_rules_from_the_first_to_the_last(ec2: Any) -> None:
    made = ec2.create_security_group(
        GroupName="web",
        Description="web servers",
        TagSpecifications=[
            {"ResourceType": "security-group", "Tags": [{"Key": "Name", "Value": "web"}]}
        ],
    )
    group_id = made["GroupId"]
    assert made["Tags"] == [{"Key": "Name", "Value": "web"}]
    ec2.get_waiter("security_group_exists").wait(GroupIds=[group_id])
    wanted = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}, {"CidrIp": "1.2.3.4/32"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "UserIdGroupPairs": [{"GroupId": group_id}],
    }
    added = ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[wanted])
    assert added["Return"] is True
    assert len(added["SecurityGroupRules"]) == 4
    (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    (permission,) = group["IpPermissions"]
    assert permission == {
        **wanted,
        "UserIdGroupPairs": [{"GroupId": group_id, "UserId": group["OwnerId"]}],
        "PrefixListIds": [],
    }
    assert refused(
        ec2.authorize_security_group_ingress, GroupId=group_id, IpPermissions=[permission]
    ) == (
        "InvalidPermission.Duplicate",
        (
            'the specified rule "peer: 10.0.0.0/8, TCP, from port: 80, to port: 443, ALLOW" '
            "already exists"
        ),
    )
    (group,) = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=group_id, IpPermissions=group["IpPermissions"])
    gone = ec2.revoke_security_group_egress(
        GroupId=group_id, IpPermissions=group["IpPermissionsEgress"]
    )
    assert [rule["CidrIpv4"] for rule in gone["RevokedSecurityGroupRules"]] == ["0.0.0.0/0"]
    (group,) = ec2.describe_security_groups(GroupNames=["web"])["SecurityGroups"]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    ec2.delete_security_group(GroupId=group_id)
    assert refused(ec2.describe_security_groups, GroupIds=[group_id]) == (
        "InvalidGroup.NotFound",
        f"The security group '{group_id}' does not exist",
    )


def test_rules_are_paged_changed_described_and_revoked_by_id(ec2: Any) -> None:
    group_id = ec2.create_security_group(GroupName="web", Description="x")["GroupId"]
    wanted = {
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": f"10.{n}.0.0/16"} for n in range(5)],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
    }
    ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[wanted])
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group_id]}], PaginationConfig={"PageSize": 5}
    )
    rules = [rule for page in pages for rule in page["SecurityGroupRules"]]
    assert len(rules) == 7
    (ipv6,) = [rule for rule in rules if "CidrIpv6" in rule]
    ec2.modify_security_group_rules(
        GroupId=group_id,
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": ipv6["SecurityGroupRuleId"],
                "SecurityGroupRule": {"IpProtocol": "-1", "CidrIpv6": "2001:db8::/32"},
            }
        ],
    )
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=group_id,
        SecurityGroupRuleDescriptions=[
            {"SecurityGroupRuleId": ipv6["SecurityGroupRuleId"], "Description": "lab"}
        ],
    )
    (changed,) = ec2.describe_security_group_rules(
        SecurityGroupRuleIds=[ipv6["SecurityGroupRuleId"]]
    )["SecurityGroupRules"]
    assert (changed["CidrIpv6"], changed["FromPort"], changed["Description"]) == (
        "2001:db8::/32",
        -1,
        "lab",
    )
    ids = [rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"]]
    gone = ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=ids)
    assert len(gone["RevokedSecurityGroupRules"]) == 6


def test_the_old_parameters_of_ingress(ec2: Any) -> None:
    group_id = ec2.create_security_group(GroupName="web", Description="x")["GroupId"]
    old = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    ec2.authorize_security_group_ingress(GroupName="web", **old)
    (rule,) = ec2.revoke_security_group_ingress(GroupId=group_id, **old)[
        "RevokedSecurityGroupRules"
    ]
    assert (rule["FromPort"], rule["CidrIpv4"]) == (22, "0.0.0.0/0")


def test_an_interface_and_its_attributes(ec2: Any) -> None:
    subnet = ec2.describe_subnets()["Subnets"][0]
    group_id = ec2.create_security_group(GroupName="web", Description="x")["GroupId"]
    made = ec2.create_network_interface(
        SubnetId=subnet["SubnetId"],
        Description="mine",
        Groups=[group_id],
        TagSpecifications=[
            {"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}
        ],
    )["NetworkInterface"]
    interface_id = made["NetworkInterfaceId"]
    ec2.get_waiter("network_interface_available").wait(NetworkInterfaceIds=[interface_id])
    assert refused(ec2.delete_security_group, GroupId=group_id) == (
        "DependencyViolation",
        f"resource {group_id} has a dependent object",
    )
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=interface_id, SourceDestCheck={"Value": False}
    )
    shown = ec2.describe_network_interface_attribute(
        NetworkInterfaceId=interface_id, Attribute="sourceDestCheck"
    )
    assert shown["SourceDestCheck"] == {"Value": False}
    groups = ec2.describe_network_interface_attribute(
        NetworkInterfaceId=interface_id, Attribute="groupSet"
    )["Groups"]
    assert groups == [{"GroupId": group_id, "GroupName": "web"}]
    ec2.create_tags(Resources=[interface_id, group_id], Tags=[{"Key": "c", "Value": "d"}])
    (tagged,) = ec2.describe_network_interfaces(NetworkInterfaceIds=[interface_id])[
        "NetworkInterfaces"
    ]
    assert {tag["Key"] for tag in tagged["TagSet"]} == {"a", "c"}
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "tag:c", "Values": ["d"]}])[
        "SecurityGroups"
    ]
    assert group["GroupId"] == group_id
    ec2.delete_network_interface(NetworkInterfaceId=interface_id)
    ec2.delete_security_group(GroupId=group_id)
    assert refused(ec2.delete_network_interface, NetworkInterfaceId=interface_id) == (
        "InvalidNetworkInterfaceID.NotFound",
        f"The networkInterface ID '{interface_id}' does not exist",
    )


def test_rules_are_tagged_too(ec2: Any) -> None:
    group_id = ec2.create_security_group(GroupName="web", Description="x")["GroupId"]
    (rule,) = ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": [group_id]}]
    )["SecurityGroupRules"]
    rule_id = rule["SecurityGroupRuleId"]
    ec2.create_tags(Resources=[rule_id], Tags=[{"Key": "c", "Value": "d"}])
    (rule,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])[
        "SecurityGroupRules"
    ]
    assert rule["Tags"] == [{"Key": "c", "Value": "d"}]
    ec2.delete_tags(Resources=[rule_id], Tags=[{"Key": "c"}])
    (rule,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])[
        "SecurityGroupRules"
    ]
    assert rule["Tags"] == []


def test_a_dry_run_answers_412(ec2: Any) -> None:
    subnet_id = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    for call, request in (
        (ec2.create_security_group, {"GroupName": "web", "Description": "x"}),
        (ec2.describe_security_groups, {}),
        (ec2.describe_security_group_rules, {}),
        (ec2.create_network_interface, {"SubnetId": subnet_id}),
    ):
        assert refused(call, DryRun=True, **request) == (
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        )
