"""Network ACLs with stock boto3, and what nodes are told of them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.link.vpc import SubnetAcl
from homeport.services.ec2 import wiring
from homeport.services.ec2.facade import Ec2Networks
from homeport.services.ec2.plan import limits
from homeport.store import Store
from root_asking import served
from services.ec2.ec2_calls import Ec2

Told = Callable[[], tuple[SubnetAcl, ...]]


@pytest.fixture
def api(store: Store) -> Iterator[Any]:
    with served(store, wiring.services()) as clients:
        yield clients("ec2")


@pytest.fixture
def vpc_id(api: Any) -> str:
    return str(api.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def subnets(api: Any, vpc_id: str) -> list[str]:
    made = [api.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{each}.0/24") for each in (1, 2)]
    return [each["Subnet"]["SubnetId"] for each in made]


@pytest.fixture
def told(store: Store, vpc_id: str) -> Told:
    """What nodes are told of the VPC's subnets."""

    def ask() -> tuple[SubnetAcl, ...]:
        policy = store.read(lambda tx: Ec2Networks().policy(tx, vpc_id))
        assert policy is not None
        return policy.subnets

    return ask


def acl_of(api: Any, **filters: str) -> Any:
    named = [
        {"Name": name.replace("__", ".").replace("_", "-"), "Values": [value]}
        for name, value in filters.items()
    ]
    (acl,) = api.describe_network_acls(Filters=named)["NetworkAcls"]
    return acl


def entry(acl_id: str, number: int, *, egress: bool = False, **changes: Any) -> dict[str, Any]:
    return {
        "NetworkAclId": acl_id,
        "RuleNumber": number,
        "Protocol": "-1",
        "RuleAction": "allow",
        "Egress": egress,
        "CidrBlock": "0.0.0.0/0",
    } | changes


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_terraform_takes_over_the_default_acl_and_every_step_is_told(
    api: Any, vpc_id: str, subnets: list[str], told: Told
) -> None:
    """aws_default_network_acl removes all entries and then makes its own."""
    acl = acl_of(api, vpc_id=vpc_id, default="true")
    acl_id = acl["NetworkAclId"]
    assert told() == ()
    for each in acl["Entries"]:
        if each["RuleNumber"] != 32767:
            api.delete_network_acl_entry(
                NetworkAclId=acl_id, RuleNumber=each["RuleNumber"], Egress=each["Egress"]
            )
    closed = [SubnetAcl(cidr=f"10.0.{each}.0/24", ingress=(), egress=()) for each in (1, 2)]
    assert sorted(told(), key=lambda each: each.cidr) == closed
    for egress in (True, False):
        api.create_network_acl_entry(**entry(acl_id, 100, egress=egress))
        api.create_network_acl_entry(
            NetworkAclId=acl_id,
            RuleNumber=101,
            Protocol="-1",
            RuleAction="allow",
            Egress=egress,
            Ipv6CidrBlock="::/0",
        )
    assert told() == ()
    shown = acl_of(api, vpc_id=vpc_id)
    assert [(each["Egress"], each["RuleNumber"]) for each in shown["Entries"]] == [
        (egress, number) for egress in (True, False) for number in (100, 101, 32767)
    ]
    assert [each.get("Ipv6CidrBlock") for each in shown["Entries"]][1] == "::/0"
    assert {each["SubnetId"] for each in shown["Associations"]} == set(subnets)


def test_a_subnet_moves_to_an_acl_of_its_own_and_back(
    api: Any, vpc_id: str, subnets: list[str], told: Told
) -> None:
    tagged = [{"ResourceType": "network-acl", "Tags": [{"Key": "Name", "Value": "strict"}]}]
    made = api.create_network_acl(VpcId=vpc_id, TagSpecifications=tagged)["NetworkAcl"]
    acl_id = made["NetworkAclId"]
    assert (made["IsDefault"], made["Associations"]) == (False, [])
    assert [(each["RuleNumber"], each["RuleAction"]) for each in made["Entries"]] == [
        (32767, "deny"),
        (32767, "deny"),
    ]
    assert made["Tags"] == [{"Key": "Name", "Value": "strict"}]
    assert told() == ()

    default = acl_of(api, association__subnet_id=subnets[0])
    (before,) = (each for each in default["Associations"] if each["SubnetId"] == subnets[0])
    new = api.replace_network_acl_association(
        AssociationId=before["NetworkAclAssociationId"], NetworkAclId=acl_id
    )["NewAssociationId"]
    assert told() == (SubnetAcl(cidr="10.0.1.0/24", ingress=(), egress=()),)
    strict = acl_of(api, network_acl_id=acl_id)
    assert strict["Associations"] == [
        {"NetworkAclAssociationId": new, "NetworkAclId": acl_id, "SubnetId": subnets[0]}
    ]
    assert [
        each["SubnetId"] for each in acl_of(api, default="true", vpc_id=vpc_id)["Associations"]
    ] == [subnets[1]]
    assert refusal(api.delete_network_acl, NetworkAclId=acl_id) == (
        "DependencyViolation",
        f"The networkAcl '{acl_id}' has dependencies and cannot be deleted.",
    )
    gone = before["NetworkAclAssociationId"]
    assert refusal(
        api.replace_network_acl_association, AssociationId=gone, NetworkAclId=acl_id
    ) == ("InvalidAssociationID.NotFound", f"The association ID '{gone}' does not exist")

    api.replace_network_acl_association(AssociationId=new, NetworkAclId=default["NetworkAclId"])
    assert told() == ()
    api.delete_network_acl(NetworkAclId=acl_id)
    assert refusal(api.delete_network_acl, NetworkAclId=acl_id)[0] == (
        "InvalidNetworkAclID.NotFound"
    )


def test_entries_are_shown_and_found_as_they_were_asked_for(api: Any, vpc_id: str) -> None:
    acl_id = api.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
    web = entry(acl_id, 10, Protocol="6", PortRange={"From": 80, "To": 443}, CidrBlock="10.1.2.3/8")
    ping = entry(acl_id, 20, Protocol="1", IcmpTypeCode={"Type": 8, "Code": -1})
    api.create_network_acl_entry(**web)
    api.create_network_acl_entry(**ping)
    api.replace_network_acl_entry(**(web | {"RuleAction": "deny"}))
    found = acl_of(api, entry__port_range__from="80")
    assert [each for each in found["Entries"] if not each["Egress"]][:2] == [
        {
            "CidrBlock": "10.0.0.0/8",
            "Egress": False,
            "PortRange": {"From": 80, "To": 443},
            "Protocol": "6",
            "RuleAction": "deny",
            "RuleNumber": 10,
        },
        {
            "CidrBlock": "0.0.0.0/0",
            "Egress": False,
            "IcmpTypeCode": {"Code": -1, "Type": 8},
            "Protocol": "1",
            "RuleAction": "allow",
            "RuleNumber": 20,
        },
    ]
    assert acl_of(api, entry__icmp__type="8")["NetworkAclId"] == acl_id
    for request, code in (
        (web, "NetworkAclEntryAlreadyExists"),
        (entry(acl_id, 30, Protocol="6"), "MissingParameter"),
        (entry("acl-00000000000000000", 1), "InvalidNetworkAclID.NotFound"),
        (entry(acl_id, 30, DryRun=True), "DryRunOperation"),
    ):
        assert refusal(api.create_network_acl_entry, **request)[0] == code
    api.delete_network_acl_entry(NetworkAclId=acl_id, RuleNumber=10, Egress=False)
    absent = {"NetworkAclId": acl_id, "RuleNumber": 10, "Egress": False}
    assert refusal(api.delete_network_acl_entry, **absent) == (
        "InvalidNetworkAclEntry.NotFound",
        "The network acl entry identified by 10 does not exist.",
    )
    assert len(acl_of(api, network_acl_id=acl_id)["Entries"]) == 3


def test_acls_stay_in_their_vpc_and_the_default_one_stays(api: Any, vpc_id: str) -> None:
    default = acl_of(api, vpc_id=vpc_id)["NetworkAclId"]
    assert refusal(api.delete_network_acl, NetworkAclId=default) == (
        "InvalidParameterValue",
        f"Cannot delete default network ACL {default}",
    )
    elsewhere = acl_of(api, default="true", association__subnet_id=default_subnet(api))
    association = elsewhere["Associations"][0]
    code, text = refusal(
        api.replace_network_acl_association,
        AssociationId=association["NetworkAclAssociationId"],
        NetworkAclId=default,
    )
    assert code == "InvalidParameterValue"
    assert "belong to different networks" in text


def default_subnet(api: Any) -> str:
    given = [{"Name": "default-for-az", "Values": ["true"]}]
    return str(api.describe_subnets(Filters=given)["Subnets"][0]["SubnetId"])


def test_a_vpc_goes_only_without_acls_of_its_users(api: Any, vpc_id: str) -> None:
    acl_id = api.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
    assert refusal(api.delete_vpc, VpcId=vpc_id)[0] == "DependencyViolation"
    api.delete_network_acl(NetworkAclId=acl_id)
    api.delete_vpc(VpcId=vpc_id)
    given = [{"Name": "vpc-id", "Values": [vpc_id]}]
    assert api.describe_network_acls(Filters=given)["NetworkAcls"] == []


def test_the_same_token_is_the_same_acl(api: Any, vpc_id: str) -> None:
    request = {"VpcId": vpc_id, "ClientToken": "once"}
    one, two = (api.create_network_acl(**request) for _ in "ab")
    assert one["NetworkAcl"] == two["NetworkAcl"]
    assert one["ClientToken"] == "once"
    other = api.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    assert refusal(api.create_network_acl, VpcId=other, ClientToken="once")[0] == (
        "IdempotentParameterMismatch"
    )


def test_a_vpc_has_a_limit_of_acls(ec2: Ec2, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NETWORK_ACLS_MAX", 2)
    vpc_id = ec2.default_vpc()
    ec2("CreateNetworkAcl", VpcId=vpc_id)
    with pytest.raises(Exception, match="The maximum number of network ACLs has been reached"):
        ec2("CreateNetworkAcl", VpcId=vpc_id)


def test_whoever_changes_what_passes_announces_the_vpc(ec2: Ec2) -> None:
    vpc_id = ec2.default_vpc()
    acl = ec2("DescribeNetworkAcls")["NetworkAcls"][0]
    acl_id, association = acl["NetworkAclId"], acl["Associations"][0]["NetworkAclAssociationId"]
    changes: list[tuple[str, dict[str, Any]]] = [
        ("CreateNetworkAclEntry", entry(acl_id, 7)),
        ("ReplaceNetworkAclEntry", entry(acl_id, 7, RuleAction="deny")),
        ("DeleteNetworkAclEntry", {"NetworkAclId": acl_id, "RuleNumber": 7, "Egress": False}),
        (
            "ReplaceNetworkAclAssociation",
            {"AssociationId": association, "NetworkAclId": acl_id},
        ),
    ]
    for name, request in changes:
        ec2(name, **request)
        assert ec2.announced == [("vpc", vpc_id)], name
