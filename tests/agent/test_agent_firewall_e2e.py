"""The node's table in a real kernel: whole, changed, lost, and left behind."""

import asyncio
import time
from pathlib import Path

import pytest

from agent.lab import laboratory, wait_for
from agent.vpc_lab import ANYWHERE, group, output, tables
from homeport.agent.firewall import Firewall
from homeport.agent.plan.firewall import OwnAddress, Ruleset, ruleset
from homeport.link.vpc import Allow, GroupRules, VpcPolicy

pytestmark = pytest.mark.e2e


def test_a_table_that_somebody_removed_is_made_anew(place: Path, docker_host: str) -> None:
    async def run() -> None:
        firewall = Firewall("f" * 32, place)
        await firewall.apply(many(2))
        output("nft", "delete", "table", "inet", firewall.table)
        await firewall.look()
        await firewall.apply(many(2))
        assert firewall.table in tables()
        output("nft", "delete", "table", "inet", firewall.table)
        await firewall.apply(many(3))  # Not even looked at: the change itself finds it gone.
        assert "10.0.0.6" in output("nft", "list", "table", "inet", firewall.table)
        await firewall.remove()
        assert firewall.table not in tables()

    asyncio.run(run())


def many(count: int, rules: int = 10) -> Ruleset:
    """Rules for so many addresses of five groups."""
    addresses = [f"10.0.{n // 250}.{n % 250 + 4}" for n in range(count)]
    named = [f"sg-{n}" for n in range(5)]
    ingress = tuple(
        Allow(protocol="tcp", from_port=80 + n, to_port=90 + n, group_id=named[n % 5])
        for n in range(rules)
    )
    policy = VpcPolicy(
        vpc_id="vpc-1",
        vpc_cidr="10.0.0.0/16",
        groups=tuple(
            GroupRules(group_id=each, ingress=ingress, egress=(ANYWHERE,)) for each in named
        ),
        addresses=tuple((each, (named[n % 5],)) for n, each in enumerate(addresses)),
    )
    own = {each: OwnAddress(vpc_id="vpc-1", groups=()) for each in addresses}
    return ruleset([policy], own)


def test_a_thousand_addresses_are_in_force_within_a_tenth_of_a_second(
    place: Path, docker_host: str
) -> None:
    async def run() -> None:
        firewall = Firewall("e" * 32, place)
        took = []
        try:
            for count in (1000, 1001, 1000, 1002):
                rules = many(count)
                began = time.perf_counter()
                await firewall.apply(rules)
                took.append(time.perf_counter() - began)
        finally:
            await firewall.remove()
        assert min(took[1:]) < 0.1, took

    asyncio.run(run())


def test_a_whole_table_and_changes_of_it_are_taken_by_the_kernel(
    place: Path, docker_host: str
) -> None:
    """Everything that the plan can say, said to the real nft; the listing tells what came of it."""

    async def run() -> None:
        changed, anew = Firewall("d" * 32, place), Firewall("c" * 32, place)
        protocols = [
            Allow(protocol="udp", from_port=53, to_port=53, cidr="10.0.0.0/8"),
            Allow(protocol="icmp", from_port=8, to_port=-1, group_id="sg-0"),
            Allow(protocol="icmp", from_port=3, to_port=4, cidr="0.0.0.0/0"),
            Allow(protocol="50", cidr="192.0.2.0/24"),
            Allow(protocol="-1", cidr="192.0.2.7/32"),
            Allow(protocol="tcp", from_port=0, to_port=65535, group_id="sg-1"),
        ]
        try:
            for count in range(len(protocols) + 1):
                groups = (group("0", *protocols[:count]), group("1", *protocols[count:]))
                some = tuple((f"10.0.0.{n}", (f"sg-{n % 2}",)) for n in range(4, 8 + count))
                policy = VpcPolicy(
                    vpc_id="v", vpc_cidr="10.0.0.0/16", groups=groups, addresses=some
                )
                own = {a: OwnAddress(vpc_id="v", groups=g) for a, g in some[count // 2 :]}
                rules = ruleset([policy], own, resolvers=("192.0.2.53",), holds_local=True)
                await changed.apply(rules)
                await anew.remove()
                await anew.apply(rules)
                assert sorted_listing(changed.table) == sorted_listing(anew.table)
        finally:
            await changed.remove()
            await anew.remove()

    asyncio.run(run())


def sorted_listing(table: str) -> list[str]:
    """What is in the table, whatever the order in which it came there."""
    shown = output("nft", "list", "table", "inet", table).replace(table, "T")
    blocks = shown.replace("\n\t}\n", "\n\t}\n\0").split("\0")
    return sorted(" ".join(sorted(each.replace(",", " ").split())) for each in blocks)


def test_the_rules_of_a_node_that_is_no_more_go_and_those_of_a_living_one_stay(
    place: Path, docker_host: str
) -> None:
    async def run() -> None:
        dead, living = Firewall("a" * 32, place), Firewall("b" * 32, place)
        for each in (dead, living):
            await each.apply(many(1))
        living.hold()
        try:
            async with laboratory(docker_host, place=place):
                await wait_for(lambda: dead.table not in tables())
                assert living.table in tables()
        finally:
            living.let_go()
            await living.remove()

    asyncio.run(run())
