"""JSON bodies to requests: types are checked and members sorted out, with AWS's own texts.

Members that the model does not know are dropped, as AWS drops them; so are nulls.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from homeport.gateway.model import Shape
from homeport.gateway.refusals import Kind, Refused

Parser = Callable[[Any], Any]

INTEGER: Final = (-(2**31), 2**31 - 1)
LONG: Final = (-(2**63), 2**63 - 1)
TIME: Final = (-62_135_596_800.0, 253_402_300_799.0)
"""Years 1 to 9999: what a calendar can show."""

NUL_ALLOWED: Final = frozenset({"EventMessage"})
"""Shapes for what programs write: containers log binary data, and a NUL must not lose a batch.

Anywhere else a NUL is refused; PostgreSQL cannot hold one in text.
"""

_OBJECT_EXPECTED: Final = "Start of structure or map found where not expected."
_LIST_UNEXPECTED: Final = "Start of list found where not expected"


def decode(body: bytes) -> Any:
    """The JSON value in `body`; raises `Refused` when it holds none."""
    try:
        return msgspec.json.decode(body)
    except UnicodeDecodeError as error:
        raise _unreadable("Invalid UTF-8 in the request body") from error
    except msgspec.DecodeError as error:
        raise _unreadable(f"Could not parse request body into json: {error}") from error
    except RecursionError as error:
        raise _unreadable("Could not parse request body into json: nested too deep") from error


class JsonParsers:
    """Compiles the parsers of one model's shapes; `scalars` reads what has no parts."""

    def __init__(
        self, shapes: Mapping[str, Shape], *, scalars: Mapping[str, Parser] | None = None
    ) -> None:
        self._shapes = shapes
        self._scalars = SCALARS if scalars is None else scalars
        self._made: dict[str, Parser] = {}

    def of(self, name: str) -> Parser:
        """The parser of the shape `name`, from a decoded body."""
        made = self._made.get(name)
        return self._make(name) if made is None else made

    def _make(self, name: str) -> Parser:
        shape = self._shapes[name]
        match shape["type"]:
            case "structure" if not shape.get("document"):
                return self._structure(name, shape)
            case "list":
                return self._list(name, shape)
            case "map":
                return self._map(name, shape)
            case "string" if name in NUL_ALLOWED:
                return _any_string
            case "structure":
                return _document
            case kind:
                return self._scalars[kind]

    def _structure(self, name: str, shape: Shape) -> Parser:
        members: dict[str, tuple[str, Parser]] = {}
        known = members.get

        def parse(value: Any) -> Any:
            if type(value) is not dict:
                raise _unreadable(_LIST_UNEXPECTED if type(value) is list else "Expected null")
            found = {}
            for key, each in value.items():
                member = known(key)
                if member is not None and each is not None:
                    found[member[0]] = member[1](each)
            return found

        self._made[name] = parse  # Before its members: a shape may contain itself.
        for member, reference in shape["members"].items():
            wire_name = reference.get("locationName", member)
            members[wire_name] = (member, self.of(reference["shape"]))
        return parse

    def _list(self, name: str, shape: Shape) -> Parser:
        element: list[Parser] = []

        def parse(value: Any) -> Any:
            if type(value) is not list:
                is_object = type(value) is dict
                raise _unreadable(_OBJECT_EXPECTED if is_object else "Expected list or null")
            if None in value:
                raise _unreadable("Unexpected null in a list")
            parse_one = element[0]
            return [parse_one(each) for each in value]

        self._made[name] = parse
        element.append(self.of(shape["member"]["shape"]))
        return parse

    def _map(self, name: str, shape: Shape) -> Parser:
        element: list[Parser] = []

        def parse(value: Any) -> Any:
            if type(value) is not dict:
                is_list = type(value) is list
                raise _unreadable(_LIST_UNEXPECTED if is_list else "Expected map or null")
            parse_one = element[0]
            return {string(key): parse_one(each) for key, each in value.items() if each is not None}

        self._made[name] = parse
        element.append(self.of(shape["value"]["shape"]))
        return parse


def string(value: Any) -> Any:
    """A string without NUL."""
    if type(value) is not str:
        raise _wrong(value, "a String")
    if "\0" in value:
        raise _unreadable("A string must not contain the character U+0000")
    return value


def _any_string(value: Any) -> Any:
    if type(value) is not str:
        raise _wrong(value, "a String")
    return value


def _integer(value: Any) -> Any:
    return _whole(value, INTEGER, "an Integer", "int")


def _long(value: Any) -> Any:
    return _whole(value, LONG, "a Long", "long")


def _whole(value: Any, bounds: tuple[int, int], noun: str, java: str) -> Any:
    if type(value) is float:
        value = int(value)  # AWS cuts the fraction off.
    elif type(value) is not int:
        raise _wrong(value, noun)
    low, high = bounds
    if not low <= value <= high:
        shown = str(value) if abs(value) < 10**40 else "too many digits"
        raise _unreadable(f"Numeric value ({shown}) out of range of {java} ({low} - {high})")
    return value


def _double(value: Any) -> Any:
    if type(value) is float:
        return value
    if type(value) is not int:
        raise _wrong(value, "a Double")
    try:
        return float(value)
    except OverflowError as error:
        raise _unreadable("Numeric value out of range of double") from error


def _boolean(value: Any) -> Any:
    if type(value) is not bool:
        raise _wrong(value, "a Boolean")
    return value


def _timestamp(value: Any) -> Any:
    if type(value) is not int and type(value) is not float:
        raise _wrong(value, "milliseconds since epoch")
    if not TIME[0] <= value <= TIME[1]:
        raise _unreadable("Timestamp out of range")
    return float(value)


def _blob(value: Any) -> Any:
    if type(value) is not str:
        raise _wrong(value, "a Blob")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _unreadable("Invalid base64 in a blob") from error


def _document(value: Any) -> Any:
    return value


SCALARS: Final[Mapping[str, Parser]] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": _double,
    "float": _double,
    "integer": _integer,
    "long": _long,
    "string": string,
    "timestamp": _timestamp,
}


def _wrong(value: Any, noun: str) -> Refused:
    match value:
        case dict():
            return _unreadable(_OBJECT_EXPECTED)
        case list():
            return _unreadable(_LIST_UNEXPECTED)
        case bool():
            return _unreadable(f"{str(value).upper()}_VALUE can not be converted to {noun}")
        case str():
            return _unreadable(f"STRING_VALUE can not be converted to {noun}")
        case _:
            return _unreadable(f"NUMBER_VALUE can not be converted to {noun}")


def _unreadable(message: str) -> Refused:
    return Refused(Kind.UNREADABLE, message)
