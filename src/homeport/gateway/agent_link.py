"""One link of one node: what is said on it, in which order, until it ends.

Reports are batched into transactions here; assignments and the policies of VPCs follow the change
feed.  Which link of a node is the current one is the gate's business (`agents`); what is said means
something only to `contracts.fleet`.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, assert_never

import msgspec
import structlog

from homeport.contracts.fleet import Fleet, Joined
from homeport.gateway.agent_policies import LOOKED_UP_EVERY_S, Interest, PolicyBook
from homeport.kernel.clock import Clock
from homeport.kernel.errors import AwsError
from homeport.kernel.ids import Ids
from homeport.link.messages import (
    PROTOCOL_VERSION,
    Assignment,
    Credentials,
    CredentialsRequest,
    EngineState,
    Hello,
    TaskReport,
    ToControl,
    ToNode,
    Welcome,
    decode_for_control,
    encode,
)
from homeport.store import Store

HELLO_WITHIN_S: Final = 10.0
MESSAGES_WAITING_MAX: Final = 256
"""Beyond these the socket is not read: the node feels it and coalesces its reports."""
REPORTS_IN_A_TRANSACTION_MAX: Final = 64
ASSIGNMENTS_LOOKED_UP_EVERY_S: Final = 60.0
"""The slow sweep: an announcement that got lost costs at most this."""
REASON_BYTES_MAX: Final = 123

CLOSED_BY_PROTOCOL: Final = 1002
CLOSED_BY_BAD_MESSAGE: Final = 1007
CLOSED_BY_POLICY: Final = 1008
CLOSED_BY_FAILURE: Final = 1011
CLOSED_AS_SUPERSEDED: Final = 4000

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class LinkEnds(Exception):
    """The link ends, for this reason; `code` is None when the node ended it."""

    def __init__(self, code: int | None, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What every link of this control plane is served from."""

    store: Store
    fleet: Fleet
    clock: Clock
    ids: Ids
    endpoint: str
    container_endpoint: str
    policies: PolicyBook | None = None


class Door(Protocol):
    """Where links are let in and seen off."""

    async def enter(self, link: "AgentLink") -> None:
        """Make `link`, whose `hello` was said, the current one of its node; sets its `joined`."""

    async def leave(self, link: "AgentLink") -> None:
        """The link is over."""


class AgentLink:
    """One connection of one node."""

    def __init__(self, served: Served, receive: Receive, send: Send) -> None:
        self.joined = Joined("", 0)
        self.hello: Hello
        self.news = asyncio.Event()
        self.vpcs = Interest()
        self._welcomed = False
        self._ending: asyncio.Queue[LinkEnds] = asyncio.Queue(1)
        self.log = structlog.get_logger("homeport.agents")
        self._served = served
        self._receive_event = receive
        self._send_event = send
        self._inbox: asyncio.Queue[TaskReport | CredentialsRequest | EngineState] = asyncio.Queue(
            MESSAGES_WAITING_MAX
        )

    @property
    def arn(self) -> str:
        """The container instance that its node is; empty before it was let in."""
        return self.joined.instance_arn

    def end(self, reason: LinkEnds) -> None:
        """End this link, for a reason that is not its own."""
        with contextlib.suppress(asyncio.QueueFull):  # It is ending already.
            self._ending.put_nowait(reason)

    def start_over(self, joined: Joined) -> None:
        """Welcome the node anew."""
        self.joined = joined
        self._welcomed = False
        self.news.set()

    async def run(self, door: Door) -> None:
        """Hello, welcome, then messages both ways until the link ends."""
        try:
            self.hello = await self._said_hello()
            await door.enter(self)
        except Exception as error:
            await self._end(error)
            return
        self.log = self.log.bind(instance=self.arn, node=self.hello.node_id)
        self.log.info("node connected", docker=self.hello.docker_version)
        ended: Exception | None = None
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read())
                group.create_task(self._work())
                group.create_task(self._assign())
                group.create_task(self._tell_policies())
                group.create_task(self._told_to_end())
        except* Exception as errors:
            ended = _first(errors)
        finally:
            await asyncio.shield(door.leave(self))
        if ended is not None:
            await self._end(ended)

    async def _end(self, error: Exception) -> None:
        match error:
            case LinkEnds(code=None):
                self.log.info("node disconnected", reason=error.reason)
                return
            case LinkEnds(code=int(code), reason=reason):
                self.log.warning("ended the link of a node", reason=reason)
            case AwsError():
                code, reason = CLOSED_BY_POLICY, error.message
                self.log.warning("refused a node", reason=reason)
            case OSError():
                self.log.info("node disconnected", reason=str(error))
                return
            case _:
                code, reason = CLOSED_BY_FAILURE, "The control plane failed; see its log."
                self.log.error("the link of a node failed", exc_info=error)
        with contextlib.suppress(OSError):
            await self._send_event(
                {"type": "websocket.close", "code": code, "reason": _short(reason)}
            )

    async def _said_hello(self) -> Hello:
        try:
            async with asyncio.timeout(HELLO_WITHIN_S):
                message = await self._receive()
        except TimeoutError as error:
            raise LinkEnds(CLOSED_BY_PROTOCOL, "No Hello came.") from error
        if not isinstance(message, Hello):
            raise LinkEnds(CLOSED_BY_PROTOCOL, "The first message of a link must be Hello.")
        if message.version != PROTOCOL_VERSION:
            raise LinkEnds(
                CLOSED_BY_PROTOCOL,
                f"This control plane speaks version {PROTOCOL_VERSION} of the link, "
                f"the node speaks {message.version}.",
            )
        return message

    async def _receive(self) -> ToControl:
        event = await self._receive_event()
        if event["type"] == "websocket.disconnect":
            reason = event.get("reason") or f"closed with code {event.get('code')}"
            raise LinkEnds(None, reason)
        data: bytes | None = event.get("bytes")
        if data is None:
            raise LinkEnds(CLOSED_BY_BAD_MESSAGE, "Messages of the link are binary.")
        try:
            return decode_for_control(data)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise LinkEnds(CLOSED_BY_BAD_MESSAGE, f"Not a message of the link: {error}") from error

    async def _send(self, message: ToNode) -> None:
        await self._send_encoded(encode(message))

    async def _send_encoded(self, message: bytes) -> None:
        await self._send_event({"type": "websocket.send", "bytes": message})

    async def _read(self) -> None:
        while True:
            message = await self._receive()
            if isinstance(message, Hello):
                raise LinkEnds(CLOSED_BY_PROTOCOL, "A link has one Hello.")
            await self._inbox.put(message)

    async def _told_to_end(self) -> None:
        raise await self._ending.get()

    async def _assign(self) -> None:
        """Everything first, then what is newer whenever the feed announces something."""
        generation = 0
        while True:
            self.news.clear()  # Before looking: what is announced meanwhile is looked up again.
            anew = not self._welcomed
            self._welcomed = True
            assignments = await self._newer_than(0 if anew else generation)
            if anew:
                generation = 0
                await self._welcome(len(assignments))
            for assignment in assignments:
                self.vpcs.note(assignment)
                await self._send(assignment)
                generation = max(generation, assignment.generation)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASSIGNMENTS_LOOKED_UP_EVERY_S):
                    await self.news.wait()

    async def _welcome(self, assigned: int) -> None:
        await self._send(
            Welcome(
                instance_arn=self.arn,
                endpoint=self._served.endpoint,
                container_endpoint=self._served.container_endpoint,
                assigned=assigned,
            )
        )
        self.vpcs.start_over(self.hello)
        if self.hello.hosts_load_balancers and self._served.policies is not None:
            self.vpcs.want(await self._served.policies.with_load_balancers())

    async def _tell_policies(self) -> None:
        """The policy of each VPC that the node needs, whenever it has changed."""
        book = self._served.policies
        if book is None:
            return
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOKED_UP_EVERY_S):
                    await self.vpcs.news.wait()
            vpc_ids = self.vpcs.take()
            if not vpc_ids:
                self.vpcs.hear_all()
                continue
            async with asyncio.TaskGroup() as group:
                for vpc_id in vpc_ids:
                    group.create_task(self._tell_policy(book, vpc_id))

    async def _tell_policy(self, book: PolicyBook, vpc_id: str) -> None:
        told = await book.newest(vpc_id)
        if self.vpcs.has_news(vpc_id, told):
            await self._send_encoded(told.encoded)

    def _newer_than(self, generation: int) -> Awaitable[tuple[Assignment, ...]]:
        return self._served.store.aread(
            lambda tx: self._served.fleet.assignments(tx, self.arn, generation)
        )

    async def _work(self) -> None:
        """Handle what the node said in the order in which it was said."""
        while True:
            messages = [await self._inbox.get()]
            while len(messages) < REPORTS_IN_A_TRANSACTION_MAX and not self._inbox.empty():
                messages.append(self._inbox.get_nowait())
            for is_report, run in itertools.groupby(messages, _is_report):
                if is_report:
                    await self._record(tuple(each for each in run if isinstance(each, TaskReport)))
                    continue
                for message in run:
                    await self._answer(message)

    async def _record(self, reports: tuple[TaskReport, ...]) -> None:
        """All reports in one transaction; should it fail, each alone, so that one bad report
        cannot hold up the others.  When nothing can be recorded the link ends: the node comes
        back with everything it knows."""
        failure = await self._try(reports)
        if failure is None:
            return
        if len(reports) == 1 or all([await self._try((each,)) for each in reports]):
            raise failure

    async def _try(self, reports: tuple[TaskReport, ...]) -> Exception | None:
        try:
            await self._report(reports)
        except Exception as error:
            tasks = [each.task_arn for each in reports]
            self.log.exception("could not record reports", tasks=tasks)
            return error
        return None

    def _report(self, reports: tuple[TaskReport, ...]) -> Awaitable[None]:
        served, now = self._served, self._served.clock.now()
        return served.store.awrite(
            lambda tx: served.fleet.report(tx, self.arn, reports, now=now, ids=served.ids)
        )

    async def _answer(self, message: TaskReport | CredentialsRequest | EngineState) -> None:
        served, now = self._served, self._served.clock.now()
        match message:
            case EngineState():
                state = message
                await served.store.awrite(
                    lambda tx: served.fleet.engine_state(tx, self.arn, state, now=now)
                )
            case CredentialsRequest():
                await self._send(await self._credentials(message, now))
            case TaskReport():
                await self._record((message,))
            case _:
                assert_never(message)

    async def _credentials(self, asked: CredentialsRequest, now: float) -> Credentials:
        served = self._served
        key = await served.store.awrite(
            lambda tx: served.fleet.task_credentials(
                tx, self.arn, asked.credentials_id, now=now, ids=served.ids, clock=served.clock
            )
        )
        if key is None:
            return Credentials(request=asked.request)
        return Credentials(
            request=asked.request,
            role_arn=key.role_arn or "",
            access_key_id=key.access_key_id,
            secret_access_key=key.secret_access_key,
            token=key.session_token or "",
            expires_at=key.expires_at or 0.0,
        )


def _is_report(message: object) -> bool:
    return isinstance(message, TaskReport)


def _first(errors: ExceptionGroup[Exception]) -> Exception:
    """What ended the link: our own reason rather than what followed from it."""
    found: list[Exception] = []
    for error in errors.exceptions:
        found.append(_first(error) if isinstance(error, ExceptionGroup) else error)
    return next((each for each in found if isinstance(each, LinkEnds)), found[0])


def _short(reason: str) -> str:
    """As much of the reason as a close frame can carry."""
    return reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")
