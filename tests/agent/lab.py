"""A node over the Engine at DOCKER_HOST, driven with assignments as the control plane would.

For tests marked with `pytest.mark.e2e`, and for the specifications that others are made of.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from homeport.agent.engine import Engine
from homeport.agent.node import Node
from homeport.link.messages import (
    Assignment,
    ContainerReport,
    EngineState,
    TaskReport,
    Welcome,
)
from homeport.link.spec import ContainerSpec, InterfaceSpec, TaskSpec

IMAGE = "sample:latest"
PATIENCE_S = 60.0


class SystemClock:
    def now(self) -> float:
        return time.time()

    def span(self, seconds: float) -> float:
        return seconds


def fresh() -> str:
    return os.urandom(16).hex()


def container(name: str = "app", **members: Any) -> ContainerSpec:
    given: dict[str, Any] = {
        "name": name,
        "arn": f"arn:aws:ecs:us-east-1:000000000000:container/{name}",
        "docker_name": f"ecs-lab-1-{name}-{fresh()[:20]}",
        "image": IMAGE,
        "command": ("sleep", "1000"),
        "stop_timeout_s": 0.5,
    }
    return ContainerSpec(**given | members)


def task(*containers: ContainerSpec, **members: Any) -> TaskSpec:
    given: dict[str, Any] = {
        "task_arn": f"arn:aws:ecs:us-east-1:000000000000:task/default/{fresh()}",
        "cluster": "default",
        "family": "lab",
        "revision": 1,
        "network_mode": "bridge",
        "launch_type": "EC2",
        "containers": containers or (container(),),
        "region": "us-east-1",
    }
    return TaskSpec(**given | members)


def interface(vpc_id: str, host: int, **members: Any) -> InterfaceSpec:
    address = f"10.213.1.{host}"
    given: dict[str, Any] = {
        "interface_id": f"eni-{host:017x}",
        "attachment_id": f"attachment-{host}",
        "vpc_id": vpc_id,
        "vpc_cidr": "10.213.0.0/16",
        "subnet_cidr": "10.213.1.0/24",
        "private_ipv4": address,
        "mac_address": f"02:42:0a:d5:01:{host:02x}",
        "private_dns_name": f"ip-{address.replace('.', '-')}.ec2.internal",
    }
    return InterfaceSpec(**given | members)


class Lab:
    """The control plane's end of a node: assigns, and keeps what the node reports."""

    def __init__(self, host: str, node_id: str = "", **node: Any) -> None:
        self.engine = Engine(host)
        self.node_id = node_id or fresh()
        self.vpc_id = f"vpc-{self.node_id[:17]}"
        self.reports: dict[str, TaskReport] = {}
        self.history: dict[str, list[TaskReport]] = {}
        self.engine_states: list[EngineState] = []
        self._news = asyncio.Condition()
        self._generation = 0
        self.node = Node(
            self.engine,
            clock=SystemClock(),
            node_id=self.node_id,
            publish=self._published,
            engine_changed=self.engine_states.append,
            **node,
        )

    def _published(self, report: TaskReport) -> None:
        before = self.reports.get(report.task_arn)
        assert before is None or before.sequence < report.sequence
        self.reports[report.task_arn] = report
        self.history.setdefault(report.task_arn, []).append(report)
        asyncio.get_running_loop().create_task(self._notify())

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()

    def assign(self, spec: TaskSpec, desired: str = "RUNNING") -> None:
        self._generation += 1
        self.node.assign(
            Assignment(
                task_arn=spec.task_arn,
                generation=self._generation,
                desired=desired,  # type: ignore[arg-type]
                spec=None if desired == "FORGOTTEN" else spec,
            )
        )

    async def until(
        self, spec: TaskSpec, wanted: str | Callable[[TaskReport], object]
    ) -> TaskReport:
        """The first report in a phase, or for which `wanted` holds."""

        def holds(report: TaskReport) -> bool:
            return report.phase == wanted if isinstance(wanted, str) else bool(wanted(report))

        try:
            async with asyncio.timeout(PATIENCE_S), self._news:
                while not (spec.task_arn in self.reports and holds(self.reports[spec.task_arn])):
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"last report: {self.reports.get(spec.task_arn)}") from None
        return self.reports[spec.task_arn]

    async def run(self, spec: TaskSpec) -> TaskReport:
        self.assign(spec)
        return await self.until(spec, "RUNNING")

    async def run_to_end(self, spec: TaskSpec) -> TaskReport:
        self.assign(spec)
        return await self.until(spec, "STOPPED")

    async def stop(self, spec: TaskSpec) -> TaskReport:
        self.assign(spec, "STOPPED")
        return await self.until(spec, "STOPPED")

    async def remove(self, spec: TaskSpec) -> TaskReport:
        self.assign(spec, "STOPPED")
        await self.until(spec, "STOPPED")
        self.assign(spec, "REMOVED")
        return await self.until(spec, "REMOVED")

    async def inspect(self, report: TaskReport, name: str = "app") -> dict[str, Any]:
        found = await self.engine.inspect(of(report, name).docker_id or "")
        assert found is not None
        return found

    async def containers(self, spec: TaskSpec) -> list[dict[str, Any]]:
        return await self.engine.list_containers(f"homeport.task-arn={spec.task_arn}")

    async def sweep(self) -> None:
        for each in await self.engine.list_containers(f"homeport.node={self.node_id}"):
            await self.engine.remove(each["Id"])
        for volume in await self.engine.list_volumes([f"homeport.node={self.node_id}"]):
            await self.engine.remove_volume(volume["Name"])
        for network in await self.engine.list_networks(f"homeport.vpc={self.vpc_id}"):
            await self.engine.remove_network(network["Name"])


async def wait_for(condition: Callable[[], object]) -> None:
    """Until `condition` holds, or answers an awaitable that does."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            held = condition()
            if await held if isinstance(held, Awaitable) else held:
                return
            await asyncio.sleep(0.02)


class Gate:
    """A way to the Engine's socket that can be shut."""

    def __init__(self, engine: str, own: str) -> None:
        self._engine, self._own = engine.removeprefix("unix://"), own
        self._server: asyncio.AbstractServer | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._pass, self._own)

    async def shut(self) -> None:
        assert self._server is not None
        self._server.close()
        for each in self._writers:
            each.transport.abort()
        self._writers.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, away = await asyncio.open_unix_connection(self._engine)
        self._writers |= {writer, away}
        await asyncio.gather(self._copy(reader, away), self._copy(there, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        except (ConnectionError, OSError):
            pass
        finally:
            writer.close()


def of(report: TaskReport, name: str = "app") -> ContainerReport:
    return next(each for each in report.containers if each.name == name)


def told(report: TaskReport) -> str:
    return "\n".join(f"{each.container}: {each.what}" for each in report.happenings)


@asynccontextmanager
async def running(lab: Lab, *, assigned: int = 0) -> AsyncIterator[Lab]:
    """The node runs; leaving is as sudden as kill -9: containers stay."""
    lab.node.welcome(
        Welcome(instance_arn="arn", endpoint="http://172.17.0.1:4566", assigned=assigned)
    )
    work = asyncio.create_task(lab.node.run())
    try:
        yield lab
    finally:
        failed = work.done()
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        assert not failed, "the node ended by itself"
        await lab.engine.close()


@asynccontextmanager
async def laboratory(host: str, **node: Any) -> AsyncIterator[Lab]:
    """A fresh node; everything it made is removed at the end."""
    lab = Lab(host, **node)
    try:
        async with running(lab):
            yield lab
    finally:
        await lab.sweep()
        await lab.engine.close()


@asynccontextmanager
async def swept(host: str) -> AsyncIterator[Lab]:
    """A node that does not run: a place to make nodes of its id, swept at the end."""
    lab = Lab(host)
    try:
        yield lab
    finally:
        await lab.sweep()
        await lab.engine.close()


def in_lab(host: str, scenario: Callable[[Lab], Any]) -> None:
    """Run a scenario on a fresh node."""

    async def run() -> None:
        async with laboratory(host) as lab:
            await scenario(lab)

    asyncio.run(run())
