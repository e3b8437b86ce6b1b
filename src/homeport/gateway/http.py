"""An HTTP request and its answer, as the rest of the gateway sees them.  No sockets here."""

import zlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final
from urllib.parse import parse_qsl

from homeport.gateway.refusals import Kind, Refused

FORM_FIELDS_MAX: Final = 20_000
_NO_FORM: Final = ("json", "cbor", "xml", "octet-stream")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request, read completely.  Header names are lower case."""

    method: str
    path: str
    """As sent: percent-encoding and all."""
    query: str
    """As sent, without the question mark."""
    headers: Mapping[str, str]
    body: bytes
    client: str = ""
    """The address that it came from."""
    scheme: str = "http"

    @property
    def endpoint(self) -> str:
        """The address that the client used; empty when it did not say."""
        host = self.headers.get("host", "").strip()
        return f"{self.scheme}://{host}" if host else ""

    @property
    def is_form(self) -> bool:
        """Whether its body says to be the form of a query-protocol client."""
        return "x-www-form-urlencoded" in self.headers.get("content-type", "").lower()

    @cached_property
    def arguments(self) -> Mapping[str, str]:
        """The decoded query string; of a name sent twice, the last."""
        return dict(self.argument_pairs) if self.query else {}

    @cached_property
    def argument_pairs(self) -> list[tuple[str, str]]:
        """The decoded query string, with names that are sent more than once."""
        return _pairs(self.query)

    @cached_property
    def form(self) -> Mapping[str, str]:
        """What a query-protocol client sends: the query string and the form in the body."""
        if not self.body or any(
            each in self.headers.get("content-type", "").lower() for each in _NO_FORM
        ):
            return self.arguments
        try:
            text = self.body.decode("ascii")
        except UnicodeDecodeError as error:
            raise Refused(Kind.MALFORMED_QUERY, "The form must be percent-encoded.") from error
        return dict(self.arguments) | dict(_pairs(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a request."""

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())
    stream: AsyncGenerator[bytes, None] | None = None
    """What follows the body, as it comes."""


def decoded(request: Request, limit: int) -> Request:
    """The request with its body unpacked; raises `Refused` when it cannot be, or is too large."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return request
    if encoding != "gzip":
        message = f"Homeport does not accept the content encoding {encoding[:60]!r}."
        raise Refused(Kind.UNSUPPORTED_BODY, message)
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(request.body, limit + 1)
    except zlib.error as error:
        raise Refused(Kind.UNREADABLE, "The request body is not valid gzip.") from error
    if len(body) > limit:
        raise Refused(Kind.TOO_LARGE, f"The request body must not exceed {limit} bytes.")
    if not unpacker.eof:
        raise Refused(Kind.UNREADABLE, "The request body ends before its gzip stream does.")
    return replace(request, body=body)


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=FORM_FIELDS_MAX
        )
    except ValueError as error:
        message = "The query string contains a syntax error."
        raise Refused(Kind.MALFORMED_QUERY, message) from error
