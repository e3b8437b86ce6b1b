"""A Fleet that records what it is told and says what the test put into it, and a server for it."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from typing import Any, TypeVar

import uvicorn

from homeport.contracts.fleet import Joined
from homeport.contracts.identity import AccessKey
from homeport.gateway.agents import AgentGate
from homeport.link.messages import Assignment, EngineState, Hello, TaskReport
from homeport.store import Store

Answer = TypeVar("Answer")

TOKEN = "the-token"
WITHIN_S = 10.0


class RecordingFleet:
    """Implements `contracts.fleet.Fleet`.  Called on the store's threads."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        self.batches: list[int] = []
        self.assigned: list[Assignment] = []
        self.sessions: dict[str, int] = {}
        self.credentials: dict[str, AccessKey] = {}
        self.refuses: Exception | None = None
        self.chokes_on: set[str] = set()
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()

    def hello(self, tx, hello: Hello, *, now, ids, plane="") -> Joined:
        if self.refuses:
            raise self.refuses
        self._record("hello", hello)
        arn = f"arn:node/{hello.node_id}"
        self.sessions[arn] = self.sessions.get(arn, 0) + 1
        return Joined(arn, self.sessions[arn])

    def goodbye(self, tx, joined: Joined, *, now) -> None:
        self._record("end of session", joined)
        self._record("goodbye", joined.instance_arn)

    def assignments(self, tx, instance_arn, after_generation) -> tuple[Assignment, ...]:
        newer = [each for each in self.assigned if each.generation > after_generation]
        return tuple(sorted(newer, key=lambda each: each.generation))

    def report(self, tx, instance_arn, reports, *, now, ids) -> None:
        if any(each.task_arn in self.chokes_on for each in reports):
            raise RuntimeError("cannot record this")
        self.batches.append(len(reports))
        for each in reports:
            self._record("report", each)

    def engine_state(self, tx, instance_arn, state: EngineState, *, now) -> None:
        self._record("engine", state)

    def task_credentials(self, tx, instance_arn, credentials_id, *, now, ids, clock):
        self._record("credentials", credentials_id)
        return self.credentials.get(credentials_id)

    def of(self, kind: str) -> list[Any]:
        return [what for said, what in self.said if said == kind]

    def reports_of(self, task_arn: str) -> list[TaskReport]:
        return [each for each in self.of("report") if each.task_arn == task_arn]

    async def until(self, true: Callable[[], Any]) -> None:
        """Wait until `true()`; looked at after each thing the fleet is told."""
        async with asyncio.timeout(WITHIN_S):
            while not true():
                await self._news.wait()
                self._news.clear()

    def _record(self, kind: str, what: Any) -> None:
        self.said.append((kind, what))
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._news.set)


class QuietServer(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(app: Any, port: int = 0) -> AsyncIterator[int]:
    """A real server of `app`; answers its port.  Its connections end with it."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    bound.listen()
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    server = QuietServer(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        await task


def gate_of(fleet: RecordingFleet, store: Store, clock: Any, ids: Any) -> AgentGate:
    return AgentGate(
        store=store,
        fleet=fleet,
        clock=clock,
        ids=ids,
        token=TOKEN,
        endpoint="http://172.17.0.1:4566",
        container_endpoint="http://169.254.170.2:4566",
    )


def announce(store: Store, instance_arn: str) -> asyncio.Future[None]:
    """Commit a change that says that the instance has new assignments."""
    return store.awrite(lambda tx: tx.changed("assignment", instance_arn))


@contextlib.asynccontextmanager
async def writer_held(store: Store) -> AsyncIterator[None]:
    """Writes wait until the end of the block."""
    loop = asyncio.get_running_loop()
    held, release = asyncio.Event(), threading.Event()

    def hold(tx: Any) -> None:
        loop.call_soon_threadsafe(held.set)
        release.wait(WITHIN_S)

    holding = store.awrite(hold)
    await held.wait()
    try:
        yield
    finally:
        release.set()
        await holding


def hello_of(node_id: str = "a" * 32, **changes: Any) -> Hello:
    members: dict[str, Any] = {
        "node_id": node_id,
        "region": "us-east-1",
        "account": "000000000000",
        "cluster": "default",
        "cpu": 2048,
        "memory_mib": 4096,
        "agent_version": "1",
        "docker_version": "20.10",
    }
    return Hello(**members | changes)


def report_of(task_arn: str, sequence: int = 1, phase: str = "RUNNING") -> TaskReport:
    return TaskReport(task_arn=task_arn, sequence=sequence, phase=phase)


def within(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Run `work` to its end on a loop of its own."""

    async def bounded() -> Answer:
        async with asyncio.timeout(30):
            return await work

    return asyncio.run(bounded())
