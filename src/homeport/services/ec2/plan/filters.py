"""Filters of Describe operations: which of a list of shown resources a client asked for.

A filter has a name and values; one value must fit, of every filter.  Values may hold ``*`` and
``?``, a backslash takes their meaning away.  A name stands for a path into the shown resource.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from homeport.services.ec2.errors import InvalidParameterValue

VALUES_MAX: Final = 200

Path = tuple[str, ...]
"""Members to follow from the resource; lists on the way mean any of their items.

The empty path is a filter that EC2 knows and that no resource of ours can ever fit.
"""
Item = TypeVar("Item", bound=Mapping[str, object])


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter, its values compiled."""

    name: str
    values: re.Pattern[str] | None
    """None fits nothing: a filter without values."""

    def fits(self, texts: Iterable[str]) -> bool:
        """Whether one of the texts is one of the values."""
        return self.values is not None and any(self.values.fullmatch(text) for text in texts)


def select(
    items: Sequence[Item], filters: Iterable[Filter], paths: Mapping[str, Path], *, tags: str
) -> list[Item]:
    """Those items that fit every filter; `tags` is the member that holds an item's tags.

    Raises for a name that is neither in `paths` nor about tags.
    """
    checks = [(each, _path(each.name, paths, tags), _tag_key(each.name)) for each in filters]
    return [
        item
        for item in items
        if all(each.fits(_texts(item, path, key)) for each, path, key in checks)
    ]


def parse(given: Iterable[Mapping[str, object]]) -> tuple[Filter, ...]:
    """The filters of a request."""
    return tuple(_filter(each) for each in given)


def _filter(given: Mapping[str, object]) -> Filter:
    name, values = given.get("Name"), given.get("Values", ())
    if not isinstance(name, str):
        raise InvalidParameterValue("The filter 'null' is invalid")
    texts = [str(value) for value in values] if isinstance(values, list) else []
    if len(texts) > VALUES_MAX:
        raise InvalidParameterValue(f"A filter has at most {VALUES_MAX} values.")
    pattern = "|".join(_expression(text) for text in texts)
    return Filter(name, re.compile(pattern, re.DOTALL) if texts else None)


def _expression(value: str) -> str:
    """A regular expression of a value with wildcards."""
    pieces = re.findall(r"\\.|\\$|\*+|\?|[^\\*?]+", value, re.DOTALL)
    return "".join(_piece(piece) for piece in pieces)


def _piece(piece: str) -> str:
    if piece.startswith("*"):
        return ".*"
    if piece == "?":
        return "."
    return re.escape(piece[1:] if piece.startswith("\\") and len(piece) > 1 else piece)


def _path(name: str, paths: Mapping[str, Path], tags: str) -> Path:
    if name == "tag-key" or name == "tag" or name.startswith("tag:"):
        return (tags,)
    path = paths.get(name)
    if path is None:
        raise InvalidParameterValue(f"The filter '{name}' is invalid")
    return path


def _tag_key(name: str) -> str | None:
    """The key of ``tag:KEY``; empty for ``tag-key``; None for filters that are not about tags."""
    if name.startswith("tag:"):
        return name.removeprefix("tag:")
    return "" if name == "tag-key" else None


def _texts(item: Mapping[str, object], path: Path, tag_key: str | None) -> Iterable[str]:
    found = _values(item, path)
    if tag_key is None:
        return (_text(value) for value in found if not isinstance(value, Mapping))
    pairs = [(str(tag["Key"]), str(tag["Value"])) for tag in found if isinstance(tag, Mapping)]
    if tag_key == "":
        return (key for key, _ in pairs)
    return (value for key, value in pairs if key == tag_key)


def _values(item: object, path: Path) -> list[object]:
    values = [item] if path else []
    for member in path:
        values = [
            child
            for value in values
            if isinstance(value, Mapping) and member in value
            for child in _flat(value[member])
        ]
    return values


def _flat(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else (value,)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
