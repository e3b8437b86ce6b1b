"""What becomes of a security group's rules.  Pure: a group and what is asked give the next group.

How a request writes rules is not known here: see rule_terms.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from homeport.services.ec2.errors import InvalidParameterValue
from homeport.services.ec2.errors.security import PermissionNotFound, RuleDuplicate, TooManyRules
from homeport.services.ec2.plan.rule_terms import (
    ALL,
    DESCRIPTION,
    VALID_CHARACTERS,
    Asked,
    named,
    terms_of,
)
from homeport.services.ec2.records import Rule, SecurityGroup, Terms

RULES_MAX: Final = 60
"""Of one direction, for IPv4 and for IPv6 each; groups and prefix lists count for both."""
GROUPS_MAX: Final = 5
"""Of one interface."""
DEFAULT: Final = "default"


def new_group(
    group_id: str,
    *,
    account: str,
    region: str,
    vpc_id: str,
    name: str,
    description: str,
    rule_id: str,
    tags: Mapping[str, str],
) -> SecurityGroup:
    """A group that a user creates: nothing comes in, everything goes out."""
    everywhere = Rule(rule_id=rule_id, is_egress=True, protocol=ALL, cidr="0.0.0.0/0")
    return SecurityGroup(
        group_id=group_id,
        account=account,
        region=region,
        vpc_id=vpc_id,
        name=name,
        description=description,
        rules=(everywhere,),
        tags=dict(tags),
    )


def check_names(name: str, description: str) -> None:
    """Raise for a name or a description that EC2 does not take."""
    for member, text in (("GroupName", name), ("GroupDescription", description)):
        if not text:
            raise InvalidParameterValue(
                f"Value () for parameter {member} is invalid. Must not be empty."
            )
        if not text.isascii():
            raise InvalidParameterValue(
                f"Value ({text}) for parameter {member} is invalid. "
                "Character sets beyond ASCII are not supported."
            )
        if not DESCRIPTION.fullmatch(text):
            what = "name" if member == "GroupName" else "description"
            raise InvalidParameterValue(
                f"Invalid security group {what}. Valid {what}s are {VALID_CHARACTERS}"
            )
    if name.lower().startswith("sg-"):
        raise InvalidParameterValue(
            f"Value ({name}) for parameter GroupName is invalid. "
            "Group names may not be in the format sg-*."
        )
    if name.lower() == DEFAULT:
        raise InvalidParameterValue(f"Cannot use reserved security group name: {name}")


def same_name(groups: Iterable[SecurityGroup], name: str) -> bool:
    """Whether one of the groups has the name: case does not count."""
    return any(group.name.lower() == name.lower() for group in groups)


def authorize(
    group: SecurityGroup,
    asked: Sequence[Asked],
    is_egress: bool,
    *,
    rule_id: Callable[[], str],
    tags: Mapping[str, str],
) -> tuple[SecurityGroup, tuple[Rule, ...]]:
    """The group with the rules added, and those rules."""
    _check_once(each.terms for each in asked)
    there = {terms_of(rule) for rule in _of(group, is_egress)}
    for each in asked:
        if each.terms in there:
            raise RuleDuplicate(named(each.terms))
    added = tuple(
        _rule(each, rule_id=rule_id(), is_egress=is_egress, tags=dict(tags)) for each in asked
    )
    after = replace(group, rules=(*group.rules, *added))
    _check_count(after, is_egress)
    return after, added


def revoke(
    group: SecurityGroup, asked: Iterable[Terms], is_egress: bool
) -> tuple[SecurityGroup, tuple[Rule, ...], tuple[Terms, ...]]:
    """The group without the rules, the rules that went, and what was asked in vain."""
    wanted = dict.fromkeys(asked)
    gone = tuple(rule for rule in _of(group, is_egress) if terms_of(rule) in wanted)
    found = {terms_of(rule) for rule in gone}
    return without(group, gone), gone, tuple(terms for terms in wanted if terms not in found)


def without(group: SecurityGroup, gone: Collection[Rule]) -> SecurityGroup:
    """The group without these rules of its."""
    ids = {rule.rule_id for rule in gone}
    return replace(group, rules=tuple(rule for rule in group.rules if rule.rule_id not in ids))


def modify(group: SecurityGroup, updates: Mapping[str, Asked]) -> SecurityGroup:
    """The group with the rules of these ids, all of which it has, as asked."""
    rules = tuple(_modified(rule, updates.get(rule.rule_id)) for rule in group.rules)
    untouched = [rule for rule in group.rules if rule.rule_id not in updates]
    for is_egress in (False, True):
        there = {terms_of(rule) for rule in untouched if rule.is_egress == is_egress}
        changed = [
            terms_of(rule)
            for rule in rules
            if rule.rule_id in updates and rule.is_egress == is_egress
        ]
        _check_once(changed)
        for terms in changed:
            if terms in there:
                raise RuleDuplicate(named(terms))
    return replace(group, rules=rules)


def describe(group: SecurityGroup, asked: Iterable[Asked], is_egress: bool) -> SecurityGroup:
    """The group with the descriptions of these rules as asked."""
    texts = {each.terms: each.description for each in asked}
    unknown = texts.keys() - {terms_of(rule) for rule in _of(group, is_egress)}
    if unknown:
        raise PermissionNotFound
    by_id = {
        rule.rule_id: texts[terms_of(rule)]
        for rule in _of(group, is_egress)
        if terms_of(rule) in texts
    }
    return describe_by_id(group, by_id)


def describe_by_id(group: SecurityGroup, texts: Mapping[str, str | None]) -> SecurityGroup:
    """The group with the descriptions of the rules of these ids as told."""
    return replace(
        group,
        rules=tuple(
            replace(rule, description=texts[rule.rule_id]) if rule.rule_id in texts else rule
            for rule in group.rules
        ),
    )


def stale_rules(group: SecurityGroup, living: Collection[str]) -> tuple[Rule, ...]:
    """The group's rules about groups that are not among the living ones."""
    return tuple(
        rule for rule in group.rules if rule.group_id is not None and rule.group_id not in living
    )


def refers_to(group: SecurityGroup, group_id: str) -> bool:
    """Whether another group's rules name this one."""
    return group.group_id != group_id and any(rule.group_id == group_id for rule in group.rules)


def _of(group: SecurityGroup, is_egress: bool) -> Iterable[Rule]:
    return (rule for rule in group.rules if rule.is_egress == is_egress)


def _rule(asked: Asked, *, rule_id: str, is_egress: bool, tags: dict[str, str]) -> Rule:
    terms = asked.terms
    return Rule(
        rule_id=rule_id,
        is_egress=is_egress,
        protocol=terms.protocol,
        from_port=terms.from_port,
        to_port=terms.to_port,
        cidr=terms.cidr,
        cidr_ipv6=terms.cidr_ipv6,
        group_id=terms.group_id,
        prefix_list_id=terms.prefix_list_id,
        description=asked.description,
        tags=tags,
    )


def _modified(rule: Rule, asked: Asked | None) -> Rule:
    if asked is None:
        return rule
    if _kind(asked.terms) != _kind(rule):
        raise InvalidParameterValue(
            f"The kind of source or destination of the security group rule '{rule.rule_id}' "
            "cannot be changed."
        )
    return _rule(asked, rule_id=rule.rule_id, is_egress=rule.is_egress, tags=rule.tags)


def _kind(terms: Terms) -> tuple[bool, ...]:
    peers = (terms.cidr, terms.cidr_ipv6, terms.group_id, terms.prefix_list_id)
    return tuple(peer is not None for peer in peers)


def _check_once(asked: Iterable[Terms]) -> None:
    seen: set[Terms] = set()
    for terms in asked:
        if terms in seen:
            raise InvalidParameterValue("The same permission must not appear multiple times")
        seen.add(terms)


def _check_count(group: SecurityGroup, is_egress: bool) -> None:
    rules = tuple(_of(group, is_egress))
    ipv4 = sum(rule.cidr_ipv6 is None for rule in rules)
    ipv6 = sum(rule.cidr is None for rule in rules)
    if max(ipv4, ipv6) > RULES_MAX:
        raise TooManyRules
