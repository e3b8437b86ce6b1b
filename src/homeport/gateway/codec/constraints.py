"""The constraints that a model declares: required members, lengths, ranges and patterns.

A check is compiled only for shapes that have something to check, themselves or below them.  The
texts are those of AWS's own framework.  Enumerations are left to the services, as AWS does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeport.gateway.model import Shape

FAULTS_MAX: Final = 20
VALUE_CHARS_MAX: Final = 1_024

Path = tuple[Any, str] | None
"""Where a value is, innermost last: ``((None, "tags"), "1.member")``."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One constraint that one value breaks."""

    path: str
    value: str
    constraint: str
    missing: str = ""
    """The type of the value that is missing; empty when there is a value."""

    def __str__(self) -> str:
        return f"{self.value} at '{self.path}' failed to satisfy constraint: {self.constraint}"


Check = Callable[[Any, Path, list[Fault]], None]
Rule = Callable[[Any], bool]


class Checks:
    """Compiles the checks of one model's shapes.

    `blank_is_missing`: the service takes an empty string for a required member of a request as
    none at all.
    """

    def __init__(self, shapes: Mapping[str, Shape], *, blank_is_missing: bool = False) -> None:
        self._shapes = shapes
        self._blank_is_missing = blank_is_missing
        self._bound = _bound_shapes(shapes)
        self._made: dict[str, Check] = {}

    def of(self, name: str) -> Check | None:
        """The check of the shape `name`; None when there is nothing to check."""
        if name not in self._bound:
            return None
        made = self._made.get(name)
        if made is None:
            made = self._make(name)
        return made

    def _make(self, name: str) -> Check:
        shape = self._shapes[name]
        match shape["type"]:
            case "structure":
                return self._structure(name, shape)
            case "list":
                return self._list(name, shape)
            case "map":
                return self._map(name, shape)
            case _:
                check = _scalar(_rules(shape), sensitive=shape.get("sensitive", False))
                self._made[name] = check
                return check

    def _structure(self, name: str, shape: Shape) -> Check:
        kinds = self._shapes
        required = tuple(
            (member, kinds[shape["members"][member]["shape"]]["type"])
            for member in shape.get("required", ())
        )
        members: list[tuple[str, Check]] = []
        blank = "" if self._blank_is_missing else None

        def check(value: Any, path: Path, faults: list[Fault]) -> None:
            for member, kind in required:
                found = value.get(member)
                if found is None or (found == blank and path is None):
                    here = _text((path, member))
                    faults.append(Fault(here, "Value null", _NOT_NULL, missing=kind))
            for member, below in members:
                found = value.get(member)
                if found is not None:
                    below(found, (path, member), faults)

        self._made[name] = check  # Before its members: a shape may contain itself.
        for member, reference in shape["members"].items():
            below = self.of(reference["shape"])
            if below is not None:
                members.append((member, below))
        return check

    def _list(self, name: str, shape: Shape) -> Check:
        own = _scalar(_rules(shape), sensitive=shape.get("sensitive", False))
        element = self._shapes[shape["member"]["shape"]]
        rules = _rules(element) if element["type"] not in _NESTED else ()
        inner: list[Check] = []

        def check(value: Any, path: Path, faults: list[Fault]) -> None:
            own(value, path, faults)
            if rules:
                _each(value, rules, "Member", path, faults)
            for below in inner:
                for index, item in enumerate(value, 1):
                    below(item, (path, f"{index}.member"), faults)
                    if len(faults) >= FAULTS_MAX:
                        return

        self._made[name] = check
        below = self.of(shape["member"]["shape"]) if element["type"] in _NESTED else None
        if below is not None:
            inner.append(below)
        return check

    def _map(self, name: str, shape: Shape) -> Check:
        own = _scalar(_rules(shape), sensitive=shape.get("sensitive", False))
        key_rules = _rules(self._shapes[shape["key"]["shape"]])
        element = self._shapes[shape["value"]["shape"]]
        value_rules = _rules(element) if element["type"] not in _NESTED else ()
        inner: list[Check] = []

        def check(value: Any, path: Path, faults: list[Fault]) -> None:
            own(value, path, faults)
            if key_rules:
                _each(value, key_rules, "Map keys", path, faults)
            if value_rules:
                _each(value.values(), value_rules, "Map value", path, faults)
            for below in inner:
                for key, item in value.items():
                    below(item, (path, f"{key[:100]}.member"), faults)
                    if len(faults) >= FAULTS_MAX:
                        return

        self._made[name] = check
        below = self.of(shape["value"]["shape"]) if element["type"] in _NESTED else None
        if below is not None:
            inner.append(below)
        return check


_NESTED: Final = frozenset({"structure", "list", "map"})
_NOT_NULL: Final = "Member must not be null"


def message(faults: list[Fault]) -> str:
    """AWS's sentence for everything that is wrong with a request."""
    noun = "validation error" if len(faults) == 1 else "validation errors"
    return f"{len(faults)} {noun} detected: " + "; ".join(str(fault) for fault in faults)


def pattern_of(pattern: str) -> re.Pattern[str]:
    """A model's pattern, which is written for Java, as one of Python's.

    Java's ``\\w`` and ``\\d`` are ASCII; its letters and numbers of any script are Python's
    ``\\w`` together.
    """
    translated = pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w" + _SEPARATORS)
    flags = re.ASCII if translated == pattern else re.NOFLAG
    return re.compile(translated, flags)


_SEPARATORS: Final = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


def _bound_shapes(shapes: Mapping[str, Shape]) -> frozenset[str]:
    """Names of the shapes that have a constraint, themselves or anywhere below."""
    bound = {name for name, each in shapes.items() if each.get("required") or _rules(each)}
    while True:
        above = {
            name
            for name, each in shapes.items()
            if name not in bound and any(below in bound for below in _below(each))
        }
        if not above:
            return frozenset(bound)
        bound |= above


def _below(shape: Shape) -> list[str]:
    parts = [shape[part] for part in ("member", "key", "value") if part in shape]
    return [each["shape"] for each in (*shape.get("members", {}).values(), *parts)]


def _rules(shape: Shape) -> tuple[tuple[Rule, str], ...]:
    """What a value of this shape must satisfy, each with its words; AWS names patterns first."""
    kind = shape["type"]
    rules: list[tuple[Rule, str]] = []
    if "pattern" in shape and kind == "string":
        fits = pattern_of(shape["pattern"]).fullmatch
        words = f"Member must satisfy regular expression pattern: {shape['pattern']}"
        rules.append((lambda value: fits(value) is not None, words))
    if kind in _SIZED:
        rules.extend(_size_rules(shape))
    elif kind in _NUMBERS:
        rules.extend(_range_rules(shape))
    return tuple(rules)


_SIZED: Final = frozenset({"string", "list", "map", "blob"})
_NUMBERS: Final = frozenset({"integer", "long", "float", "double"})


def _size_rules(shape: Shape) -> list[tuple[Rule, str]]:
    rules: list[tuple[Rule, str]] = []
    low, high = shape.get("min"), shape.get("max")
    if high is not None:
        words = f"Member must have length less than or equal to {high}"
        rules.append((lambda value: len(value) <= high, words))
    if low:
        words = f"Member must have length greater than or equal to {low}"
        rules.append((lambda value: len(value) >= low, words))
    return rules


def _range_rules(shape: Shape) -> list[tuple[Rule, str]]:
    rules: list[tuple[Rule, str]] = []
    low, high = shape.get("min"), shape.get("max")
    if high is not None:
        words = f"Member must have value less than or equal to {high}"
        rules.append((lambda value: value <= high, words))
    if low is not None:
        words = f"Member must have value greater than or equal to {low}"
        rules.append((lambda value: value >= low, words))
    return rules


def _scalar(rules: tuple[tuple[Rule, str], ...], *, sensitive: bool) -> Check:
    def check(value: Any, path: Path, faults: list[Fault]) -> None:
        for satisfied, words in rules:
            if not satisfied(value):
                shown = "Value" if sensitive else f"Value '{_shown(value)}'"
                faults.append(Fault(_text(path), shown, words))

    return check


def _each(
    values: Any, rules: tuple[tuple[Rule, str], ...], noun: str, path: Path, faults: list[Fault]
) -> None:
    """One fault for a collection with a scalar that does not fit, as AWS words it."""
    for value in values:
        if not all(satisfied(value) for satisfied, _ in rules):
            words = ", ".join(words for _, words in reversed(rules))
            shown = f"Value '{_shown(values)}'"
            faults.append(Fault(_text(path), shown, f"{noun} must satisfy constraint: [{words}]"))
            return


def _shown(value: Any) -> str:
    """The value as Java prints it, cut where nobody reads on."""
    if isinstance(value, str):
        return value[:VALUE_CHARS_MAX]
    if isinstance(value, dict):
        pairs = [f"{key}={_shown(each)}" for key, each in list(value.items())[:50]]
        return f"{{{', '.join(pairs)}}}"[:VALUE_CHARS_MAX]
    if isinstance(value, bytes):
        return "java.nio.HeapByteBuffer"
    if hasattr(value, "__iter__"):
        items = [_shown(each) for _, each in zip(range(50), value, strict=False)]
        return f"[{', '.join(items)}]"[:VALUE_CHARS_MAX]
    return str(value)


def _text(path: Path) -> str:
    names: list[str] = []
    while path is not None:
        path, name = path
        names.append(name[:1].lower() + name[1:])
    return ".".join(reversed(names))
