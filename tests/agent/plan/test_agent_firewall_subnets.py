"""The rules of network ACLs, read as the kernel would, against what AWS says of them."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.plan.firewall_reading import NUMBERS, Packet, passes
from homeport.agent.plan.firewall import OwnAddress, ruleset, script
from homeport.agent.plan.firewall_subnets import SUBNETS
from homeport.link.vpc import AclEntry, Allow, GroupRules, SubnetAcl, VpcPolicy

ONE, TWO, THREE = "10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"
ADDRESSES = ("10.0.0.4", "10.0.0.5", "10.0.1.4", "10.0.1.200", "10.0.2.4")
OUTSIDE = ("192.0.2.7", "10.9.0.9")
RESOLVER = "192.0.2.53"

# --- what AWS says ------------------------------------------------------------------------------


def expected(policy: VpcPolicy, judged: set[str], packet: Packet) -> bool:
    """Each border that the packet crosses counts, where its near end is one of ours."""
    if packet.protocol in (6, 17) and (
        (packet.target == RESOLVER and packet.port == 53)
        or (packet.source == RESOLVER and packet.source_port == 53)
    ):
        return True
    for acl in policy.subnets:
        leaves, arrives = inside(packet.source, acl), inside(packet.target, acl)
        if leaves and arrives:
            continue
        if leaves and packet.source in judged and not decided(acl.egress, packet.target, packet):
            return False
        if arrives and packet.target in judged and not decided(acl.ingress, packet.source, packet):
            return False
    return True


def inside(address: str, acl: SubnetAcl) -> bool:
    return IPv4Address(address) in IPv4Network(acl.cidr)


def decided(entries: tuple[AclEntry, ...], peer: str, packet: Packet) -> bool:
    """The first entry that is about the packet decides; when there is none it is denied."""
    return next((each.allows for each in entries if concerns(each.about, peer, packet)), False)


def concerns(about: Allow, peer: str, packet: Packet) -> bool:
    assert about.cidr is not None
    if IPv4Address(peer) not in IPv4Network(about.cidr):
        return False
    if about.protocol == "-1":
        return True
    if int(about.protocol) != packet.protocol:
        return False
    if packet.protocol == 1:
        kind = about.from_port in (None, packet.port)
        return kind and (about.from_port is None or about.to_port in (None, packet.code))
    if packet.protocol in (6, 17):
        assert about.from_port is not None
        assert about.to_port is not None
        return about.from_port <= packet.port <= about.to_port
    return True


@st.composite
def entries(draw: st.DrawFn) -> AclEntry:
    protocol = draw(st.sampled_from(("-1", "1", "6", "17", "47")))
    first: int | None = None
    last: int | None = None
    if protocol in ("6", "17"):
        first, last = sorted(draw(st.lists(PORTS, min_size=2, max_size=2)))
    if protocol == "1":
        first, last = draw(st.sampled_from(((None, None), (8, None), (8, 0), (3, 1))))
    ranges = ("0.0.0.0/0", "10.0.0.0/16", ONE, TWO, "10.0.0.4/32", "192.0.2.0/24")
    return AclEntry(
        allows=draw(st.booleans()),
        about=Allow(
            protocol=protocol, from_port=first, to_port=last, cidr=draw(st.sampled_from(ranges))
        ),
    )


PORTS = st.sampled_from((0, 53, 79, 80, 81, 1024, 40_000, 65_535))


@st.composite
def policies(draw: st.DrawFn) -> VpcPolicy:
    several = st.lists(entries(), max_size=4).map(tuple)
    return VpcPolicy(
        vpc_id="vpc-1",
        vpc_cidr="10.0.0.0/16",
        groups=(),
        addresses=(),
        local=tuple(draw(st.sets(st.sampled_from(ADDRESSES), max_size=2))),
        subnets=tuple(
            SubnetAcl(cidr=each, ingress=draw(several), egress=draw(several))
            for each in sorted(draw(st.sets(st.sampled_from((ONE, TWO, THREE)))))
        ),
    )


OWN = st.dictionaries(
    st.sampled_from(ADDRESSES), st.just(OwnAddress(vpc_id="vpc-1", groups=())), max_size=5
)
ENDS = st.sampled_from((*ADDRESSES, *OUTSIDE, RESOLVER))
PACKETS = st.builds(
    Packet,
    ENDS,
    ENDS,
    st.sampled_from((1, 6, 17, 47)),
    st.one_of(PORTS, st.sampled_from((3, 8))),
    st.sampled_from((0, 1)),
    PORTS,
    st.booleans(),
)


@settings(max_examples=600)
@given(policies(), OWN, st.booleans(), st.lists(PACKETS, min_size=1, max_size=8))
def test_a_packet_passes_if_and_only_if_the_acls_of_both_subnets_allow_it(
    policy: VpcPolicy, own: dict[str, OwnAddress], hosts: bool, packets: list[Packet]
) -> None:
    rules = ruleset([policy], own, resolvers=(RESOLVER,), holds_local=hosts)
    judged = {*own, *(policy.local if hosts else ())}
    for packet in packets:
        assert passes(rules, packet) == expected(policy, judged, packet), packet


# --- the cases worth naming ---------------------------------------------------------------------

ALL = Allow(protocol="-1", cidr="0.0.0.0/0")
OPEN = (AclEntry(allows=True, about=ALL),)
MINE = {"10.0.0.4": OwnAddress(vpc_id="vpc-1", groups=())}


def tcp(first: int, last: int, *, allows: bool = True, cidr: str = "0.0.0.0/0") -> AclEntry:
    about = Allow(protocol="6", from_port=first, to_port=last, cidr=cidr)
    return AclEntry(allows=allows, about=about)


def vpc(
    ingress: tuple[AclEntry, ...], egress: tuple[AclEntry, ...] = OPEN, cidr: str = ONE
) -> VpcPolicy:
    acl = SubnetAcl(cidr=cidr, ingress=ingress, egress=egress)
    return VpcPolicy(
        vpc_id="vpc-1", vpc_cidr="10.0.0.0/16", groups=(), addresses=(), subnets=(acl,)
    )


def request(port: int = 80, source: str = "10.0.1.4") -> Packet:
    return Packet(source, "10.0.0.4", NUMBERS["tcp"], port)


def answer(packet: Packet) -> Packet:
    return Packet(
        packet.target,
        packet.source,
        packet.protocol,
        packet.source_port,
        source_port=packet.port,
        established=True,
    )


def test_an_acl_without_entries_lets_nothing_in_or_out_but_leaves_the_subnet_alone() -> None:
    rules = ruleset([vpc((), ())], MINE)
    assert not passes(rules, request())
    assert not passes(rules, answer(request()))
    assert passes(rules, request(source="10.0.0.5"))


def test_answers_need_entries_of_their_own() -> None:
    rules = ruleset([vpc((tcp(80, 80),), (tcp(1, 1023),))], MINE)
    assert passes(rules, request())
    assert not passes(rules, answer(request()))
    widened = ruleset([vpc((tcp(80, 80),), (tcp(1024, 65_535),))], MINE)
    assert passes(widened, answer(request()))


def test_the_entry_with_the_lowest_number_wins() -> None:
    denied = tcp(80, 80, allows=False, cidr="10.0.1.0/24")
    assert not passes(ruleset([vpc((denied, *OPEN))], MINE), request())
    assert passes(ruleset([vpc((*OPEN, denied))], MINE), request())


def test_what_is_denied_ends_a_connection_that_is_there() -> None:
    packet = replace(request(), established=True)
    assert passes(ruleset([vpc(OPEN)], MINE), packet)
    assert not passes(ruleset([vpc(())], MINE), packet)


def test_groups_are_asked_of_what_an_acl_lets_through() -> None:
    silent = GroupRules(group_id="sg-a", ingress=(), egress=())
    policy = replace(
        vpc(OPEN, (tcp(1, 2),)), groups=(silent,), addresses=(("10.0.0.4", ("sg-a",)),)
    )
    assert not passes(ruleset([policy], MINE), request())


def test_names_are_found_whatever_an_acl_says() -> None:
    rules = ruleset([vpc((), ())], MINE, resolvers=(RESOLVER,))
    for protocol in (6, 17):
        question = Packet("10.0.0.4", RESOLVER, protocol, 53)
        assert passes(rules, question)
        assert passes(rules, answer(question))
    assert not passes(rules, Packet("10.0.0.4", RESOLVER, 6, 80))


def test_a_load_balancer_is_in_its_subnet_for_the_machine_that_holds_it() -> None:
    policy = replace(vpc(()), local=("10.0.0.4",))
    assert not passes(ruleset([policy], {}, holds_local=True), request())
    assert passes(ruleset([policy], {}), request())


def test_an_address_is_judged_by_the_subnet_of_its_own_vpc() -> None:
    other = replace(vpc((), ()), vpc_id="vpc-0")
    assert passes(ruleset([other, replace(vpc(()), subnets=())], MINE), request())
    assert not passes(ruleset([replace(other, subnets=()), vpc(())], MINE), request())


def test_subnets_of_the_same_range_in_two_vpcs_each_have_their_own_acl() -> None:
    closed, open_in = replace(vpc((), ()), vpc_id="vpc-0"), vpc(OPEN, ())
    both = MINE | {"10.0.0.5": OwnAddress(vpc_id="vpc-0", groups=())}
    rules = ruleset([closed, open_in], both)
    assert passes(rules, request())
    assert not passes(rules, replace(request(), target="10.0.0.5"))


def test_an_address_without_groups_is_judged_by_its_subnet() -> None:
    assert ruleset([vpc(())], MINE).judges


def test_subnets_that_let_everything_through_cost_nothing() -> None:
    policy = replace(vpc(()), subnets=())
    assert ruleset([policy], MINE).chains == {SUBNETS: ()}
    elsewhere = vpc((), cidr=THREE)
    assert ruleset([elsewhere], MINE).chains == {SUBNETS: ()}


@pytest.mark.parametrize("about", [{"cidr": "::/0"}, {"cidr": "0.0.0.0/0", "protocol": "58"}])
def test_what_is_not_about_ipv4_decides_nothing(about: Mapping[str, str]) -> None:
    denied = AclEntry(allows=False, about=Allow(**{"protocol": "-1", **about}))
    assert passes(ruleset([vpc((denied, *OPEN))], MINE), request())


def test_an_entry_that_changes_is_told_to_the_kernel_and_nothing_else() -> None:
    before, after = ruleset([vpc(OPEN)], MINE), ruleset([vpc((tcp(80, 80), *OPEN))], MINE)
    lines = script("homeport_x", before, after).splitlines()
    (chain,) = {line.split()[4] for line in lines}
    assert chain.startswith("subnet_arriving_")
    assert [line.split()[:2] for line in lines] == [["flush", "chain"], *[["add", "rule"]] * 4]


def test_acls_come_and_go_as_a_whole() -> None:
    closed, open_ = ruleset([vpc((), ())], MINE), ruleset([replace(vpc(()), subnets=())], MINE)
    there = script("homeport_x", open_, closed).splitlines()
    back = script("homeport_x", closed, open_).splitlines()
    assert sum(line.startswith("add rule inet homeport_x subnets ") for line in there) == 4
    assert "flush chain inet homeport_x subnets" in back
    assert not any(line.startswith("add rule") for line in back)
