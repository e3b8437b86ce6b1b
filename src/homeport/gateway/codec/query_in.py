"""Form fields to requests, for the query protocol and EC2's dialect of it.

``Filter.1.Value.2=x`` becomes a tree by its dots, and the tree is parsed by the model.  The two
dialects differ only in how they name members and number lists.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

from homeport.gateway.codec.json_in import INTEGER, LONG, TIME
from homeport.gateway.codec.times import seconds_of
from homeport.gateway.model import Shape
from homeport.gateway.refusals import Kind, Refused

DEPTH_MAX: Final = 24
DIGITS_MAX: Final = 20

FRAMING: Final = frozenset({"Action", "Version"})

Tree = dict[str, Any]
Parser = Callable[[Any, str], Any]
"""``(text or tree, where it is) -> value``"""


def tree_of(form: Mapping[str, str]) -> Tree:
    """The fields of a form by the parts of their names, without what belongs to the protocol."""
    root: Tree = {}
    for name, value in form.items():
        if name in FRAMING or name.startswith("X-Amz-"):
            continue
        parts = name.split(".")
        if len(parts) > DEPTH_MAX:
            raise Refused(Kind.MALFORMED_QUERY, "A parameter is nested too deep.")
        node = root
        for part in parts[:-1]:
            below = node.setdefault(part, {})
            if type(below) is not dict:
                below = node[part] = {}  # ``List=`` beside ``List.1=x``: the empty one goes.
            node = below
        if type(node.get(parts[-1])) is not dict:
            node[parts[-1]] = value
    return root


class QueryParsers:
    """Compiles the parsers of one model's shapes; `ec2` chooses the dialect."""

    def __init__(self, shapes: Mapping[str, Shape], *, ec2: bool = False) -> None:
        self._shapes = shapes
        self._ec2 = ec2
        self._made: dict[str, Parser] = {}

    def of(self, name: str) -> Parser:
        """The parser of the shape `name`."""
        made = self._made.get(name)
        return self._make(name) if made is None else made

    def path_member(self, name: str) -> str | None:
        """The member of the structure `name` that the request's path stands for, if any."""
        members: Mapping[str, Shape] = self._shapes[name]["members"]
        return next((member for member, each in members.items() if each.get("queryPath")), None)

    def _make(self, name: str) -> Parser:
        shape = self._shapes[name]
        match shape["type"]:
            case "structure":
                return self._structure(name, shape)
            case "list":
                return self._list(name, shape)
            case "map":
                return self._map(name, shape)
            case kind:
                return _scalar(SCALARS[kind])

    def _wire_name(self, member: str, reference: Shape) -> str:
        if not self._ec2:
            # A flattened list goes by the name of its elements.
            target = self._shapes[reference["shape"]]
            if target.get("flattened") and target["type"] == "list":
                return named(target["member"], named(reference, member))
            return named(reference, member)
        if "queryName" in reference:
            return str(reference["queryName"])
        name = str(reference.get("locationName", member))
        return name[:1].upper() + name[1:]

    def _structure(self, name: str, shape: Shape) -> Parser:
        members: dict[str, tuple[str, Parser]] = {}
        known = members.get
        strict = self._ec2

        def parse(node: Any, where: str) -> Any:
            found: dict[str, Any] = {}
            for key, each in _branches(node, where).items():
                member = known(key)
                if member is not None:
                    found[member[0]] = member[1](each, f"{where}.{key}" if where else key)
                elif strict:
                    unknown = f"{where}.{key}" if where else key
                    message = f"The parameter {unknown[:200]} is not recognized"
                    raise Refused(Kind.UNKNOWN_PARAMETER, message)
            return found

        self._made[name] = parse  # Before its members: a shape may contain itself.
        for member, reference in shape["members"].items():
            members[self._wire_name(member, reference)] = (member, self.of(reference["shape"]))
        return parse

    def _list(self, name: str, shape: Shape) -> Parser:
        element: list[Parser] = []
        flat = self._ec2 or shape.get("flattened", False)
        wrapper = shape["member"].get("locationName", "member")

        def parse(node: Any, where: str) -> Any:
            branches = _branches(node, where)
            if not flat:
                where = f"{where}.{wrapper}"
                branches = _branches(branches.get(wrapper, ""), where)
            parse_one = element[0]
            return [parse_one(each, f"{where}.{key}") for key, each in _numbered(branches, where)]

        self._made[name] = parse
        element.append(self.of(shape["member"]["shape"]))
        return parse

    def _map(self, name: str, shape: Shape) -> Parser:
        element: list[Parser] = []
        flat = shape.get("flattened", False)
        key_name = named(shape["key"], "key")
        value_name = named(shape["value"], "value")

        def parse(node: Any, where: str) -> Any:
            branches = _branches(node, where)
            if not flat:
                branches = _branches(branches.get("entry", ""), where)
            found = {}
            for index, entry in _numbered(branches, where):
                pair = _branches(entry, f"{where}.{index}")
                key = pair.get(key_name)
                if type(key) is not str:
                    raise Refused(Kind.MALFORMED_QUERY, f"{where}.{index} has no {key_name}.")
                found[_string(key)] = element[0](pair.get(value_name, ""), where)
            return found

        self._made[name] = parse
        element.append(self.of(shape["value"]["shape"]))
        return parse


def named(reference: Shape, otherwise: str) -> str:
    """What a reference of a model is called in the query protocol.

    ``queryName`` stands where JSON, which the service speaks too, knows it by another name.
    """
    return str(reference.get("queryName") or reference.get("locationName") or otherwise)


def _branches(node: Any, where: str) -> Tree:
    if type(node) is dict:
        return node
    if node == "":
        return {}  # How an empty list or structure is written.
    raise Refused(Kind.UNREADABLE, f"{where[:200]} must have parts of its own, not a value.")


def _numbered(branches: Tree, where: str) -> list[tuple[str, Any]]:
    """The elements of a list in order; gaps in the numbering do not matter to AWS."""
    for key in branches:
        if not (key.isascii() and key.isdigit() and len(key) <= DIGITS_MAX):
            message = f"{where[:200]}.{key[:100]} must be numbered."
            raise Refused(Kind.UNREADABLE, message)
    return sorted(branches.items(), key=lambda each: int(each[0]))


def _scalar(parse_text: Callable[[str], Any]) -> Parser:
    def parse(node: Any, where: str) -> Any:
        if type(node) is not str:
            raise Refused(Kind.UNREADABLE, f"{where[:200]} must be a value, without parts.")
        try:
            return parse_text(node)
        except Refused as refused:
            raise Refused(refused.kind, refused.message.format(where=where[:200])) from refused

    return parse


def _string(text: str) -> str:
    if "\0" in text:
        raise Refused(Kind.UNREADABLE, "A string must not contain the character U+0000")
    return text


def _whole(text: str, bounds: tuple[int, int], noun: str) -> int:
    digits = text[1:] if text[:1] in {"-", "+"} else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= DIGITS_MAX):
        raise _wrong(text, noun)
    value = int(text)
    if not bounds[0] <= value <= bounds[1]:
        raise _wrong(text, noun)
    return value


def _integer(text: str) -> int:
    return _whole(text, INTEGER, "an integer")


def _long(text: str) -> int:
    return _whole(text, LONG, "a long integer")


def _double(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise _wrong(text, "a number") from error
    if value - value != 0.0:  # Infinite, or not a number.
        raise _wrong(text, "a number")
    return value


def _boolean(text: str) -> bool:
    match text.lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            raise _wrong(text, "a boolean")


def _timestamp(text: str) -> float:
    seconds = seconds_of(text)
    if seconds is None or not TIME[0] <= seconds <= TIME[1]:
        raise _wrong(text, "a timestamp")
    return seconds


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong(text, "base64") from error


def _wrong(text: str, noun: str) -> Refused:
    shown = text[:200].replace("{", "{{").replace("}", "}}")
    return Refused(
        Kind.INVALID, f"Value ({shown}) for parameter {{where}} is invalid. It must be {noun}."
    )


SCALARS: Final[Mapping[str, Callable[[str], Any]]] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": _double,
    "float": _double,
    "integer": _integer,
    "long": _long,
    "string": _string,
    "timestamp": _timestamp,
}
