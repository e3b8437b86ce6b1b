"""Rules: let in, let out, taken back, changed, described; and who hears of it."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.ec2 import errors
from homeport.store import Store
from services.ec2.ec2_calls import Ec2

HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
ALL = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
IN, OUT = "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress"


@pytest.fixture
def ec2(store: Store, call: Callable[..., Any], plant: Callable[..., None]) -> Ec2:
    plant()
    return Ec2(store, call)


@pytest.fixture
def web(ec2: Ec2) -> str:
    return ec2.group("web")


def shown(ec2: Ec2, group_id: str) -> dict[str, Any]:
    (group,) = ec2("DescribeSecurityGroups", GroupIds=[group_id])["SecurityGroups"]
    return dict(group)


def test_rules_of_every_form_are_answered_and_shown(ec2: Ec2, web: str) -> None:
    db = ec2.group("db")
    given = {
        "IpProtocol": "6",
        "FromPort": 80,
        "ToPort": 81,
        "IpRanges": [{"CidrIp": "10.0.0.18/8", "Description": "office"}],
        "Ipv6Ranges": [{"CidrIpv6": "2001:DB8::/32"}],
        "UserIdGroupPairs": [{"GroupId": db, "Description": "the database"}],
        "PrefixListIds": [],
    }
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]
    answer = ec2(IN, GroupId=web, IpPermissions=[given], TagSpecifications=tags)
    assert ec2.announced == [("vpc", ec2.default_vpc())]
    alike = {
        "GroupId": web,
        "GroupOwnerId": "000000000000",
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 80,
        "ToPort": 81,
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    ids = [rule.pop("SecurityGroupRuleId") for rule in answer["SecurityGroupRules"]]
    arns = [rule.pop("SecurityGroupRuleArn") for rule in answer["SecurityGroupRules"]]
    home = "arn:aws:ec2:us-east-1:000000000000:security-group-rule"
    assert arns == [f"{home}/{rule_id}" for rule_id in ids]
    assert answer == {
        "Return": True,
        "SecurityGroupRules": [
            {**alike, "CidrIpv4": "10.0.0.0/8", "Description": "office"},
            {**alike, "CidrIpv6": "2001:db8::/32"},
            {
                **alike,
                "ReferencedGroupInfo": {"GroupId": db, "UserId": "000000000000"},
                "Description": "the database",
            },
        ],
    }
    assert {each["SecurityGroupRuleId"] for each in ec2.rules(web)} == set(ids)
    assert shown(ec2, web)["IpPermissions"] == [
        {
            "IpProtocol": "tcp",
            "FromPort": 80,
            "ToPort": 81,
            "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}],
            "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/32"}],
            "UserIdGroupPairs": [
                {"UserId": "000000000000", "GroupId": db, "Description": "the database"}
            ],
            "PrefixListIds": [],
        }
    ]
    by_tag = ec2("DescribeSecurityGroupRules", Filters=[{"Name": "tag:a", "Values": ["b"]}])
    assert len(by_tag["SecurityGroupRules"]) == 3


def test_a_rule_may_be_written_in_the_old_form(ec2: Ec2, web: str) -> None:
    ec2.group("db")
    ec2(IN, GroupName="web", IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="1.2.3.4/32")
    (rule,) = ec2.rules(web)
    assert (rule["IpProtocol"], rule["FromPort"], rule["CidrIpv4"]) == ("tcp", 22, "1.2.3.4/32")
    ec2(IN, GroupId=web, SourceSecurityGroupName="db")
    found = sorted(
        (each["IpProtocol"], each["FromPort"], each["ToPort"])
        for each in ec2.rules(web)
        if "ReferencedGroupInfo" in each
    )
    assert found == [("icmp", -1, -1), ("tcp", 0, 65535), ("udp", 0, 65535)]
    revoke = "RevokeSecurityGroupIngress"
    ec2(revoke, GroupId=web, SourceSecurityGroupName="db")
    ec2(revoke, GroupId=web, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="1.2.3.4/32")
    assert ec2.rules(web) == []


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({}, "MissingParameter", "The request must contain the parameter ipPermissions"),
        (
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22},
            "MissingParameter",
            "Missing source specification: include source security group or CIDR information",
        ),
        (
            {"IpPermissions": [{"IpProtocol": "-1"}]},
            "MissingParameter",
            "Missing source specification: include source security group or CIDR information",
        ),
        (
            {"IpPermissions": [HTTP, {**HTTP, "ToPort": 81}, HTTP]},
            "InvalidParameterValue",
            "The same permission must not appear multiple times",
        ),
        (
            {"IpPermissions": [HTTP], "CidrIp": "10.0.0.0/8"},
            "InvalidParameterCombination",
            "The parameter ipPermissions cannot be used with the parameter cidrIp",
        ),
        (
            {"IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-1"}]}]},
            "InvalidGroup.NotFound",
            "The security group 'sg-1' does not exist",
        ),
        (
            {"IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupName": "db"}]}]},
            "InvalidGroup.NotFound",
            "The security group 'db' does not exist",
        ),
        (
            {"IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{}]}]},
            "MissingParameter",
            "The request must contain the parameter groupName or groupId",
        ),
        (
            {
                "IpPermissions": [
                    {
                        "IpProtocol": "-1",
                        "UserIdGroupPairs": [{"GroupId": "sg-1", "UserId": "111122223333"}],
                    }
                ]
            },
            "InvalidGroup.NotFound",
            "You have specified two resources that belong to different networks.",
        ),
        (
            {"IpPermissions": [{"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]}]},
            "InvalidPrefixListID.NotFound",
            "The prefix list ID 'pl-1' does not exist",
        ),
        (
            {
                "IpPermissions": [HTTP],
                "TagSpecifications": [
                    {"ResourceType": "security-group", "Tags": [{"Key": "a", "Value": "b"}]}
                ],
            },
            "InvalidParameterValue",
            "'security-group' is not a valid taggable resource type for this operation.",
        ),
        (
            {"IpPermissions": [HTTP], "DryRun": True},
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        ),
    ],
)
def test_rules_that_cannot_be_are_refused_and_none_is_added(
    ec2: Ec2, web: str, request_: dict[str, Any], code: str, message: str
) -> None:
    before = shown(ec2, web)
    with pytest.raises(AwsError) as refused:
        ec2(IN, GroupId=web, **request_)
    assert (refused.value.code, refused.value.message) == (code, message)
    assert (shown(ec2, web), ec2.announced) == (before, [])


def test_the_old_form_is_for_ingress_alone(ec2: Ec2, web: str) -> None:
    with pytest.raises(errors.MissingParameter):
        ec2(OUT, GroupId=web, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="1.2.3.4/32")


def test_a_rule_that_is_there_is_a_duplicate_and_nothing_of_the_request_is_added(
    ec2: Ec2, web: str
) -> None:
    ec2(IN, GroupId=web, IpPermissions=[HTTP])
    again = {**HTTP, "IpRanges": [{"CidrIp": "10.1.2.3/8", "Description": "another"}]}
    with pytest.raises(errors.RuleDuplicate) as refused:
        ec2(IN, GroupId=web, IpPermissions=[{**HTTP, "ToPort": 81}, again])
    assert refused.value.code == "InvalidPermission.Duplicate"
    assert refused.value.message == (
        'the specified rule "peer: 10.0.0.0/8, TCP, from port: 80, to port: 80, ALLOW" '
        "already exists"
    )
    assert len(ec2.rules(web)) == 1
    with pytest.raises(errors.RuleDuplicate) as everything:
        ec2(OUT, GroupId=web, IpPermissions=[ALL])
    assert everything.value.message == (
        'the specified rule "peer: 0.0.0.0/0, ALL, ALLOW" already exists'
    )


def test_rules_refer_to_groups_of_their_own_vpc(ec2: Ec2, web: str) -> None:
    vpc = ec2("CreateVpc", CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    elsewhere = ec2.group("elsewhere", VpcId=vpc)
    with pytest.raises(errors.GroupElsewhere) as refused:
        ec2(
            IN,
            GroupId=web,
            IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": elsewhere}]}],
        )
    assert refused.value.code == "InvalidGroup.NotFound"


def test_rules_are_revoked_by_permission_whatever_their_description(ec2: Ec2, web: str) -> None:
    described = {**HTTP, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}]}
    (rule,) = ec2(IN, GroupId=web, IpPermissions=[described])["SecurityGroupRules"]
    answer = ec2("RevokeSecurityGroupIngress", GroupId=web, IpPermissions=[HTTP])
    assert ec2.announced == [("vpc", ec2.default_vpc())]
    assert answer == {
        "Return": True,
        "UnknownIpPermissions": [],
        "RevokedSecurityGroupRules": [
            {
                "SecurityGroupRuleId": rule["SecurityGroupRuleId"],
                "GroupId": web,
                "IsEgress": False,
                "IpProtocol": "tcp",
                "FromPort": 80,
                "ToPort": 80,
                "CidrIpv4": "10.0.0.0/8",
                "Description": "office",
            }
        ],
    }
    assert shown(ec2, web)["IpPermissions"] == []


def test_what_is_not_there_cannot_be_revoked_but_default_vpcs_do_not_mind(
    ec2: Ec2, web: str
) -> None:
    answer = ec2("RevokeSecurityGroupIngress", GroupId=web, IpPermissions=[HTTP])
    nothing = {"Ipv6Ranges": [], "PrefixListIds": [], "UserIdGroupPairs": []}
    assert answer["UnknownIpPermissions"] == [{**HTTP, **nothing}]
    assert (answer["RevokedSecurityGroupRules"], ec2.announced) == ([], [])
    vpc = ec2("CreateVpc", CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    other = ec2.group("other", VpcId=vpc)
    # As Terraform does with each new group; ports say nothing of every protocol.
    ec2(
        "RevokeSecurityGroupEgress",
        GroupId=other,
        IpPermissions=[{**ALL, "FromPort": 0, "ToPort": 0}],
    )
    assert ec2.rules(other, is_egress=True) == []
    with pytest.raises(errors.PermissionNotFound) as refused:
        ec2("RevokeSecurityGroupEgress", GroupId=other, IpPermissions=[ALL])
    assert refused.value.code == "InvalidPermission.NotFound"
    assert refused.value.message == "The specified rule does not exist in this security group."


def test_rules_are_revoked_by_id(ec2: Ec2, web: str) -> None:
    first, second = (
        ec2(IN, GroupId=web, IpPermissions=[{**HTTP, "FromPort": n, "ToPort": n}])[
            "SecurityGroupRules"
        ][0]["SecurityGroupRuleId"]
        for n in (1, 2)
    )
    with pytest.raises(errors.RuleNotFound) as refused:
        ec2("RevokeSecurityGroupIngress", GroupId=web, SecurityGroupRuleIds=[first, "sgr-1"])
    assert refused.value.message == "The security group rule ID 'sgr-1' does not exist"
    with pytest.raises(errors.RuleNotFound):
        ec2("RevokeSecurityGroupEgress", GroupId=web, SecurityGroupRuleIds=[first])
    with pytest.raises(errors.InvalidParameterCombination):
        ec2(
            "RevokeSecurityGroupIngress",
            GroupId=web,
            SecurityGroupRuleIds=[first],
            IpPermissions=[HTTP],
        )
    ec2("RevokeSecurityGroupIngress", GroupId=web, SecurityGroupRuleIds=[first, first])
    assert [each["SecurityGroupRuleId"] for each in ec2.rules(web)] == [second]


def test_a_rule_that_is_let_in_and_revoked_leaves_the_group_as_it_was(ec2: Ec2, web: str) -> None:
    before = shown(ec2, web)
    for _ in range(2):
        ec2(IN, GroupId=web, IpPermissions=[HTTP])
        assert shown(ec2, web) != before
        ec2("RevokeSecurityGroupIngress", GroupId=web, IpPermissions=[HTTP])
        assert shown(ec2, web) == before


def test_rules_are_modified_and_keep_their_ids_and_tags(ec2: Ec2, web: str) -> None:
    tags = [{"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}]
    (rule,) = ec2(IN, GroupId=web, IpPermissions=[HTTP], TagSpecifications=tags)[
        "SecurityGroupRules"
    ]
    rule_id = rule["SecurityGroupRuleId"]

    def modify(**wanted: object) -> Any:
        return ec2(
            "ModifySecurityGroupRules",
            GroupId=web,
            SecurityGroupRules=[{"SecurityGroupRuleId": rule_id, "SecurityGroupRule": wanted}],
        )

    wanted = {"IpProtocol": "udp", "FromPort": 53, "ToPort": 54, "CidrIpv4": "10.1.0.0/16"}
    assert modify(**wanted, Description="dns") == {"Return": True}
    assert ec2.announced == [("vpc", ec2.default_vpc())]
    assert ec2.rules(web) == [{**rule, **wanted, "Description": "dns"}]
    modify(**wanted)
    assert "Description" not in ec2.rules(web)[0]
    for bad, refusal in (
        ({**wanted, "CidrIpv4": "x"}, errors.InvalidParameterValue),
        ({"IpProtocol": "-1", "ReferencedGroupId": web}, errors.InvalidParameterValue),
        ({"IpProtocol": "-1", "ReferencedGroupId": "sg-1"}, errors.GroupNotFound),
        ({"IpProtocol": "-1", "PrefixListId": "pl-1"}, errors.PrefixListNotFound),
    ):
        with pytest.raises(refusal):
            modify(**bad)
    with pytest.raises(errors.RuleNotFound):
        ec2(
            "ModifySecurityGroupRules",
            GroupId=web,
            SecurityGroupRules=[{"SecurityGroupRuleId": "sgr-1", "SecurityGroupRule": wanted}],
        )
    twice = {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": wanted}
    with pytest.raises(errors.InvalidParameterValue):
        ec2("ModifySecurityGroupRules", GroupId=web, SecurityGroupRules=[twice, twice])


def test_descriptions_are_updated_by_permission_and_by_id(ec2: Ec2, web: str) -> None:
    (rule,) = ec2(IN, GroupId=web, IpPermissions=[HTTP])["SecurityGroupRules"]
    update = "UpdateSecurityGroupRuleDescriptionsIngress"
    described = {**HTTP, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}]}
    assert ec2(update, GroupId=web, IpPermissions=[described]) == {"Return": True}
    assert ec2.announced == []  # Who may talk to whom is as before.
    assert ec2.rules(web)[0]["Description"] == "office"
    by_id = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "Description": "home"}]
    ec2(update, GroupName="web", SecurityGroupRuleDescriptions=by_id)
    assert ec2.rules(web)[0]["Description"] == "home"
    ec2(update, GroupId=web, IpPermissions=[HTTP])
    assert ec2.rules(web) == [rule]
    egress = "UpdateSecurityGroupRuleDescriptionsEgress"
    ec2(
        egress,
        GroupId=web,
        IpPermissions=[{**ALL, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "out"}]}],
    )
    assert ec2.rules(web, is_egress=True)[0]["Description"] == "out"
    for request, refusal in (
        ({"IpPermissions": [HTTP]}, errors.PermissionNotFound),
        ({"SecurityGroupRuleDescriptions": by_id}, errors.RuleNotFound),
        ({}, errors.MissingParameter),
        (
            {"IpPermissions": [ALL], "SecurityGroupRuleDescriptions": by_id},
            errors.InvalidParameterCombination,
        ),
    ):
        with pytest.raises(refusal):
            ec2(egress, GroupId=web, **request)


def test_rules_are_listed_by_id_and_by_page(ec2: Ec2, web: str) -> None:
    made = [
        ec2(IN, GroupId=web, IpPermissions=[{**HTTP, "FromPort": n, "ToPort": n}])[
            "SecurityGroupRules"
        ][0]
        for n in range(7)
    ]
    wanted = [each["SecurityGroupRuleId"] for each in made[2:4]]
    by_id = ec2("DescribeSecurityGroupRules", SecurityGroupRuleIds=wanted)
    assert sorted(each["FromPort"] for each in by_id["SecurityGroupRules"]) == [2, 3]
    given = [{"Name": "group-id", "Values": [web]}]
    page = ec2("DescribeSecurityGroupRules", Filters=given, MaxResults=5)
    rest = ec2(
        "DescribeSecurityGroupRules", Filters=given, MaxResults=5, NextToken=page["NextToken"]
    )
    assert (len(page["SecurityGroupRules"]), len(rest["SecurityGroupRules"])) == (5, 3)
    by_rule = [{"Name": "security-group-rule-id", "Values": wanted[:1]}]
    assert len(ec2("DescribeSecurityGroupRules", Filters=by_rule)["SecurityGroupRules"]) == 1
