"""Security groups and network ACLs as rules of the kernel's firewall.

PURE: policies in, a script for nft out.  How the script gets to the kernel is `agent.firewall`;
which addresses are this node's own is told.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal

from msgspec import Struct

from homeport.agent.plan import firewall_subnets as subnets
from homeport.agent.plan.firewall_subnets import CROSSINGS, SUBNETS
from homeport.agent.plan.firewall_terms import terms
from homeport.link.vpc import GroupRules, VpcPolicy

LEAVING: Final = "leaving"
ARRIVING: Final = "arriving"
LOCAL: Final = "load_balancers"
RESOLVERS: Final = "resolvers"

DIRECTIONS: Final = (LEAVING, ARRIVING)
VERDICTS: Final = (*DIRECTIONS, *CROSSINGS)
Change = Literal["add", "delete"]

BASE: Final = """
add set TABLE load_balancers { type ipv4_addr; }
add set TABLE resolvers { type ipv4_addr; }
add map TABLE leaving { type ipv4_addr : verdict; }
add map TABLE arriving { type ipv4_addr : verdict; }
add map TABLE subnet_leaving { type ipv4_addr : verdict; }
add map TABLE subnet_arriving { type ipv4_addr : verdict; }
add chain TABLE subnets
add chain TABLE judge
add rule TABLE judge jump subnets
add rule TABLE judge ct state established,related accept
add rule TABLE judge ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 accept
add rule TABLE judge ip saddr vmap @leaving
add rule TABLE judge ip daddr vmap @arriving
add chain TABLE on_forward { type filter hook forward priority filter; policy accept; }
add rule TABLE on_forward jump judge
add chain TABLE on_output { type filter hook output priority filter; policy accept; }
add rule TABLE on_output oifname != "lo" ip saddr @load_balancers jump judge
add chain TABLE on_input { type filter hook input priority filter; policy accept; }
add rule TABLE on_input iifname != "lo" ip daddr @load_balancers jump judge
"""
"""What is always there; `judge` is asked about what goes from, to and between the VPCs.

Names are found whatever the groups say, as with AWS's own resolver.  The machine itself may always
connect, to its load balancers too; what these send, and what they are sent, is judged.
"""


class OwnAddress(Struct, frozen=True, kw_only=True):
    """An address of a task of this node, with the groups that it was made with."""

    vpc_id: str
    groups: tuple[str, ...]


class Ruleset(Struct, frozen=True, kw_only=True):
    """Everything that changes in the table."""

    sets: Mapping[str, frozenset[str]]
    """Addresses, by the name of the set."""
    chains: Mapping[str, tuple[str, ...]]
    """Rules, by the name of the chain: one for each combination of groups and direction.

    Two for each subnet with an ACL to ask, and the one that asks these.
    """
    verdicts: Mapping[str, Mapping[str, str]]
    """The chain that judges what leaves, or arrives at, an address, or its subnet."""

    @property
    def judges(self) -> bool:
        """Whether any address is judged."""
        return any(self.verdicts.values())


EMPTY: Final = Ruleset(
    sets={LOCAL: frozenset(), RESOLVERS: frozenset()},
    chains={SUBNETS: ()},
    verdicts={each: {} for each in VERDICTS},
)


def ruleset(
    policies: Iterable[VpcPolicy],
    own: Mapping[str, OwnAddress],
    *,
    resolvers: Iterable[str] = (),
    holds_local: bool = False,
) -> Ruleset:
    """What this node enforces: groups and ACLs of its own addresses, towards whomever.

    An address counts with the groups that the policy gives it, before those it was made with; one
    without groups is judged by its subnet's ACL alone, one whose VPC has no policy not at all.
    `holds_local`: the addresses of load balancers are this node's own, too.
    """
    known = {each.vpc_id: each for each in policies}
    groups = {each.group_id: each for policy in known.values() for each in policy.groups}
    members = _members(known, own)
    local = {address: policy for policy in known.values() for address in policy.local}
    judged = (local if holds_local else {}) | {
        address: known[each.vpc_id] for address, each in own.items() if each.vpc_id in known
    }
    combinations = {address: members[address] for address in sorted(judged) if members.get(address)}
    distinct = set(combinations.values())
    acls = subnets.judged_subnets(judged)
    return Ruleset(
        sets={
            LOCAL: frozenset(local),
            RESOLVERS: frozenset(resolvers),
            **_sets(members, distinct, groups),
        },
        chains={
            _chain(direction, each): _rules(direction, [groups[g] for g in each if g in groups])
            for each in distinct
            for direction in DIRECTIONS
        }
        | subnets.chains(acls),
        verdicts=_verdicts(combinations) | subnets.verdicts(acls),
    )


def knows(policy: VpcPolicy | None, groups: tuple[str, ...]) -> bool:
    """Whether the policy has the rules of all these groups; those of none are always known."""
    known = () if policy is None else policy.groups
    return {*groups} <= {each.group_id for each in known}


def script(table: str, before: Ruleset | None, after: Ruleset) -> str:
    """What nft is told, to be carried out as a whole or not at all.

    With `before` None the table is made anew, whatever is there.  Otherwise only what differs.
    """
    table = f"inet {table}"
    lines: list[str] = []
    if before is None:
        lines += [f"add table {table}", f"delete table {table}", f"add table {table}"]
        lines += BASE.replace("TABLE", table).split("\n")[1:-1]
        before = EMPTY
    added, dropped = after.sets.keys() - before.sets.keys(), before.sets.keys() - after.sets.keys()
    lines += [f"add set {table} {each} {{ type ipv4_addr; }}" for each in sorted(added)]
    for name, addresses in after.sets.items():
        had = before.sets.get(name, frozenset())
        lines += _elements("delete", table, name, had - addresses)
        lines += _elements("add", table, name, addresses - had)
    lines += _chain_lines(table, before, after)
    for direction, now in after.verdicts.items():
        had_chains = before.verdicts[direction]
        stale = [address for address, chain in had_chains.items() if now.get(address) != chain]
        fresh = {
            address: chain for address, chain in now.items() if had_chains.get(address) != chain
        }
        lines += _elements("delete", table, direction, stale)
        lines += _elements("add", table, direction, [f"{a} : jump {c}" for a, c in fresh.items()])
    gone = sorted(before.chains.keys() - after.chains.keys())
    # A chain may not be deleted while a set that it names goes, and not while it is jumped to.
    lines += [f"flush chain {table} {each}" for each in gone]
    lines += [f"delete chain {table} {each}" for each in gone]
    lines += [f"delete set {table} {each}" for each in sorted(dropped)]
    return "".join(line + "\n" for line in lines)


def removal(table: str) -> str:
    """What nft is told to have the table no more; that it is gone already is fine."""
    return f"add table inet {table}\ndelete table inet {table}\n"


def _members(
    policies: Mapping[str, VpcPolicy], own: Mapping[str, OwnAddress]
) -> dict[str, tuple[str, ...]]:
    """The groups of every address.  VPCs may overlap: an own address is that of its VPC."""
    by_vpc = {vpc_id: dict(policy.addresses) for vpc_id, policy in policies.items()}
    found: dict[str, tuple[str, ...]] = {}
    for addresses in by_vpc.values():
        found |= addresses
    for address, each in own.items():
        if each.vpc_id in by_vpc:
            found[address] = by_vpc[each.vpc_id].get(address, each.groups)
    return {address: tuple(sorted(groups)) for address, groups in found.items()}


def _verdicts(combinations: Mapping[str, tuple[str, ...]]) -> dict[str, dict[str, str]]:
    """The chain of each address's groups, each way."""
    return {
        direction: {address: _chain(direction, each) for address, each in combinations.items()}
        for direction in DIRECTIONS
    }


def _sets(
    members: Mapping[str, tuple[str, ...]],
    combinations: Iterable[tuple[str, ...]],
    groups: Mapping[str, GroupRules],
) -> dict[str, frozenset[str]]:
    """The addresses of every group that a rule names."""
    named = {
        allow.group_id
        for group_id in {each for combination in combinations for each in combination}
        if group_id in groups
        for allow in (*groups[group_id].ingress, *groups[group_id].egress)
        if allow.group_id is not None
    }
    found: dict[str, set[str]] = {each: set() for each in named}
    for address, of in members.items():
        for group_id in named.intersection(of):
            found[group_id].add(address)
    return {set_name(each): frozenset(addresses) for each, addresses in found.items()}


def _rules(direction: str, groups: Iterable[GroupRules]) -> tuple[str, ...]:
    """What any of the groups allows returns to the judge; the rest is dropped in silence."""
    peer = "daddr" if direction == LEAVING else "saddr"
    found: dict[str, None] = {}
    for group in groups:
        for allow in group.egress if direction == LEAVING else group.ingress:
            matches = terms(allow, peer, set_name)
            if matches is not None:
                found[" ".join((*matches, "return"))] = None
    return (*found, "counter drop")


def _chain_lines(table: str, before: Ruleset, after: Ruleset) -> list[str]:
    lines = []
    for name, rules in after.chains.items():
        if name not in before.chains:
            lines.append(f"add chain {table} {name}")
        elif before.chains[name] == rules:
            continue
        else:
            lines.append(f"flush chain {table} {name}")
        lines += [f"add rule {table} {name} {rule}" for rule in rules]
    return lines


def _elements(change: Change, table: str, name: str, elements: Iterable[str]) -> list[str]:
    listed = ", ".join(sorted(elements))
    return [f"{change} element {table} {name} {{ {listed} }}"] if listed else []


def _chain(direction: str, combination: tuple[str, ...]) -> str:
    return f"{direction}_{hashlib.sha256(','.join(combination).encode()).hexdigest()[:16]}"


def set_name(group_id: str) -> str:
    """The set that holds a group's addresses."""
    return "of_" + re.sub(r"[^A-Za-z0-9]", "_", group_id)
