"""Filter patterns of JSON events: ``{ ($.user.id = 1 && $.path = "/api*") || $.error IS NULL }``.

What is not documented follows what AWS was observed to answer: numbers compare as numbers with
unquoted numbers and by their text otherwise, booleans only with IS, and a field that is missing,
null or a container satisfies no comparison.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, NoReturn

from homeport.services.logs.plan.operands import (
    ORDERINGS,
    REGEXES_MAX,
    BadPattern,
    Operand,
    bad_characters,
    bare,
    expression,
    holds,
    quoted,
)

WILD_SELECTORS_MAX: Final = 3
DEPTH_MAX: Final = 50

_STEP: Final = r"\.[A-Za-z0-9_-]+|\.\*|\[\d{1,9}\]|\[\*\]|\.?\['[^']*'\]"
_TOKEN: Final = re.compile(
    rf"""\s*(?:
    (?P<selector>\$(?:{_STEP})+)
    |(?P<operator>!=|<=|>=|=(?!=)|<|>)
    |(?P<mark>&&|\|\||[()])
    |(?P<quoted>"(?:\\.|[^"\\])*")
    |(?P<regex>%[^%]*%)
    |(?P<bare>[A-Za-z0-9_.*+-]+)
    )""",
    re.VERBOSE | re.DOTALL,
)
_SELECTOR_START: Final = re.compile(rf"\$(?:{_STEP})*\.?")
_STEPS: Final = re.compile(_STEP)

Step = str | int | None
"""A key, an index, or None for the wildcard."""
Test = Callable[[object], bool]


@dataclass(frozen=True, slots=True)
class _Number:
    """A number of the event, with the text it was written as."""

    text: str
    value: float


def compile_json(text: str) -> Callable[[str], bool]:
    """A function that tells whether a message is JSON that fits the pattern `text`."""
    reader = _Reader(text[1:-1])
    test = reader.either()
    if reader.token is not None:
        raise BadPattern

    def fits(message: str) -> bool:
        document = _document(message)
        return document is not None and test(document)

    return fits


def _document(message: str) -> dict[str, object] | None:
    if not message.lstrip().startswith("{"):
        return None  # Most lines are no JSON; do not even try.
    try:
        found = json.loads(
            message, parse_int=_number, parse_float=_number, parse_constant=_not_json
        )
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _number(text: str) -> _Number:
    return _Number(text, float(text))


def _not_json(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's.


class _Reader:
    """Takes a pattern apart from left to right; each method reads one kind of phrase."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0
        kinds = [kind for kind, _ in self._tokens]
        if kinds.count("regex") > REGEXES_MAX:
            raise BadPattern
        _check_wildcards(text for kind, text in self._tokens if kind == "selector")

    @property
    def token(self) -> tuple[str, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def either(self) -> Test:
        tests = [self.both()]
        while self._take("mark", "||") is not None:
            tests.append(self.both())
        return tests[0] if len(tests) == 1 else lambda event: any(test(event) for test in tests)

    def both(self) -> Test:
        tests = [self.single()]
        while self._take("mark", "&&") is not None:
            tests.append(self.single())
        return tests[0] if len(tests) == 1 else lambda event: all(test(event) for test in tests)

    def single(self) -> Test:
        if self._take("mark", "(") is None:
            return self.comparison()
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise BadPattern
        test = self.either()
        self._require("mark", ")")
        self._depth -= 1
        return test

    def comparison(self) -> Test:
        steps = _steps(self._require("selector"))
        if self._take("bare", "IS") is not None:
            return _is(steps, self._require("bare"))
        if self._take("bare", "NOT") is not None:
            self._require("bare", "EXISTS")
            return lambda event: not _resolve(event, steps)
        operator = self._require("operator")
        operand = self.operand(operator)
        return lambda event: any(
            _holds(operator, operand, value) for value in _resolve(event, steps)
        )

    def operand(self, operator: str) -> Operand:
        kind, text = self.token or ("", "")
        self._at += 1
        if operator in ORDERINGS and (kind != "bare" or bare(text).number is None):
            raise bad_characters(text) if kind in ("quoted", "regex") else BadPattern()
        match kind:
            case "quoted":
                return quoted(text)
            case "regex":
                return expression(text)
            case "bare" if text != "null":
                return bare(text)
            case _:
                raise BadPattern

    def _take(self, kind: str, text: str | None = None) -> str | None:
        if self.token is None or self.token[0] != kind or text not in (None, self.token[1]):
            return None
        self._at += 1
        return self._tokens[self._at - 1][1]

    def _require(self, kind: str, text: str | None = None) -> str:
        found = self._take(kind, text)
        if found is None:
            raise BadPattern
        return found


def _tokens(text: str) -> tuple[tuple[str, str], ...]:
    text = text.strip()
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise _refusal(text[at:].lstrip())
        kind = token.lastgroup or ""
        found.append((kind, token[kind]))
        at = token.end()
    return tuple(found)


def _refusal(rest: str) -> BadPattern:
    if rest.startswith(('"', "%", "==")):
        return BadPattern()
    start = _SELECTOR_START.match(rest)
    return bad_characters(rest[: start.end() + 1 if start else 1])


def _check_wildcards(selectors: Iterable[str]) -> None:
    counts = [_steps(selector).count(None) for selector in selectors]
    if any(count > 1 for count in counts):
        raise BadPattern(
            "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard "
            "allowed per json selector."
        )
    if sum(counts) > WILD_SELECTORS_MAX:
        raise BadPattern(
            f"Your filter pattern exceeds the maximum of {WILD_SELECTORS_MAX} JSON path selectors "
            "with a wildcard."
        )


def _steps(selector: str) -> tuple[Step, ...]:
    return tuple(_step(text) for text in _STEPS.findall(selector))


def _step(text: str) -> Step:
    if "*" in text and "'" not in text:
        return None
    if text.endswith("']"):
        return text[text.index("'") + 1 : -2]
    return int(text[1:-1]) if text.startswith("[") else text[1:]


def _resolve(event: object, steps: tuple[Step, ...]) -> list[object]:
    """Every value that the selector points at; empty when it points nowhere."""
    values = [event]
    for step in steps:
        values = [child for value in values for child in _children(value, step)]
    return values


def _children(value: object, step: Step) -> Iterable[object]:
    match value, step:
        case dict(), str() if step in value:
            return (value[step],)
        case list(), int() if step < len(value):
            return (value[step],)
        case dict(), None:
            return value.values()
        case list(), None:
            return value
        case _:
            return ()


def _is(steps: tuple[Step, ...], word: str) -> Test:
    match word:
        case "NULL":
            return lambda event: any(_is_null(value) for value in _resolve(event, steps))
        case "TRUE":
            return lambda event: any(value is True for value in _resolve(event, steps))
        case "FALSE":
            return lambda event: any(value is False for value in _resolve(event, steps))
        case _:
            raise BadPattern


def _is_null(value: object) -> bool:
    # AWS finds a null inside an array too.
    return value is None or (isinstance(value, list) and any(each is None for each in value))


def _holds(operator: str, operand: Operand, value: object) -> bool:
    if isinstance(value, str):
        return holds(operator, operand, value, None)
    if isinstance(value, _Number):
        return holds(operator, operand, value.text, value.value)
    return False
