"""Malformed variants of requests, generated from a service's model.

A variant is a small sound request with one thing wrong: a hostile value somewhere, something
missing, something strange added, or an envelope that is broken.  The same model always gives the
same variants.
"""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from homeport.gateway.model import Operation, ServiceModel, Shape

DEPTH_MAX = 6
FOREIGN = "999999999999"

HOSTILE_STRINGS: tuple[str, ...] = (
    "",
    " ",
    "x",
    "x" * 300,
    "é\u202e\U0001f600\u0301",
    "nul\0nul",
    "line\r\nline\ttab\x1b[31m",
    "../../etc/passwd",
    "%s%n${x}{0}{{",
    "'; DROP TABLE tasks; --",
    "arn:",
    "arn:aws:ecs",
    "arn:aws:ecs:::",
    "arn:aws:ecs:us-east-1:000000000000:",
    "arn:aws:ecs:us-east-1:000000000000:cluster/",
    "arn:aws:ecs:us-east-1:000000000000:task/default/zz",
    "arn:aws:ecs:eu-west-1:000000000000:cluster/default",
    f"arn:aws:ecs:us-east-1:{FOREIGN}:cluster/default",
    f"arn:aws:ecs:us-east-1:{FOREIGN}:task-definition/sample:1",
    "arn:aws:s3:::bucket",
    "a/b/c/d/e",
    "a:b:c",
    "sample:99999999999999999999",
    "sample:-1",
    "sample:",
    "ACTIVE",
    "active",
)
HOSTILE_NUMBERS: tuple[Any, ...] = (
    0,
    1,
    -1,
    1.5,
    65_536,
    2**31 - 1,
    2**31,
    -(2**31),
    2**63 - 1,
    2**63,
    10**30,
    1e308,
)
HOSTILE_ANYTHING: tuple[Any, ...] = (None, True, 7, "seven", [], {}, [None], {"a": None}, [[[]]])
HOSTILE_MAPS: tuple[Any, ...] = ({"": ""}, {"k" * 1000: "v"}, {"a": "b" * 1000}, {"aws:x": "y"})

Words = Mapping[str, Any]
"""Values that make sense, by member name."""


@dataclass(frozen=True)
class Variant:
    """One request to send."""

    label: str
    headers: Mapping[str, str]
    body: bytes
    path: str = "/"
    """With its query string."""
    method: str = "POST"


def variants(
    model: ServiceModel, operation: Operation, words: Words, always: Words
) -> Iterator[Variant]:
    """Every variant of the operation's request; `always` are members that each of them has."""
    envelope = Envelope(model, operation)
    base = minimal(model, operation, words) | copy.deepcopy(dict(always))
    yield envelope.variant("sound", base)
    for label, document in hostile_documents(model, operation, words, base):
        yield envelope.variant(label, document)
    yield from envelope.broken(base)


def minimal(model: ServiceModel, operation: Operation, words: Words) -> dict[str, Any]:
    """The smallest request that the model allows, with words that make sense."""
    if operation.input is None:
        return {}
    sample = Samples(model.shapes, words).of(operation.input)
    assert isinstance(sample, dict)
    return sample


class Samples:
    """Sound values of a model's shapes."""

    def __init__(self, shapes: Mapping[str, Shape], words: Words) -> None:
        self._shapes = shapes
        self._words = words

    def of(self, name: str, member: str = "", depth: int = 0) -> Any:
        """A value of the shape; required members only."""
        if member in self._words:
            return copy.deepcopy(self._words[member])
        shape = self._shapes[name]
        match shape["type"]:
            case "structure":
                required = shape.get("required", ()) if depth < DEPTH_MAX else ()
                members = shape["members"]
                return {each: self.of(members[each]["shape"], each, depth + 1) for each in required}
            case "list":
                return [self.of(shape["member"]["shape"], "", depth + 1)]
            case "map":
                value = self.of(shape["value"]["shape"], "", depth + 1)
                return {self.of(shape["key"]["shape"]): value}
            case "string":
                return shape["enum"][0] if "enum" in shape else "a" * max(1, shape.get("min", 1))
            case "boolean":
                return True
            case "blob":
                return "YQ=="
            case "timestamp":
                return 1_700_000_000
            case _:
                return max(1, shape.get("min", 1))


def hostile_documents(
    model: ServiceModel, operation: Operation, words: Words, base: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests with one hostile value each, at every place that the model has."""
    if operation.input is None:
        return
    samples = Samples(model.shapes, words)
    for path, name in places(model.shapes, operation.input):
        shape = model.shapes[name]
        for index, value in enumerate(hostile_values(shape, samples, name)):
            document = copy.deepcopy(dict(base))
            put(document, path, value, model.shapes, samples, operation.input)
            yield f"{'.'.join(path)} = {str(value)[:40]!r} #{index}", document
    for member in model.shapes[operation.input].get("required", ()):
        document = copy.deepcopy(dict(base))
        document.pop(member, None)
        yield f"without {member}", document


def places(
    shapes: Mapping[str, Shape], name: str, path: tuple[str, ...] = (), seen: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    """Paths to every member below the shape; ``[]`` is a list's element, ``{}`` a map's value."""
    if len(path) >= DEPTH_MAX or name in seen:
        return
    shape = shapes[name]
    seen = (*seen, name)
    for member, reference in shape.get("members", {}).items():
        yield (*path, member), reference["shape"]
        yield from places(shapes, reference["shape"], (*path, member), seen)
    if shape["type"] == "list":
        yield (*path, "[]"), shape["member"]["shape"]
        yield from places(shapes, shape["member"]["shape"], (*path, "[]"), seen)
    if shape["type"] == "map":
        yield (*path, "{}"), shape["value"]["shape"]
        yield from places(shapes, shape["value"]["shape"], (*path, "{}"), seen)


def hostile_values(shape: Shape, samples: Samples, name: str) -> Iterator[Any]:
    """Values of the wrong type, and values of the right type that make no sense."""
    yield from HOSTILE_ANYTHING
    match shape["type"]:
        case "string":
            yield from HOSTILE_STRINGS
            yield from shape.get("enum", ())[:4]
            if "max" in shape:
                yield "x" * (shape["max"] + 1)
        case "integer" | "long" | "float" | "double" | "timestamp":
            yield from HOSTILE_NUMBERS
            if "max" in shape:
                yield shape["max"] + 1
            if "min" in shape:
                yield shape["min"] - 1
        case "list":
            element = samples.of(shape["member"]["shape"])
            yield [element] * 2
            yield [element] * 101
            yield [element, None]
        case "map":
            yield from HOSTILE_MAPS
        case "structure":
            yield {"stranger": {"a": [1]}}
            yield samples.of(name)


def put(
    document: Any,
    path: tuple[str, ...],
    value: Any,
    shapes: Mapping[str, Shape],
    samples: Samples,
    name: str,
) -> None:
    """Set the value at the path, making sound parents on the way."""
    for index, step in enumerate(path):
        shape = shapes[name]
        match step:
            case "[]":
                key, name = 0, shape["member"]["shape"]
                if not document:
                    document.append(None)
            case "{}":
                key, name = "key", shape["value"]["shape"]
            case _:
                key, name = step, shape["members"][step]["shape"]
        if index == len(path) - 1:
            document[key] = value
            return
        below = document[key] if isinstance(document, list) else document.get(key)
        wanted = list if shapes[name]["type"] == "list" else dict
        if not isinstance(below, wanted):
            below = samples.of(name)
            document[key] = below
        document = below


class Envelope:
    """Wraps documents in requests of the model's protocol, sound ones and broken ones."""

    def __init__(self, model: ServiceModel, operation: Operation) -> None:
        self._model = model
        self._operation = operation
        self._is_json = model.protocol == "json"
        self._is_rest = model.protocol == "rest-json"
        if self._is_rest:
            self.headers = {"content-type": "application/json"}
        elif self._is_json:
            self.headers = {
                "x-amz-target": f"{model.target_prefix}.{operation.name}",
                "content-type": f"application/x-amz-json-{model.json_version}",
            }
        else:
            self.headers = {"content-type": "application/x-www-form-urlencoded"}

    def variant(self, label: str, document: Mapping[str, Any]) -> Variant:
        """The document in a sound envelope."""
        if self._is_rest:
            return self._rest(label, document)
        if self._is_json:
            return Variant(label, self.headers, json.dumps(document).encode())
        return Variant(label, self.headers, urlencode(self.form(document)).encode())

    def _rest(self, label: str, document: Mapping[str, Any]) -> Variant:
        """The document spread over path, query and body as the model says."""
        path, query, body = self._operation.path, [], {}
        members = self._model.shapes[self._operation.input]["members"]
        for member, value in document.items():
            reference = members.get(member, {})
            name = reference.get("locationName", member)
            match reference.get("location"):
                case "uri":
                    path = path.replace(f"{{{name}}}", quote(_written(value), safe=""))
                case "querystring":
                    several = value if isinstance(value, list) else [value]
                    query += [f"{name}={quote(_written(each), safe='')}" for each in several]
                case _:
                    body[member] = value
        if query:
            path += "?" + "&".join(query)
        method = self._operation.method
        raw = json.dumps(body).encode() if method in {"POST", "PUT"} else b""
        return Variant(label, self.headers, raw, re.sub(r"{\w+}", "", path), method)

    def form(self, document: Mapping[str, Any]) -> dict[str, str]:
        """The document as form fields."""
        fields = {"Action": self._operation.name, "Version": self._model.api_version}
        if self._operation.input is not None:
            self._fill(fields, "", document, self._operation.input)
        return fields

    def _fill(self, fields: dict[str, str], prefix: str, value: Any, name: str) -> None:
        shape = self._model.shapes.get(name, {"type": "string"})
        ec2 = self._model.protocol == "ec2"
        if isinstance(value, Mapping):
            for key, each in value.items():
                reference = shape.get("members", {}).get(key, {"shape": ""})
                wire_name = reference.get("locationName", key)
                if ec2:
                    wire_name = wire_name[:1].upper() + wire_name[1:]
                    wire_name = reference.get("queryName", wire_name)
                below = f"{prefix}.{wire_name}" if prefix else wire_name
                self._fill(fields, below, each, reference["shape"])
        elif isinstance(value, list):
            member = shape.get("member", {"shape": ""})
            step = "" if ec2 else f".{member.get('locationName', 'member')}"
            for index, each in enumerate(value, 1):
                self._fill(fields, f"{prefix}{step}.{index}", each, member["shape"])
            if not value:
                fields[prefix] = ""
        elif value is not None:
            fields[prefix] = str(value).lower() if isinstance(value, bool) else str(value)

    def broken(self, base: Mapping[str, Any]) -> Iterator[Variant]:
        """The document in envelopes that are broken."""
        whole = self.variant("", base)
        sound = whole.body
        bodies = {
            "empty": b"",
            "null": b"null",
            "list": b"[]",
            "number": b"1",
            "truncated": sound[:-1],
            "half": sound[: len(sound) // 2],
            "trailing": sound + b"}",
            "not UTF-8": sound + b"\xff\xfe",
            "not UTF-8 inside": sound[:-1] + b'"\xc3\x28"' + sound[-1:],
            "nul": sound + b"\0",
            "deep list": b"[" * 20_000 + b"]" * 20_000,
            "deep object": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
            "large": sound[:-1] + b" " * 200_000 + sound[-1:],
            "many members": json.dumps({f"m{n}": n for n in range(2_000)} | dict(base)).encode(),
            "deep form": sound + b"&" + b"a." * 1_000 + b"b=c",
            "many fields": sound + b"&a=b" * 25_000,
            "bad percent": sound + b"&%zz=%f&=%",
            "twice": sound + b"&" + sound,
        }
        for label, body in bodies.items():
            yield replace(whole, label=f"body: {label}", body=body)
        for content_type in ("", "text/plain", "application/json", "multipart/form-data", "\xff"):
            headers = {**self.headers, "content-type": content_type}
            yield replace(whole, label=f"content-type {content_type!r}", headers=headers)
        for encoding in ("gzip", "aws-chunked", "br", "identity"):
            headers = {**self.headers, "content-encoding": encoding}
            yield replace(whole, label=f"content-encoding {encoding}", headers=headers)
        if self._is_json:
            target = self.headers["x-amz-target"]
            for wrong in (target.lower(), target + "X", "", ".", target.replace(".", "#"), "\xff"):
                yield Variant(f"target {wrong!r}", {**self.headers, "x-amz-target": wrong}, sound)


def _written(value: Any) -> str:
    """A value as it stands in a path or a query."""
    return value if isinstance(value, str) else json.dumps(value)
