"""Permissions: how they are checked, split into rules, named, and joined again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ec2.errors import (
    InvalidParameterValue,
    PermissionNotFound,
    RuleDuplicate,
    TooManyRules,
)
from homeport.services.ec2.plan import security_groups as plan
from homeport.services.ec2.plan.rule_terms import Asked, asked_by, named, split, terms_of
from homeport.services.ec2.records import Rule, SecurityGroup, Terms
from homeport.services.ec2.render.security_groups import security_group

ANYWHERE = {"CidrIp": "0.0.0.0/0"}


def group_of(*rules: Rule) -> SecurityGroup:
    return SecurityGroup(
        group_id="sg-1",
        account="000000000000",
        region="us-east-1",
        vpc_id="vpc-1",
        name="web",
        description="web",
        rules=rules,
    )


def counted() -> Any:
    numbers = iter(range(10**6))
    return lambda: f"sgr-{next(numbers)}"


def authorized(group: SecurityGroup, asked: tuple[Asked, ...], is_egress: bool) -> SecurityGroup:
    return plan.authorize(group, asked, is_egress, rule_id=counted(), tags={})[0]


def terms(protocol: str, first: int | None, last: int | None) -> Terms:
    (asked,) = split(
        {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "IpRanges": [ANYWHERE]}
    )
    return asked.terms


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        (("tcp", 80, 80), ("tcp", 80, 80)),
        (("TCP", 0, 65535), ("tcp", 0, 65535)),
        (("6", 22, 23), ("tcp", 22, 23)),
        (("17", 53, 53), ("udp", 53, 53)),
        (("1", 8, -1), ("icmp", 8, -1)),
        (("icmp", -1, -1), ("icmp", -1, -1)),
        (("icmpv6", None, None), ("icmpv6", -1, -1)),
        (("58", 128, 0), ("icmpv6", 128, 0)),
        (("-1", None, None), ("-1", None, None)),
        (("-1", 0, 0), ("-1", None, None)),
        (("-1", 80, 81), ("-1", None, None)),
        (("50", -1, -1), ("50", None, None)),
        (("0", 1, 2), ("0", None, None)),
        (("255", None, None), ("255", None, None)),
    ],
)
def test_protocols_and_ports_are_kept_as_ec2_keeps_them(
    given_: tuple[str, int | None, int | None], kept: tuple[str, int | None, int | None]
) -> None:
    found = terms(*given_)
    assert (found.protocol, found.from_port, found.to_port) == kept


BOTH = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
BOTH_ICMP = "Invalid value 'Must specify both from and to ports with ICMP.' for portRange."


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        (("tcp", 80, None), BOTH),
        (("udp", None, 80), BOTH),
        (("tcp", None, None), BOTH),
        (("icmp", 8, None), BOTH_ICMP),
        (("icmpv6", None, 0), BOTH_ICMP),
        (("tcp", -1, 80), "TCP/UDP (from) port (-1) out of range"),
        (("tcp", 0, 65536), "TCP/UDP (to) port (65536) out of range"),
        (("tcp", 81, 80), "Invalid TCP/UDP port range (81:80)"),
        (("icmp", 256, -1), "ICMP type (256) out of range"),
        (("icmp", 0, 65535), "ICMP code (65535) out of range"),
        (("icmp", -1, 0), "ICMP code (0) must be -1 where the ICMP type is -1"),
        (("all", 0, 0), "Invalid value 'all' for IP protocol. Unknown protocol."),
        (("256", 0, 0), "Invalid value '256' for IP protocol. Unknown protocol."),
        (("-2", 0, 0), "Invalid value '-2' for IP protocol. Unknown protocol."),
        (("\u0666", 1, 1), "Invalid value '\u0666' for IP protocol. Unknown protocol."),
    ],
)
def test_protocols_and_ports_that_make_no_sense_are_refused(
    given_: tuple[str, int | None, int | None], message: str
) -> None:
    with pytest.raises(InvalidParameterValue) as refused:
        terms(*given_)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("member", "cidr", "kept"),
    [
        ("CidrIp", "10.0.0.18/18", "10.0.0.0/18"),
        ("CidrIp", "100.68.0.18/18", "100.68.0.0/18"),
        ("CidrIp", "1.2.3.4/32", "1.2.3.4/32"),
        ("CidrIp", "1.2.3.4", None),
        ("CidrIp", "1.2.3.4/33", None),
        ("CidrIp", "256.2.3.4/8", None),
        ("CidrIp", "10.0.0.0/255.0.0.0", None),
        ("CidrIp", "::/0", None),
        ("CidrIp", "", None),
        ("CidrIpv6", "::/0", "::/0"),
        ("CidrIpv6", "2001:DB8:0:0::1/32", "2001:db8::/32"),
        ("CidrIpv6", "2001:db8::1", None),
        ("CidrIpv6", "10.0.0.0/8", None),
        ("CidrIpv6", "fe80::1%eth0/64", None),
    ],
)
def test_ranges_lose_their_host_bits_or_are_malformed(
    member: str, cidr: str, kept: str | None
) -> None:
    ranges = {"CidrIp": "IpRanges", "CidrIpv6": "Ipv6Ranges"}[member]
    permission = {"IpProtocol": "-1", ranges: [{member: cidr}]}
    if kept is None:
        with pytest.raises(InvalidParameterValue) as refused:
            split(permission)
        assert refused.value.message == f"CIDR block {cidr} is malformed"
        return
    (asked,) = split(permission)
    assert (asked.terms.cidr or asked.terms.cidr_ipv6) == kept


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Terms(protocol="-1", cidr="0.0.0.0/0"), "peer: 0.0.0.0/0, ALL, ALLOW"),
        (
            Terms(protocol="tcp", from_port=22, to_port=23, group_id="sg-2"),
            "peer: sg-2, TCP, from port: 22, to port: 23, ALLOW",
        ),
        (
            Terms(protocol="udp", from_port=0, to_port=0, cidr_ipv6="::/0"),
            "peer: ::/0, UDP, from port: 0, to port: 0, ALLOW",
        ),
        (
            Terms(protocol="icmp", from_port=8, to_port=-1, cidr="10.0.0.0/8"),
            "peer: 10.0.0.0/8, ICMP, type: 8, code: ALL, ALLOW",
        ),
        (
            Terms(protocol="50", prefix_list_id="pl-1"),
            "peer: pl-1, protocol: 50, ALLOW",
        ),
    ],
)
def test_a_rule_is_named_as_ec2_names_it(rule: Terms, text: str) -> None:
    assert named(rule) == text


def test_a_description_is_of_few_characters() -> None:
    permission = {"IpProtocol": "-1", "IpRanges": [{**ANYWHERE, "Description": "caf\u00e9"}]}
    with pytest.raises(InvalidParameterValue) as refused:
        split(permission)
    assert refused.value.message.startswith("Invalid rule description. Valid descriptions are")
    for text, kept in (("", None), ("a" * 255, "a" * 255), ("a-z_0.9:/()#,@[]+=&;{}!$*", ...)):
        permission = {"IpProtocol": "-1", "IpRanges": [{**ANYWHERE, "Description": text}]}
        assert split(permission)[0].description == (text if kept is ... else kept)
    with pytest.raises(InvalidParameterValue):
        split({"IpProtocol": "-1", "IpRanges": [{**ANYWHERE, "Description": "a" * 256}]})


ports = st.one_of(
    st.tuples(st.sampled_from(("tcp", "udp")), st.integers(0, 9), st.integers(10, 20)),
    st.tuples(st.sampled_from(("icmp", "icmpv6")), st.integers(0, 4), st.integers(-1, 4)),
    st.tuples(st.sampled_from(("-1", "50")), st.none(), st.none()),
)
peers = st.one_of(
    st.integers(0, 20).map(lambda n: {"cidr": f"10.{n}.0.0/16"}),
    st.integers(1, 9).map(lambda n: {"cidr_ipv6": f"2001:db8:{n}::/48"}),
    st.integers(0, 9).map(lambda n: {"group_id": f"sg-{n}"}),
    st.integers(0, 3).map(lambda n: {"prefix_list_id": f"pl-{n}"}),
)


@st.composite
def asked_rules(draw: st.DrawFn) -> Asked:
    protocol, first, last = draw(ports)
    peer = draw(peers)
    text = draw(st.one_of(st.none(), st.text("abc ", min_size=1, max_size=3)))
    return Asked(Terms(protocol=protocol, from_port=first, to_port=last, **peer), text)


several = st.lists(asked_rules(), max_size=12, unique_by=lambda each: each.terms).map(tuple)


@given(several, st.booleans())
def test_permissions_joined_and_split_again_are_the_same_rules(
    asked: tuple[Asked, ...], is_egress: bool
) -> None:
    shown = security_group(authorized(group_of(), asked, is_egress))
    member = "IpPermissionsEgress" if is_egress else "IpPermissions"
    permissions: Any = shown[member]  # type: ignore[literal-required]
    again = [each for permission in permissions for each in split(permission)]
    assert sorted(again, key=repr) == sorted(asked, key=repr)
    joined = [
        (each["IpProtocol"], each.get("FromPort"), each.get("ToPort")) for each in permissions
    ]
    assert len(set(joined)) == len(joined)
    other: Any = shown["IpPermissions" if is_egress else "IpPermissionsEgress"]
    assert other == []


@given(several, several, st.booleans())
def test_a_rule_that_is_revoked_restores_what_was_before(
    before: tuple[Asked, ...], more: tuple[Asked, ...], is_egress: bool
) -> None:
    fresh = counted()
    group, _ = plan.authorize(group_of(), before, is_egress, rule_id=fresh, tags={})
    there = {each.terms for each in before}
    new = tuple(each for each in more if each.terms not in there)
    after, added = plan.authorize(group, new, is_egress, rule_id=fresh, tags={"a": "b"})
    assert [terms_of(rule) for rule in added] == [each.terms for each in new]
    assert all(rule.tags == {"a": "b"} and rule.is_egress == is_egress for rule in added)
    again, gone, missing = plan.revoke(after, [each.terms for each in new], is_egress)
    assert again == group
    assert (len(gone), missing) == (len(new), ())
    _, gone, missing = plan.revoke(after, [each.terms for each in new], not is_egress)
    assert (gone, missing) == ((), tuple(each.terms for each in new))


@given(several.filter(bool), st.booleans())
def test_a_rule_that_is_there_is_refused_by_name(asked: tuple[Asked, ...], is_egress: bool) -> None:
    group = authorized(group_of(), asked, is_egress)
    with pytest.raises(RuleDuplicate) as refused:
        authorized(group, asked[:1], is_egress)
    assert refused.value.message == (f'the specified rule "{named(asked[0].terms)}" already exists')
    authorized(group, asked, not is_egress)
    with pytest.raises(InvalidParameterValue) as twice:
        authorized(group_of(), (*asked, asked[0]), is_egress)
    assert twice.value.message == "The same permission must not appear multiple times"


def ranges(count: int, start: int = 0) -> tuple[Asked, ...]:
    return tuple(
        Asked(Terms(protocol="-1", cidr=f"10.0.{n}.0/24"), None)
        for n in range(start, start + count)
    )


def test_a_group_has_sixty_rules_of_each_direction_and_each_address_family() -> None:
    full = authorized(group_of(), ranges(60), False)
    with pytest.raises(TooManyRules):
        authorized(full, ranges(1, 60), False)
    authorized(full, ranges(60), True)
    ipv6 = tuple(
        Asked(Terms(protocol="-1", cidr_ipv6=f"2001:db8:{n + 1:x}::/48"), None) for n in range(60)
    )
    authorized(full, ipv6, False)
    about_itself = (Asked(Terms(protocol="-1", group_id="sg-1"), None),)
    for others in (ranges(60), ipv6):
        # A rule about a group counts among those of either family.
        with pytest.raises(TooManyRules):
            authorized(authorized(group_of(), others, False), about_itself, False)
        authorized(authorized(group_of(), others[1:], False), about_itself, False)


def test_descriptions_change_and_nothing_else() -> None:
    asked = ranges(3)
    group = authorized(group_of(), asked, False)
    said = plan.describe(group, (Asked(asked[1].terms, "office"),), False)
    assert [rule.description for rule in said.rules] == [None, "office", None]
    assert plan.describe(said, (Asked(asked[1].terms, None),), False) == group
    with pytest.raises(PermissionNotFound):
        plan.describe(group, (Asked(asked[1].terms, "office"),), True)


def test_a_modified_rule_keeps_its_id_its_direction_and_its_kind_of_peer() -> None:
    group = authorized(group_of(), ranges(2), True)
    first, second = group.rules
    wanted = asked_by({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIpv4": "10.9.0.0/16"})
    after = plan.modify(group, {first.rule_id: wanted})
    assert after.rules[1] == second
    assert terms_of(after.rules[0]) == wanted.terms
    assert (after.rules[0].rule_id, after.rules[0].is_egress) == (first.rule_id, True)
    with pytest.raises(RuleDuplicate):
        plan.modify(group, {first.rule_id: Asked(terms_of(second), None)})
    swapped = plan.modify(
        group,
        {
            first.rule_id: Asked(terms_of(second), None),
            second.rule_id: Asked(terms_of(first), None),
        },
    )
    assert [terms_of(rule) for rule in swapped.rules] == [terms_of(second), terms_of(first)]
    with pytest.raises(InvalidParameterValue) as twice:
        plan.modify(group, {first.rule_id: wanted, second.rule_id: wanted})
    assert twice.value.message == "The same permission must not appear multiple times"
    with pytest.raises(InvalidParameterValue):
        plan.modify(group, {first.rule_id: asked_by({"IpProtocol": "-1", "CidrIpv6": "::/0"})})


@pytest.mark.parametrize(
    "rule", [{}, {"CidrIpv4": "10.0.0.0/8", "ReferencedGroupId": "sg-1"}, {"CidrIpv4": ""}]
)
def test_an_update_names_exactly_one_peer(rule: dict[str, str]) -> None:
    with pytest.raises(InvalidParameterValue):
        asked_by({"IpProtocol": "-1", **rule})


def test_rules_about_groups_that_are_gone_are_stale() -> None:
    about = [Terms(protocol="-1", group_id=f"sg-{n}") for n in (1, 2, 3)]
    group = authorized(group_of(), tuple(Asked(each, None) for each in about), False)
    assert [rule.group_id for rule in plan.stale_rules(group, {"sg-1", "sg-3"})] == ["sg-2"]
    assert not plan.refers_to(group, "sg-1")  # Itself does not count.
    assert plan.refers_to(group, "sg-2")


@pytest.mark.parametrize(
    ("name", "description", "message"),
    [
        ("sg-web", "x", ("Value (sg-web) for parameter GroupName is invalid. Group names may not "
         "be in the format sg-*.")),
        ("Default", "x", "Cannot use reserved security group name: Default"),
        ("", "x", "Value () for parameter GroupName is invalid. Must not be empty."),
        ("web", "d\u00e9", ("Value (d\u00e9) for parameter GroupDescription is invalid. "
         "Character sets beyond ASCII are not supported.")),
    ],
)  # fmt: skip
def test_names_that_ec2_does_not_take(name: str, description: str, message: str) -> None:
    with pytest.raises(InvalidParameterValue) as refused:
        plan.check_names(name, description)
    assert refused.value.message == message
    for bad in ("a" * 256, "web<1>", "a\nb"):
        with pytest.raises(InvalidParameterValue):
            plan.check_names(bad, "x")
        with pytest.raises(InvalidParameterValue):
            plan.check_names("web", bad)
