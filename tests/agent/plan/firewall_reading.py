"""The rules of a node's firewall, read as the kernel would."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network

from msgspec import Struct

from homeport.agent.plan.firewall import Ruleset
from homeport.agent.plan.firewall_subnets import SUBNETS

NUMBERS = {"tcp": 6, "udp": 17, "icmp": 1, "gre": 47}


class Packet(Struct, frozen=True):
    """One packet; the first of a connection unless it is `established`."""

    source: str
    target: str
    protocol: int
    port: int = 0
    """Where it goes; for ICMP its type."""
    code: int = 0
    source_port: int = 40_000
    established: bool = False


def holds(words: Sequence[str], packet: Packet, sets: Mapping[str, frozenset[str]]) -> bool:
    """Whether every match of a rule holds; a word that is not known fails the test."""
    match words:
        case []:
            return True
        case ["ip", "saddr" | "daddr" as end, peer, *rest]:
            address = packet.source if end == "saddr" else packet.target
            if peer.startswith("@"):
                here = address in sets[peer[1:]]
            else:
                here = IPv4Address(address) in IPv4Network(peer)
            return here and holds(rest, packet, sets)
        case ["meta", "nfproto", "ipv4", *rest]:
            return holds(rest, packet, sets)
        case ["meta", "l4proto", "{", "tcp,", "udp", "}", "th", "dport" | "sport" as end, *rest]:
            port = packet.port if end == "dport" else packet.source_port
            here = packet.protocol in (6, 17) and port == int(rest[0])
            return here and holds(rest[1:], packet, sets)
        case ["meta", "l4proto", protocol, *rest]:
            number = NUMBERS.get(protocol) or int(protocol)
            return packet.protocol == number and holds(rest, packet, sets)
        case ["tcp" | "udp" as protocol, "dport", ports, *rest]:
            first, _, last = ports.partition("-")
            here = int(first) <= packet.port <= int(last or first)
            return packet.protocol == NUMBERS[protocol] and here and holds(rest, packet, sets)
        case ["icmp", "type", kind, *rest]:
            return packet.protocol == 1 and packet.port == int(kind) and holds(rest, packet, sets)
        case ["icmp", "code", code, *rest]:
            return packet.protocol == 1 and packet.code == int(code) and holds(rest, packet, sets)
    raise AssertionError(f"the kernel does not know {words}")


def passes(rules: Ruleset, packet: Packet) -> bool:
    """What the judge says of a packet: subnets first, and groups of what is not established."""
    if not crosses(rules, packet):
        return False
    if packet.established:
        return True
    for direction, address in (("leaving", packet.source), ("arriving", packet.target)):
        chain = rules.verdicts[direction].get(address)
        if chain is not None and not returns(rules, rules.chains[chain], packet):
            return False
    return True


def crosses(rules: Ruleset, packet: Packet) -> bool:
    """What the chain of the subnets says of a packet."""
    for rule in rules.chains[SUBNETS]:
        match rule.split():
            case ["ip", "saddr" | "daddr" as end, "vmap", name]:
                address = packet.source if end == "saddr" else packet.target
                chain = rules.verdicts[name.removeprefix("@")].get(address)
                if chain is not None and not returns(rules, rules.chains[chain], packet):
                    return False
            case [*words, "return"]:
                if holds(words, packet, rules.sets):
                    return True
            case words:
                raise AssertionError(f"the kernel does not know {words}")
    return True


def returns(rules: Ruleset, chain: tuple[str, ...], packet: Packet) -> bool:
    """Whether a chain returns; every one ends with a verdict."""
    for rule in chain:
        match rule.split():
            case [*words, "return"]:
                if holds(words, packet, rules.sets):
                    return True
            case [*words, "counter", "drop"]:
                if holds(words, packet, rules.sets):
                    return False
            case words:
                raise AssertionError(f"the kernel does not know {words}")
    raise AssertionError("a chain that ends without a verdict lets everything through")
