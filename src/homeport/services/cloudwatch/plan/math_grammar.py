"""Metric math taken apart: text to a tree.  Pure; nothing is computed here."""

import re
from typing import Final, TypeAlias

from msgspec import Struct

DEPTH_MAX: Final = 40

_TOKEN: Final = re.compile(
    r"(?:(?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')|(?P<sign><=|>=|==|!=|&&|\|\||[-+*/^<>()\[\],]))"
)
_LEVELS: Final = (
    ("OR", "||"),
    ("AND", "&&"),
    ("<", ">", "<=", ">=", "==", "!="),
    ("+", "-"),
    ("*", "/"),
)
"""Operators by how loosely they bind."""
_SAME: Final = {"||": "OR", "&&": "AND"}


class BadExpression(ValueError):
    """The text is no metric math; the message says why."""


class Number(Struct, frozen=True):
    """A number as it stands."""

    value: float


class Text(Struct, frozen=True):
    """A quoted text."""

    value: str


class Name(Struct, frozen=True):
    """The id of a query, or a word such as REPEAT."""

    name: str


class Listing(Struct, frozen=True):
    """Expressions in brackets."""

    items: "tuple[Node, ...]"


class Operation(Struct, frozen=True):
    """Two expressions with an operator between them; a sign has 0 on its left."""

    sign: str
    left: "Node"
    right: "Node"


class Function(Struct, frozen=True):
    """A function and what it is given."""

    name: str
    arguments: "tuple[Node, ...]"


Node: TypeAlias = Number | Text | Name | Listing | Operation | Function


def parse(text: str) -> Node:
    """The tree of the expression; raises `BadExpression`."""
    reader = _Reader(_tokens(text))
    node = reader.level(0, 0)
    if reader.peek() is not None:
        raise BadExpression(f"Unexpected '{reader.peek()}'")
    return node


def names(node: Node) -> frozenset[str]:
    """Every name in the tree that is not a function's."""
    match node:
        case Name():
            return frozenset({node.name})
        case Listing():
            return _names_of(node.items)
        case Operation():
            return names(node.left) | names(node.right)
        case Function():
            return _names_of(node.arguments)
        case _:
            return frozenset()


def functions(node: Node) -> frozenset[str]:
    """Every function that the tree uses."""
    match node:
        case Listing():
            return frozenset[str]().union(*(functions(each) for each in node.items))
        case Operation():
            return functions(node.left) | functions(node.right)
        case Function():
            below = (functions(each) for each in node.arguments)
            return frozenset({node.name}).union(*below)
        case _:
            return frozenset()


def _names_of(nodes: tuple[Node, ...]) -> frozenset[str]:
    return frozenset[str]().union(*(names(each) for each in nodes))


def _tokens(text: str) -> list[tuple[str, str]]:
    found, position = [], 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token = _TOKEN.match(text, position)
        if token is None or token.lastgroup is None:
            raise BadExpression(f"Unexpected character at position {position + 1}")
        found.append((token.lastgroup, token.group(token.lastgroup)))
        position = token.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def peek(self) -> str | None:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else None

    def level(self, loose: int, depth: int) -> Node:
        """An expression of operators that bind at least as tightly as those of a level."""
        if depth > DEPTH_MAX:
            raise BadExpression("The expression is nested too deep")
        if loose == len(_LEVELS):
            return self._signed(depth)
        left = self.level(loose + 1, depth)
        while (sign := self.peek()) in _LEVELS[loose]:
            self._at += 1
            left = Operation(_SAME.get(str(sign), str(sign)), left, self.level(loose + 1, depth))
        return left

    def _signed(self, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise BadExpression("The expression is nested too deep")
        if self._take("-"):
            return Operation("-", Number(0.0), self._signed(depth + 1))
        if self._take("+"):
            return self._signed(depth + 1)
        base = self._atom(depth)
        return Operation("^", base, self._signed(depth + 1)) if self._take("^") else base

    def _atom(self, depth: int) -> Node:
        if self._at >= len(self._tokens):
            raise BadExpression("Unexpected end of the expression")
        kind, word = self._tokens[self._at]
        self._at += 1
        if kind == "number":
            return Number(float(word))
        if kind == "text":
            return Text(word[1:-1])
        if kind == "name":
            if self._take("("):
                return Function(word.upper(), self._items(")", depth))
            return Name(word)
        if word == "(":
            inner = self.level(0, depth + 1)
            self._expect(")")
            return inner
        if word == "[":
            return Listing(self._items("]", depth))
        raise BadExpression(f"Unexpected '{word}'")

    def _items(self, end: str, depth: int) -> tuple[Node, ...]:
        if self._take(end):
            return ()
        items = [self.level(0, depth + 1)]
        while self._take(","):
            items.append(self.level(0, depth + 1))
        self._expect(end)
        return tuple(items)

    def _take(self, sign: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == ("sign", sign):
            self._at += 1
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise BadExpression(f"Expected '{sign}'")
