"""Bridges and the addresses of load balancers on a real Engine and a real kernel."""

import asyncio
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from agent.lab import Lab, laboratory, running, swept, wait_for
from agent.vpc_lab import (
    LOCAL,
    addresses_are,
    addresses_of,
    asked,
    bridge_of,
    group,
    host_reaches,
    played,
    policy_of,
    say_hello,
    with_address,
)
from homeport.agent.names import network_name
from homeport.link.vpc import Allow, VpcGone

pytestmark = pytest.mark.e2e


def test_a_policy_with_addresses_of_load_balancers_makes_the_bridge_and_puts_them_there(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(policy_of(lab, local=LOCAL))
        await wait_for(lambda: addresses_are(lab, LOCAL))
        listener = socket.create_server((LOCAL[0], 0))
        with listener:
            assert await host_reaches(LOCAL[0], listener.getsockname()[1])
        lab.node.vpcs.told(policy_of(lab, local=LOCAL[1:]))
        await wait_for(lambda: addresses_are(lab, LOCAL[1:]))
        lab.node.vpcs.told(policy_of(lab))
        await wait_for(lambda: addresses_are(lab, ()))

    played(docker_host, scenario, place=place, hosts_load_balancers=True)


def test_an_address_that_is_to_go_stays_for_its_connections_unless_somebody_else_has_it(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(policy_of(lab, local=LOCAL))
        await wait_for(lambda: addresses_are(lab, LOCAL))
        with (
            socket.create_server((LOCAL[0], 0)) as server,
            socket.create_connection(server.getsockname(), timeout=5) as client,
        ):
            accepted, _ = server.accept()
            lab.node.vpcs.told(policy_of(lab))
            await wait_for(lambda: addresses_are(lab, LOCAL[:1]))
            with accepted:
                accepted.sendall(b"answered")
                assert await asyncio.to_thread(client.recv, 8) == b"answered"
            lab.node.vpcs.told(policy_of(lab, addresses=((LOCAL[0], ()),)))
            await wait_for(lambda: addresses_are(lab, ()))

    played(docker_host, scenario, place=place, hosts_load_balancers=True)


def test_an_address_that_is_to_go_does_not_wait_for_ever(place: Path, docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        lab.node.vpcs.told(policy_of(lab, local=LOCAL[:1]))
        await wait_for(lambda: addresses_are(lab, LOCAL[:1]))
        with (
            socket.create_server((LOCAL[0], 0)) as server,
            socket.create_connection(server.getsockname(), timeout=5),
        ):
            lab.node.vpcs.told(policy_of(lab))
            await wait_for(lambda: addresses_are(lab, ()))

    played(docker_host, scenario, place=place, hosts_load_balancers=True)


def test_security_groups_hold_between_tasks_and_load_balancers_both_ways(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        from_lb = Allow(protocol="tcp", from_port=8080, to_port=8080, group_id="sg-lb")
        to_lb = Allow(protocol="tcp", from_port=9090, to_port=9090, group_id="sg-client")
        groups = [group("client"), group("server", from_lb), group("lb", to_lb)]
        members: dict[str, Any] = {"local": LOCAL[:1], "addresses": ((LOCAL[0], ("sg-lb",)),)}
        lab.node.vpcs.told(policy_of(lab, *groups, **members))
        client_spec, _ = with_address(lab, 30, "client")
        server_spec, server_at = with_address(lab, 31, "server")
        client, server = await lab.run(client_spec), await lab.run(server_spec)
        await wait_for(lambda: addresses_are(lab, LOCAL[:1]))
        await wait_for(lambda: host_reaches(server_at.private_ipv4))
        balancer = await asyncio.start_server(say_hello, LOCAL[0], 9090)
        async with balancer:
            assert await host_reaches(server_at.private_ipv4, source=LOCAL[0])
            assert await asked(client, f"http://{LOCAL[0]}:9090/")
            assert not await asked(server, f"http://{LOCAL[0]}:9090/")
            assert await host_reaches(LOCAL[0], 9090)

            closed = [group("client"), group("server"), group("lb", to_lb)]
            lab.node.vpcs.told(policy_of(lab, *closed, **members))
            await wait_for(lambda: is_cut(server_at.private_ipv4, LOCAL[0]))
            assert await host_reaches(server_at.private_ipv4)

    played(docker_host, scenario, place=place, hosts_load_balancers=True)


async def is_cut(address: str, source: str) -> bool:
    return not await host_reaches(address, source=source)


def test_addresses_are_found_again_by_the_next_agent_and_come_back_with_a_lost_bridge(
    place: Path, docker_host: str
) -> None:
    async def run() -> None:
        async with swept(docker_host) as home:
            spec, _ = with_address(home, 32)
            first = Lab(docker_host, home.node_id, place=place, hosts_load_balancers=True)
            async with running(first):
                first.node.vpcs.told(policy_of(first, local=LOCAL))
                await first.run(spec)
                await wait_for(lambda: addresses_are(first, LOCAL))
            assert await addresses_of(home) == {*LOCAL}  # A task runs: Envoy may serve it.

            second = Lab(docker_host, home.node_id, place=place, hosts_load_balancers=True)
            async with running(second, assigned=1):
                second.assign(spec)
                second.node.vpcs.told(policy_of(second, local=LOCAL[:1]))
                await wait_for(lambda: addresses_are(second, LOCAL[:1]))
                await second.remove(spec)
                await wait_for(lambda: second.node.ready_holders > 0)
                await asyncio.to_thread(lose_bridge, await bridge_of(second))
                second.node.vpcs.told(policy_of(second, local=LOCAL))
                await wait_for(lambda: addresses_are(second, LOCAL))
            assert await home.engine.inspect_network(network_name(home.vpc_id)) is None

    asyncio.run(run())


def lose_bridge(bridge: str) -> None:
    """What an Engine without its state leaves: no such network, no such interface."""
    for _ in range(100):  # A holder may be being born in it.
        done = subprocess.run(
            ["docker", "network", "rm", bridge.removeprefix("br-")],
            capture_output=True,
            check=False,
        )
        if done.returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError("the bridge stays in use")


def test_the_bridge_of_a_vpc_that_is_gone_goes_once_nothing_is_on_it(
    place: Path, docker_host: str
) -> None:
    async def scenario(lab: Lab) -> None:
        spec, _ = with_address(lab, 33)
        lab.node.vpcs.told(policy_of(lab, local=LOCAL))
        await lab.run(spec)
        lab.node.vpcs.told(VpcGone(vpc_id=lab.vpc_id))
        other = replace(policy_of(lab), vpc_id="vpc-other")
        lab.node.vpcs.told(other)
        assert (await bridge_of(lab)).startswith("br-")  # The task is on it.
        await lab.remove(spec)

        async def is_gone() -> bool:
            lab.node.vpcs.look()
            return await lab.engine.inspect_network(network_name(lab.vpc_id)) is None

        await wait_for(is_gone)

    played(docker_host, scenario, place=place, hosts_load_balancers=True)


def test_an_agent_leaves_a_bridge_that_another_counts_on(place: Path, docker_host: str) -> None:
    async def run() -> None:
        async with laboratory(docker_host, place=place) as one:
            spec, own = with_address(one, 34)
            await one.run(spec)
            await one.remove(spec)
            two = Lab(docker_host, place=place)
            two.vpc_id = one.vpc_id
            async with running(two):
                shared = with_address(two, 35)[0]
                await two.run(shared)
                await two.remove(shared)
                one.node.vpcs.told(VpcGone(vpc_id=own.vpc_id))
                for _ in range(5):
                    one.node.vpcs.look()
                    await asyncio.sleep(0.05)
                assert await one.engine.inspect_network(network_name(one.vpc_id)) is not None
            one.node.vpcs.look()

            async def is_gone() -> bool:
                one.node.vpcs.look()
                return await one.engine.inspect_network(network_name(one.vpc_id)) is None

            await wait_for(is_gone)

    asyncio.run(run())
