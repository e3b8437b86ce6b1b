"""Internet gateways, route tables and routes: made, refused with EC2's texts, taken away."""

from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.ec2.plan import limits, route_tables
from services.ec2.ec2_calls import Ec2


@pytest.fixture
def vpc_id(ec2: Ec2) -> str:
    return str(ec2("CreateVpc", CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def other_vpc(ec2: Ec2) -> str:
    return str(ec2("CreateVpc", CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def gateway_id(ec2: Ec2, vpc_id: str) -> str:
    """An internet gateway of the VPC."""
    made = ec2("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    ec2("AttachInternetGateway", InternetGatewayId=made, VpcId=vpc_id)
    return str(made)


@pytest.fixture
def table_id(ec2: Ec2, vpc_id: str) -> str:
    return str(ec2("CreateRouteTable", VpcId=vpc_id)["RouteTable"]["RouteTableId"])


def refused(ec2: Ec2, name: str, /, **request: object) -> tuple[str, str]:
    with pytest.raises(AwsError) as error:
        ec2(name, **request)
    return error.value.code, error.value.message


def subnet(ec2: Ec2, vpc_id: str, cidr: str = "10.0.0.0/24") -> str:
    return str(ec2("CreateSubnet", VpcId=vpc_id, CidrBlock=cidr)["Subnet"]["SubnetId"])


def main_table(ec2: Ec2, vpc_id: str) -> dict[str, Any]:
    given = [
        {"Name": "vpc-id", "Values": [vpc_id]},
        {"Name": "association.main", "Values": ["true"]},
    ]
    (table,) = ec2("DescribeRouteTables", Filters=given)["RouteTables"]
    return dict(table)


def routes(ec2: Ec2, table_id: str) -> list[tuple[str, str, str]]:
    """(destination, target, state) of a table's routes."""
    (table,) = ec2("DescribeRouteTables", RouteTableIds=[table_id])["RouteTables"]
    return [
        (
            each.get("DestinationCidrBlock") or each["DestinationIpv6CidrBlock"],
            each.get("GatewayId") or each.get("NatGatewayId") or each["NetworkInterfaceId"],
            each["State"],
        )
        for each in table["Routes"]
    ]


def test_an_internet_gateway_is_attached_once(ec2: Ec2, vpc_id: str, other_vpc: str) -> None:
    made = ec2("CreateInternetGateway")["InternetGateway"]
    gateway_id = made["InternetGatewayId"]
    assert made["Attachments"] == []
    ec2("AttachInternetGateway", InternetGatewayId=gateway_id, VpcId=vpc_id)
    (shown,) = ec2("DescribeInternetGateways", InternetGatewayIds=[gateway_id])["InternetGateways"]
    assert shown["Attachments"] == [{"State": "available", "VpcId": vpc_id}]
    for vpc in (vpc_id, other_vpc):
        assert refused(ec2, "AttachInternetGateway", InternetGatewayId=gateway_id, VpcId=vpc) == (
            "Resource.AlreadyAssociated",
            f"resource {gateway_id} is already attached to network {vpc_id}",
        )
    second = ec2("CreateInternetGateway")["InternetGateway"]["InternetGatewayId"]
    assert refused(ec2, "AttachInternetGateway", InternetGatewayId=second, VpcId=vpc_id) == (
        "InvalidParameterValue",
        f"Network {vpc_id} already has an internet gateway attached",
    )
    assert refused(ec2, "DeleteInternetGateway", InternetGatewayId=gateway_id) == (
        "DependencyViolation",
        f"The internetGateway '{gateway_id}' has dependencies and cannot be deleted.",
    )
    assert refused(ec2, "DetachInternetGateway", InternetGatewayId=gateway_id, VpcId=other_vpc) == (
        "Gateway.NotAttached",
        f"resource {gateway_id} is not attached to network {other_vpc}",
    )
    ec2("DetachInternetGateway", InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2("AttachInternetGateway", InternetGatewayId=second, VpcId=vpc_id)
    ec2("DeleteInternetGateway", InternetGatewayId=gateway_id)
    assert refused(ec2, "DeleteInternetGateway", InternetGatewayId=gateway_id) == (
        "InvalidInternetGatewayID.NotFound",
        f"The internetGateway ID '{gateway_id}' does not exist",
    )


def test_a_route_table_knows_its_vpc_and_nothing_else(ec2: Ec2, vpc_id: str) -> None:
    tags = [{"ResourceType": "route-table", "Tags": [{"Key": "Name", "Value": "x"}]}]
    made = ec2("CreateRouteTable", VpcId=vpc_id, TagSpecifications=tags)["RouteTable"]
    assert made["Associations"] == []
    assert made["Tags"] == [{"Key": "Name", "Value": "x"}]
    assert routes(ec2, made["RouteTableId"]) == [("10.0.0.0/16", "local", "active")]
    ec2("DeleteRouteTable", RouteTableId=made["RouteTableId"])
    assert refused(ec2, "DeleteRouteTable", RouteTableId=made["RouteTableId"])[0] == (
        "InvalidRouteTableID.NotFound"
    )


def test_the_same_client_token_answers_the_same_table(
    ec2: Ec2, vpc_id: str, other_vpc: str
) -> None:
    first = ec2("CreateRouteTable", VpcId=vpc_id, ClientToken="t")
    again = ec2("CreateRouteTable", VpcId=vpc_id, ClientToken="t")
    assert (first, first["ClientToken"]) == (again, "t")
    assert refused(ec2, "CreateRouteTable", VpcId=other_vpc, ClientToken="t")[0] == (
        "IdempotentParameterMismatch"
    )
    without = [ec2("CreateRouteTable", VpcId=vpc_id)["RouteTable"] for _ in range(2)]
    assert without[0] != without[1]


def test_a_table_is_a_subnets_until_it_is_not(ec2: Ec2, vpc_id: str, table_id: str) -> None:
    subnet_id = subnet(ec2, vpc_id)
    made = ec2("AssociateRouteTable", RouteTableId=table_id, SubnetId=subnet_id)
    association = made["AssociationId"]
    assert made["AssociationState"] == {"State": "associated"}
    again = ec2("AssociateRouteTable", RouteTableId=table_id, SubnetId=subnet_id)
    assert again["AssociationId"] == association
    for name, value in (
        ("association.route-table-association-id", association),
        ("association.subnet-id", subnet_id),
        ("association.route-table-id", table_id),
    ):
        given = [{"Name": name, "Values": [value]}]
        (shown,) = ec2("DescribeRouteTables", Filters=given)["RouteTables"]
        assert shown["RouteTableId"] == table_id
    assert refused(ec2, "DeleteRouteTable", RouteTableId=table_id) == (
        "DependencyViolation",
        f"The routeTable '{table_id}' has dependencies and cannot be deleted.",
    )
    other = ec2("CreateRouteTable", VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    assert refused(ec2, "AssociateRouteTable", RouteTableId=other, SubnetId=subnet_id) == (
        "Resource.AlreadyAssociated",
        f"the specified association for route table {other} conflicts with an existing association",
    )
    replaced = ec2("ReplaceRouteTableAssociation", AssociationId=association, RouteTableId=other)
    assert replaced["NewAssociationId"] != association
    ec2("DeleteRouteTable", RouteTableId=table_id)
    ec2("DisassociateRouteTable", AssociationId=replaced["NewAssociationId"])
    assert refused(ec2, "DisassociateRouteTable", AssociationId=association) == (
        "InvalidAssociationID.NotFound",
        f"The association ID '{association}' does not exist",
    )
    ec2("DeleteRouteTable", RouteTableId=other)


def test_the_main_table_can_be_another_but_never_none(
    ec2: Ec2, vpc_id: str, other_vpc: str, table_id: str
) -> None:
    before = main_table(ec2, vpc_id)
    association = before["Associations"][0]["RouteTableAssociationId"]
    assert refused(ec2, "DisassociateRouteTable", AssociationId=association) == (
        "InvalidParameterValue",
        f"cannot disassociate the main route table association {association}",
    )
    assert refused(ec2, "DeleteRouteTable", RouteTableId=before["RouteTableId"])[0] == (
        "DependencyViolation"
    )
    foreign = main_table(ec2, other_vpc)["RouteTableId"]
    assert (
        refused(
            ec2, "ReplaceRouteTableAssociation", AssociationId=association, RouteTableId=foreign
        )[0]
        == "InvalidParameterValue"
    )
    ec2("ReplaceRouteTableAssociation", AssociationId=association, RouteTableId=table_id)
    assert main_table(ec2, vpc_id)["RouteTableId"] == table_id
    ec2("DeleteRouteTable", RouteTableId=before["RouteTableId"])
    same = main_table(ec2, vpc_id)["Associations"][0]["RouteTableAssociationId"]
    ec2("ReplaceRouteTableAssociation", AssociationId=same, RouteTableId=table_id)
    assert len(main_table(ec2, vpc_id)["Associations"]) == 1


def test_a_table_and_a_subnet_of_two_vpcs_do_not_go_together(
    ec2: Ec2, other_vpc: str, table_id: str
) -> None:
    subnet_id = subnet(ec2, other_vpc, "10.1.0.0/24")
    code, message = refused(ec2, "AssociateRouteTable", RouteTableId=table_id, SubnetId=subnet_id)
    assert (code, message.endswith("belong to different networks")) == (
        "InvalidParameterValue",
        True,
    )
    assert refused(ec2, "AssociateRouteTable", RouteTableId=table_id)[0] == "MissingParameter"
    assert refused(ec2, "AssociateRouteTable", RouteTableId=table_id, GatewayId="igw-1")[0] == (
        "UnsupportedOperation"
    )


def test_a_route_is_made_replaced_and_deleted(
    ec2: Ec2, vpc_id: str, gateway_id: str, table_id: str
) -> None:
    local = ("10.0.0.0/16", "local", "active")
    world = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0"}
    assert ec2("CreateRoute", GatewayId=gateway_id, **world) == {"Return": True}
    ec2("CreateRoute", GatewayId=gateway_id, **world)  # The very same once more is fine.
    assert routes(ec2, table_id) == [local, ("0.0.0.0/0", gateway_id, "active")]
    interface = ec2("CreateNetworkInterface", SubnetId=subnet(ec2, vpc_id))["NetworkInterface"]
    interface_id = interface["NetworkInterfaceId"]
    assert refused(ec2, "CreateRoute", NetworkInterfaceId=interface_id, **world) == (
        "RouteAlreadyExists",
        "The route identified by 0.0.0.0/0 already exists.",
    )
    ec2("ReplaceRoute", NetworkInterfaceId=interface_id, **world)
    assert routes(ec2, table_id) == [local, ("0.0.0.0/0", interface_id, "active")]
    given = [{"Name": "route.destination-cidr-block", "Values": ["0.0.0.0/0"]}]
    assert table_id in {
        each["RouteTableId"] for each in ec2("DescribeRouteTables", Filters=given)["RouteTables"]
    }
    ec2("DeleteRoute", **world)
    assert refused(ec2, "DeleteRoute", **world) == (
        "InvalidRoute.NotFound",
        f"no route with destination-cidr-block 0.0.0.0/0 in route table {table_id}",
    )
    assert refused(ec2, "ReplaceRoute", GatewayId=gateway_id, **world) == (
        "InvalidParameterValue",
        "There is no route defined for '0.0.0.0/0' in the route table. Use CreateRoute instead.",
    )


def test_a_destination_is_written_in_its_one_way(ec2: Ec2, gateway_id: str, table_id: str) -> None:
    ec2(
        "CreateRoute",
        RouteTableId=table_id,
        DestinationCidrBlock="100.68.0.18/18",
        GatewayId=gateway_id,
    )
    ec2(
        "CreateRoute",
        RouteTableId=table_id,
        DestinationIpv6CidrBlock="0::0/0",
        GatewayId=gateway_id,
    )
    assert [each[0] for each in routes(ec2, table_id)] == ["10.0.0.0/16", "100.68.0.0/18", "::/0"]
    ec2("DeleteRoute", RouteTableId=table_id, DestinationIpv6CidrBlock="::/0")
    ec2("DeleteRoute", RouteTableId=table_id, DestinationCidrBlock="100.68.0.1/18")
    assert len(routes(ec2, table_id)) == 1


def test_a_route_to_what_is_gone_is_a_black_hole(
    ec2: Ec2, vpc_id: str, gateway_id: str, table_id: str
) -> None:
    world = {"RouteTableId": table_id, "DestinationCidrBlock": "0.0.0.0/0"}
    ec2("CreateRoute", GatewayId=gateway_id, **world)
    ec2("DetachInternetGateway", InternetGatewayId=gateway_id, VpcId=vpc_id)
    assert routes(ec2, table_id)[1] == ("0.0.0.0/0", gateway_id, "blackhole")
    ec2("AttachInternetGateway", InternetGatewayId=gateway_id, VpcId=vpc_id)
    assert routes(ec2, table_id)[1] == ("0.0.0.0/0", gateway_id, "active")
    interface = ec2("CreateNetworkInterface", SubnetId=subnet(ec2, vpc_id))["NetworkInterface"]
    ec2("ReplaceRoute", NetworkInterfaceId=interface["NetworkInterfaceId"], **world)
    ec2("DeleteNetworkInterface", NetworkInterfaceId=interface["NetworkInterfaceId"])
    assert routes(ec2, table_id)[1][2] == "blackhole"


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
            "InvalidGatewayID.NotFound",
            "The gateway ID 'igw-1' does not exist",
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1"},
            "InvalidNatGatewayID.NotFound",
            "The natGateway ID 'nat-1' does not exist",
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "NetworkInterfaceId": "eni-1"},
            "InvalidNetworkInterfaceID.NotFound",
            "The networkInterface ID 'eni-1' does not exist",
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "TransitGatewayId": "tgw-1"},
            "InvalidTransitGatewayID.NotFound",
            "The transitGateway ID 'tgw-1' does not exist",
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "InstanceId": "i-1"},
            "InvalidInstanceID.NotFound",
            "The instance ID 'i-1' does not exist",
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "CarrierGatewayId": "cagw-1"},
            "UnsupportedOperation",
            "Homeport's routes have no target CarrierGatewayId.",
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "a", "NatGatewayId": "b"},
            "InvalidParameterCombination",
            "The request must contain exactly one target of the route: GatewayId, NatGatewayId",
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0"},
            "MissingParameter",
            "The request must contain the parameter gatewayId",
        ),
        (
            {"GatewayId": "igw-1"},
            "MissingParameter",
            "The request must contain the parameter destinationCidrBlock",
        ),
        (
            {"DestinationCidrBlock": "0.0.0.0/0/0", "GatewayId": "igw-1"},
            "InvalidParameterValue",
            (
                "Value (0.0.0.0/0/0) for parameter destinationCidrBlock is invalid. "
                "This is not a valid CIDR block."
            ),
        ),
        (
            {"DestinationPrefixListId": "pl-1", "GatewayId": "igw-1"},
            "InvalidPrefixListID.NotFound",
            "The prefix list ID 'pl-1' does not exist",
        ),
    ],
)
def test_a_route_that_cannot_be_is_refused(
    ec2: Ec2, table_id: str, request_: dict[str, Any], code: str, message: str
) -> None:
    assert refused(ec2, "CreateRoute", RouteTableId=table_id, **request_) == (code, message)


def test_a_route_leads_to_its_own_vpc_only(
    ec2: Ec2, gateway_id: str, other_vpc: str, table_id: str
) -> None:
    foreign = main_table(ec2, other_vpc)["RouteTableId"]
    world = {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway_id}
    assert refused(ec2, "CreateRoute", RouteTableId=foreign, **world) == (
        "InvalidParameterValue",
        f"route table {foreign} and network gateway {gateway_id} belong to different networks",
    )
    within = {"RouteTableId": table_id, "GatewayId": gateway_id}
    for destination in ("10.0.0.0/16", "10.0.7.0/24"):
        code, message = refused(ec2, "CreateRoute", DestinationCidrBlock=destination, **within)
        assert code == "InvalidParameterValue"
        assert message.startswith(f"The destination CIDR block {destination} is equal to or more")
    local = {"RouteTableId": table_id, "DestinationCidrBlock": "10.0.0.0/16"}
    assert refused(ec2, "DeleteRoute", **local) == (
        "InvalidParameterValue",
        f"cannot remove local route 10.0.0.0/16 in route table {table_id}",
    )
    assert ec2("ReplaceRoute", LocalTarget=True, **local) == {}


def test_a_table_has_so_many_routes_and_no_more(
    ec2: Ec2, gateway_id: str, table_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route_tables, "ROUTES_MAX", 1)
    monkeypatch.setattr(limits, "SUBNETS_MAX", 2)
    given = {"RouteTableId": table_id, "GatewayId": gateway_id}
    ec2("CreateRoute", DestinationCidrBlock="1.0.0.0/8", **given)
    assert refused(ec2, "CreateRoute", DestinationCidrBlock="2.0.0.0/8", **given)[0] == (
        "RouteLimitExceeded"
    )
    (table,) = ec2("DescribeRouteTables", RouteTableIds=[table_id])["RouteTables"]
    assert refused(ec2, "CreateRouteTable", VpcId=table["VpcId"])[0] == "RouteTableLimitExceeded"
