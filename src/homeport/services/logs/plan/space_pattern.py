"""Filter patterns of space-delimited events: ``[ip, ..., status = 4* && status != 404, bytes]``.

A run in double quotes or brackets is one field.  Without an ellipsis the last field takes the
rest of the line, as in AWS.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeport.services.logs.plan.operands import (
    ORDERINGS,
    REGEXES_MAX,
    BadPattern,
    Operand,
    bad_characters,
    bare,
    expression,
    holds,
    number_of,
    quoted,
)

DEPTH_MAX: Final = 50

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<comma>,)
    |(?P<ellipsis>\.\.\.(?=\s*(?:,|$)))
    |(?P<mark>&&|\|\||[()])
    |(?P<operator>!=|<=|>=|=(?!=)|<|>)
    |(?P<quoted>"(?:\\.|[^"\\])*")
    |(?P<regex>%[^%]*%)
    |(?P<bare>[^\s,&|()=<>!"%\[\]{}]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FIELD: Final = re.compile(r'"([^"]*)"|\[([^\]]*)\]|(\S+)')

Token = tuple[str, str]
Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of the pattern; `test` is None when any content will do."""

    name: str | None
    test: Test | None


def compile_spaces(text: str) -> Callable[[str], bool]:
    """A function that tells whether a message has the fields of the pattern `text`."""
    entries = _entries(_tokens(text[1:-1]))
    if not entries:
        return lambda _: True
    gaps = [at for at, entry in enumerate(entries) if entry == [("ellipsis", "...")]]
    if len(gaps) > 1:
        raise BadPattern
    fields = tuple(_field(entry) for entry in entries if entry != [("ellipsis", "...")])
    names = [field.name for field in fields if field.name is not None]
    if len(names) != len(set(names)):
        raise BadPattern
    if not gaps:
        return lambda message: _fits(fields, _leading(message, len(fields)))
    before = gaps[0]
    return lambda message: _fits(fields, _around(message, before, len(fields) - before))


def _fits(fields: tuple[_Field, ...], values: list[str] | None) -> bool:
    return values is not None and all(
        field.test is None or field.test(value) for field, value in zip(fields, values, strict=True)
    )


def _leading(message: str, count: int) -> list[str] | None:
    """The first `count` fields, the last of them with the rest of the line."""
    values: list[str] = []
    for found in _FIELD.finditer(message):
        if len(values) == count - 1:
            rest = message[found.start() :].rstrip()
            whole = found.end() == found.start() + len(rest)
            return [*values, _content(found) if whole else rest]
        values.append(_content(found))
    return None


def _around(message: str, before: int, after: int) -> list[str] | None:
    """The first `before` and the last `after` fields."""
    values = [_content(found) for found in _FIELD.finditer(message)]
    if len(values) < before + after:
        return None
    return values[:before] + values[len(values) - after :]


def _content(found: re.Match[str]) -> str:
    return str(found[found.lastindex or 0])


def _tokens(text: str) -> list[Token]:
    text = text.strip()
    found: list[Token] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            rest = text[at:].lstrip()
            raise BadPattern() if rest.startswith(('"', "%", "==")) else bad_characters(rest[:1])
        kind = token.lastgroup or ""
        found.append((kind, token[kind]))
        at = token.end()
    if [kind for kind, _ in found].count("regex") > REGEXES_MAX:
        raise BadPattern
    return found


def _entries(tokens: list[Token]) -> list[list[Token]]:
    if not tokens:
        return []
    entries: list[list[Token]] = [[]]
    for token in tokens:
        if token[0] == "comma":
            entries.append([])
        else:
            entries[-1].append(token)
    return entries


def _field(entry: list[Token]) -> _Field:
    """A field: nothing, a name, or conditions that all name the same field."""
    if not entry:
        return _Field(None, None)
    names = {
        text.lower()
        for at, (kind, text) in enumerate(entry)
        if kind == "bare" and (at == 0 or entry[at - 1][0] != "operator")
    }
    if len(names) != 1 or not all(_NAME.fullmatch(name) for name in names):
        raise BadPattern
    (name,) = names
    if len(entry) == 1:
        return _Field(name, None)
    reader = _Conditions(entry)
    test = reader.either()
    reader.finish()
    return _Field(name, test)


class _Conditions:
    """Reads the conditions of one field from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def finish(self) -> None:
        if self._at != len(self._tokens):
            raise BadPattern

    def either(self) -> Test:
        tests = [self.both()]
        while self._skip("||"):
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)

    def both(self) -> Test:
        tests = [self.single()]
        while self._skip("&&"):
            tests.append(self.single())
        return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)

    def single(self) -> Test:
        if not self._skip("("):
            self._next("bare")
            return _test(self._next("operator")[1], self._next("quoted", "regex", "bare"))
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise BadPattern
        test = self.either()
        if not self._skip(")"):
            raise BadPattern
        self._depth -= 1
        return test

    def _skip(self, mark: str) -> bool:
        skipped = self._tokens[self._at : self._at + 1] == [("mark", mark)]
        self._at += skipped
        return skipped

    def _next(self, *kinds: str) -> Token:
        if self._at >= len(self._tokens) or self._tokens[self._at][0] not in kinds:
            raise BadPattern
        self._at += 1
        return self._tokens[self._at - 1]


def _test(operator: str, token: Token) -> Test:
    operand = _operand(*token)
    if operator in ORDERINGS and operand.number is None:
        raise bad_characters(token[1])
    return lambda value: holds(operator, operand, value, number_of(value))


def _operand(kind: str, text: str) -> Operand:
    match kind:
        case "quoted":
            return quoted(text)
        case "regex":
            return expression(text)
        case _:
            return bare(text)
