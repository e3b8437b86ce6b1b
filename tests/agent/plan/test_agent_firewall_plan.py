"""The rules of security groups, read as the kernel would, against what AWS says of them."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agent.plan.firewall_reading import NUMBERS, Packet, passes
from homeport.agent.plan.firewall import (
    EMPTY,
    LOCAL,
    RESOLVERS,
    OwnAddress,
    Ruleset,
    knows,
    removal,
    ruleset,
    script,
)
from homeport.link.vpc import AclEntry, Allow, GroupRules, SubnetAcl, VpcPolicy

OUTSIDE = ("192.0.2.7", "10.9.0.9")

# --- what AWS says ------------------------------------------------------------------------------


def expected(policy: VpcPolicy, own: Mapping[str, OwnAddress], packet: Packet) -> bool:
    """Both ends count, each only where it is one of ours."""
    groups_of = dict(policy.addresses)
    for address, each in own.items():
        groups_of.setdefault(address, each.groups)
    rules = {each.group_id: each for each in policy.groups}

    def allowed(address: str, peer: str, direction: str) -> bool:
        if address not in own or not groups_of.get(address):
            return True
        return any(
            matches(allow, peer, groups_of)
            for group_id in groups_of[address]
            if group_id in rules
            for allow in getattr(rules[group_id], direction)
        )

    def matches(allow: Allow, peer: str, groups_of: Mapping[str, tuple[str, ...]]) -> bool:
        if allow.group_id is not None:
            is_peer = allow.group_id in groups_of.get(peer, ())
        else:
            assert allow.cidr is not None
            is_peer = ":" not in allow.cidr and IPv4Address(peer) in IPv4Network(allow.cidr)
        if allow.protocol == "-1":
            return is_peer
        number = NUMBERS.get(allow.protocol) or int(allow.protocol)
        if not is_peer or number != packet.protocol:
            return False
        if number == 1:
            kind = allow.from_port in (None, -1, packet.port)
            return kind and (
                allow.from_port in (None, -1) or allow.to_port in (None, -1, packet.code)
            )
        if number in (6, 17):
            first = 0 if allow.from_port in (None, -1) else allow.from_port
            last = 65535 if allow.to_port in (None, -1) else allow.to_port
            assert first is not None
            assert last is not None
            return first <= packet.port <= last
        return True

    return allowed(packet.source, packet.target, "egress") and allowed(
        packet.target, packet.source, "ingress"
    )


GROUPS = ("sg-a", "sg-b", "sg-c")
ADDRESSES = tuple(f"10.0.0.{host}" for host in range(4, 9))
PORTS = st.sampled_from((None, -1, 0, 3, 8, 80, 81, 65535))


@st.composite
def allows(draw: st.DrawFn) -> Allow:
    protocol = draw(st.sampled_from(("tcp", "udp", "icmp", "-1", "47", "6")))
    low, high = draw(PORTS), draw(PORTS)
    if protocol in ("tcp", "udp", "6") and None not in (low, high) and low > high >= 0:
        low, high = high, low
    if protocol == "icmp":
        low, high = draw(st.sampled_from((None, -1, 0, 3, 8))), draw(st.sampled_from((None, -1, 0)))
    by_group = draw(st.booleans())
    return Allow(
        protocol=protocol,
        from_port=low,
        to_port=high,
        group_id=draw(st.sampled_from((*GROUPS, "sg-elsewhere"))) if by_group else None,
        cidr=None
        if by_group
        else draw(st.sampled_from(("0.0.0.0/0", "10.0.0.0/29", "192.0.2.0/24", "::/0"))),
    )


@st.composite
def policies(draw: st.DrawFn) -> VpcPolicy:
    several = st.lists(allows(), max_size=3).map(tuple)
    groups = draw(st.sets(st.sampled_from(GROUPS)))
    subset = st.lists(st.sampled_from(GROUPS), unique=True, max_size=3).map(tuple)
    known = draw(st.sets(st.sampled_from(ADDRESSES)))
    return VpcPolicy(
        vpc_id="vpc-1",
        vpc_cidr="10.0.0.0/16",
        groups=tuple(
            GroupRules(group_id=each, ingress=draw(several), egress=draw(several))
            for each in sorted(groups)
        ),
        addresses=tuple((each, draw(subset)) for each in sorted(known)),
    )


@st.composite
def policies_with_acls(draw: st.DrawFn) -> VpcPolicy:
    entries = st.builds(
        AclEntry,
        allows=st.booleans(),
        about=st.just(Allow(protocol="-1", cidr="192.0.2.0/24")),
    )
    several = st.lists(entries, max_size=2).map(tuple)
    ranges = draw(st.sets(st.sampled_from(("10.0.0.0/30", "10.0.0.4/30", "10.0.0.8/30"))))
    acls = tuple(
        SubnetAcl(cidr=each, ingress=draw(several), egress=draw(several)) for each in sorted(ranges)
    )
    return replace(draw(policies()), subnets=acls)


OWN = st.dictionaries(
    st.sampled_from(ADDRESSES),
    st.lists(st.sampled_from(GROUPS), unique=True, max_size=2).map(
        lambda groups: OwnAddress(vpc_id="vpc-1", groups=tuple(groups))
    ),
)
PACKETS = st.builds(
    Packet,
    st.sampled_from((*ADDRESSES, *OUTSIDE)),
    st.sampled_from((*ADDRESSES, *OUTSIDE)),
    st.sampled_from((1, 6, 17, 47)),
    st.sampled_from((0, 3, 8, 79, 80, 81, 82, 65535)),
    st.sampled_from((0, 1)),
)


@settings(max_examples=600)
@given(policies(), OWN, st.lists(PACKETS, min_size=1, max_size=8))
def test_a_connection_passes_if_and_only_if_the_groups_of_both_ends_allow_it(
    policy: VpcPolicy, own: dict[str, OwnAddress], packets: list[Packet]
) -> None:
    rules = ruleset([policy], own)
    for packet in packets:
        assert passes(rules, packet) == expected(policy, own, packet), packet


# --- from one set of rules to the next ----------------------------------------------------------


class Table:
    """What nft makes of a script; it refuses what the kernel refuses."""

    def __init__(self) -> None:
        self.sets: dict[str, set[str]] = {}
        self.maps: dict[str, dict[str, str]] = {}
        self.chains: dict[str, list[str]] = {}
        self.exists = False

    def run(self, text: str) -> None:
        for line in text.splitlines():
            verb, kind, family, name, *rest = line.split()
            assert (family, name) == ("inet", "homeport_x"), line
            getattr(self, f"{verb}_{kind}")(*rest)

    def add_table(self) -> None:
        self.exists = True

    def delete_table(self) -> None:
        assert self.exists
        self.__init__()  # type: ignore[misc]

    def add_set(self, name: str, *_: str) -> None:
        assert name not in self.sets
        self.sets[name] = set()

    def add_map(self, name: str, *_: str) -> None:
        self.maps[name] = {}

    def add_chain(self, name: str, *_: str) -> None:
        assert name not in self.chains
        self.chains[name] = []

    def add_rule(self, name: str, *words: str) -> None:
        for word in words:
            if word.startswith("@"):
                assert word[1:] in self.sets or word[1:] in self.maps, word
        self.chains[name].append(" ".join(words))

    def flush_chain(self, name: str) -> None:
        self.chains[name].clear()

    def delete_chain(self, name: str) -> None:
        assert all(name not in each.values() for each in self.maps.values()), "still jumped to"
        assert self.chains.pop(name) == []

    def delete_set(self, name: str) -> None:
        named = [rule for rules in self.chains.values() for rule in rules if f"@{name} " in rule]
        assert named == [], "still named"
        del self.sets[name]

    def add_element(self, name: str, *words: str) -> None:
        for element in " ".join(words).strip("{} ").split(", "):
            address, _, chain = element.partition(" : jump ")
            if name in self.maps:
                assert chain in self.chains
                assert address not in self.maps[name]
                self.maps[name][address] = chain
            else:
                self.sets[name].add(address)

    def delete_element(self, name: str, *words: str) -> None:
        for address in " ".join(words).strip("{} ").split(", "):
            if name in self.maps:
                del self.maps[name][address]
            else:
                self.sets[name].remove(address)

    def holds(self, rules: Ruleset) -> None:
        assert self.sets == {name: set(each) for name, each in rules.sets.items()}
        assert self.maps == {name: dict(each) for name, each in rules.verdicts.items()}
        ours = {name: list(each) for name, each in rules.chains.items()}
        assert {name: self.chains.get(name) for name in ours} == ours
        assert self.chains.keys() - ours.keys() == {"judge", "on_forward", "on_input", "on_output"}


@settings(max_examples=300)
@given(st.lists(st.tuples(policies_with_acls(), OWN), min_size=1, max_size=5))
def test_whatever_changes_the_table_comes_to_hold_the_rules_of_now(
    steps: list[tuple[VpcPolicy, dict[str, OwnAddress]]],
) -> None:
    table, before = Table(), None
    for policy, own in steps:
        after = ruleset([policy], own, resolvers=("192.0.2.53",), holds_local=True)
        table.run(script("homeport_x", before, after))
        table.holds(after)
        before = after


def test_the_same_rules_again_need_no_word() -> None:
    rules = ruleset([POLICY], OWN_A)
    assert script("homeport_x", rules, rules) == ""


def test_one_address_more_changes_elements_and_no_rule() -> None:
    more = replace(POLICY, addresses=(*POLICY.addresses, ("10.0.0.9", ("sg-a",))))
    told = script("homeport_x", ruleset([POLICY], OWN_A), ruleset([more], OWN_A))
    assert told == "add element inet homeport_x of_sg_a { 10.0.0.9 }\n"


def test_a_table_made_anew_replaces_what_is_there_in_one_go() -> None:
    lines = script("homeport_x", None, EMPTY).splitlines()
    assert lines[:3] == [
        "add table inet homeport_x",
        "delete table inet homeport_x",
        "add table inet homeport_x",
    ]
    assert removal("homeport_x").splitlines() == lines[:2]


# --- the cases worth naming ---------------------------------------------------------------------

SELF = Allow(protocol="-1", group_id="sg-a")
ANYWHERE = Allow(protocol="-1", cidr="0.0.0.0/0")
POLICY = VpcPolicy(
    vpc_id="vpc-1",
    vpc_cidr="10.0.0.0/16",
    groups=(
        GroupRules(group_id="sg-a", ingress=(SELF,), egress=(ANYWHERE,)),
        GroupRules(group_id="sg-lb", ingress=(ANYWHERE,), egress=()),
    ),
    addresses=(("10.0.0.4", ("sg-a",)), ("10.0.0.5", ("sg-a",)), ("10.0.0.6", ("sg-lb",))),
    local=("10.0.0.6",),
)
OWN_A = {"10.0.0.4": OwnAddress(vpc_id="vpc-1", groups=("sg-a",))}


def test_an_address_that_the_policy_does_not_know_yet_counts_with_the_groups_it_was_made_with() -> (
    None
):
    new = OwnAddress(vpc_id="vpc-1", groups=("sg-a",))
    rules = ruleset([POLICY], OWN_A | {"10.0.0.9": new})
    assert passes(rules, Packet("10.0.0.9", "10.0.0.4", 6, 80))
    assert not passes(rules, Packet("192.0.2.7", "10.0.0.9", 6, 80))


def test_groups_that_an_address_was_given_later_count_before_those_it_was_made_with() -> None:
    moved = replace(POLICY, addresses=(("10.0.0.4", ("sg-lb",)),))
    rules = ruleset([moved], OWN_A)
    assert passes(rules, Packet("192.0.2.7", "10.0.0.4", 6, 80))
    assert not passes(rules, Packet("10.0.0.4", "192.0.2.7", 6, 80))


def test_only_who_holds_the_addresses_of_load_balancers_judges_them() -> None:
    outgoing = Packet("10.0.0.6", "192.0.2.7", 6, 80)
    assert passes(ruleset([POLICY], OWN_A), outgoing)
    held = ruleset([POLICY], OWN_A, holds_local=True)
    assert not passes(held, outgoing)
    assert held.sets[LOCAL] == ruleset([POLICY], OWN_A).sets[LOCAL] == {"10.0.0.6"}


def test_an_address_without_groups_or_without_a_policy_is_not_judged() -> None:
    free = {
        "10.0.0.8": OwnAddress(vpc_id="vpc-1", groups=()),
        "10.1.0.8": OwnAddress(vpc_id="vpc-2", groups=("sg-z",)),
    }
    assert not ruleset([POLICY], free).judges


def test_where_vpcs_overlap_an_own_address_is_that_of_its_own_vpc() -> None:
    other = replace(POLICY, vpc_id="vpc-0", addresses=(("10.0.0.4", ("sg-lb",)),), local=())
    last = replace(other, vpc_id="vpc-9")
    assert passes(ruleset([other, POLICY, last], OWN_A), Packet("10.0.0.4", "192.0.2.7", 6, 80))
    unknown = {"10.0.0.4": OwnAddress(vpc_id="vpc-7", groups=("sg-a",))}
    assert not ruleset([other], unknown).judges


def test_a_group_whose_rules_are_unknown_allows_nothing() -> None:
    strange = {"10.0.0.8": OwnAddress(vpc_id="vpc-1", groups=("sg-z",))}
    rules = ruleset([POLICY], strange)
    assert not passes(rules, Packet("10.0.0.4", "10.0.0.8", 6, 80))


def test_name_servers_are_there_whatever_the_groups_say() -> None:
    assert ruleset([], {}, resolvers=("192.0.2.53",)).sets[RESOLVERS] == {"192.0.2.53"}


def test_a_policy_knows_an_address_once_it_has_the_rules_of_all_its_groups() -> None:
    assert knows(POLICY, ("sg-a", "sg-lb"))
    assert not knows(POLICY, ("sg-a", "sg-new"))
    assert not knows(None, ("sg-a",))
    assert knows(None, ())
