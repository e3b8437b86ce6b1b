"""The gateway as an ASGI application: bytes off the socket, bytes back.  It decides nothing."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from homeport.contracts.peers import Peers
from homeport.gateway.chain import Chain, Endpoint, endpoint_of
from homeport.gateway.control import PREFIX, Control, front_page
from homeport.gateway.event_stream import EventStream
from homeport.gateway.http import Reply, Request
from homeport.gateway.refusals import Kind, Refused
from homeport.gateway.waiting import Gone
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids
from homeport.runtime import Service
from homeport.store import Store

AGENT_PATH: Final = "/_homeport/agent"
BODY_BYTES_MAX: Final = 10 * 1024 * 1024

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CORS_ANSWER: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"x-amzn-requestid, x-amzn-errortype, x-amz-request-id, date",
    ),
)
CORS_PREFLIGHT: Final = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"DELETE, GET, HEAD, PATCH, POST, PUT"),
    (b"access-control-max-age", b"86400"),
)
_CORS_HEADERS: Final = (
    b"authorization, content-type, x-amz-date, x-amz-target, x-amz-security-token"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator, or the app, decides about the gateway."""

    body_bytes_max: int = BODY_BYTES_MAX
    allow_reset: bool = False
    reset: Callable[[], Awaitable[None]] | None = None
    """Stops what runs and drops all state; awaited by ``POST /_homeport/reset``."""
    ready: Callable[[], bool] = lambda: True
    agent: App | None = None
    """Takes the websockets of the agents."""
    account: str = "000000000000"
    """Whose root issues certificates."""
    events_settle_s: float = 0.0
    """How long events wait for others that may be committed out of order."""


class Gateway:
    """One endpoint for all services and regions: the ASGI application."""

    def __init__(
        self,
        services: Mapping[str, Service],
        *,
        store: Store,
        peers: Peers,
        clock: Clock,
        ids: Ids,
        settings: Settings | None = None,
        endpoints: tuple[Endpoint, ...] = (),
    ) -> None:
        """`endpoints` adds services whose models are not generated; tests use it."""
        self._settings = settings or Settings()
        self._ids = ids
        built = (*(endpoint_of(each) for each in services.values()), *endpoints)
        self.chain = Chain(
            built,
            store=store,
            peers=peers,
            clock=clock,
            ids=ids,
            body_bytes_max=self._settings.body_bytes_max,
        )
        self.event_stream = EventStream(
            store=store,
            events=peers.events,
            clock=clock,
            settle_s=self._settings.events_settle_s,
        )
        self._control = Control(
            chain=self.chain,
            ready=self._settings.ready,
            allow_reset=self._settings.allow_reset,
            reset=self._settings.reset,
            events=self.event_stream,
            root=lambda: store.awrite(
                lambda tx: peers.certificates.root(tx, self._settings.account, now=clock.now())
            ),
        )
        self._streams: set[asyncio.Event] = set()
        self._closed = False

    def close(self) -> None:
        """End the streams and the waits: the server is about to stop."""
        self._closed = True
        self.chain.close()
        for closing in self._streams:
            closing.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "websocket":
                await self._websocket(scope, receive, send)
            case "lifespan":
                await _lifespan(receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers(scope["headers"])
        if scope["method"] == "OPTIONS":
            await _send(send, _preflight(headers), (), head=False)
            return
        body = await _body(receive, headers, self._settings.body_bytes_max)
        if body is None:
            return  # The client went away.
        request_id = self._ids.uuid()
        request = Request(
            method=scope["method"],
            path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body if isinstance(body, bytes) else b"",
            client=(scope.get("client") or ("",))[0],
            scheme=scope.get("scheme", "http"),
        )
        if isinstance(body, Refused):
            reply = self.chain.refuse(request, body, request_id)
        else:
            reply = await self._reply(request, request_id, partial(_gone, receive))
        more = CORS_ANSWER if "origin" in headers else ()
        more = ((b"x-amzn-requestid", request_id.encode()), *more)
        if reply.stream is None:
            await _send(send, reply, more, head=request.method == "HEAD")
        else:
            await self._stream(reply, reply.stream, more, receive, send)

    async def _reply(self, request: Request, request_id: str, gone: Gone) -> Reply:
        if request.path.startswith(PREFIX):
            return await self._control.answer(request)
        return front_page(request) or await self.chain.answer(request, request_id, gone)

    async def _stream(
        self,
        reply: Reply,
        stream: AsyncGenerator[bytes, None],
        more: tuple[tuple[bytes, bytes], ...],
        receive: Receive,
        send: Send,
    ) -> None:
        """Send a stream until it ends, the client leaves or the server stops."""
        closing = asyncio.Event()
        if self._closed:
            closing.set()
        self._streams.add(closing)
        headers = [*reply.headers, *more, (b"content-type", reply.content_type.encode())]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        pumping = asyncio.create_task(_pump(stream, send))
        others = (asyncio.create_task(_gone(receive)), asyncio.create_task(closing.wait()))
        try:
            await asyncio.wait((pumping, *others), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.discard(closing)
            for task in (pumping, *others):
                task.cancel()
            await asyncio.gather(pumping, *others, return_exceptions=True)
        if not pumping.cancelled():
            pumping.result()  # A stream that broke is not ended as if it were whole.
        await send({"type": "http.response.body", "body": b""})

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == AGENT_PATH and self._settings.agent is not None:
            await self._settings.agent(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1008})


async def _pump(stream: AsyncGenerator[bytes, None], send: Send) -> None:
    async with aclosing(stream):
        async for chunk in stream:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name = name_bytes.decode("latin-1").lower()
        value = value_bytes.decode("latin-1")
        headers[name] = f"{headers[name].strip()},{value.strip()}" if name in headers else value
    return headers


async def _body(receive: Receive, headers: Mapping[str, str], limit: int) -> bytes | Refused | None:
    """The whole body; a refusal when there is too much of it; None when the client left."""
    too_large = Refused(Kind.TOO_LARGE, f"The request body must not exceed {limit} bytes.")
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared[:20]) > limit:
        return too_large  # Answered unread; the server throws away what still comes.
    message = await receive()
    if message["type"] != "http.request":
        return None
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body if len(body) <= limit else too_large
    parts, size = [body], len(body)
    while message.get("more_body", False):
        message = await receive()
        if message["type"] != "http.request":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            return too_large
        parts.append(part)
    return b"".join(parts)


def _preflight(headers: Mapping[str, str]) -> Reply:
    asked = headers.get("access-control-request-headers", "").encode("latin-1")
    allowed = (b"access-control-allow-headers", asked or _CORS_HEADERS)
    return Reply(status=204, content_type="", body=b"", headers=(*CORS_PREFLIGHT, allowed))


async def _send(
    send: Send, reply: Reply, more: tuple[tuple[bytes, bytes], ...], *, head: bool
) -> None:
    headers = [*reply.headers, *more]
    empty = reply.status == HTTPStatus.NO_CONTENT
    if not empty:
        headers.append((b"content-type", reply.content_type.encode()))
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head or empty else reply.body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
