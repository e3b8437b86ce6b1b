"""Who may talk to whom in a VPC, from its interfaces and security groups.  Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from homeport.link.vpc import Allow, GroupRules, VpcPolicy
from homeport.services.ec2.plan.addresses import address_text
from homeport.services.ec2.records import Held, Rule, SecurityGroup

LOCAL_HOLDER: Final = "elb"
"""Load balancers run on the host itself, so the host holds their addresses."""
IPV6_ONLY: Final = "icmpv6"


def policy(
    vpc_id: str, vpc_cidr: str, held: Sequence[Held], groups: Iterable[SecurityGroup]
) -> VpcPolicy:
    """The policy of a VPC; of `groups`, those that an address has count."""
    used = {group_id for each in held for group_id in each.group_ids}
    addresses = [address_text(each.address_number) for each in held]
    return VpcPolicy(
        vpc_id=vpc_id,
        vpc_cidr=vpc_cidr,
        groups=tuple(_rules(group) for group in groups if group.group_id in used),
        addresses=tuple(
            (address, each.group_ids) for address, each in zip(addresses, held, strict=True)
        ),
        local=tuple(
            address
            for address, each in zip(addresses, held, strict=True)
            if each.holder == LOCAL_HOLDER
        ),
    )


def _rules(group: SecurityGroup) -> GroupRules:
    """A group's rules as far as IPv4 goes: no address of ours is an IPv6 one."""
    rules = [rule for rule in group.rules if _is_for_ipv4(rule)]
    return GroupRules(
        group_id=group.group_id,
        ingress=tuple(_allow(rule) for rule in rules if not rule.is_egress),
        egress=tuple(_allow(rule) for rule in rules if rule.is_egress),
    )


def _is_for_ipv4(rule: Rule) -> bool:
    has_peer = rule.cidr is not None or rule.group_id is not None
    return has_peer and rule.protocol != IPV6_ONLY


def _allow(rule: Rule) -> Allow:
    return Allow(
        protocol=rule.protocol,
        from_port=_all_is_none(rule.from_port),
        to_port=_all_is_none(rule.to_port),
        cidr=rule.cidr,
        group_id=rule.group_id,
    )


def _all_is_none(number: int | None) -> int | None:
    """EC2's -1 is every ICMP type or code."""
    return None if number == -1 else number
