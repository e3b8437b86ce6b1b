"""Homeport's own paths, ``/_homeport/…``, and the front page.  Nothing of AWS is here."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

import structlog

from homeport import __version__
from homeport.gateway.chain import Chain
from homeport.gateway.codec.json_out import encode
from homeport.gateway.event_stream import EventStream, TooManyReaders
from homeport.gateway.http import Reply, Request
from homeport.gateway.refusals import Refused

PREFIX: Final = "/_homeport/"
HEALTH: Final = "/_homeport/health"
RESET: Final = "/_homeport/reset"
EVENTS: Final = "/_homeport/events"
NEWEST: Final = "newest"
SEQUENCE_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What the paths of our own do."""

    chain: Chain
    ready: Callable[[], bool]
    allow_reset: bool
    reset: Callable[[], Awaitable[None]] | None
    events: EventStream
    root: Callable[[], Awaitable[str]]
    """The root of Homeport's certificates, in PEM."""

    async def answer(self, request: Request) -> Reply:
        """The answer to a request for one of our own paths."""
        match request.path, request.method:
            case "/_homeport/health", "GET" | "HEAD":
                return self._health()
            case "/_homeport/reset", "POST":
                return await self._reset(request)
            case "/_homeport/events", "GET":
                return await self._events(request)
            case "/_homeport/ca.pem", "GET":
                return await self._root(request)
            case (
                (
                    "/_homeport/health"
                    | "/_homeport/reset"
                    | "/_homeport/events"
                    | "/_homeport/ca.pem"
                ),
                _,
            ):
                return _sentence(HTTPStatus.METHOD_NOT_ALLOWED, "This path has another method.")
            case _:
                return _sentence(HTTPStatus.NOT_FOUND, "Homeport has no such path.")

    def _health(self) -> Reply:
        ready = self.ready()
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        content = {"status": "ready" if ready else "starting", "version": __version__}
        return _json(status, content)

    async def _reset(self, request: Request) -> Reply:
        if not self.allow_reset or self.reset is None:
            return _sentence(
                HTTPStatus.FORBIDDEN, "Reset is off. Start Homeport with --allow-reset to allow it."
            )
        if not await self._is_trusted(request):
            return _sentence(
                HTTPStatus.FORBIDDEN, "Reset must be asked for from this machine, or signed."
            )
        try:
            await self.reset()
        except Exception:
            structlog.get_logger().exception("reset failed")
            return _sentence(HTTPStatus.INTERNAL_SERVER_ERROR, "The reset failed; see the log.")
        finally:
            self.chain.forget_keys()
        return Reply(status=HTTPStatus.NO_CONTENT, content_type="", body=b"")

    async def _events(self, request: Request) -> Reply:
        """Every event after the sequence ``after``, or after the ``newest``; with ``follow=1`` also
        those that are still to come."""
        if not await self._is_trusted(request):
            return _sentence(
                HTTPStatus.FORBIDDEN, "Events must be asked for from this machine, or signed."
            )
        try:
            after, follow = _wanted(request)
        except (Refused, ValueError):
            return _sentence(
                HTTPStatus.BAD_REQUEST,
                f"'after' is the sequence of an event or '{NEWEST}', 'follow' is 0 or 1.",
            )
        try:
            first = await self.events.last() if after is None else after
            stream = await self.events.lines(first, follow=follow)
        except TooManyReaders:
            return _sentence(
                HTTPStatus.SERVICE_UNAVAILABLE, "Too many readers follow the events already."
            )
        content_type = "application/x-ndjson"
        return Reply(status=HTTPStatus.OK, content_type=content_type, body=b"", stream=stream)

    async def _root(self, request: Request) -> Reply:
        """The root that a client must trust for HTTPS listeners with certificates of Homeport's."""
        if not await self._is_trusted(request):
            return _sentence(
                HTTPStatus.FORBIDDEN, "The root must be asked for from this machine, or signed."
            )
        content = (await self.root()).encode()
        return Reply(status=HTTPStatus.OK, content_type="application/x-pem-file", body=content)

    async def _is_trusted(self, request: Request) -> bool:
        """Whether a program on this machine asks, or whoever has a key."""
        if is_local(request):
            return True
        try:
            await self.chain.signer(request)
        except Refused:
            return False
        return True


def front_page(request: Request) -> Reply | None:
    """What a browser or curl sees that looks at the endpoint; None for an AWS request."""
    if (
        request.method not in {"GET", "HEAD"}
        or request.path not in {"/", "/favicon.ico", "/robots.txt"}
        or request.query
        or "authorization" in request.headers
        or "x-amz-target" in request.headers
    ):
        return None
    if request.path != "/":
        return _sentence(HTTPStatus.NOT_FOUND, "Homeport has no such path.")
    content = {
        "service": "Homeport: Amazon ECS on your own machines",
        "version": __version__,
        "usage": "Point AWS clients here: AWS_ENDPOINT_URL is this address, `homeport env` prints"
        " the credentials.",
        "health": HEALTH,
    }
    return _json(HTTPStatus.OK, content)


def is_local(request: Request) -> bool:
    """Whether a program on this machine asks: not a proxy, and not a web page of elsewhere."""
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    origin = request.headers.get("origin")
    if origin is not None and not _is_loopback(urlsplit(origin).hostname or ""):
        return False
    return _is_loopback(request.client)


def _wanted(request: Request) -> tuple[int | None, bool]:
    """After which event, None for the newest, and whether to follow; raises `ValueError`."""
    after = request.arguments.get("after", "0")
    follow = {"0": False, "1": True}.get(request.arguments.get("follow", "0"))
    if follow is None or not (after == NEWEST or (after.isascii() and after.isdigit())):
        raise ValueError
    return (None if after == NEWEST else min(int(after[:20]), SEQUENCE_MAX)), follow


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _sentence(status: int, message: str) -> Reply:
    return _json(status, {"message": message})


def _json(status: int, content: Mapping[str, object]) -> Reply:
    return Reply(status=status, content_type="application/json", body=encode(content))
