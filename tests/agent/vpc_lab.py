"""Nodes with VPCs in a lab: tasks with addresses, policies, and who reaches whom."""

import asyncio
import socket
import subprocess
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from agent.lab import Lab, container, interface, laboratory, of, task
from homeport.agent import rtnetlink
from homeport.agent.names import network_name
from homeport.link.messages import TaskReport
from homeport.link.spec import InterfaceSpec, TaskSpec
from homeport.link.vpc import Allow, GroupRules, VpcPolicy

CIDR = "10.213.0.0/16"
SERVE = ("sh", "-c", "echo here > /tmp/index.html; httpd -f -p 8080 -h /tmp")
ANYWHERE = Allow(protocol="-1", cidr="0.0.0.0/0")
WEB = Allow(protocol="tcp", from_port=8080, to_port=8080, group_id="sg-client")
LOCAL = ("10.213.1.200", "10.213.1.201")


def group(name: str, *ingress: Allow, egress: tuple[Allow, ...] = (ANYWHERE,)) -> GroupRules:
    return GroupRules(group_id=f"sg-{name}", ingress=ingress, egress=egress)


def policy_of(lab: Lab, *groups: GroupRules, **members: Any) -> VpcPolicy:
    given: dict[str, Any] = {"addresses": ()}
    return VpcPolicy(vpc_id=lab.vpc_id, vpc_cidr=CIDR, groups=groups, **given | members)


def with_address(lab: Lab, host: int, *groups: str) -> tuple[TaskSpec, InterfaceSpec]:
    """A task that serves a page at an address of its own."""
    own = interface(lab.vpc_id, host, security_groups=tuple(f"sg-{each}" for each in groups))
    return task(container(command=SERVE), network_mode="awsvpc", interface=own), own


async def asked(report: TaskReport, url: str) -> bool:
    """Whether a task's container gets an answer."""
    fetch = ["timeout", "1", "wget", "-q", "-O", "-", url]
    words = ["docker", "exec", of(report).docker_id or "", *fetch]
    done = await asyncio.to_thread(subprocess.run, words, capture_output=True, check=False)
    return done.returncode == 0


async def answers(report: TaskReport, at: InterfaceSpec) -> bool:
    return await asked(report, f"http://{at.private_ipv4}:8080/")


async def host_reaches(address: str, port: int = 8080, source: str = "") -> bool:
    """Whether the machine itself can connect, from an address of its own."""

    def connect() -> bool:
        bound = (source, 0) if source else None
        try:
            socket.create_connection((address, port), 1, source_address=bound).close()
        except OSError:
            return False
        return True

    return await asyncio.to_thread(connect)


def played(host: str, scenario: Callable[[Lab], Coroutine[Any, Any, None]], **node: Any) -> None:
    async def run() -> None:
        async with laboratory(host, **node) as lab:
            await scenario(lab)

    asyncio.run(run())


def output(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def tables() -> str:
    return output("nft", "list", "tables", "inet")


async def bridge_of(lab: Lab) -> str:
    found = await lab.engine.inspect_network(network_name(lab.vpc_id))
    assert found is not None
    return f"br-{found['Id'][:12]}"


async def addresses_of(lab: Lab) -> frozenset[str]:
    try:
        return rtnetlink.single_addresses(await bridge_of(lab))
    except (OSError, AssertionError):
        return frozenset()


async def refused(report: TaskReport, at: InterfaceSpec) -> bool:
    return not await answers(report, at)


async def say_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer a request; who only connects, or goes before its answer, is none."""
    try:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            await writer.drain()
    finally:
        writer.close()


async def addresses_are(lab: Lab, wanted: tuple[str, ...]) -> bool:
    return await addresses_of(lab) == {*wanted}
