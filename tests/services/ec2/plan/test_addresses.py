"""Ranges, addresses and what is derived from them."""

from ipaddress import IPv4Network
from itertools import combinations, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ec2.plan.addresses import (
    address_text,
    default_subnets,
    mac_address,
    private_dns_name,
    usable,
    vpc_ranges,
    zone_id,
)


def test_a_subnet_keeps_five_addresses_for_aws() -> None:
    first, last = usable("172.31.16.0/20")
    assert (address_text(first), address_text(last)) == ("172.31.16.4", "172.31.31.254")
    assert last - first + 1 == 4091
    first, last = usable("10.0.0.0/28")
    assert last - first + 1 == 11


def test_what_is_derived_from_an_address() -> None:
    assert mac_address("172.31.0.5") == "02:42:ac:1f:00:05"
    assert private_dns_name("172.31.0.5", "us-east-1") == "ip-172-31-0-5.ec2.internal"
    assert private_dns_name("10.1.2.3", "eu-west-1") == "ip-10-1-2-3.eu-west-1.compute.internal"
    assert int(mac_address("10.0.0.1")[:2], 16) & 0b11 == 0b10


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", "use1"),
        ("us-west-2", "usw2"),
        ("eu-central-1", "euc1"),
        ("eu-north-1", "eun1"),
        ("ap-northeast-2", "apne2"),
        ("ap-southeast-1", "apse1"),
        ("ap-south-1", "aps1"),
        ("af-south-1", "afs1"),
        ("il-central-1", "ilc1"),
        ("ca-west-1", "caw1"),
    ],
)
def test_zone_ids_are_short_for_their_region(region: str, expected: str) -> None:
    assert [zone_id(region, letter) for letter in "abc"] == [
        f"{expected}-az{number}" for number in (1, 2, 3)
    ]


def test_the_home_region_has_the_range_of_aws_or_the_next_free_one() -> None:
    assert next(vpc_ranges(True, ())) == "172.31.0.0/16"
    assert next(vpc_ranges(True, ["172.31.5.0/24"])) == "172.30.0.0/16"
    assert next(vpc_ranges(True, ["172.16.0.0/12"])) == "10.255.0.0/16"
    assert next(vpc_ranges(True, ["0.0.0.0/0", "fe80::/10"])) == "172.31.0.0/16"
    assert list(vpc_ranges(True, ["0.0.0.0/1", "128.0.0.0/1"])) == []


@given(
    st.lists(
        st.builds(
            lambda number, prefix: str(IPv4Network((number, prefix), strict=False)),
            st.integers(0, 2**32 - 1),
            st.integers(4, 32),
        ),
        max_size=6,
    )
)
def test_ranges_are_private_and_overlap_nothing(taken: list[str]) -> None:
    found = [IPv4Network(each) for each in islice(vpc_ranges(False, taken), 40)]
    private = [IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
    shared = IPv4Network("100.64.0.0/10")
    assert all(any(each.subnet_of(some) for some in [*private, shared]) for each in found)
    assert not any(a.overlaps(b) for a, b in combinations(found, 2))
    assert not any(each.overlaps(IPv4Network(some)) for each in found for some in taken)
    assert IPv4Network("172.31.0.0/16") not in found


def test_default_subnets_are_those_of_aws() -> None:
    assert default_subnets("172.31.0.0/16") == (
        "172.31.0.0/20",
        "172.31.16.0/20",
        "172.31.32.0/20",
    )
