"""Interfaces that users make, and what they may not do to those of services."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.ec2 import errors
from homeport.services.ec2.facade import Ec2Networks
from homeport.store import Store
from services.ec2.ec2_calls import Ec2

Hold = Callable[..., Any]
WHERE = ("000000000000", "us-east-1")


@pytest.fixture
def ec2(store: Store, call: Callable[..., Any], plant: Callable[..., None]) -> Ec2:
    plant()
    return Ec2(store, call)


@pytest.fixture
def subnet_id(ec2: Ec2, store: Store) -> str:
    return store.read(lambda tx: Ec2Networks().default_subnets(tx, *WHERE))[0].subnet_id


def make(ec2: Ec2, subnet_id: str, **changes: object) -> dict[str, Any]:
    made = ec2("CreateNetworkInterface", SubnetId=subnet_id, **changes)["NetworkInterface"]
    return dict(made)


def of(ec2: Ec2, interface_id: str) -> dict[str, Any]:
    shown = ec2("DescribeNetworkInterfaces", NetworkInterfaceIds=[interface_id])
    return dict(shown["NetworkInterfaces"][0])


def test_an_interface_is_made_shown_and_deleted(ec2: Ec2, subnet_id: str) -> None:
    (default,) = ec2("DescribeSecurityGroups", GroupNames=["default"])["SecurityGroups"]
    tags = [{"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}]
    made = make(ec2, subnet_id, Description="mine", TagSpecifications=tags)
    assert ec2.announced == [("vpc", ec2.default_vpc())]
    assert made["Status"] == "available"
    assert "Attachment" not in made
    assert (made["RequesterManaged"], made["RequesterId"]) == (False, "000000000000")
    assert made["Groups"] == [{"GroupId": default["GroupId"], "GroupName": "default"}]
    assert (made["Description"], made["TagSet"]) == ("mine", [{"Key": "a", "Value": "b"}])
    assert made["PrivateIpAddress"] == "172.31.0.4"
    interface_id = made["NetworkInterfaceId"]
    assert of(ec2, interface_id) == made
    given = [{"Name": "status", "Values": ["available"]}]
    assert len(ec2("DescribeNetworkInterfaces", Filters=given)["NetworkInterfaces"]) == 1
    ec2("DeleteNetworkInterface", NetworkInterfaceId=interface_id)
    assert ec2.announced == [("vpc", ec2.default_vpc())]
    with pytest.raises(errors.InterfaceNotFound) as refused:
        ec2("DeleteNetworkInterface", NetworkInterfaceId=interface_id)
    assert refused.value.message == f"The networkInterface ID '{interface_id}' does not exist"


def test_users_choose_addresses_that_nobody_else_gets(
    ec2: Ec2, subnet_id: str, hold: Hold, store: Store
) -> None:
    chosen = make(ec2, subnet_id, PrivateIpAddress="172.31.0.6")["NetworkInterfaceId"]
    make(ec2, subnet_id, PrivateIpAddresses=[{"PrivateIpAddress": "172.31.0.8", "Primary": True}])
    assert [hold(subnet_id).private_ipv4 for _ in range(3)] == [
        "172.31.0.4",
        "172.31.0.5",
        "172.31.0.7",
    ]
    assert hold(subnet_id).private_ipv4 == "172.31.0.9"
    for taken in ("172.31.0.4", "172.31.0.6", "172.31.0.8"):
        with pytest.raises(errors.AddressInUse) as refused:
            make(ec2, subnet_id, PrivateIpAddress=taken)
        assert refused.value.message == f"Address {taken} is in use."
    ec2("DeleteNetworkInterface", NetworkInterfaceId=chosen)
    again = make(ec2, subnet_id, PrivateIpAddress="172.31.0.6")  # It had come back.
    assert again["PrivateIpAddress"] == "172.31.0.6"


def test_an_address_chosen_ahead_and_freed_before_its_turn_is_handed_out_once(
    ec2: Ec2, subnet_id: str, hold: Hold
) -> None:
    chosen = make(ec2, subnet_id, PrivateIpAddress="172.31.0.5")["NetworkInterfaceId"]
    ec2("DeleteNetworkInterface", NetworkInterfaceId=chosen)
    addresses = [hold(subnet_id).private_ipv4 for _ in range(4)]
    assert addresses == ["172.31.0.4", "172.31.0.5", "172.31.0.6", "172.31.0.7"]


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"PrivateIpAddress": "172.31.16.4"},
            "InvalidParameterValue",
            "Address does not fall within the subnet's address range",
        ),
        (
            {"PrivateIpAddress": "172.31.0.3"},
            "InvalidParameterValue",
            "Address is in subnet's reserved address range",
        ),
        (
            {"PrivateIpAddress": "172.31.15.255"},
            "InvalidParameterValue",
            "Address is in subnet's reserved address range",
        ),
        (
            {"PrivateIpAddress": "x"},
            "InvalidParameterValue",
            (
                "Value (x) for parameter privateIpAddress is invalid. "
                "This is not a valid IPv4 address."
            ),
        ),
        ({"Groups": ["sg-1"]}, "InvalidGroup.NotFound", "The security group 'sg-1' does not exist"),
        (
            {"Groups": ["web"]},
            "InvalidGroupId.Malformed",
            'Invalid id: "web" (expecting "sg-...")',
        ),
        (
            {"Groups": [f"sg-{n}" for n in range(6)]},
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        ),
        (
            {"SubnetId": "subnet-1"},
            "InvalidSubnetID.NotFound",
            "The subnet ID 'subnet-1' does not exist",
        ),
        (
            {"SecondaryPrivateIpAddressCount": 1},
            "UnsupportedOperation",
            "Interfaces of Homeport have one address each.",
        ),
        (
            {"InterfaceType": "efa"},
            "UnsupportedOperation",
            "Homeport's interfaces are all of type interface.",
        ),
        (
            {"DryRun": True},
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        ),
    ],
)
def test_an_interface_that_cannot_be_made_is_not(
    ec2: Ec2, subnet_id: str, changes: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(AwsError) as refused:
        ec2("CreateNetworkInterface", **{"SubnetId": subnet_id, **changes})
    assert (refused.value.code, refused.value.message) == (code, message)
    assert ec2("DescribeNetworkInterfaces")["NetworkInterfaces"] == []
    assert make(ec2, subnet_id)["PrivateIpAddress"] == "172.31.0.4"


def test_groups_of_another_vpc_are_refused(ec2: Ec2, subnet_id: str) -> None:
    vpc = ec2("CreateVpc", CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    elsewhere = ec2.group("elsewhere", VpcId=vpc)
    with pytest.raises(errors.GroupElsewhere):
        make(ec2, subnet_id, Groups=[elsewhere])
    interface_id = make(ec2, subnet_id)["NetworkInterfaceId"]
    with pytest.raises(errors.GroupElsewhere):
        ec2(
            "ModifyNetworkInterfaceAttribute",
            NetworkInterfaceId=interface_id,
            Groups=[elsewhere],
        )


def test_a_request_sent_again_with_its_token_makes_one_interface(ec2: Ec2, subnet_id: str) -> None:
    first = ec2("CreateNetworkInterface", SubnetId=subnet_id, ClientToken="t", Description="a")
    again = ec2("CreateNetworkInterface", SubnetId=subnet_id, ClientToken="t", Description="a")
    assert first == again
    assert first["ClientToken"] == "t"
    assert len(ec2("DescribeNetworkInterfaces")["NetworkInterfaces"]) == 1
    for changes in ({"Description": "b"}, {"PrivateIpAddress": "172.31.0.9"}):
        with pytest.raises(errors.IdempotentParameterMismatch):
            make(ec2, subnet_id, ClientToken="t", **{"Description": "a", **changes})
    make(ec2, subnet_id, ClientToken="u", Description="a")
    assert len(ec2("DescribeNetworkInterfaces")["NetworkInterfaces"]) == 2


def test_attributes_are_described_and_modified_one_at_a_time(ec2: Ec2, subnet_id: str) -> None:
    interface_id = make(ec2, subnet_id, Description="mine")["NetworkInterfaceId"]
    web, db = ec2.group("web"), ec2.group("db")

    def attribute(name: str) -> Any:
        answer = ec2(
            "DescribeNetworkInterfaceAttribute", NetworkInterfaceId=interface_id, Attribute=name
        )
        assert answer.pop("NetworkInterfaceId") == interface_id
        return answer

    def modify(**changes: object) -> None:
        ec2("ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface_id, **changes)

    assert attribute("description") == {"Description": {"Value": "mine"}}
    modify(Description={"Value": "yours"})
    assert attribute("description") == {"Description": {"Value": "yours"}}
    assert attribute("sourceDestCheck") == {"SourceDestCheck": {"Value": True}}
    modify(SourceDestCheck={"Value": False})
    assert attribute("sourceDestCheck") == {"SourceDestCheck": {"Value": False}}
    assert of(ec2, interface_id)["SourceDestCheck"] is False
    modify(Groups=[web, db, web])
    assert ec2.announced == [("vpc", ec2.default_vpc())]
    assert attribute("groupSet") == {
        "Groups": [{"GroupId": web, "GroupName": "web"}, {"GroupId": db, "GroupName": "db"}]
    }
    with pytest.raises(errors.DependencyViolation):
        ec2("DeleteSecurityGroup", GroupId=db)
    modify(Groups=[web])
    ec2("DeleteSecurityGroup", GroupId=db)
    assert attribute("attachment") == {}
    assert attribute("associatePublicIpAddress") == {"AssociatePublicIpAddress": False}
    with pytest.raises(errors.InvalidParameterValue):
        attribute("bogus")
    for changes, refusal in (
        ({}, errors.InvalidParameterCombination),
        ({"Groups": [web], "Description": {"Value": "x"}}, errors.InvalidParameterCombination),
        ({"Groups": []}, errors.MissingParameter),
        ({"Groups": ["sg-1"]}, errors.GroupNotFound),
        ({"Attachment": {"AttachmentId": "x"}}, errors.UnsupportedOperation),
        ({"Description": {"Value": "x"}, "DryRun": True}, errors.DryRunOperation),
    ):
        with pytest.raises(refusal):
            modify(**changes)


def test_the_interfaces_of_services_are_theirs(ec2: Ec2, subnet_id: str, hold: Hold) -> None:
    held = hold(subnet_id, description="arn:aws:ecs:…:attachment/1")
    with pytest.raises(errors.InvalidParameterValue) as refused:
        ec2("DeleteNetworkInterface", NetworkInterfaceId=held.interface_id)
    assert refused.value.message == f"Network interface '{held.interface_id}' is currently in use."
    with pytest.raises(errors.InterfaceNotYours) as forbidden:
        ec2(
            "ModifyNetworkInterfaceAttribute",
            NetworkInterfaceId=held.interface_id,
            Description={"Value": "x"},
        )
    assert forbidden.value.code == "AuthFailure"
    described = ec2(
        "DescribeNetworkInterfaceAttribute",
        NetworkInterfaceId=held.interface_id,
        Attribute="attachment",
    )
    assert described["Attachment"]["Status"] == "attached"


@pytest.mark.parametrize(
    ("owner", "description", "interface_type", "requester", "attached_to"),
    [
        ("ecs", "arn:aws:ecs:…:attachment/1", "interface", "amazon-ecs", "amazon-aws"),
        ("elb", "ELB app/web/0123456789abcdef", "interface", "amazon-elb", "amazon-elb"),
        (
            "elb",
            "ELB net/tcp/0123456789abcdef",
            "network_load_balancer",
            "amazon-elb",
            "amazon-elb",
        ),
    ],
)
def test_interfaces_of_services_show_who_made_them(
    ec2: Ec2,
    subnet_id: str,
    store: Store,
    owner: Any,
    description: str,
    interface_type: str,
    requester: str,
    attached_to: str,
) -> None:
    made = store.write(
        lambda tx: Ec2Networks().create_interface(
            tx,
            *WHERE,
            subnet_id,
            security_groups=(),
            description=description,
            now=1.0,
            ids=ec2.call().ids,
            owner=owner,
        )
    )
    shown = of(ec2, made.interface_id)
    assert (shown["InterfaceType"], shown["RequesterId"]) == (interface_type, requester)
    assert (shown["RequesterManaged"], shown["Status"]) == (True, "in-use")
    assert (shown["Attachment"]["InstanceOwnerId"], shown["Groups"]) == (attached_to, [])
    given = [{"Name": "requester-id", "Values": [requester]}]
    assert len(ec2("DescribeNetworkInterfaces", Filters=given)["NetworkInterfaces"]) == 1
