"""Who may talk to whom, from interfaces and security groups alone."""

from hypothesis import given
from hypothesis import strategies as st

from homeport.link.vpc import Allow, GroupRules, VpcPolicy
from homeport.services.ec2.plan.rule_terms import terms_of
from homeport.services.ec2.plan.vpc_policy import policy
from homeport.services.ec2.records import Held, Rule, SecurityGroup

CIDR = "10.0.0.0/16"
FIRST = 10 << 24


def rule(number: int = 1, *, is_egress: bool = False, **terms: object) -> Rule:
    return Rule(rule_id=f"sgr-{number}", is_egress=is_egress, **terms)  # type: ignore[arg-type]


def group(group_id: str, *rules: Rule) -> SecurityGroup:
    return SecurityGroup(
        group_id=group_id,
        account="000000000000",
        region="us-east-1",
        vpc_id="vpc-1",
        name=group_id,
        description=group_id,
        rules=rules,
    )


def only(*rules: Rule) -> GroupRules:
    """What the policy says of a group with these rules."""
    held = (Held(FIRST + 4, ("sg-1",), "ecs"),)
    found = policy("vpc-1", CIDR, held, [group("sg-1", *rules)])
    return found.groups[0]


def test_a_service_behind_a_load_balancer() -> None:
    balancer = group(
        "sg-lb",
        rule(1, protocol="tcp", from_port=80, to_port=80, cidr="0.0.0.0/0"),
        rule(2, is_egress=True, protocol="-1", cidr="0.0.0.0/0"),
    )
    web = group("sg-web", rule(3, protocol="tcp", from_port=8000, to_port=8999, group_id="sg-lb"))
    idle = group("sg-idle", rule(4, protocol="-1", cidr="0.0.0.0/0"))
    held = (
        Held(FIRST + 4, ("sg-lb",), "elb"),
        Held(FIRST + 5, ("sg-web",), "ecs"),
        Held(FIRST + 6, ("sg-web", "sg-lb"), "user"),
        Held(FIRST + 7, (), "nat"),
    )
    assert policy("vpc-1", CIDR, held, [balancer, idle, web]) == VpcPolicy(
        vpc_id="vpc-1",
        vpc_cidr=CIDR,
        groups=(
            GroupRules(
                group_id="sg-lb",
                ingress=(Allow(protocol="tcp", from_port=80, to_port=80, cidr="0.0.0.0/0"),),
                egress=(Allow(protocol="-1", cidr="0.0.0.0/0"),),
            ),
            GroupRules(
                group_id="sg-web",
                ingress=(Allow(protocol="tcp", from_port=8000, to_port=8999, group_id="sg-lb"),),
                egress=(),
            ),
        ),
        addresses=(
            ("10.0.0.4", ("sg-lb",)),
            ("10.0.0.5", ("sg-web",)),
            ("10.0.0.6", ("sg-web", "sg-lb")),
            ("10.0.0.7", ()),
        ),
        local=("10.0.0.4",),
    )


def test_icmp_of_every_type_or_code_is_told_as_none() -> None:
    found = only(
        rule(1, protocol="icmp", from_port=8, to_port=-1, cidr="10.0.0.0/8"),
        rule(2, protocol="icmp", from_port=-1, to_port=-1, group_id="sg-2"),
        rule(3, protocol="icmp", from_port=0, to_port=0, cidr="10.0.0.0/8"),
    )
    assert found.ingress == (
        Allow(protocol="icmp", from_port=8, cidr="10.0.0.0/8"),
        Allow(protocol="icmp", group_id="sg-2"),
        Allow(protocol="icmp", from_port=0, to_port=0, cidr="10.0.0.0/8"),
    )


def test_what_is_about_ipv6_alone_is_left_out() -> None:
    found = only(
        rule(1, protocol="tcp", from_port=80, to_port=80, cidr_ipv6="::/0"),
        rule(2, protocol="icmpv6", from_port=-1, to_port=-1, group_id="sg-2"),
        rule(3, is_egress=True, protocol="-1", cidr_ipv6="::/0"),
    )
    assert (found.ingress, found.egress) == ((), ())


rules = st.lists(
    st.builds(
        lambda number, is_egress, port, peer: rule(
            number, is_egress=is_egress, protocol="tcp", from_port=port, to_port=port, **peer
        ),
        st.integers(0, 10**6),
        st.booleans(),
        st.integers(0, 3),
        st.one_of(
            st.integers(0, 3).map(lambda n: {"cidr": f"10.{n}.0.0/16"}),
            st.integers(0, 3).map(lambda n: {"group_id": f"sg-{n}"}),
        ),
    ),
    max_size=8,
    unique_by=(lambda each: (each.is_egress, terms_of(each))),
).map(tuple)


@given(st.lists(rules, min_size=4, max_size=4), st.lists(st.sets(st.integers(0, 3)), max_size=8))
def test_the_policy_has_every_rule_of_every_group_in_use_and_no_other(
    contents: list[tuple[Rule, ...]], members: list[set[int]]
) -> None:
    groups = [group(f"sg-{n}", *some) for n, some in enumerate(contents)]
    held = tuple(
        Held(FIRST + 4 + n, tuple(f"sg-{each}" for each in sorted(some)), "ecs")
        for n, some in enumerate(members)
    )
    found = policy("vpc-1", CIDR, held, groups)
    used = sorted(set().union(*members)) if members else []
    assert [each.group_id for each in found.groups] == [f"sg-{n}" for n in used]
    for n, each in zip(used, found.groups, strict=True):
        allowed = [(False, a) for a in each.ingress] + [(True, a) for a in each.egress]
        assert sorted(
            (is_egress, a.from_port, a.cidr or a.group_id) for is_egress, a in allowed
        ) == sorted((r.is_egress, r.from_port, r.cidr or r.group_id) for r in contents[n])
    assert len(found.addresses) == len({address for address, _ in found.addresses}) == len(held)


@given(rules, rules)
def test_a_rule_added_and_removed_leaves_the_policy_as_it_was(
    before: tuple[Rule, ...], more: tuple[Rule, ...]
) -> None:
    held = (Held(FIRST + 4, ("sg-1",), "ecs"),)
    there = {(each.is_egress, terms_of(each)) for each in before}
    new = tuple(each for each in more if (each.is_egress, terms_of(each)) not in there)

    def told(some: tuple[Rule, ...]) -> VpcPolicy:
        return policy("vpc-1", CIDR, held, [group("sg-1", *some)])

    assert (told(before + new) == told(before)) == (not new)
    assert told(tuple(each for each in before + new if each not in new)) == told(before)
