"""Network ACLs: what a request's entry says, what becomes of an ACL, whose it is.  Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from homeport.services.ec2.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    NetworkAclEntryAlreadyExists,
    NetworkAclEntryLimitExceeded,
    NetworkAclEntryNotFound,
)
from homeport.services.ec2.plan.limits import ACL_ENTRIES_MAX
from homeport.services.ec2.plan.ranges import ipv6_range_of, range_of
from homeport.services.ec2.plan.rule_terms import ports_of
from homeport.services.ec2.records import AclEntry, NetworkAcl, Subnet

ALL: Final = "-1"
EVERYWHERE: Final = "0.0.0.0/0"
NUMBERS: Final[Mapping[str, str]] = {"icmp": "1", "tcp": "6", "udp": "17", "icmpv6": "58"}
ICMP, TCP, UDP, ICMP_V6 = "1", "6", "17", "58"
PROTOCOL_MAX: Final = 255
NUMBER_MAX: Final = 32766


def entry_of(request: Mapping[str, Any]) -> AclEntry:
    """The entry that a request describes."""
    number = request["RuleNumber"]
    _check_number(number)
    action = request["RuleAction"]
    if action not in ("allow", "deny"):
        raise InvalidParameterValue(f"Value ({action}) for parameter ruleAction is invalid.")
    protocol = _protocol(request["Protocol"])
    cidr, cidr_ipv6 = _ranges(request)
    first, last = _ports(protocol, request, is_ipv6=cidr_ipv6 is not None)
    return AclEntry(
        number=number,
        is_egress=request["Egress"],
        allows=action == "allow",
        protocol=protocol,
        cidr=cidr,
        cidr_ipv6=cidr_ipv6,
        from_port=first,
        to_port=last,
    )


def with_entry(acl: NetworkAcl, new: AclEntry) -> NetworkAcl:
    """The ACL with one more entry."""
    alike = [each for each in acl.entries if each.is_egress == new.is_egress]
    if any(each.number == new.number for each in alike):
        raise NetworkAclEntryAlreadyExists(new.number)
    if len(alike) >= ACL_ENTRIES_MAX:
        raise NetworkAclEntryLimitExceeded
    return _ordered(acl, (*acl.entries, new))


def with_replaced(acl: NetworkAcl, new: AclEntry) -> NetworkAcl:
    """The ACL with another entry in the place of the one of that number."""
    without = without_entry(acl, new.number, is_egress=new.is_egress)
    return _ordered(acl, (*without.entries, new))


def without_entry(acl: NetworkAcl, number: int, *, is_egress: bool) -> NetworkAcl:
    """The ACL without one of its entries."""
    kept = tuple(
        each for each in acl.entries if (each.number, each.is_egress) != (number, is_egress)
    )
    if len(kept) == len(acl.entries):
        raise NetworkAclEntryNotFound(number)
    return replace(acl, entries=kept)


def has_subnet(acl: NetworkAcl, subnet: Subnet) -> bool:
    """Whether it is this ACL that the subnet is associated with."""
    if subnet.vpc_id != acl.vpc_id:
        return False
    return subnet.acl_id == acl.acl_id or (acl.is_default and not subnet.acl_id)


def is_open(acl: NetworkAcl) -> bool:
    """Whether everything passes, as far as IPv4 goes."""
    return all(_passes_all(acl.entries, is_egress=is_egress) for is_egress in (True, False))


def _passes_all(entries: Iterable[AclEntry], *, is_egress: bool) -> bool:
    for each in entries:
        if each.is_egress != is_egress or each.cidr is None:
            continue
        if not each.allows:
            return False
        if each.protocol == ALL and each.cidr == EVERYWHERE:
            return True
    return False


def _ordered(acl: NetworkAcl, entries: Iterable[AclEntry]) -> NetworkAcl:
    ordered = sorted(entries, key=lambda each: (not each.is_egress, each.number))
    return replace(acl, entries=tuple(ordered))


def _check_number(number: int) -> None:
    if not 1 <= number <= NUMBER_MAX:
        raise InvalidParameterValue(
            f"Value ({number}) for parameter ruleNumber is invalid. "
            f"Rule numbers are from 1 to {NUMBER_MAX}."
        )


def _protocol(given: str) -> str:
    text = NUMBERS.get(given.lower(), given)
    if text == ALL:
        return text
    if not (text.isascii() and text.isdigit()) or int(text) > PROTOCOL_MAX:
        raise InvalidParameterValue(
            f"Value ({given}) for parameter protocol is invalid. Unknown protocol."
        )
    return str(int(text))


def _ranges(request: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Exactly one of an IPv4 and an IPv6 range."""
    cidr, cidr_ipv6 = request.get("CidrBlock"), request.get("Ipv6CidrBlock")
    if cidr and cidr_ipv6:
        raise InvalidParameterCombination(
            "The parameters cidrBlock and ipv6CidrBlock cannot be used together"
        )
    if cidr:
        return str(range_of(cidr, "cidrBlock")), None
    if cidr_ipv6:
        return None, str(ipv6_range_of(cidr_ipv6, "ipv6CidrBlock"))
    raise MissingParameter("cidrBlock or ipv6CidrBlock")


def _ports(
    protocol: str, request: Mapping[str, Any], *, is_ipv6: bool
) -> tuple[int | None, int | None]:
    """Ports, or ICMP type and code; of protocols without such, EC2 ignores what it is told."""
    if protocol in (TCP, UDP):
        ports = request.get("PortRange")
        if ports is None:
            raise MissingParameter("portRange")
        return ports_of("tcp", ports.get("From"), ports.get("To"))
    if protocol == ICMP or (protocol == ICMP_V6 and is_ipv6):
        kind = request.get("IcmpTypeCode")
        if kind is None:
            raise MissingParameter("icmpTypeCode")
        return ports_of("icmp", kind.get("Type"), kind.get("Code"))
    return None, None
