"""Who may talk to whom in a VPC, from its interfaces, security groups and network ACLs.  Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from homeport.link.vpc import AclEntry, Allow, GroupRules, SubnetAcl, VpcPolicy
from homeport.services.ec2.plan.addresses import address_text
from homeport.services.ec2.plan.network_acls import has_subnet, is_open
from homeport.services.ec2.records import Held, NetworkAcl, Rule, SecurityGroup, Subnet

LOCAL_HOLDER: Final = "elb"
"""Load balancers run on the host itself, so the host holds their addresses."""
IPV6_ONLY: Final = "icmpv6"


def policy(
    vpc_id: str,
    vpc_cidr: str,
    held: Sequence[Held],
    groups: Iterable[SecurityGroup],
    *,
    subnets: tuple[SubnetAcl, ...] = (),
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
        subnets=subnets,
    )


def subnet_acls(acls: Iterable[NetworkAcl], subnets: Sequence[Subnet]) -> tuple[SubnetAcl, ...]:
    """What judges the traffic of subnets: those whose ACL lets everything through need nothing."""
    return tuple(
        SubnetAcl(
            cidr=subnet.cidr,
            ingress=_acl_entries(acl, is_egress=False),
            egress=_acl_entries(acl, is_egress=True),
        )
        for acl in acls
        if not is_open(acl)
        for subnet in subnets
        if has_subnet(acl, subnet)
    )


def _acl_entries(acl: NetworkAcl, *, is_egress: bool) -> tuple[AclEntry, ...]:
    """An ACL's entries in their order, as far as IPv4 goes."""
    return tuple(
        AclEntry(
            allows=each.allows,
            about=Allow(
                protocol=each.protocol,
                from_port=_all_is_none(each.from_port),
                to_port=_all_is_none(each.to_port),
                cidr=each.cidr,
            ),
        )
        for each in acl.entries
        if each.is_egress == is_egress and each.cidr is not None
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
