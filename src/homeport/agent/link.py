"""The node's end of the link: connect, say hello, pass on what comes, send what is observed.

Here lives the connection and nothing else: it never looks into an assignment and never decides.
Losing the link disturbs no container; it is made again, for ever, and the node then says
everything that it knows.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol, assert_never
from urllib.parse import urlsplit

import msgspec
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException

from homeport.link.messages import (
    Assignment,
    Credentials,
    CredentialsRequest,
    EngineState,
    Hello,
    TaskReport,
    ToControl,
    ToNode,
    Welcome,
    decode_for_node,
    encode,
)
from homeport.link.vpc import VpcGone, VpcPolicy

PATH: Final = "/_homeport/agent"

RETRY_FIRST_S: Final = 0.1
RETRY_MAX_S: Final = 5.0
SETTLED_AFTER_S: Final = 5.0
"""A link that lasted this long starts the waits between attempts anew."""
OPEN_WITHIN_S: Final = 5.0
WELCOME_WITHIN_S: Final = 10.0
CLOSE_WITHIN_S: Final = 1.0
PING_EVERY_S: Final = 10.0
PONG_WITHIN_S: Final = 20.0
MESSAGE_BYTES_MAX: Final = 16 * 1024 * 1024
CREDENTIALS_WITHIN_S: Final = 5.0

_log = structlog.get_logger("homeport.link")


class LinkLost(Exception):
    """The control plane cannot be reached now, or the link to it broke."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlane:
    """Where a control plane is, what it lets nodes in by, and where they are at home with it."""

    url: str
    """Its API."""
    token: str
    region: str
    account: str


class Told(Protocol):
    """Who is told what should be, and knows what is: the node."""

    def welcome(self, welcome: Welcome) -> None:
        """A link is made; `welcome.assigned` assignments follow."""

    def assign(self, assignment: Assignment) -> None:
        """What should be, for one task."""

    def tell_vpc(self, vpc: VpcPolicy | VpcGone) -> None:
        """How a VPC should be, or that there is none any more."""

    def reports(self) -> tuple[TaskReport, ...]:
        """The newest report of every task the node knows."""


class Outbox:
    """What waits to be sent: the newest report of each task, and whether the Engine answers."""

    def __init__(self) -> None:
        self._reports: dict[str, TaskReport] = {}
        self._engine: EngineState | None = None
        self._engine_waits = False
        self._waiting = asyncio.Event()

    def put(self, report: TaskReport) -> None:
        """Have `report` sent, unless a later one of its task waits already."""
        known = self._reports.get(report.task_arn)
        if known is None or known.sequence <= report.sequence:
            self._reports[report.task_arn] = report
            self._waiting.set()

    def put_engine(self, state: EngineState) -> None:
        """Have the Engine's state sent, now and after every new hello."""
        self._engine = state
        self._engine_waits = True
        self._waiting.set()

    def start_over(self, reports: tuple[TaskReport, ...]) -> None:
        """A new link: whatever was taken from here may be lost, so everything waits again."""
        self._reports = {each.task_arn: each for each in reports}
        self._engine_waits = self._engine is not None
        self._waiting.set()

    async def take(self) -> tuple[TaskReport | EngineState, ...]:
        """Everything that waits, once something does."""
        await self._waiting.wait()
        self._waiting.clear()
        engine = (self._engine,) if self._engine is not None and self._engine_waits else ()
        reports = tuple(self._reports.values())
        self._engine_waits = False
        self._reports = {}
        return (*engine, *reports)


class ControlLink:
    """Keeps one link to the control plane, whatever happens to it."""

    def __init__(
        self,
        *,
        find: Callable[[], ControlPlane],
        node: Told,
        outbox: Outbox,
        hello: Callable[[ControlPlane], Hello],
    ) -> None:
        """`find` is asked before each attempt; it raises `LinkLost` while it knows of none."""
        self._find = find
        self._node = node
        self._outbox = outbox
        self._hello = hello
        self._socket: ClientConnection | None = None
        self._up = asyncio.Event()
        self._requests = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Credentials]] = {}
        self._complaint = ""

    @property
    def connected(self) -> bool:
        """Whether the control plane has welcomed this node and the link still holds."""
        return self._up.is_set()

    async def run(self) -> None:
        """Make the link, again and again, until cancelled."""
        loop = asyncio.get_running_loop()
        wait_s = RETRY_FIRST_S
        while True:
            made_at = loop.time()
            try:
                await self._hold()
            except LinkLost as lost:
                self._complain(str(lost))
            if loop.time() - made_at >= SETTLED_AFTER_S:
                wait_s = RETRY_FIRST_S
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, RETRY_MAX_S)

    async def credentials(self, credentials_id: str) -> Credentials:
        """What the control plane answers for the id; asked again should the link break.

        Raises `LinkLost` when there is no answer within `CREDENTIALS_WITHIN_S`.
        """
        try:
            async with asyncio.timeout(CREDENTIALS_WITHIN_S):
                while True:
                    await self._up.wait()
                    with contextlib.suppress(LinkLost):
                        return await self._ask(credentials_id)
        except TimeoutError as error:
            raise LinkLost("The control plane did not answer a request for credentials.") from error

    async def say_hello_again(self) -> None:
        """What the node has is no longer what it said: end the link, so that a new one says it."""
        if self._socket is not None:
            await self._socket.close(reason="the node has news of itself")

    async def _ask(self, credentials_id: str) -> Credentials:
        request = next(self._requests)
        answer: asyncio.Future[Credentials] = asyncio.get_running_loop().create_future()
        self._asked[request] = answer
        try:
            await self._send(CredentialsRequest(request=request, credentials_id=credentials_id))
            return await answer
        finally:
            del self._asked[request]

    async def _hold(self) -> None:
        """One link, from connecting to its end; raises `LinkLost` with the reason."""
        there = self._find()
        url = link_url(there.url)
        try:
            async with connect(
                url,
                additional_headers={"Authorization": f"Bearer {there.token}"},
                compression=None,
                proxy=None,  # The control plane is named by a setting of its own.
                open_timeout=OPEN_WITHIN_S,
                close_timeout=CLOSE_WITHIN_S,
                ping_interval=PING_EVERY_S,
                ping_timeout=PONG_WITHIN_S,
                max_size=MESSAGE_BYTES_MAX,
            ) as socket:
                await self._converse(socket, there)
        except InvalidStatus as error:
            body = (error.response.body or b"").decode(errors="replace").strip()
            status = error.response.status_code
            raise LinkLost(f"{url} answered {status}: {body}") from error
        except (OSError, TimeoutError, WebSocketException) as error:
            raise LinkLost(f"{url}: {error or type(error).__name__}") from error
        except msgspec.MsgspecError as error:
            raise LinkLost(f"{url} sent what is no message of the link: {error}") from error

    async def _converse(self, socket: ClientConnection, there: ControlPlane) -> None:
        await socket.send(encode(self._hello(there)))
        async with asyncio.timeout(WELCOME_WITHIN_S):
            welcome = await _receive(socket)
        if not isinstance(welcome, Welcome):
            raise LinkLost(f"{there.url} did not say Welcome.")
        self._complaint = ""
        self._welcomed(welcome)
        self._socket = socket
        self._up.set()
        try:
            await _until_one_ends(self._listen(socket), self._speak(socket))
        finally:
            self._up.clear()
            self._socket = None
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(LinkLost("The link broke."))

    def _welcomed(self, welcome: Welcome) -> None:
        _log.info("linked to the control plane", instance=welcome.instance_arn)
        self._node.welcome(welcome)
        self._outbox.start_over(self._node.reports())

    async def _listen(self, socket: ClientConnection) -> None:
        while True:
            message = await _receive(socket)
            match message:
                case Assignment():
                    self._node.assign(message)
                case VpcPolicy() | VpcGone():
                    self._node.tell_vpc(message)
                case Credentials():
                    answer = self._asked.get(message.request)
                    if answer is not None and not answer.done():
                        answer.set_result(message)
                case Welcome():  # The control plane's state was emptied: everything anew.
                    self._welcomed(message)
                case _:
                    assert_never(message)

    async def _speak(self, socket: ClientConnection) -> None:
        while True:
            for message in await self._outbox.take():
                await socket.send(encode(message))

    async def _send(self, message: ToControl) -> None:
        if self._socket is None:
            raise LinkLost("There is no link.")
        try:
            await self._socket.send(encode(message))
        except WebSocketException as error:
            raise LinkLost(str(error)) from error

    def _complain(self, complaint: str) -> None:
        """Say once what is wrong, not at every attempt."""
        if complaint != self._complaint:
            self._complaint = complaint
            _log.warning("no link to the control plane; trying again", reason=complaint)


def link_url(control_url: str) -> str:
    """The address of the link at the control plane whose API answers at `control_url`."""
    parts = urlsplit(control_url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ValueError(f"The control plane's URL must be http:// or https://, not {control_url}")
    scheme = "wss" if parts.scheme == "https" else "ws"
    return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}{PATH}"


async def _receive(socket: ClientConnection) -> ToNode:
    data = await socket.recv()
    return decode_for_node(data.encode() if isinstance(data, str) else data)


async def _until_one_ends(*work: Awaitable[None]) -> None:
    """Run all; when one ends (they only end by failing) end the others and raise its error."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
