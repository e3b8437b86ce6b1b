"""Responses to XML, for the query protocol and EC2's dialect of it."""

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from homeport.gateway.codec.query_in import named
from homeport.gateway.codec.times import http_date, iso8601
from homeport.gateway.model import Shape

Writer = Callable[[Any, str, list[str]], None]
"""``(value, element name, parts)``: appends the element to the parts."""

_ESCAPED: Final = re.compile("[&<>\"'\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENTITIES: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
    "\r": "&#13;",
}


def escape(text: str) -> str:
    """`text` as XML text; what XML cannot hold at all becomes U+FFFD."""
    return _ESCAPED.sub(_entity, text) if _ESCAPED.search(text) else text


def _entity(found: re.Match[str]) -> str:
    return _ENTITIES.get(found.group(), "\ufffd")


class XmlWriters:
    """Compiles the writers of one model's shapes; `ec2` chooses the dialect."""

    def __init__(self, shapes: Mapping[str, Shape], *, ec2: bool = False) -> None:
        self._shapes = shapes
        self._ec2 = ec2
        self._made: dict[str, Writer] = {}

    def of(self, name: str) -> Writer:
        """The writer of the shape `name`."""
        made = self._made.get(name)
        return self._make(name) if made is None else made

    def members(self, name: str) -> Callable[[Any, list[str]], None]:
        """Writes the members of the structure `name` without an element around them."""
        fields: list[tuple[str, str, Writer]] = []
        for member, reference in self._shapes[name]["members"].items():
            fields.append((member, self._wire_name(member, reference), self.of(reference["shape"])))

        def write(value: Any, parts: list[str]) -> None:
            for member, wire_name, below in fields:
                found = value.get(member)
                if found is not None:
                    below(found, wire_name, parts)

        return write

    def _make(self, name: str) -> Writer:
        shape = self._shapes[name]
        match shape["type"]:
            case "structure":
                return self._structure(name)
            case "list":
                return self._list(name, shape)
            case "map":
                return self._map(name, shape)
            case "timestamp":
                return _scalar(TIMES.get(shape.get("timestampFormat", "iso8601"), iso8601))
            case kind:
                return _scalar(SCALARS[kind])

    def _wire_name(self, member: str, reference: Shape) -> str:
        target = self._shapes[reference["shape"]]
        if target.get("flattened") and target["type"] == "list":
            return self._named(target["member"], self._named(reference, member))
        return self._named(reference, member)

    def _named(self, reference: Shape, otherwise: str) -> str:
        if self._ec2:  # Its ``queryName`` is for requests alone.
            return str(reference.get("locationName", otherwise))
        return named(reference, otherwise)

    def _structure(self, name: str) -> Writer:
        inner: list[Callable[[Any, list[str]], None]] = []

        def write(value: Any, tag: str, parts: list[str]) -> None:
            parts.append(f"<{tag}>")
            inner[0](value, parts)
            parts.append(f"</{tag}>")

        self._made[name] = write  # Before its members: a shape may contain itself.
        inner.append(self.members(name))
        return write

    def _list(self, name: str, shape: Shape) -> Writer:
        inner: list[Writer] = []
        flat = shape.get("flattened", False)
        item = self._named(shape["member"], "item" if self._ec2 else "member")

        def write(value: Any, tag: str, parts: list[str]) -> None:
            below = inner[0]
            if flat:
                for each in value:
                    below(each, tag, parts)
                return
            parts.append(f"<{tag}>")
            for each in value:
                below(each, item, parts)
            parts.append(f"</{tag}>")

        self._made[name] = write
        inner.append(self.of(shape["member"]["shape"]))
        return write

    def _map(self, name: str, shape: Shape) -> Writer:
        inner: list[Writer] = []
        flat = shape.get("flattened", False)
        key_name = self._named(shape["key"], "key")
        value_name = self._named(shape["value"], "value")

        def write(value: Any, tag: str, parts: list[str]) -> None:
            entry = tag if flat else "entry"
            if not flat:
                parts.append(f"<{tag}>")
            for key, each in value.items():
                parts.append(f"<{entry}><{key_name}>{escape(key)}</{key_name}>")
                inner[0](each, value_name, parts)
                parts.append(f"</{entry}>")
            if not flat:
                parts.append(f"</{tag}>")

        self._made[name] = write
        inner.append(self.of(shape["value"]["shape"]))
        return write


def _scalar(text_of: Callable[[Any], str]) -> Writer:
    def write(value: Any, tag: str, parts: list[str]) -> None:
        parts.append(f"<{tag}>{text_of(value)}</{tag}>")

    return write


def _boolean(value: Any) -> str:
    return "true" if value else "false"


def _blob(value: Any) -> str:
    return base64.b64encode(value).decode()


def _epoch(value: Any) -> str:
    return str(round(value, 3))


SCALARS: Final[Mapping[str, Callable[[Any], str]]] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": str,
    "float": str,
    "integer": str,
    "long": str,
    "string": escape,
}
TIMES: Final[Mapping[str, Callable[[Any], str]]] = {
    "iso8601": iso8601,
    "rfc822": http_date,
    "unixTimestamp": _epoch,
}
