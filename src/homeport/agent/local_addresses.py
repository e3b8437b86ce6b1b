"""The addresses of load balancers, on the bridges of their VPCs: the machine answers at them.

The kernel is asked each time what is there: addresses outlive the agent.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from homeport.agent import rtnetlink


def settle(bridge: str, cidr: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """Have these addresses on the bridge and no others of the VPC: what was changed, in words.

    The bridge's own address, which is not /32, stays.  Raises OSError.
    """
    network, wanted = IPv4Network(cidr), frozenset(wanted)
    there = rtnetlink.single_addresses(bridge)
    told = []
    for address in sorted(wanted - there):
        if rtnetlink.add_address(bridge, address):
            told.append(f"added {address}")
    for address in sorted(there - wanted):
        if IPv4Address(address) in network:
            rtnetlink.remove_address(bridge, address)
            told.append(f"removed {address}")
    return tuple(told)
