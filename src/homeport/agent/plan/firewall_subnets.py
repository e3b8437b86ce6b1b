"""Network ACLs as rules of the kernel's firewall.  PURE: a subnet's ACL in, rules of a chain out.

They judge packet by packet, those of a connection that is there and answers too, before security
groups are asked.
"""

import hashlib
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Final

from msgspec import Struct

from homeport.agent.plan.firewall_terms import terms
from homeport.link.vpc import SubnetAcl, VpcPolicy

SUBNETS: Final = "subnets"
"""The chain that the judge asks first."""
SUBNET_LEAVING: Final = "subnet_leaving"
SUBNET_ARRIVING: Final = "subnet_arriving"

CROSSINGS: Final = (SUBNET_LEAVING, SUBNET_ARRIVING)

ASKED: Final = (
    "ip daddr @resolvers meta l4proto { tcp, udp } th dport 53 return",
    "ip saddr @resolvers meta l4proto { tcp, udp } th sport 53 return",
    f"ip saddr vmap @{SUBNET_LEAVING}",
    f"ip daddr vmap @{SUBNET_ARRIVING}",
)
"""What is in that chain while any subnet is judged; otherwise it is empty and costs nothing.

Amazon's resolver is asked, and answers, whatever an ACL says: so are the node's name servers.
"""


class Judged(Struct, frozen=True, kw_only=True):
    """A subnet with an ACL to ask, and those of the node's addresses that are in it."""

    name: str
    """What no other subnet has: VPCs may overlap."""
    acl: SubnetAcl
    addresses: tuple[str, ...]


def judged_subnets(judged: Mapping[str, VpcPolicy]) -> tuple[Judged, ...]:
    """The subnets to judge; `judged` are the addresses to judge, with the policy of their VPC."""
    of_vpc: dict[str, list[str]] = {}
    for address, policy in judged.items():
        of_vpc.setdefault(policy.vpc_id, []).append(address)
    policies = {each.vpc_id: each for each in judged.values()}
    found = []
    for vpc_id, addresses in of_vpc.items():
        for acl in policies[vpc_id].subnets:
            network = IPv4Network(acl.cidr)
            here = tuple(each for each in addresses if IPv4Address(each) in network)
            if here:
                digest = hashlib.sha256(f"{vpc_id},{acl.cidr}".encode()).hexdigest()
                found.append(Judged(name=digest[:16], acl=acl, addresses=here))
    return tuple(found)


def rules(crossing: str, acl: SubnetAcl) -> tuple[str, ...]:
    """The ACL's entries in their order; what none is about is dropped in silence."""
    leaving = crossing == SUBNET_LEAVING
    peer = "daddr" if leaving else "saddr"
    found = [f"ip {peer} {acl.cidr} return"]
    for entry in acl.egress if leaving else acl.ingress:
        matches = terms(entry.about, peer, str)
        if matches is not None:
            found.append(" ".join((*matches, "return" if entry.allows else "counter drop")))
    return (*found, "counter drop")


def chains(judged: Sequence[Judged]) -> dict[str, tuple[str, ...]]:
    """The chains of these subnets, and the one that asks them."""
    found: dict[str, tuple[str, ...]] = {
        f"{crossing}_{each.name}": rules(crossing, each.acl)
        for each in judged
        for crossing in CROSSINGS
    }
    return {SUBNETS: ASKED if judged else (), **found}


def verdicts(judged: Sequence[Judged]) -> dict[str, dict[str, str]]:
    """Which of the chains judges which address."""
    return {
        crossing: {
            address: f"{crossing}_{each.name}" for each in judged for address in each.addresses
        }
        for crossing in CROSSINGS
    }
