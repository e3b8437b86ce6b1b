"""A stack of networks as Terraform makes it, reads it back and takes it down, over stock boto3."""

import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from homeport.contracts.identity import AccessKey
from homeport.contracts.peers import Peers
from homeport.gateway.asgi import Gateway
from homeport.runtime import Seed
from homeport.runtime.system import SystemClock, SystemIds
from homeport.services.ec2 import wiring
from homeport.services.ec2.facade import Ec2Networks
from homeport.services.sts.facade import StsIdentities
from homeport.store import Store, Tx
from wire.serving import client, listening

ACCOUNT = "000000000000"
ROOT = AccessKey(
    access_key_id="AKIAROOTOFSTACKS",
    secret_access_key="root-secret",
    session_token=None,
    account=ACCOUNT,
    principal="",
    expires_at=None,
)


@pytest.fixture
def api(store: Store) -> Iterator[Any]:
    (service,) = wiring.services()
    told = Seed(
        account=ACCOUNT,
        home_region="us-east-1",
        regions=("us-east-1",),
        now=time.time(),
        ids=SystemIds(),
    )

    def start(tx: Tx) -> None:
        StsIdentities().install_root_key(
            tx, ROOT.access_key_id, ROOT.secret_access_key, ROOT.account
        )
        assert service.seed is not None
        service.seed(tx, told)

    store.write(start)
    nobody = cast(Any, None)
    peers = Peers(
        identities=StsIdentities(),
        networks=Ec2Networks(),
        logs=nobody,
        fleet=nobody,
        events=nobody,
        certificates=nobody,
        certificate_uses=nobody,
        targets=nobody,
        routing=nobody,
        traffic=nobody,
        metrics=nobody,
        alarms=nobody,
        hooks=nobody,
        hook_work=nobody,
        operations=nobody,
        bus=nobody,
        firings=nobody,
        schedules=nobody,
        rules=nobody,
    )
    gateway = Gateway(
        {"ec2": service}, store=store, peers=peers, clock=SystemClock(), ids=SystemIds()
    )
    with listening(gateway) as url:
        yield client("ec2", url, ROOT, "us-east-1")


def tagged(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def where(**filters: str) -> list[dict[str, Any]]:
    return [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]


def test_a_stack_is_made_read_back_and_taken_down(api: Any) -> None:
    before = snapshot(api)
    vpc_id = api.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", "demo"))[
        "Vpc"
    ]["VpcId"]
    api.get_waiter("vpc_available").wait(VpcIds=[vpc_id])
    api.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    zones = [each["ZoneName"] for each in api.describe_availability_zones()["AvailabilityZones"]]
    subnets = [
        api.create_subnet(
            VpcId=vpc_id,
            CidrBlock=f"10.0.{number}.0/24",
            AvailabilityZone=zone,
            TagSpecifications=tagged("subnet", f"demo-{number}"),
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    api.get_waiter("subnet_available").wait(SubnetIds=subnets)
    api.modify_subnet_attribute(SubnetId=subnets[0], MapPublicIpOnLaunch={"Value": True})
    gateway_id = api.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    api.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    public, private = (
        api.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"] for _ in range(2)
    )
    world = "0.0.0.0/0"
    api.create_route(RouteTableId=public, DestinationCidrBlock=world, GatewayId=gateway_id)
    associations = [
        api.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
        for table, subnet in zip((public, private, private), subnets, strict=True)
    ]
    allocation_id = api.allocate_address(Domain="vpc")["AllocationId"]
    nat_id = api.create_nat_gateway(SubnetId=subnets[0], AllocationId=allocation_id)["NatGateway"][
        "NatGatewayId"
    ]
    api.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat_id])
    api.create_route(RouteTableId=private, DestinationCidrBlock=world, NatGatewayId=nat_id)

    read_back(api, vpc_id, subnets, public, private)
    with pytest.raises(ClientError) as refused:
        api.delete_vpc(VpcId=vpc_id)
    assert refused.value.response["Error"]["Code"] == "DependencyViolation"

    api.delete_route(RouteTableId=private, DestinationCidrBlock=world)
    api.delete_nat_gateway(NatGatewayId=nat_id)
    api.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[nat_id])
    api.release_address(AllocationId=allocation_id)
    for association in associations:
        api.disassociate_route_table(AssociationId=association)
    for table in (public, private):
        api.delete_route_table(RouteTableId=table)
    api.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    api.delete_internet_gateway(InternetGatewayId=gateway_id)
    for subnet in subnets:
        api.delete_subnet(SubnetId=subnet)
    api.delete_vpc(VpcId=vpc_id)
    assert snapshot(api) == before


def read_back(api: Any, vpc_id: str, subnets: list[str], public: str, private: str) -> None:
    """What Terraform reads at its second plan."""
    (vpc,) = api.describe_vpcs(Filters=where(**{"tag:Name": "demo"}))["Vpcs"]
    assert vpc["VpcId"] == vpc_id
    hostnames = api.describe_vpc_attribute(VpcId=vpc_id, Attribute="enableDnsHostnames")
    assert hostnames["EnableDnsHostnames"] == {"Value": True}
    pages = api.get_paginator("describe_subnets").paginate(
        Filters=where(vpc_id=vpc_id), PaginationConfig={"PageSize": 5}
    )
    shown = [each for page in pages for each in page["Subnets"]]
    assert sorted(each["SubnetId"] for each in shown) == sorted(subnets)
    assert [each["SubnetId"] for each in shown if each["MapPublicIpOnLaunch"]] == subnets[:1]
    assert sorted(each["AvailableIpAddressCount"] for each in shown) == [250, 251, 251]
    for table_id, kind in ((public, "GatewayId"), (private, "NatGatewayId")):
        (table,) = api.describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
        assert [(kind in each, each["State"]) for each in table["Routes"]][1] == (True, "active")
    (acl,) = api.describe_network_acls(Filters=where(vpc_id=vpc_id, default="true"))["NetworkAcls"]
    assert {each["SubnetId"] for each in acl["Associations"]} == set(subnets)
    (group,) = api.describe_security_groups(Filters=where(vpc_id=vpc_id, group_name="default"))[
        "SecurityGroups"
    ]
    assert group["OwnerId"] == ACCOUNT


def snapshot(api: Any) -> dict[str, list[str]]:
    """The ids of all that there is; a deleted NAT gateway is shown a while longer."""
    return {
        name: sorted(each[key] for each in getattr(api, f"describe_{name}")()[member])
        for name, member, key in (
            ("addresses", "Addresses", "AllocationId"),
            ("dhcp_options", "DhcpOptions", "DhcpOptionsId"),
            ("internet_gateways", "InternetGateways", "InternetGatewayId"),
            ("network_acls", "NetworkAcls", "NetworkAclId"),
            ("network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
            ("route_tables", "RouteTables", "RouteTableId"),
            ("security_groups", "SecurityGroups", "GroupId"),
            ("subnets", "Subnets", "SubnetId"),
            ("vpcs", "Vpcs", "VpcId"),
        )
    }


def test_every_new_read_is_parsed_by_boto3(api: Any) -> None:
    vpc_id = api.describe_vpcs()["Vpcs"][0]["VpcId"]
    assert api.describe_vpc_classic_link(VpcIds=[vpc_id])["Vpcs"][0]["ClassicLinkEnabled"] is False
    assert api.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert api.describe_vpc_endpoint_services()["ServiceNames"] == []
    assert api.describe_managed_prefix_lists()["PrefixLists"] == []
    allocation = api.allocate_address()["AllocationId"]
    (attribute,) = api.describe_addresses_attribute(
        AllocationIds=[allocation], Attribute="domain-name"
    )["Addresses"]
    assert attribute["AllocationId"] == allocation
    api.create_tags(
        Resources=[vpc_id], Tags=[{"Key": "a", "Value": ""}, {"Key": "b", "Value": "x"}]
    )
    api.delete_tags(
        Resources=[vpc_id], Tags=[{"Key": "a", "Value": ""}, {"Key": "b", "Value": "y"}]
    )
    assert [each["Key"] for each in api.describe_tags()["Tags"]] == ["b"]
    with pytest.raises(ClientError) as refused:
        api.create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)
    assert refused.value.response["Error"] == {
        "Code": "DryRunOperation",
        "Message": "Request would have succeeded, but DryRun flag is set.",
    }
