"""Network ACLs on a real Engine and a real kernel: packet by packet, at the borders of subnets."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agent.lab import Lab, wait_for
from agent.vpc_lab import (
    ANYWHERE,
    LOCAL,
    addresses_are,
    answers,
    asked,
    group,
    host_reaches,
    output,
    played,
    policy_of,
    refused,
    say_hello,
    with_address,
)
from homeport.agent.firewall import Firewall
from homeport.agent.plan.firewall import OwnAddress, ruleset
from homeport.link.vpc import AclEntry, Allow, SubnetAcl, VpcPolicy

pytestmark = pytest.mark.e2e

LOW, HIGH = "10.213.1.0/28", "10.213.1.16/28"
"""The subnets of hosts 4 to 14, and of hosts 20 to 30."""
ALL = (AclEntry(allows=True, about=ANYWHERE),)


def tcp(first: int, last: int, *, allows: bool = True) -> AclEntry:
    about = Allow(protocol="6", from_port=first, to_port=last, cidr="10.213.1.0/24")
    return AclEntry(allows=allows, about=about)


def high(ingress: tuple[AclEntry, ...] = ALL, egress: tuple[AclEntry, ...] = ALL) -> SubnetAcl:
    return SubnetAcl(cidr=HIGH, ingress=ingress, egress=egress)


def of_lab(lab: Lab, *subnets: SubnetAcl, **members: Any) -> VpcPolicy:
    """Groups that allow everything, and these ACLs."""
    return policy_of(lab, group("all", ANYWHERE), subnets=subnets, **members)


def test_what_crosses_a_border_needs_an_entry_each_way_and_neighbours_need_none(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(of_lab(lab))
        (client_spec, _), (server_spec, server_at) = (
            with_address(lab, host, "all") for host in (5, 20)
        )
        neighbour_spec, _ = with_address(lab, 21, "all")
        client, neighbour = await lab.run(client_spec), await lab.run(neighbour_spec)
        await lab.run(server_spec)
        await wait_for(lambda: host_reaches(server_at.private_ipv4))
        assert await answers(client, server_at)

        lab.node.vpcs.told(of_lab(lab, high((), ())))
        await wait_for(lambda: refused(client, server_at))
        assert await answers(neighbour, server_at)
        assert await host_reaches(server_at.private_ipv4)  # The machine itself is outside.

        both_ways = high((tcp(8080, 8080),), (tcp(1024, 65_535),))
        lab.node.vpcs.told(of_lab(lab, both_ways))
        await wait_for(lambda: answers(client, server_at))
        only_in = high((tcp(8080, 8080),), ())
        lab.node.vpcs.told(of_lab(lab, only_in))
        await wait_for(lambda: refused(client, server_at))

        denied_first = high((tcp(8080, 8080, allows=False), *ALL))
        lab.node.vpcs.told(of_lab(lab, denied_first))
        await wait_for(lambda: refused(client, server_at))
        lab.node.vpcs.told(of_lab(lab))
        await wait_for(lambda: answers(client, server_at))
        assert lab.node.vpcs.attributes() == {}

    played(docker_host, scenario, place=place)


def test_a_load_balancer_is_within_its_subnet(place: Path, docker_host: str) -> None:
    """Its address is the host's own: packets to it and from it are judged all the same."""

    async def scenario(lab: Lab) -> None:
        balancer_at = LOCAL[0]
        of_balancer = f"{balancer_at}/32"
        held: dict[str, Any] = {"local": (balancer_at,), "addresses": ((balancer_at, ("sg-all",)),)}
        closed_in = SubnetAcl(cidr=of_balancer, ingress=(), egress=ALL)
        closed_out = SubnetAcl(cidr=of_balancer, ingress=ALL, egress=())
        lab.node.vpcs.told(of_lab(lab, **held))
        spec, at = with_address(lab, 6, "all")
        task = await lab.run(spec)
        await wait_for(lambda: addresses_are(lab, (balancer_at,)))
        await wait_for(lambda: host_reaches(at.private_ipv4, source=balancer_at))
        balancer = await asyncio.start_server(say_hello, balancer_at, 9090)

        async def gets(*, wanted: bool) -> bool:
            reached = await host_reaches(at.private_ipv4, source=balancer_at)
            answered = await asked(task, f"http://{balancer_at}:9090/")
            return reached is answered is wanted

        async with balancer:
            assert await gets(wanted=True)
            for closed in (closed_in, closed_out):
                lab.node.vpcs.told(of_lab(lab, closed, **held))
                await wait_for(lambda: gets(wanted=False))
                assert await host_reaches(balancer_at, 9090)
                lab.node.vpcs.told(of_lab(lab, **held))
                await wait_for(lambda: gets(wanted=True))

    played(docker_host, scenario, place=place, hosts_load_balancers=True)


def test_every_kind_of_entry_is_taken_by_the_kernel(place: Path, docker_host: str) -> None:
    kinds = [
        Allow(protocol="-1", cidr="0.0.0.0/0"),
        Allow(protocol="-1", cidr="192.0.2.7/32"),
        Allow(protocol="6", from_port=0, to_port=65_535, cidr="10.0.0.0/8"),
        Allow(protocol="17", from_port=53, to_port=53, cidr="0.0.0.0/0"),
        Allow(protocol="1", cidr="0.0.0.0/0"),
        Allow(protocol="1", from_port=3, to_port=4, cidr="192.0.2.0/24"),
        Allow(protocol="47", cidr="0.0.0.0/0"),
    ]

    async def run() -> None:
        firewall = Firewall("9" * 32, place)
        own = {"10.213.1.20": OwnAddress(vpc_id="v", groups=())}
        try:
            for count in (*range(len(kinds) + 1), 0):
                entries = tuple(
                    AclEntry(allows=bool(number % 2), about=each)
                    for number, each in enumerate(kinds[:count])
                )
                subnets = (high(entries, entries),) if count else ()
                policy = VpcPolicy(
                    vpc_id="v", vpc_cidr="10.213.0.0/16", groups=(), addresses=(), subnets=subnets
                )
                await firewall.apply(ruleset([policy], own))
                if firewall.judges:
                    shown = output("nft", "list", "table", "inet", firewall.table)
                    assert shown.count("jump subnet_") == (2 if count else 0)
        finally:
            await firewall.remove()

    asyncio.run(run())
