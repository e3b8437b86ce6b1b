"""Match expressions: ``{"prefix": "a"}`` and its kind, from tokens to tests.

Order and wording of the checks are AWS's: whoever is told of a mistake here is told of the same one
there.
"""

import math
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from homeport.services.events.plan import patterns_values as values
from homeport.services.events.plan import patterns_wildcards as wildcards
from homeport.services.events.plan.patterns_text import BadPattern, Tokens
from homeport.services.events.plan.patterns_values import Key, Test

ONE_KEY: Final = "Only one key allowed in match expression"
TOO_MANY: Final = "Too many elements in numeric expression"
NOT_TEXT: Final = "{} match pattern must be a string"

Item = TypeVar("Item")


class Matches:
    """What the values in one array of a pattern come to, collected as they are read."""

    def __init__(self) -> None:
        self.keys: set[Key] = set()
        self.tests: list[Test] = []
        self.absent = False
        self.wildcards: list[tuple[str, ...]] = []

    def read(self, tokens: Tokens) -> None:
        """Read an expression, of which the opening brace was read."""
        if tokens.next() != "name":
            raise tokens.mistake("Match expression name not found")
        name = tokens.name
        reader = _READERS.get(name)
        if reader is None:
            raise tokens.mistake(f"Unrecognized match type {name}")
        reader(self, tokens)

    def exactly(self, tokens: Tokens) -> None:
        """``{"exactly": "a"}``, the long form of "a"."""
        self.keys.add(_text(tokens, "exact"))
        _close(tokens, ONE_KEY)

    def prefix(self, tokens: Tokens) -> None:
        """A text's beginning, also in any case."""
        self._end(tokens, "prefix", values.beginning, values.beginning_ignoring_case)

    def suffix(self, tokens: Tokens) -> None:
        """A text's end, also in any case."""
        self._end(tokens, "suffix", values.ending, values.ending_ignoring_case)

    def _end(
        self,
        tokens: Tokens,
        name: str,
        plain: Callable[[str], Callable[[str], bool]],
        folded: Callable[[str], Callable[[str], bool]],
    ) -> None:
        if tokens.next() != "{":
            self.tests.append(values.text_test(plain(_current_text(tokens, name))))
        else:
            if tokens.next() != "name":
                raise tokens.mistake(f"{name.capitalize()} expression name not found")
            if tokens.name != "equals-ignore-case":
                raise tokens.mistake(f"Unsupported {name} pattern: {tokens.name}")
            self.tests.append(values.text_test(folded(_text(tokens, "equals-ignore-case"))))
            _close(tokens, ONE_KEY)
        _close(tokens, ONE_KEY)

    def equals_ignore_case(self, tokens: Tokens) -> None:
        """A text in any case."""
        text = _text(tokens, "equals-ignore-case")
        self.tests.append(values.text_test(values.ignoring_case(text)))
        _close(tokens, ONE_KEY)

    def wildcard(self, tokens: Tokens) -> None:
        """A text with gaps."""
        parts = _wildcard(tokens, _text(tokens, "wildcard"))
        self.wildcards.append(parts)
        self.tests.append(values.text_test(wildcards.wildcard(parts)))
        _close(tokens, ONE_KEY)

    def cidr(self, tokens: Tokens) -> None:
        """An address of a network."""
        network = _text(tokens, "prefix")
        try:
            self.tests.append(values.in_network(network))
        except ValueError as mistake:
            raise BadPattern(str(mistake)) from None
        _close(tokens, ONE_KEY)

    def exists(self, tokens: Tokens) -> None:
        """That there is a value, or none."""
        kind = tokens.next()
        if kind == "true":
            self.tests.append(values.anything)
        elif kind == "false":
            self.absent = True
        else:
            raise tokens.mistake("exists match pattern must be either true or false.")
        _close(tokens, ONE_KEY)

    def numeric(self, tokens: Tokens) -> None:
        """A number, or a range of them."""
        if tokens.next() != "[":
            raise tokens.mistake("Value of numeric must be an array.")
        if tokens.next() != "string":
            raise tokens.mistake(f"Invalid member in numeric match: {tokens.text()}")
        operator = tokens.text()
        tokens.next()
        if operator not in {"=", "<", "<=", ">", ">="}:
            raise tokens.mistake(f"Unrecognized numeric range operator: {operator}")
        number = _number(tokens, "equals" if operator == "=" else operator)
        kind = tokens.next()
        if kind == "]":
            self.tests.append(_one_sided(operator, number))
        elif operator not in {">", ">="}:
            raise tokens.mistake(TOO_MANY)
        else:
            self.tests.append(_two_sided(tokens, number, above_bottom=operator == ">"))
        _close(tokens, TOO_MANY)

    def anything_but(self, tokens: Tokens) -> None:
        """What is none of some values, or not as one of some texts says."""
        kind = tokens.next()
        operator = ""
        if kind == "{":
            if tokens.next() != "name":
                raise tokens.mistake("Anything-But expression name not found")
            operator = tokens.name
            if operator not in _DENIABLE:
                raise tokens.mistake(f"Unsupported anything-but pattern: {operator}")
            kind = tokens.next()
        if kind not in {"[", "string", "number"}:
            raise tokens.mistake(
                "Value of anything-but must be an array or single string/number value."
            )
        if operator:
            self._unlike(tokens, operator)
            _close(tokens, TOO_MANY)
        else:
            self.tests.append(_other_than(tokens))
        _close(tokens, TOO_MANY)

    def _unlike(self, tokens: Tokens, operator: str) -> None:
        texts = list(_listed(tokens, lambda: _denied_text(tokens, operator)))
        if operator == "wildcard":
            parts = [_wildcard(tokens, text) for text in dict.fromkeys(texts)]
            self.wildcards.extend(parts)
            self.tests.append(values.unlike(wildcards.wildcard(each) for each in parts))
        else:
            self.tests.append(values.unlike(_DENIABLE[operator](text) for text in texts))


_READERS: Final[dict[str, Callable[[Matches, Tokens], None]]] = {
    "exactly": Matches.exactly,
    "prefix": Matches.prefix,
    "suffix": Matches.suffix,
    "equals-ignore-case": Matches.equals_ignore_case,
    "wildcard": Matches.wildcard,
    "cidr": Matches.cidr,
    "exists": Matches.exists,
    "numeric": Matches.numeric,
    "anything-but": Matches.anything_but,
}
_DENIABLE: Final[dict[str, Callable[[str], Callable[[str], bool]]]] = {
    "equals-ignore-case": values.ignoring_case,
    "prefix": values.beginning,
    "suffix": values.ending,
    "wildcard": lambda text: wildcards.wildcard(wildcards.literals(text)),
}


def _close(tokens: Tokens, reason: str) -> None:
    if tokens.next() != "}":
        raise tokens.mistake(reason)


def _text(tokens: Tokens, name: str) -> str:
    tokens.next()
    return _current_text(tokens, name)


def _current_text(tokens: Tokens, name: str) -> str:
    if tokens.kind != "string":
        raise tokens.mistake(NOT_TEXT.format(name))
    return tokens.text()


def _number(tokens: Tokens, operator: str) -> float:
    if tokens.kind != "number":
        raise tokens.mistake(f"Value of {operator} must be numeric")
    number = values.comparable(tokens.text())
    if number is None:
        raise tokens.mistake(f"Cannot compare number : {tokens.text()}")
    return number


def _one_sided(operator: str, number: float) -> Test:
    match operator:
        case "<" | "<=":
            return values.in_range(-math.inf, number, below_top=operator == "<")
        case ">" | ">=":
            return values.in_range(number, math.inf, above_bottom=operator == ">")
        case _:
            return values.in_range(number, number)


def _two_sided(tokens: Tokens, bottom: float, *, above_bottom: bool) -> Test:
    if tokens.kind != "string":
        raise tokens.mistake(f"Bad value in numeric range: {tokens.text()}")
    operator = tokens.text()
    if operator not in {"<", "<="}:
        raise tokens.mistake(f"Bad numeric range operator: {operator}")
    tokens.next()
    top = _number(tokens, operator)
    if tokens.next() != "]":
        raise tokens.mistake("Too many terms in numeric range expression")
    if bottom >= top:
        raise tokens.mistake("Bottom must be less than top")
    return values.in_range(bottom, top, above_bottom=above_bottom, below_top=operator == "<")


def _other_than(tokens: Tokens) -> Test:
    kinds: set[str] = set()

    def one() -> Key:
        if tokens.kind not in {"string", "number"}:
            raise tokens.mistake("Inside anything but list, start|null|boolean is not supported.")
        kinds.add(tokens.kind)
        if tokens.kind == "string":
            return tokens.text()
        return values.number_key(_number(tokens, "anything-but"))

    denied = list(_listed(tokens, one))
    if len(kinds) != 1:
        raise tokens.mistake(
            "Inside anything but list, either all values are number or string,"
            " mixed type is not supported"
        )
    return values.other_than(denied)


def _denied_text(tokens: Tokens, operator: str) -> str:
    if tokens.kind != "string":
        if operator == "equals-ignore-case":
            reason = (
                "Inside anything-but/equals-ignore-case list,"
                " number|start|null|boolean is not supported."
            )
        else:
            reason = NOT_TEXT.format("wildcard" if operator == "wildcard" else "prefix/suffix")
        raise tokens.mistake(reason)
    text = tokens.text()
    if not text and operator in {"prefix", "suffix"}:
        raise tokens.mistake("Null prefix/suffix not allowed")
    return text


def _listed(tokens: Tokens, one: Callable[[], Item]) -> Iterator[Item]:
    """The current value, or all in the list that begins here.

    A mistake in a list says its place twice, as AWS's do.
    """
    if tokens.kind != "[":
        yield one()
        return
    try:
        while tokens.next() != "]":
            yield one()
    except BadPattern as mistake:
        raise tokens.mistake(str(mistake)) from None


def _wildcard(tokens: Tokens, text: str) -> tuple[str, ...]:
    try:
        return wildcards.literals(text)
    except wildcards.BadWildcard as mistake:
        raise tokens.mistake(str(mistake)) from None
