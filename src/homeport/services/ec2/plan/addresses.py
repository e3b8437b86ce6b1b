"""IPv4 arithmetic of VPCs: which ranges, which addresses, and what is derived from an address."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Final

RESERVED_FIRST: Final = 4
"""Network, gateway, DNS and one for the future: AWS never hands out a subnet's first four."""
RESERVED_LAST: Final = 1
SUBNET_PREFIX: Final = 20
ZONES: Final = ("a", "b", "c")


def usable(cidr: str) -> tuple[int, int]:
    """The first and the last address of a subnet that an interface may have, as numbers."""
    network = IPv4Network(cidr)
    return (
        int(network.network_address) + RESERVED_FIRST,
        int(network.broadcast_address) - RESERVED_LAST,
    )


def address_text(number: int) -> str:
    """``172.31.0.5`` of its number."""
    return str(IPv4Address(number))


def mac_address(address: str) -> str:
    """A locally administered MAC address that no other address of any VPC has.

    Docker derives the same one from an address, and Engines before API 1.44 allow no other.
    """
    return "02:42:" + IPv4Address(address).packed.hex(":")


def private_dns_name(address: str, region: str) -> str:
    """The name that AWS's resolver has for an address: ``ip-172-31-0-5.ec2.internal``."""
    zone = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{zone}"


def default_subnets(vpc_cidr: str) -> tuple[str, ...]:
    """The ranges of a default VPC's subnets, one for each zone."""
    ranges = IPv4Network(vpc_cidr).subnets(new_prefix=SUBNET_PREFIX)
    return tuple(str(each) for each, _ in zip(ranges, ZONES, strict=False))


def vpc_ranges(home: bool, taken: Iterable[str]) -> Iterator[str]:
    """Private /16 ranges that overlap nothing that is taken, in a fixed order.

    The home region prefers what AWS gives its default VPCs; the others stay out of its way.
    """
    networks = [IPv4Network(each, strict=False) for each in taken if ":" not in each]
    blocked = [each for each in networks if each.prefixlen > 0]  # A default route takes nothing.
    for candidate in _candidates(home):
        if not any(candidate.overlaps(each) for each in blocked):
            yield str(candidate)


def _candidates(home: bool) -> Iterator[IPv4Network]:
    if home:
        yield from (IPv4Network(f"172.{second}.0.0/16") for second in range(31, 15, -1))
    # From the top: people number their own networks from the bottom.
    yield from (IPv4Network(f"10.{second}.0.0/16") for second in range(255, -1, -1))
    yield from (IPv4Network(f"100.{second}.0.0/16") for second in range(127, 63, -1))
    yield IPv4Network("192.168.0.0/16")
    if not home:
        yield from (IPv4Network(f"172.{second}.0.0/16") for second in range(30, 15, -1))


def zone_id(region: str, letter: str) -> str:
    """The id of a zone: ``use1-az1`` of us-east-1 and a."""
    continent, _, rest = region.partition("-")
    direction, _, number = rest.rpartition("-")
    names = ("north", "south", "east", "west", "central")
    initials = "".join(
        name[0]
        for _, name in sorted((direction.find(name), name) for name in names)
        if name in direction
    )
    return f"{continent}{initials}{number}-az{ZONES.index(letter) + 1}"
