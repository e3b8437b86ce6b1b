"""NAT gateways and elastic addresses, and what each keeps from being taken away."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.ec2.plan import limits
from services.ec2.ec2_calls import Ec2


@pytest.fixture
def vpc_id(ec2: Ec2) -> str:
    return str(ec2("CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def gateway_id(ec2: Ec2, vpc_id: str) -> str:
    """An internet gateway of the VPC."""
    made = ec2("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    ec2("AttachInternetGateway", InternetGatewayId=made, VpcId=vpc_id)
    return str(made)


@pytest.fixture
def subnet_id(ec2: Ec2, vpc_id: str) -> str:
    made = ec2("CreateSubnet", VpcId=vpc_id, CidrBlock="10.0.0.0/28")
    return str(made["Subnet"]["SubnetId"])


@pytest.fixture
def allocation_id(ec2: Ec2) -> str:
    return str(ec2("AllocateAddress", Domain="vpc")["AllocationId"])


@pytest.fixture
def interface_id(ec2: Ec2, subnet_id: str) -> str:
    """An interface that a user made."""
    made = ec2("CreateNetworkInterface", SubnetId=subnet_id)
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def refused(ec2: Ec2, name: str, /, **request: object) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        ec2(name, **request)
    return error.value.code, error.value.message


def address(ec2: Ec2, allocation_id: str) -> dict[str, Any]:
    (shown,) = ec2("DescribeAddresses", AllocationIds=[allocation_id])["Addresses"]
    return dict(shown)


def nat(ec2: Ec2, nat_id: str) -> dict[str, Any]:
    (shown,) = ec2("DescribeNatGateways", NatGatewayIds=[nat_id])["NatGateways"]
    return dict(shown)


def test_an_address_is_allocated_shown_and_released(ec2: Ec2) -> None:
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "x"}]}]
    made = ec2("AllocateAddress", Domain="vpc", TagSpecifications=tags)
    assert (made["Domain"], made["PublicIpv4Pool"]) == ("vpc", "amazon")
    shown = address(ec2, made["AllocationId"])
    assert shown == {
        "AllocationId": made["AllocationId"],
        "Domain": "vpc",
        "PublicIpv4Pool": "amazon",
        "NetworkBorderGroup": "us-east-1",
        "PublicIp": made["PublicIp"],
        "Tags": [{"Key": "Name", "Value": "x"}],
    }
    assert ec2("DescribeAddresses", PublicIps=[made["PublicIp"]])["Addresses"] == [shown]
    given = {"Attribute": "domain-name", "AllocationIds": [made["AllocationId"]]}
    (attribute,) = ec2("DescribeAddressesAttribute", **given)["Addresses"]
    assert attribute == {"PublicIp": made["PublicIp"], "AllocationId": made["AllocationId"]}
    ec2("ReleaseAddress", AllocationId=made["AllocationId"])
    assert refused(ec2, "DescribeAddresses", AllocationIds=[made["AllocationId"]]) == (
        "InvalidAllocationID.NotFound",
        f"The allocation ID '{made['AllocationId']}' does not exist",
    )
    assert refused(ec2, "DescribeAddresses", PublicIps=[made["PublicIp"]]) == (
        "InvalidAddress.NotFound",
        f"Address '{made['PublicIp']}' not found.",
    )


def test_no_two_addresses_are_alike_in_any_region(ec2: Ec2, call: Callable[..., Any]) -> None:
    elsewhere = Ec2(ec2.store, lambda: call(region="eu-west-1"))
    made = [each("AllocateAddress") for each in (ec2, elsewhere, ec2, elsewhere)]
    assert len({each["PublicIp"] for each in made}) == 4
    ec2("ReleaseAddress", PublicIp=made[0]["PublicIp"])
    assert elsewhere("AllocateAddress")["PublicIp"] == made[0]["PublicIp"]


@pytest.mark.parametrize(
    ("name", "request_", "code"),
    [
        ("AllocateAddress", {"Address": "1.2.3.4"}, "UnsupportedOperation"),
        ("AllocateAddress", {"NetworkBorderGroup": "eu-west-1"}, "InvalidParameterValue"),
        ("DescribeAddressesAttribute", {"Attribute": "bogus"}, "InvalidParameterValue"),
        ("ReleaseAddress", {}, "MissingParameter"),
        ("ReleaseAddress", {"PublicIp": "1.2.3.4"}, "InvalidAddress.NotFound"),
        ("ReleaseAddress", {"AllocationId": "eipalloc-1"}, "InvalidAllocationID.NotFound"),
        ("ReleaseAddress", {"AllocationId": "a", "PublicIp": "b"}, "InvalidParameterCombination"),
        ("DisassociateAddress", {"AssociationId": "e-1"}, "InvalidAssociationID.NotFound"),
        ("CreateNatGateway", {}, "MissingParameter"),
        ("CreateNatGateway", {"SubnetId": "subnet-1"}, "InvalidSubnetID.NotFound"),
        ("CreateNatGateway", {"AvailabilityMode": "regional"}, "UnsupportedOperation"),
        ("CreateNatGateway", {"SecondaryAllocationIds": ["a"]}, "UnsupportedOperation"),
        ("DeleteNatGateway", {"NatGatewayId": "nat-1"}, "NatGatewayNotFound"),
    ],
)
def test_what_cannot_be_is_refused(
    ec2: Ec2, name: str, request_: dict[str, Any], code: str
) -> None:
    assert refused(ec2, name, **request_)[0] == code


def test_there_are_so_many_addresses_and_no_more(
    ec2: Ec2, monkeypatch: pytest.MonkeyPatch, allocation_id: str
) -> None:
    monkeypatch.setattr(limits, "ELASTIC_ADDRESSES_MAX", 1)
    assert refused(ec2, "AllocateAddress") == (
        "AddressLimitExceeded",
        "The maximum number of addresses has been reached.",
    )


def test_an_address_is_an_interfaces_until_it_is_not(
    ec2: Ec2, gateway_id: str, allocation_id: str, interface_id: str
) -> None:
    given = {"AllocationId": allocation_id, "NetworkInterfaceId": interface_id}
    association = ec2("AssociateAddress", **given)["AssociationId"]
    assert ec2("AssociateAddress", **given)["AssociationId"] == association
    shown = address(ec2, allocation_id)
    assert (shown["AssociationId"], shown["NetworkInterfaceId"], shown["PrivateIpAddress"]) == (
        association,
        interface_id,
        "10.0.0.4",
    )
    filters = [{"Name": "network-interface-id", "Values": [interface_id]}]
    assert ec2("DescribeAddresses", Filters=filters)["Addresses"] == [shown]
    assert refused(ec2, "ReleaseAddress", AllocationId=allocation_id) == (
        "InvalidIPAddress.InUse",
        f"Address {shown['PublicIp']} is in use.",
    )
    second = ec2("AllocateAddress")["AllocationId"]
    instead = given | {"AllocationId": second}
    assert refused(ec2, "AssociateAddress", **instead) == (
        "Resource.AlreadyAssociated",
        f"resource {allocation_id} is already associated with associate-id {association}",
    )
    ec2("AssociateAddress", AllowReassociation=True, **instead)
    assert "AssociationId" not in address(ec2, allocation_id)
    ec2("DisassociateAddress", AssociationId=address(ec2, second)["AssociationId"])
    assert "NetworkInterfaceId" not in address(ec2, second)
    ec2("ReleaseAddress", AllocationId=second)


def test_an_address_outlives_its_interface(
    ec2: Ec2, gateway_id: str, allocation_id: str, interface_id: str
) -> None:
    ec2("AssociateAddress", AllocationId=allocation_id, NetworkInterfaceId=interface_id)
    ec2("DeleteNetworkInterface", NetworkInterfaceId=interface_id)
    assert "AssociationId" not in address(ec2, allocation_id)
    ec2("ReleaseAddress", AllocationId=allocation_id)


def test_an_address_needs_a_way_out_and_an_interface_of_the_user(
    ec2: Ec2,
    vpc_id: str,
    subnet_id: str,
    allocation_id: str,
    interface_id: str,
    hold: Callable[..., Any],
) -> None:
    given = {"AllocationId": allocation_id, "NetworkInterfaceId": interface_id}
    assert refused(ec2, "AssociateAddress", **given) == (
        "Gateway.NotAttached",
        f"Network {vpc_id} is not attached to any internet gateway",
    )
    tasks = hold(subnet_id).interface_id
    assert refused(
        ec2, "AssociateAddress", AllocationId=allocation_id, NetworkInterfaceId=tasks
    ) == ("AuthFailure", "You do not have permission to access the specified resource.")
    assert refused(ec2, "AssociateAddress", PrivateIpAddress="10.0.0.9", **given)[0] == (
        "InvalidParameterValue"
    )
    assert refused(ec2, "AssociateAddress", AllocationId=allocation_id, InstanceId="i-1")[0] == (
        "InvalidInstanceID.NotFound"
    )
    assert refused(ec2, "AssociateAddress", AllocationId=allocation_id)[0] == "MissingParameter"


def test_a_nat_gateway_holds_an_address_of_its_subnet(
    ec2: Ec2, vpc_id: str, gateway_id: str, subnet_id: str, allocation_id: str
) -> None:
    tags = [{"ResourceType": "natgateway", "Tags": [{"Key": "Name", "Value": "x"}]}]
    given = {"SubnetId": subnet_id, "AllocationId": allocation_id, "ClientToken": "t"}
    made = ec2("CreateNatGateway", TagSpecifications=tags, **given)
    assert ec2.announced == [("vpc", vpc_id)]
    gateway = made["NatGateway"]
    nat_id = gateway["NatGatewayId"]
    assert ec2("CreateNatGateway", **given) == made
    assert nat(ec2, nat_id) == gateway
    assert (gateway["State"], gateway["VpcId"], gateway["SubnetId"]) == (
        "available",
        vpc_id,
        subnet_id,
    )
    (shown,) = gateway["NatGatewayAddresses"]
    public = address(ec2, allocation_id)
    assert (shown["PublicIp"], shown["PrivateIp"], shown["AssociationId"]) == (
        public["PublicIp"],
        "10.0.0.4",
        public["AssociationId"],
    )
    (interface,) = ec2(
        "DescribeNetworkInterfaces", NetworkInterfaceIds=[shown["NetworkInterfaceId"]]
    )["NetworkInterfaces"]
    assert (interface["InterfaceType"], interface["Description"]) == (
        "nat_gateway",
        f"Interface for NAT Gateway {nat_id}",
    )
    for name, value in (("vpc-id", vpc_id), ("subnet-id", subnet_id), ("tag:Name", "x")):
        filters = [{"Name": name, "Values": [value]}]
        assert ec2("DescribeNatGateways", Filter=filters)["NatGateways"] == [gateway]


def test_a_nat_gateway_keeps_its_subnet_its_address_and_its_way_out(
    ec2: Ec2, vpc_id: str, gateway_id: str, subnet_id: str, allocation_id: str
) -> None:
    given = {"SubnetId": subnet_id, "AllocationId": allocation_id}
    nat_id = ec2("CreateNatGateway", **given)["NatGateway"]["NatGatewayId"]
    table_id = ec2("CreateRouteTable", VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    world = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0"}
    ec2("CreateRoute", NatGatewayId=nat_id, **world)
    detach = {"InternetGatewayId": gateway_id, "VpcId": vpc_id}
    assert refused(ec2, "DeleteSubnet", SubnetId=subnet_id)[0] == "DependencyViolation"
    assert refused(ec2, "ReleaseAddress", AllocationId=allocation_id)[0] == "InvalidIPAddress.InUse"
    association = address(ec2, allocation_id)["AssociationId"]
    assert refused(ec2, "DisassociateAddress", AssociationId=association)[0] == "AuthFailure"
    assert refused(ec2, "DetachInternetGateway", **detach) == (
        "DependencyViolation",
        (
            f"Network {vpc_id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway."
        ),
    )
    assert ec2("DeleteNatGateway", NatGatewayId=nat_id) == {"NatGatewayId": nat_id}
    assert ec2.announced == [("vpc", vpc_id)]
    assert nat(ec2, nat_id)["State"] == "deleted"
    (table,) = ec2("DescribeRouteTables", RouteTableIds=[table_id])["RouteTables"]
    assert table["Routes"][1]["State"] == "blackhole"
    assert refused(ec2, "CreateRoute", NatGatewayId=nat_id, **world)[0] == (
        "InvalidNatGatewayID.NotFound"
    )
    assert refused(ec2, "DeleteNatGateway", NatGatewayId=nat_id) == (
        "NatGatewayNotFound",
        f"The Nat Gateway {nat_id} was not found",
    )
    ec2("ReleaseAddress", AllocationId=allocation_id)
    ec2("DetachInternetGateway", **detach)
    ec2("DeleteSubnet", SubnetId=subnet_id)


def test_a_private_nat_gateway_needs_no_way_out(
    ec2: Ec2, subnet_id: str, allocation_id: str
) -> None:
    given = {"SubnetId": subnet_id, "ConnectivityType": "private"}
    gateway = ec2("CreateNatGateway", **given)["NatGateway"]
    assert (gateway["State"], gateway["ConnectivityType"]) == ("available", "private")
    assert "PublicIp" not in gateway["NatGatewayAddresses"][0]
    assert refused(ec2, "CreateNatGateway", AllocationId=allocation_id, **given)[0] == (
        "InvalidParameterCombination"
    )
    assert refused(ec2, "CreateNatGateway", SubnetId=subnet_id)[0] == "MissingParameter"
    assert (
        refused(ec2, "CreateNatGateway", SubnetId=subnet_id, ConnectivityType="odd")[0]
        == "InvalidParameterValue"
    )


def test_a_nat_gateway_that_cannot_work_is_there_as_failed(
    ec2: Ec2, vpc_id: str, subnet_id: str, allocation_id: str, hold: Callable[..., Any]
) -> None:
    given = {"SubnetId": subnet_id, "AllocationId": allocation_id}

    def why() -> tuple[str, str, str]:
        made = ec2("CreateNatGateway", **given)["NatGateway"]
        return made["State"], made["FailureCode"], made["FailureMessage"]

    assert why() == (
        "failed",
        "Gateway.NotAttached",
        f"Network {vpc_id} has no Internet gateway attached",
    )
    made = ec2("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    ec2("AttachInternetGateway", InternetGatewayId=made, VpcId=vpc_id)
    nat_id = ec2("CreateNatGateway", **given)["NatGateway"]["NatGatewayId"]
    assert why() == (
        "failed",
        "Resource.AlreadyAssociated",
        f"Elastic IP address {allocation_id} is already associated",
    )
    ec2("DeleteNatGateway", NatGatewayId=nat_id)
    for _ in range(11):  # A /28 has sixteen addresses, five of which are AWS's own.
        hold(subnet_id)
    assert why() == (
        "failed",
        "InsufficientFreeAddressesInSubnet",
        "Subnet has insufficient free addresses to create this NAT gateway",
    )
    assert "AssociationId" not in address(ec2, allocation_id)
    failed = [{"Name": "state", "Values": ["failed"]}]
    assert len(ec2("DescribeNatGateways", Filter=failed)["NatGateways"]) == 3


def test_a_gone_nat_gateway_is_shown_for_an_hour(
    ec2: Ec2, subnet_id: str, allocation_id: str, clock: Any
) -> None:
    given = {"SubnetId": subnet_id, "AllocationId": allocation_id}
    failed = ec2("CreateNatGateway", **given)["NatGateway"]["NatGatewayId"]
    private = {"SubnetId": subnet_id, "ConnectivityType": "private", "ClientToken": "t"}
    kept = ec2("CreateNatGateway", **private)["NatGateway"]["NatGatewayId"]
    clock.turn(3600)
    assert nat(ec2, failed)["State"] == "failed"
    clock.turn(1)
    assert refused(ec2, "DescribeNatGateways", NatGatewayIds=[failed])[0] == "NatGatewayNotFound"
    assert nat(ec2, kept)["State"] == "available"
    ec2("DeleteNatGateway", NatGatewayId=kept)
    clock.turn(3601)
    assert ec2("CreateNatGateway", **private)["NatGateway"]["NatGatewayId"] != kept
