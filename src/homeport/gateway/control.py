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
from homeport.gateway.http import Reply, Request
from homeport.gateway.refusals import Refused

PREFIX: Final = "/_homeport/"
HEALTH: Final = "/_homeport/health"
RESET: Final = "/_homeport/reset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """What the paths of our own do."""

    chain: Chain
    ready: Callable[[], bool]
    allow_reset: bool
    reset: Callable[[], Awaitable[None]] | None

    async def answer(self, request: Request) -> Reply:
        """The answer to a request for one of our own paths."""
        match request.path, request.method:
            case "/_homeport/health", "GET" | "HEAD":
                return self._health()
            case "/_homeport/reset", "POST":
                return await self._reset(request)
            case (("/_homeport/health" | "/_homeport/reset"), _):
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
        if not is_local(request):
            try:
                await self.chain.signer(request)
            except Refused:
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
