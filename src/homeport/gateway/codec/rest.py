"""Requests and responses whose members sit in the path, the query, headers and the body."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeport.gateway.codec.json_in import JsonParsers, decode
from homeport.gateway.codec.json_out import JsonRewriters, encode
from homeport.gateway.codec.query_in import SCALARS as FROM_TEXT
from homeport.gateway.codec.times import http_date, iso8601
from homeport.gateway.http import Reply, Request
from homeport.gateway.model import Shape
from homeport.gateway.refusals import Refused

Reader = Callable[[Request, Mapping[str, str], dict[str, Any]], None]
"""``(request, path labels, found)``: adds what it reads to what was found."""


class RestReader:
    """Compiles how the members of one operation's request are gathered."""

    def __init__(self, shapes: Mapping[str, Shape], name: str) -> None:
        self._shapes = shapes
        shape = shapes[name]
        self._readers: list[Reader] = []
        in_body: dict[str, Shape] = {}
        for member, reference in shape["members"].items():
            if "location" in reference:
                self._readers.append(self._placed(member, reference))
            elif member != shape.get("payload"):
                in_body[member] = reference
        parsers = JsonParsers(dict(shapes) | {name: {**shape, "members": in_body}})
        payload = shape.get("payload")
        if payload is not None and "location" not in shape["members"][payload]:
            self._readers.append(_payload(payload, parsers, shapes, shape["members"][payload]))
        elif in_body:
            parse = parsers.of(name)
            self._readers.append(_body(parse))

    def __call__(self, request: Request, labels: Mapping[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for read in self._readers:
            read(request, labels, found)
        return found

    def _placed(self, member: str, reference: Shape) -> Reader:
        shape = self._shapes[reference["shape"]]
        name = reference.get("locationName", member)
        match reference["location"], shape["type"]:
            case "uri", _:
                return _one(member, self._text(shape), lambda _, labels: labels.get(name))
            case "querystring", "list":
                element = self._text(self._shapes[shape["member"]["shape"]])
                return _repeated(member, element, name)
            case "querystring", "map":
                return lambda request, _, found: found.update({member: request.arguments})
            case "querystring", _:
                text = self._text(shape)
                return _one(member, text, lambda request, _: request.arguments.get(name))
            case "header", _:
                header = name.lower()
                text = self._text(shape)
                return _one(member, text, lambda request, _: request.headers.get(header))
            case _:
                return _prefixed(member, name.lower())

    def _text(self, shape: Shape) -> Callable[[str], Any]:
        parse = FROM_TEXT[shape["type"]]

        def read(text: str) -> Any:
            try:
                return parse(text)
            except Refused as refused:
                raise Refused(refused.kind, refused.message.format(where="value")) from refused

        return read


def _one(
    member: str,
    parse: Callable[[str], Any],
    find: Callable[[Request, Mapping[str, str]], str | None],
) -> Reader:
    def read(request: Request, labels: Mapping[str, str], found: dict[str, Any]) -> None:
        text = find(request, labels)
        if text is not None:
            found[member] = parse(text)

    return read


def _repeated(member: str, parse: Callable[[str], Any], name: str) -> Reader:
    def read(request: Request, labels: Mapping[str, str], found: dict[str, Any]) -> None:
        values = [parse(value) for key, value in request.argument_pairs if key == name]
        if values:
            found[member] = values

    return read


def _prefixed(member: str, prefix: str) -> Reader:
    def read(request: Request, labels: Mapping[str, str], found: dict[str, Any]) -> None:
        headers = request.headers.items()
        found[member] = {
            name.removeprefix(prefix): value for name, value in headers if name.startswith(prefix)
        }

    return read


def _body(parse: Callable[[Any], Any]) -> Reader:
    def read(request: Request, labels: Mapping[str, str], found: dict[str, Any]) -> None:
        if request.body:
            found.update(parse(decode(request.body)))

    return read


def _payload(
    member: str, parsers: JsonParsers, shapes: Mapping[str, Shape], reference: Shape
) -> Reader:
    kind = shapes[reference["shape"]]["type"]
    parse = parsers.of(reference["shape"])

    def read(request: Request, labels: Mapping[str, str], found: dict[str, Any]) -> None:
        match kind:
            case "blob":
                found[member] = request.body
            case "string":
                found[member] = parse(request.body.decode("utf-8", errors="replace"))
            case _ if request.body:
                found[member] = parse(decode(request.body))

    return read


class RestWriter:
    """Compiles how one operation's response is spread over status, headers and body."""

    def __init__(self, shapes: Mapping[str, Shape], name: str | None, status: int) -> None:
        self._status = status
        shape: Shape = shapes[name] if name else {"members": {}}
        self._payload = shape.get("payload")
        content = shape["members"][self._payload]["shape"] if self._payload else name
        self._rewrite = JsonRewriters(shapes).of(content) if content else None
        self._status_member = ""
        self._headers: list[tuple[str, bytes, Callable[[Any], str]]] = []
        for member, reference in shape["members"].items():
            if reference.get("location") == "statusCode":
                self._status_member = member
            elif reference.get("location") == "header":
                wire_name = reference.get("locationName", member).lower().encode()
                target = shapes[reference["shape"]]
                self._headers.append((member, wire_name, _header_text(target)))

    def __call__(self, response: Any) -> Reply:
        rest = dict(response)
        headers = []
        for member, wire_name, text_of in self._headers:
            value = rest.pop(member, None)
            if value is not None:
                text = text_of(value).replace("\r", " ").replace("\n", " ")
                headers.append((wire_name, text.encode("latin-1", errors="replace")))
        status = rest.pop(self._status_member, self._status)
        content = rest.get(self._payload, {}) if self._payload else rest
        if self._rewrite is not None:
            content = self._rewrite(content)
        raw = content if isinstance(content, bytes) else encode(content)
        kind = "application/octet-stream" if isinstance(content, bytes) else "application/json"
        return Reply(status=status, content_type=kind, body=raw, headers=tuple(headers))


def _header_text(shape: Shape) -> Callable[[Any], str]:
    match shape["type"]:
        case "boolean":
            return lambda value: "true" if value else "false"
        case "timestamp":
            return TIMES.get(shape.get("timestampFormat", "rfc822"), http_date)
        case "list":
            return lambda value: ",".join(str(each) for each in value)
        case _:
            return str


TIMES: Final[Mapping[str, Callable[[Any], str]]] = {
    "iso8601": iso8601,
    "rfc822": http_date,
    "unixTimestamp": lambda value: str(round(value, 3)),
}
