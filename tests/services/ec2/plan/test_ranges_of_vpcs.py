"""Which ranges VPCs and subnets may have, against a plain count of addresses."""

from ipaddress import IPv4Network

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from homeport.services.ec2 import errors
from homeport.services.ec2.plan.public_addresses import free_address
from homeport.services.ec2.plan.ranges import (
    free_default_range,
    ipv6_range_of,
    range_of,
    subnet_range,
    vpc_range,
)

VPC = "10.20.0.0/16"


@st.composite
def ranges(draw: st.DrawFn, prefix_min: int = 14, prefix_max: int = 30) -> str:
    """Ranges in and around 10.20.0.0/16, written with bits of the host too."""
    prefix = draw(st.integers(prefix_min, prefix_max))
    third, fourth = draw(st.integers(0, 255)), draw(st.integers(0, 255))
    return f"10.{draw(st.sampled_from((19, 20, 20, 20)))}.{third}.{fourth}/{prefix}"


def addresses(cidr: str) -> tuple[int, int]:
    network = IPv4Network(cidr, strict=False)
    return int(network.network_address), int(network.broadcast_address)


@given(ranges(), st.lists(ranges(prefix_min=18, prefix_max=28), max_size=4))
def test_a_subnet_fits_its_vpc_and_overlaps_no_other(text: str, others: list[str]) -> None:
    normal = [str(IPv4Network(each, strict=False)) for each in others]
    first, last = addresses(text)
    vpc_first, vpc_last = addresses(VPC)
    inside = vpc_first <= first and last <= vpc_last and 16 <= int(text.split("/")[1]) <= 28
    free = all(last < addresses(each)[0] or addresses(each)[1] < first for each in normal)
    if not inside:
        with pytest.raises(errors.SubnetRange):
            subnet_range(text, VPC, normal)
    elif not free:
        with pytest.raises(errors.SubnetConflict):
            subnet_range(text, VPC, normal)
    else:
        assert addresses(subnet_range(text, VPC, normal)) == (first, last)


@given(st.sets(st.integers(0, 15), max_size=16))
def test_a_default_subnet_takes_the_first_range_that_is_free(taken: set[int]) -> None:
    others = [f"172.31.{16 * number}.0/20" for number in taken]
    expected = next((number for number in range(16) if number not in taken), None)
    found = free_default_range("172.31.0.0/16", others)
    assert found == (None if expected is None else f"172.31.{16 * expected}.0/20")


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 32))
def test_a_vpc_has_from_16_to_65536_addresses_that_are_somebodys(number: int, prefix: int) -> None:
    network = IPv4Network((number, prefix), strict=False)
    first = int(network.network_address) >> 24
    assume(prefix >= 8)
    special = first in (0, 127) or first >= 224 or (number >> 16) == 0xA9FE
    if special or not 16 <= prefix <= 28:
        with pytest.raises(errors.VpcRange):
            vpc_range(str(network))
    else:
        assert vpc_range(str(network)) == str(network)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "10.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/255.255.0.0",
        "10.0.0/8",
        "x/8",
        "10.0.0.0/+8",
        "10.0.0.0/٨",
        "10.0.0.256/8",
        "::/0",
        " 10.0.0.0/8",
    ],
)
def test_what_is_no_range_is_said_so(text: str) -> None:
    with pytest.raises(errors.InvalidParameterValue) as refused:
        range_of(text, "cidrBlock")
    assert refused.value.message == (
        f"Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block."
    )


def test_ranges_of_ipv6_are_those_of_ipv6_only() -> None:
    assert str(ipv6_range_of("0:0::1/0", "x")) == "::/0"
    with pytest.raises(errors.InvalidParameterValue):
        ipv6_range_of("0.0.0.0/0", "x")


def test_the_next_elastic_address_is_the_first_that_nobody_has() -> None:
    assert free_address(()) == "198.18.0.1"
    assert free_address({"198.18.0.1", "198.18.0.3"}) == "198.18.0.2"
