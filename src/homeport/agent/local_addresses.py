"""The addresses of load balancers, on the bridges of their VPCs: the machine answers at them.

The kernel is asked each time what is there: addresses outlive the agent.
"""

import socket
import struct
from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final

from homeport.agent import rtnetlink

CONNECTIONS: Final = Path("/proc/net/tcp")
_OPEN: Final = frozenset({"01", "02", "03"})
"""Established, or about to be."""


def settle(
    bridge: str, cidr: str, wanted: Collection[str], *, staying: Collection[str] = ()
) -> tuple[str, ...]:
    """Have these addresses on the bridge and no others of the VPC: what was changed, in words.

    The bridge's own address, which is not /32, stays; so do those of `staying` that are there.
    Raises OSError.
    """
    told = [
        f"added {address}"
        for address in sorted({*wanted} - rtnetlink.single_addresses(bridge))
        if rtnetlink.add_address(bridge, address)
    ]
    for address in sorted(unwanted(bridge, cidr, wanted) - {*staying}):
        rtnetlink.remove_address(bridge, address)
        told.append(f"removed {address}")
    return tuple(told)


def unwanted(bridge: str, cidr: str, wanted: Collection[str]) -> frozenset[str]:
    """The addresses of the VPC that the bridge has and should not.  Raises OSError."""
    network = IPv4Network(cidr)
    there = rtnetlink.single_addresses(bridge)
    return frozenset(each for each in there - {*wanted} if IPv4Address(each) in network)


def connected(table: Path = CONNECTIONS) -> frozenset[str]:
    """The addresses at which this machine has TCP connections (proc_net(5))."""
    lines = table.read_text().splitlines()[1:]
    fields = (line.split(maxsplit=4) for line in lines)
    found = {each[1].partition(":")[0] for each in fields if each[3] in _OPEN}
    return frozenset(socket.inet_ntoa(struct.pack("=I", int(each, 16))) for each in found)
