"""Permissions of a request: checked, split into the terms of single rules, and named.

Knows nothing of groups and what they hold already: see security_groups.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Any, Final

from homeport.services.ec2.errors import InvalidParameterValue
from homeport.services.ec2.records import Rule, Terms

DESCRIPTION: Final = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
VALID_CHARACTERS: Final = (
    "strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
)
ALL: Final = "-1"
WITH_PORTS: Final = ("tcp", "udp")
NAMES: Final[Mapping[str, str]] = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
PROTOCOL_MAX: Final = 255
PORT_MAX: Final = 65535
ICMP_MAX: Final = 255
_IPV4: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}")
_IPV6: Final = re.compile(r"[0-9a-fA-F:.]+/[0-9]{1,3}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule as a request asks for it."""

    terms: Terms
    description: str | None


def split(permission: Mapping[str, Any]) -> tuple[Asked, ...]:
    """The single rules of one IpPermission, whose group pairs name groups by id."""
    protocol = protocol_of(permission.get("IpProtocol"))
    first, last = ports_of(protocol, permission.get("FromPort"), permission.get("ToPort"))
    return tuple(
        Asked(
            Terms(protocol=protocol, from_port=first, to_port=last, **peer),
            description_of(given.get("Description")),
        )
        for peer, given in _peers(permission)
    )


def asked_by(rule: Mapping[str, Any]) -> Asked:
    """The rule that one SecurityGroupRuleRequest asks for."""
    protocol = protocol_of(rule.get("IpProtocol"))
    first, last = ports_of(protocol, rule.get("FromPort"), rule.get("ToPort"))
    peers = {
        "cidr": _canonical(cidr_ipv4, rule.get("CidrIpv4")),
        "cidr_ipv6": _canonical(cidr_ipv6, rule.get("CidrIpv6")),
        "prefix_list_id": rule.get("PrefixListId") or None,
        "group_id": rule.get("ReferencedGroupId") or None,
    }
    if len([peer for peer in peers.values() if peer is not None]) != 1:
        raise InvalidParameterValue(
            "Exactly one of CidrIpv4, CidrIpv6, PrefixListId and ReferencedGroupId "
            "must be specified for a security group rule."
        )
    terms = Terms(protocol=protocol, from_port=first, to_port=last, **peers)
    return Asked(terms, description_of(rule.get("Description")))


def terms_of(rule: Rule) -> Terms:
    """What a rule lets through, without who it is."""
    return Terms(
        protocol=rule.protocol,
        from_port=rule.from_port,
        to_port=rule.to_port,
        cidr=rule.cidr,
        cidr_ipv6=rule.cidr_ipv6,
        group_id=rule.group_id,
        prefix_list_id=rule.prefix_list_id,
    )


def named(terms: Terms) -> str:
    """A rule as EC2's error messages write it: ``peer: 10.0.0.0/8, TCP, from port: 80, …``."""
    peer = terms.cidr or terms.cidr_ipv6 or terms.group_id or terms.prefix_list_id
    match terms.protocol:
        case "-1":
            what = "ALL"
        case "tcp" | "udp":
            ports = f"from port: {terms.from_port}, to port: {terms.to_port}"
            what = f"{terms.protocol.upper()}, {ports}"
        case "icmp" | "icmpv6":
            name = "ICMP" if terms.protocol == "icmp" else "ICMPv6"
            what = f"{name}, type: {_icmp(terms.from_port)}, code: {_icmp(terms.to_port)}"
        case number:
            what = f"protocol: {number}"
    return f"peer: {peer}, {what}, ALLOW"


def protocol_of(given: str | None) -> str:
    """A protocol as EC2 keeps it: a name for those that have one, else the number."""
    if given is None:
        raise InvalidParameterValue("Invalid value 'null' for IP protocol. Unknown protocol.")
    text = given.lower()
    if text == ALL or text in NAMES.values():
        return text
    if not (text.isascii() and text.isdigit()) or int(text) > PROTOCOL_MAX:
        raise InvalidParameterValue(f"Invalid value '{given}' for IP protocol. Unknown protocol.")
    number = str(int(text))
    return NAMES.get(number, number)


def ports_of(protocol: str, first: int | None, last: int | None) -> tuple[int | None, int | None]:
    """Ports, or ICMP type and code, as EC2 keeps them for a protocol."""
    if protocol in WITH_PORTS:
        return _port_range(first, last)
    if protocol == "icmpv6" and first is None and last is None:
        return -1, -1
    if protocol in ("icmp", "icmpv6"):
        return _type_and_code(first, last)
    return None, None  # Other protocols have no ports; EC2 ignores what it is told.


def cidr_ipv4(text: str) -> str:
    """An IPv4 range without host bits; raises for what is none."""
    try:
        if _IPV4.fullmatch(text):
            return str(IPv4Network(text, strict=False))
    except ValueError:
        pass
    raise InvalidParameterValue(f"CIDR block {text} is malformed")


def cidr_ipv6(text: str) -> str:
    """An IPv6 range without host bits; raises for what is none."""
    try:
        if _IPV6.fullmatch(text):
            return str(IPv6Network(text, strict=False))
    except ValueError:
        pass
    raise InvalidParameterValue(f"CIDR block {text} is malformed")


def description_of(given: str | None) -> str | None:
    """A rule's description; an empty one is none."""
    if given is not None and not DESCRIPTION.fullmatch(given):
        raise InvalidParameterValue(
            f"Invalid rule description. Valid descriptions are {VALID_CHARACTERS}"
        )
    return given or None


def _peers(
    permission: Mapping[str, Any],
) -> Iterator[tuple[dict[str, str], Mapping[str, Any]]]:
    for given in permission.get("IpRanges") or ():
        yield {"cidr": cidr_ipv4(given.get("CidrIp", ""))}, given
    for given in permission.get("Ipv6Ranges") or ():
        yield {"cidr_ipv6": cidr_ipv6(given.get("CidrIpv6", ""))}, given
    for given in permission.get("PrefixListIds") or ():
        yield {"prefix_list_id": given.get("PrefixListId", "")}, given
    for given in permission.get("UserIdGroupPairs") or ():
        yield {"group_id": given["GroupId"]}, given


def _canonical(parse: Any, text: str | None) -> str | None:
    return parse(text) if text else None


def _port_range(first: int | None, last: int | None) -> tuple[int, int]:
    if first is None or last is None:
        raise InvalidParameterValue(
            "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
        )
    for name, port in (("from", first), ("to", last)):
        if not 0 <= port <= PORT_MAX:
            raise InvalidParameterValue(f"TCP/UDP ({name}) port ({port}) out of range")
    if first > last:
        raise InvalidParameterValue(f"Invalid TCP/UDP port range ({first}:{last})")
    return first, last


def _type_and_code(first: int | None, last: int | None) -> tuple[int, int]:
    if first is None or last is None:
        raise InvalidParameterValue(
            "Invalid value 'Must specify both from and to ports with ICMP.' for portRange."
        )
    for name, number in (("type", first), ("code", last)):
        if not -1 <= number <= ICMP_MAX:
            raise InvalidParameterValue(f"ICMP {name} ({number}) out of range")
    if first == -1 and last != -1:
        raise InvalidParameterValue(f"ICMP code ({last}) must be -1 where the ICMP type is -1")
    return first, last


def _icmp(number: int | None) -> str:
    return "ALL" if number in (None, -1) else str(number)
