"""Responses to JSON.  msgspec does the work; only timestamps and renamed members need us.

Times go out as seconds with milliseconds, as AWS sends them.  A rewriter is compiled only for
shapes that need one, so most of a response is never walked.  A structure may also come as
`msgspec.Raw`, the very JSON that goes out.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from homeport.gateway.codec.times import iso8601
from homeport.gateway.model import Shape

Rewriter = Callable[[Any], Any]

encode = msgspec.json.Encoder().encode
"""A value as JSON: blobs as base64."""


class JsonRewriters:
    """Compiles what has to be changed in one model's responses before they are encoded.

    `times` writes every point in time, where a shape's own format is not to be followed.
    """

    def __init__(self, shapes: Mapping[str, Shape], *, times: Rewriter | None = None) -> None:
        self._shapes = shapes
        self._times = times
        self._touched = _touched_shapes(shapes)
        self._made: dict[str, Rewriter] = {}

    def of(self, name: str) -> Rewriter | None:
        """The rewriter of the shape `name`; None when its values go out as they are."""
        if name not in self._touched:
            return None
        made = self._made.get(name)
        return self._make(name) if made is None else made

    def _make(self, name: str) -> Rewriter:
        shape = self._shapes[name]
        match shape["type"]:
            case "structure":
                return self._structure(name, shape)
            case "list":
                return self._list(name, shape)
            case "map":
                return self._map(name, shape)
            case _ if self._times is not None:
                return self._times
            case _:
                return iso8601 if shape.get("timestampFormat") == "iso8601" else _milliseconds

    def _structure(self, name: str, shape: Shape) -> Rewriter:
        members: list[tuple[str, str, Rewriter | None]] = []

        def rewrite(value: Any) -> Any:
            if type(value) is msgspec.Raw:
                return value
            out = dict(value)
            for member, wire_name, below in members:
                found = out.pop(member, None) if wire_name != member else out.get(member)
                if found is not None:
                    out[wire_name] = found if below is None else below(found)
            return out

        self._made[name] = rewrite
        for member, reference in shape["members"].items():
            wire_name = reference.get("locationName", member)
            below = self.of(reference["shape"])
            if below is not None or wire_name != member:
                members.append((member, wire_name, below))
        return rewrite

    def _list(self, name: str, shape: Shape) -> Rewriter:
        inner: list[Rewriter] = []

        def rewrite(value: Any) -> Any:
            below = inner[0]
            return [below(each) for each in value]

        self._made[name] = rewrite
        inner.append(self.of(shape["member"]["shape"]) or _same)
        return rewrite

    def _map(self, name: str, shape: Shape) -> Rewriter:
        inner: list[Rewriter] = []

        def rewrite(value: Any) -> Any:
            below = inner[0]
            return {key: below(each) for key, each in value.items()}

        self._made[name] = rewrite
        inner.append(self.of(shape["value"]["shape"]) or _same)
        return rewrite


def _same(value: Any) -> Any:
    return value


def _milliseconds(value: Any) -> Any:
    return round(value, 3)


def _touched_shapes(shapes: Mapping[str, Shape]) -> frozenset[str]:
    touched = {name for name, each in shapes.items() if each["type"] == "timestamp"}
    touched |= {name for name, each in shapes.items() if _renames(each)}
    while True:
        above = {
            name
            for name, each in shapes.items()
            if name not in touched and any(below in touched for below in _below(each))
        }
        if not above:
            return frozenset(touched)
        touched |= above


def _renames(shape: Shape) -> bool:
    return any(
        each.get("locationName", member) != member
        for member, each in shape.get("members", {}).items()
    )


def _below(shape: Shape) -> list[str]:
    parts = [shape[part] for part in ("member", "value") if part in shape]
    return [each["shape"] for each in (*shape.get("members", {}).values(), *parts)]
