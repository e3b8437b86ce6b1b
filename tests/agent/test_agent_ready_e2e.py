"""Holders that are ready before their task: lent, found again after a crash, never left behind."""

import asyncio
from typing import Any

import pytest

from agent.lab import (
    Gate,
    Lab,
    container,
    in_lab,
    interface,
    of,
    running,
    swept,
    task,
    wait_for,
)
from homeport.agent.ready import READY_MAX

pytestmark = pytest.mark.e2e


async def ready_ones(lab: Lab) -> list[dict[str, Any]]:
    found = await lab.engine.list_containers(f"homeport.node={lab.node_id}")
    return [each for each in found if each["Labels"]["homeport.role"] == "ready"]


async def all_wait(lab: Lab) -> bool:
    waiting = [each for each in await ready_ones(lab) if not each["NetworkSettings"]["Networks"]]
    return len(waiting) == READY_MAX


async def warm(lab: Lab, host: int) -> None:
    """A first task makes the VPC's bridge; then holders are made ready."""
    spec = task(network_mode="awsvpc", interface=interface(lab.vpc_id, host))
    await lab.run(spec)
    await lab.remove(spec)
    await wait_for(lambda: lab.node.ready_holders == READY_MAX)


def test_a_lent_holder_bears_the_address_and_the_name(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        await warm(lab, 20)
        own = interface(lab.vpc_id, 21)
        look = "sleep 0.5; hostname; cat /etc/hostname; grep ec2 /etc/hosts; sleep 1000"
        spec = task(container(command=("sh", "-c", look)), network_mode="awsvpc", interface=own)
        report = await lab.run(spec)
        assert report.interface_attached
        mode = (await lab.inspect(report))["HostConfig"]["NetworkMode"]
        holder = await lab.engine.inspect(mode.removeprefix("container:"))
        assert holder is not None
        (attached,) = holder["NetworkSettings"]["Networks"].values()
        assert attached["IPAddress"] == own.private_ipv4
        assert attached["MacAddress"] == own.mac_address
        await asyncio.sleep(0.7)
        report = await lab.stop(spec)
        name = own.private_dns_name
        short = name.partition(".")[0]
        assert of(report).last_lines == (name, name, f"{own.private_ipv4}\t{name} {short}")
        await lab.remove(spec)
        assert await lab.engine.inspect(holder["Id"]) is None

    in_lab(docker_host, scenario)


def test_a_task_that_wants_its_own_name_servers_gets_a_holder_of_its_own(
    docker_host: str,
) -> None:
    async def scenario(lab: Lab) -> None:
        await warm(lab, 22)
        spec = task(
            container(dns_servers=("10.9.9.9",)),
            network_mode="awsvpc",
            interface=interface(lab.vpc_id, 23),
        )
        report = await lab.run(spec)
        mode = (await lab.inspect(report))["HostConfig"]["NetworkMode"]
        assert mode == f"homeport-{lab.vpc_id}"

    in_lab(docker_host, scenario)


def test_the_loss_of_a_lent_holder_stops_the_task(docker_host: str) -> None:
    async def scenario(lab: Lab) -> None:
        await warm(lab, 24)
        spec = task(network_mode="awsvpc", interface=interface(lab.vpc_id, 25))
        report = await lab.run(spec)
        mode = (await lab.inspect(report))["HostConfig"]["NetworkMode"]
        await lab.engine.kill(mode.removeprefix("container:"), "SIGKILL")
        report = await lab.until(spec, "STOPPED")
        assert (report.error or "").startswith("ContainerNetworkingError: ")

    in_lab(docker_host, scenario)


def test_after_a_crash_lent_holders_are_known_and_waiting_ones_wait_on(
    docker_host: str, tmp_path: object
) -> None:
    async def scenario() -> None:
        async with swept(docker_host) as sweeper:
            gate = Gate(docker_host, f"{tmp_path}/gate.sock")
            await gate.open()
            before = Lab(f"unix://{tmp_path}/gate.sock", sweeper.node_id)
            pair = task(
                container("a"),
                container("b"),
                network_mode="awsvpc",
                interface=interface(before.vpc_id, 27),
            )
            orphan = task(network_mode="awsvpc", interface=interface(before.vpc_id, 28))
            async with running(before):
                await warm(before, 26)
                await before.run(pair)
                await before.run(orphan)
                await wait_for(lambda: before.node.ready_holders == READY_MAX)
                await gate.shut()  # The crash: nothing can be tidied.
            waiting = {
                each["Id"]
                for each in await ready_ones(sweeper)
                if not each["NetworkSettings"]["Networks"]
            }
            assert len(await ready_ones(sweeper)) == READY_MAX + 2

            after = Lab(docker_host, sweeper.node_id)
            async with running(after, assigned=1):
                after.assign(pair)
                assert (await after.until(pair, "RUNNING")).interface_attached
                await wait_for(lambda: one_is_lent(sweeper))
                assert waiting <= {each["Id"] for each in await ready_ones(sweeper)}
                await after.remove(pair)
                await wait_for(lambda: all_wait(sweeper))
            assert await ready_ones(sweeper) == []

    async def one_is_lent(lab: Lab) -> bool:
        return len(await ready_ones(lab)) == READY_MAX + 1

    asyncio.run(scenario())
