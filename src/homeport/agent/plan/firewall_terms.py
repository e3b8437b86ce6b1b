"""One rule of a security group as nft words it.  PURE."""

from collections.abc import Callable
from ipaddress import IPv4Network, ip_network
from typing import Final

from homeport.link.vpc import Allow

EVERY_PROTOCOL: Final = "-1"
NUMBERS: Final = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58}
ICMP, TCP, UDP, ICMP_V6 = 1, 6, 17, 58
WITH_PORTS: Final = {TCP: "tcp", UDP: "udp"}
PORT_MAX: Final = 65_535
PROTOCOL_MAX: Final = 255
ICMP_MAX: Final = 255


def terms(allow: Allow, peer: str, set_name: Callable[[str], str]) -> tuple[str, ...] | None:
    """The matches of the rule; None: it matches nothing that is IPv4.

    `peer` is the end that the rule is about, ``saddr`` or ``daddr``.
    """
    who, what = _who(allow, peer, set_name), _what(allow)
    if who is None or what is None:
        return None
    return tuple(each for each in (who, what) if each)


def _who(allow: Allow, peer: str, set_name: Callable[[str], str]) -> str | None:
    if allow.group_id is not None:
        return f"ip {peer} @{set_name(allow.group_id)}"
    if allow.cidr is None:
        return None
    try:
        network = ip_network(allow.cidr, strict=False)
    except ValueError:
        return None
    if not isinstance(network, IPv4Network):
        return None
    # Not an empty match: only IPv4 is meant.
    return f"ip {peer} {network}" if network.prefixlen else "meta nfproto ipv4"


def _what(allow: Allow) -> str | None:
    if allow.protocol == EVERY_PROTOCOL:
        return ""
    number = NUMBERS.get(allow.protocol.lower())
    if number is None:
        if not (allow.protocol.isascii() and allow.protocol.isdigit()):
            return None
        number = int(allow.protocol)
    if number > PROTOCOL_MAX or number == ICMP_V6:
        return None
    if number == ICMP:
        return _icmp(allow.from_port, allow.to_port)
    if number in WITH_PORTS:
        return _ports(WITH_PORTS[number], allow.from_port, allow.to_port)
    return f"meta l4proto {number}"


def _ports(protocol: str, first: int | None, last: int | None) -> str | None:
    first = 0 if first is None or first < 0 else first
    last = PORT_MAX if last is None or last < 0 else last
    if first > last or last > PORT_MAX:
        return None
    if (first, last) == (0, PORT_MAX):
        return f"meta l4proto {protocol}"
    return f"{protocol} dport {first}" if first == last else f"{protocol} dport {first}-{last}"


def _icmp(kind: int | None, code: int | None) -> str | None:
    if kind is None or kind < 0:
        return "meta l4proto icmp"
    if kind > ICMP_MAX or (code is not None and code > ICMP_MAX):
        return None
    if code is None or code < 0:
        return f"icmp type {kind}"
    return f"icmp type {kind} icmp code {code}"
