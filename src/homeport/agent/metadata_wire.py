"""A question to the metadata endpoint and its answer, as values, and the ASGI front that HTTP has.

What is answered is `metadata`; who answers when several agents share a machine is
`metadata_sharing`.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Literal

import msgspec
import structlog
from msgspec import Struct

BODY_BYTES_MAX: Final = 16 * 1024
"""The longest body that a question has is the one that asks for protection: some 60 bytes."""

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Certainty = Literal["known", "unsure", "unknown"]

_log = structlog.get_logger("homeport.metadata")


class Question(Struct, frozen=True, kw_only=True):
    """One request of a container, or of the Engine's log driver."""

    method: str = "GET"
    path: str
    query: str = ""
    caller: str = ""
    """The address that asks."""
    body: bytes = b""

    @property
    def parts(self) -> list[str]:
        """The names in the path."""
        return [part for part in self.path.split("/") if part]


class Answer(Struct, frozen=True):
    """What is answered: a JSON body, or (the router's own 404) plain text."""

    status: int
    body: object
    text: bool = False
    certainty: Certainty = "known"
    """``unknown``: the id in the question is none of ours.  ``unsure``: it may be, but nobody can
    be asked now."""

    @property
    def kind(self) -> str:
        """The media type."""
        return "text/plain; charset=utf-8" if self.text else "application/json"

    def encoded(self) -> bytes:
        """The body as it is sent; bytes are that already."""
        if isinstance(self.body, bytes):
            return self.body
        return str(self.body).encode() if self.text else msgspec.json.encode(self.body)


FAILED: Final = Answer(500, "failed to get metadata")
TOO_LONG: Final = Answer(413, "http: request body too large\n", text=True)


class Front:
    """The ASGI application around whatever answers questions."""

    def __init__(self, answer: Callable[[Question], Awaitable[Answer]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        try:
            answer = await self._answered(scope, receive)
        except Exception:
            _log.exception("could not answer", path=scope["path"])
            answer = FAILED
        body, kind = answer.encoded(), answer.kind.encode()
        headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answered(self, scope: Scope, receive: Receive) -> Answer:
        body = b""
        if scope["method"] not in ("GET", "HEAD"):
            more = True
            while more:
                message = await receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > BODY_BYTES_MAX:
                    return TOO_LONG
        question = Question(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            caller=(scope.get("client") or ("", 0))[0],
            body=body,
        )
        return await self._answer(question)
