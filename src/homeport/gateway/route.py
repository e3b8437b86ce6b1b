"""Which operation of which service a request asks for.  Pure: it reads the request, nothing else.

A JSON client names it in X-Amz-Target, a CBOR client in the path (``smithy-protocol`` says so), a
query client in the form field Action, a REST client by method and path.  The service is known by
that target or path, by the scope of the signature, by the form field Version or by the host, in
this order.  A service may speak several protocols: the request shows which one it is.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from homeport.gateway.http import Request
from homeport.gateway.refusals import Kind, Refused

CBOR: Final = "smithy-rpc-v2-cbor"

_LABEL: Final = re.compile(r"\{([^}+]+)(\+?)\}")
_RPC_PATH: Final = re.compile(r"/service/([^/]+)/operation/([^/]+)")


@dataclass(frozen=True, slots=True)
class RestPath:
    """The method and path of a REST operation; labels are named groups."""

    operation: str
    method: str
    pattern: re.Pattern[str]
    labels: tuple[str, ...]
    required_query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How requests for one service are recognised."""

    service: str
    protocols: tuple[str, ...]
    target_prefix: str
    signing_name: str
    endpoint_prefix: str
    api_version: str
    names: frozenset[str]
    paths: tuple[RestPath, ...] = ()

    @property
    def form_protocol(self) -> str:
        """What a request of this service speaks that is a form."""
        return next(
            (each for each in ("query", "ec2") if each in self.protocols), self.protocols[0]
        )


@dataclass(frozen=True, slots=True)
class Match:
    """The operation that was asked for; it need not be one that the service has."""

    service: str
    operation: str
    labels: Mapping[str, str]
    protocol: str
    """The one of the service's protocols that the request speaks."""


class Unrouted(Exception):
    """No operation was recognised.  `service` words the answer, when that much is known."""

    def __init__(self, refused: Refused, *, protocol: str, service: str | None = None) -> None:
        self.refused = refused
        self.protocol = protocol
        self.service = service
        super().__init__(refused.message)


class Catalog:
    """Every service that is served, by each of the names that requests know it by."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self.by_target = {each.target_prefix: each for each in self.entries if each.target_prefix}
        self.by_signing_name: dict[str, tuple[Entry, ...]] = {}
        self.by_prefix: dict[str, tuple[Entry, ...]] = {}
        for each in self.entries:
            known = self.by_signing_name.get(each.signing_name, ())
            self.by_signing_name[each.signing_name] = (*known, each)
            known = self.by_prefix.get(each.endpoint_prefix, ())
            self.by_prefix[each.endpoint_prefix] = (*known, each)

    @property
    def names(self) -> str:
        """The services, for a sentence."""
        return ", ".join(sorted(each.service for each in self.entries))


def route(catalog: Catalog, request: Request, signed_for: str | None) -> Match:
    """The operation that `request` asks for; raises `Unrouted` when it cannot be told.

    `signed_for` is the service in the scope of the request's signature.
    """
    if request.headers.get("smithy-protocol") == "rpc-v2-cbor":
        return _by_rpc_path(catalog, request.path)
    target = request.headers.get("x-amz-target")
    if target is not None:
        return _by_target(catalog, target)
    candidates = _candidates(catalog, request, signed_for)
    if candidates and candidates[0].paths:
        return _by_path(candidates[0], request)  # Its body is no form.
    form = _form(request)
    action, version = form.get("Action"), form.get("Version")
    if signed_for is None and not candidates:
        candidates = tuple(each for each in catalog.entries if each.api_version == version)
    entry = _entry(candidates, action, version)
    if entry is None:
        raise _unknown_service(catalog, signed_for, action)
    if action is None:
        raise Unrouted(_unnamed(entry), protocol=entry.protocols[0], service=entry.service)
    return Match(entry.service, action, {}, entry.form_protocol)


def rest_path(operation: str, method: str, template: str) -> RestPath:
    """Compile a model's requestUri such as ``/schedules/{Name}`` or ``/tags/{Arn+}?tags``."""
    path, _, query = template.partition("?")
    labels: list[str] = []
    pattern = ""
    end = 0
    for found in _LABEL.finditer(path):
        labels.append(found.group(1))
        pattern += re.escape(path[end : found.start()])
        pattern += "(.+)" if found.group(2) else "([^/]+)"
        end = found.end()
    pattern += re.escape(path[end:])
    required = tuple(part for part in query.split("&") if part)
    return RestPath(operation, method, re.compile(pattern + "/?"), tuple(labels), required)


def _by_target(catalog: Catalog, target: str) -> Match:
    prefix, _, operation = target.rpartition(".")
    entry = catalog.by_target.get(prefix)
    if entry is None:
        refused = Refused(
            Kind.UNKNOWN_OPERATION,
            f"Homeport serves no operation {target[:200]!r}. It serves: {catalog.names}.",
        )
        raise Unrouted(refused, protocol="json")
    return Match(entry.service, operation, {}, "json")


def _by_rpc_path(catalog: Catalog, path: str) -> Match:
    found = _RPC_PATH.fullmatch(path)
    entry = catalog.by_target.get(found.group(1)) if found else None
    if found is None or entry is None or CBOR not in entry.protocols:
        message = f"Homeport serves no CBOR operation {path[:200]!r}. It serves: {catalog.names}."
        raise Unrouted(Refused(Kind.UNKNOWN_OPERATION, message), protocol=CBOR)
    return Match(entry.service, found.group(2), {}, CBOR)


def _form(request: Request) -> Mapping[str, str]:
    try:
        return request.form
    except Refused as refused:
        raise Unrouted(refused, protocol="query") from refused


def _candidates(catalog: Catalog, request: Request, signed_for: str | None) -> tuple[Entry, ...]:
    if signed_for is not None:
        return catalog.by_signing_name.get(signed_for, ())
    host = request.headers.get("host", "").partition(":")[0].lower()
    return catalog.by_prefix.get(host.partition(".")[0], ()) if "." in host else ()


def _entry(candidates: tuple[Entry, ...], action: str | None, version: str | None) -> Entry | None:
    """Several services share a signing name or an API version: the form's fields decide."""
    if len(candidates) > 1 and version is not None:
        candidates = tuple(each for each in candidates if each.api_version == version) or candidates
    if len(candidates) > 1 and action is not None:
        candidates = tuple(each for each in candidates if action in each.names) or candidates
    return candidates[0] if candidates else None


def _by_path(entry: Entry, request: Request) -> Match:
    for each in entry.paths:
        found = each.pattern.fullmatch(request.path)
        if (
            found
            and each.method == request.method
            and all(name.partition("=")[0] in request.arguments for name in each.required_query)
        ):
            values = [_unquoted(text) for text in found.groups()]
            labels = dict(zip(each.labels, values, strict=True))
            return Match(entry.service, each.operation, labels, "rest-json")
    raise Unrouted(_unnamed(entry), protocol=entry.protocols[0], service=entry.service)


def _unquoted(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        refused = Refused(Kind.MALFORMED_QUERY, "The path must be UTF-8, percent-encoded.")
        raise Unrouted(refused, protocol="rest-json") from error


def _unnamed(entry: Entry) -> Refused:
    match entry.protocols[0]:
        case "json":
            message = "The request names no operation: the header X-Amz-Target is missing."
        case "rest-json":
            message = f"No operation of {entry.service} has this method and path."
        case _:
            message = "The request names no operation: the parameter Action is missing."
    return Refused(Kind.UNKNOWN_OPERATION, message)


def _unknown_service(catalog: Catalog, signed_for: str | None, action: str | None) -> Unrouted:
    protocol = "json" if action is None else "query"
    if signed_for is None:
        refused = Refused(Kind.MISSING_AUTHENTICATION, "Missing Authentication Token")
    else:
        message = f"Homeport does not serve {signed_for[:100]!r}. It serves: {catalog.names}."
        refused = Refused(Kind.UNKNOWN_OPERATION, message)
    return Unrouted(refused, protocol=protocol)
