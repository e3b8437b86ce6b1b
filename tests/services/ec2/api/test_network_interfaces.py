"""Interfaces: which address each gets, and how it is shown."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from homeport.contracts.networks import NoFreeAddress
from homeport.services.ec2.facade import Ec2Networks
from homeport.services.ec2.tables import subnets
from homeport.store import Store

Ask = Callable[..., Any]
WHERE = ("000000000000", "us-east-1")


@pytest.fixture
def subnet_id(plant: Callable[..., None], store: Store) -> str:
    plant()
    return store.read(lambda tx: Ec2Networks().default_subnets(tx, *WHERE))[0].subnet_id


@pytest.fixture
def release(store: Store) -> Callable[[Any], None]:
    def run(interface: Any) -> None:
        store.write(lambda tx: Ec2Networks().delete_interface(tx, *WHERE, interface.interface_id))

    return run


def shrink(store: Store, subnet_id: str, count: int) -> None:
    """Leave the subnet only its first `count` addresses."""
    last = update(subnets).where(subnets.c.id == subnet_id)
    store.write(lambda tx: tx.execute(last.values(last_address=subnets.c.next_fresh + count - 1)))


def test_an_interface_is_shown_with_what_was_derived_from_its_address(
    ask: Ask, subnet_id: str, hold: Callable[..., Any]
) -> None:
    group = ask("DescribeSecurityGroups")["SecurityGroups"][0]
    held = hold(subnet_id, group["GroupId"], description="arn:aws:ecs:…:attachment/1")
    assert (held.private_ipv4, held.mac_address) == ("172.31.0.4", "02:42:ac:1f:00:04")
    assert held.private_dns_name == "ip-172-31-0-4.ec2.internal"
    assert held.subnet.subnet_id == subnet_id
    (shown,) = ask("DescribeNetworkInterfaces")["NetworkInterfaces"]
    assert shown["NetworkInterfaceId"] == held.interface_id
    assert shown["PrivateIpAddress"] == "172.31.0.4"
    assert shown["Groups"] == [{"GroupId": group["GroupId"], "GroupName": "default"}]
    assert (shown["Status"], shown["InterfaceType"]) == ("in-use", "interface")
    assert shown["Description"] == "arn:aws:ecs:…:attachment/1"
    for name, value, count in (
        ("private-ip-address", "172.31.0.4", 1),
        ("subnet-id", subnet_id, 1),
        ("group-id", group["GroupId"], 1),
        ("addresses.primary", "true", 1),
        ("status", "available", 0),
        ("association.public-ip", "*", 0),
    ):
        found = ask("DescribeNetworkInterfaces", Filters=[{"Name": name, "Values": [value]}])
        assert len(found["NetworkInterfaces"]) == count
    by_id = ask("DescribeNetworkInterfaces", NetworkInterfaceIds=[held.interface_id])
    assert by_id["NetworkInterfaces"] == [shown]


def test_a_subnet_says_how_many_addresses_it_has_left(
    ask: Ask, subnet_id: str, hold: Callable[..., Any], release: Callable[[Any], None]
) -> None:
    def left() -> int:
        (shown,) = ask("DescribeSubnets", SubnetIds=[subnet_id])["Subnets"]
        return int(shown["AvailableIpAddressCount"])

    held = [hold(subnet_id) for _ in range(3)]
    assert left() == 4088
    release(held[1])
    release(held[1])
    assert left() == 4089


def test_addresses_come_back_last_and_the_longest_gone_first(
    store: Store, subnet_id: str, hold: Callable[..., Any], release: Callable[[Any], None]
) -> None:
    shrink(store, subnet_id, 4)
    a, b, c = (hold(subnet_id) for _ in range(3))
    release(b)
    release(a)
    assert [hold(subnet_id).private_ipv4 for _ in range(3)] == [
        "172.31.0.7",
        b.private_ipv4,
        a.private_ipv4,
    ]
    with pytest.raises(NoFreeAddress):
        hold(subnet_id)
    release(c)
    assert hold(subnet_id).private_ipv4 == c.private_ipv4


def test_no_two_interfaces_ever_share_an_address(
    store: Store, subnet_id: str, hold: Callable[..., Any], release: Callable[[Any], None]
) -> None:
    shrink(store, subnet_id, 7)
    held: list[Any] = []
    for turn in range(60):
        if len(held) == 7 or turn % 3 == 2:
            release(held.pop(turn % len(held)))
        else:
            held.append(hold(subnet_id))
        addresses = [each.private_ipv4 for each in held]
        assert len(set(addresses)) == len(addresses)


def test_a_subnet_that_is_not_there_has_no_free_address(
    subnet_id: str, hold: Callable[..., Any]
) -> None:
    with pytest.raises(NoFreeAddress):
        hold("subnet-1")


def test_an_interface_is_of_its_account_and_region(
    ask: Ask, store: Store, subnet_id: str, hold: Callable[..., Any], call: Callable[..., Any]
) -> None:
    held = hold(subnet_id)
    elsewhere = call(region="eu-west-1")
    assert ask("DescribeNetworkInterfaces", _call=elsewhere) == {"NetworkInterfaces": []}
    store.write(
        lambda tx: Ec2Networks().delete_interface(
            tx, "000000000000", "eu-west-1", held.interface_id
        )
    )
    assert len(ask("DescribeNetworkInterfaces")["NetworkInterfaces"]) == 1
