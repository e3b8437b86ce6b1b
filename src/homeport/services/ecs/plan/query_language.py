"""The cluster query language: what an expression means and how it is read.  Pure.

It selects container instances, in `memberOf` placement constraints and in ListContainerInstances:
``attribute:ecs.os-type == linux and not (task:group == database)``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan import patterns
from homeport.services.ecs.plan.query_matching import (
    ATTRIBUTE,
    GROUP,
    Holds,
    Value,
    condition,
    version,
)
from homeport.services.ecs.plan.query_scanner import Scanner, Unreadable
from homeport.services.ecs.records.instances import InstanceFacts

LENGTH_MAX: Final = 2000
DEPTH_MAX: Final = 50
"""How deep parentheses and negations may be nested."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One subject put to one test: ``runningTasksCount < 5``."""

    subject: str
    operator: str
    values: tuple[Value, ...] = ()
    holds: Holds = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        holds = condition(self.subject, self.operator, self.values)
        object.__setattr__(self, "holds", holds)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds when `operand` does not."""

    operand: "Expression"

    def holds(self, facts: InstanceFacts) -> bool:
        """Whether it holds for an instance."""
        return not self.operand.holds(facts)


@dataclass(frozen=True, slots=True)
class AllOf:
    """Holds when every operand does."""

    operands: tuple["Expression", ...]

    def holds(self, facts: InstanceFacts) -> bool:
        """Whether it holds for an instance."""
        return all(each.holds(facts) for each in self.operands)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds when one operand does."""

    operands: tuple["Expression", ...]

    def holds(self, facts: InstanceFacts) -> bool:
        """Whether it holds for an instance."""
        return any(each.holds(facts) for each in self.operands)


Expression: TypeAlias = Condition | Not | AllOf | AnyOf


def parse(text: str) -> Expression:
    """The expression that `text` words; raises InvalidParameterException when it words none."""
    if len(text) > LENGTH_MAX:
        raise InvalidParameterException(f"The expression is longer than {LENGTH_MAX} characters.")
    scanner = Scanner(text)
    try:
        expression = _any_of(scanner, 0)
        if not scanner.at_end():
            raise scanner.expected("'and', 'or' or the end")
    except (Unreadable, patterns.BadPattern) as error:
        raise InvalidParameterException(f"Invalid expression '{text}': {error}.") from error
    return expression


def matches(expression: Expression, facts: InstanceFacts) -> bool:
    """Whether the expression holds for an instance.

    What an instance does not have passes no test but ``not_exists``: an instance without the
    attribute `stack` is not selected by ``attribute:stack != prod``.
    """
    return expression.holds(facts)


# --- what a subject is ------------------------------------------------------------------------

_ATTRIBUTE_NAME: Final = re.compile(r"[A-Za-z0-9_/\\.-]{1,128}")
_TRUTHS: Final[Mapping[str, bool]] = MappingProxyType({"true": True, "false": False})


def _checked_version(text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9}){0,3}", text):
        raise ValueError(text)
    return version(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueError(text)
    return int(text)


def _truth(text: str) -> bool:
    try:
        return _TRUTHS[text.lower()]
    except KeyError as error:
        raise ValueError(text) from error


def _instant(text: str) -> float:
    at = datetime.fromisoformat(text)
    return round((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp(), 3)


_READERS: Final[Mapping[str, tuple[Callable[[str], Value], str]]] = MappingProxyType(
    {
        "agentConnected": (_truth, "true or false"),
        "agentVersion": (_checked_version, "a version such as 1.96.0"),
        "ec2InstanceId": (str, "an id"),
        "registeredAt": (_instant, "a time such as 2018-06-18T22:28:28Z"),
        "runningTasksCount": (_count, "a number"),
        GROUP: (str, "a task group"),
    }
)
"""By subject: how its values are read, and what they are."""


# --- how an operator is worded -------------------------------------------------------------------

_PRESENCE: Final = frozenset({"exists", "not_exists"})
_LISTED: Final = frozenset({"in", "not_in"})
_PATTERNS: Final = frozenset({"matches", "not_matches"})
_ORDER: Final = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})
_WORDS: Final = (
    *("equals", "not_equals", "greater_than", "greater_than_equal", "less_than"),
    *("less_than_equal", "exists", "not_exists", "in", "not_in", "matches", "not_matches"),
)
_SYMBOL_WORDS: Final = (("!exists", "not_exists"), ("!in", "not_in"))
_SYMBOLS: Final = (
    *(("==", "equals"), ("!=", "not_equals"), (">=", "greater_than_equal")),
    *(("<=", "less_than_equal"), ("=~", "matches"), ("!~", "not_matches")),
    *((">", "greater_than"), ("<", "less_than")),
)


# --- how the text is read ---------------------------------------------------------------------


def _any_of(scanner: Scanner, depth: int) -> Expression:
    operands = [_all_of(scanner, depth)]
    while scanner.take("||") or scanner.take_word("or"):
        operands.append(_all_of(scanner, depth))
    return operands[0] if len(operands) == 1 else AnyOf(tuple(operands))


def _all_of(scanner: Scanner, depth: int) -> Expression:
    operands = [_operand(scanner, depth)]
    while scanner.take("&&") or scanner.take_word("and"):
        operands.append(_operand(scanner, depth))
    return operands[0] if len(operands) == 1 else AllOf(tuple(operands))


def _operand(scanner: Scanner, depth: int) -> Expression:
    if depth > DEPTH_MAX:
        raise Unreadable("it is nested too deeply")
    if scanner.take_word("not") or scanner.take("!"):
        return Not(_operand(scanner, depth + 1))
    if scanner.take("("):
        inner = _any_of(scanner, depth + 1)
        if not scanner.take(")"):
            raise scanner.expected("')'")
        return inner
    return _condition(scanner)


def _condition(scanner: Scanner) -> Condition:
    subject = scanner.name()
    reader, what = _reader_of(subject)
    operator = _operator(scanner)
    if operator in _PRESENCE:
        return Condition(subject, operator)
    if operator in _PATTERNS:
        if reader is not str:
            raise Unreadable(f"{subject} can't be matched against a regular expression")
        pattern = scanner.pattern()
        patterns.check(pattern)
        return Condition(subject, operator, (pattern,))
    if operator in _ORDER and reader is _truth:
        raise Unreadable(f"{subject} is {what}, which have no order")
    texts = _list(scanner) if operator in _LISTED else (scanner.value(),)
    try:
        return Condition(subject, operator, tuple(reader(text) for text in texts))
    except (ValueError, OverflowError) as error:
        raise Unreadable(f"{subject} is compared with {what}") from error


def _reader_of(subject: str) -> tuple[Callable[[str], Value], str]:
    if subject.startswith(ATTRIBUTE):
        name = subject[len(ATTRIBUTE) :]
        if not _ATTRIBUTE_NAME.fullmatch(name):
            raise Unreadable(f"'{name}' is not the name of an attribute")
        return str, "a value"
    if subject not in _READERS:
        raise Unreadable(f"'{subject}' is not a subject")
    return _READERS[subject]


def _operator(scanner: Scanner) -> str:
    for word in _WORDS:
        if scanner.take_word(word):
            return word
    for word, name in _SYMBOL_WORDS:
        if scanner.take_word(word):
            return name
    for symbol, name in _SYMBOLS:
        if scanner.take(symbol):
            return name
    raise scanner.expected("an operator such as '=='")


def _list(scanner: Scanner) -> tuple[str, ...]:
    if not scanner.take("["):
        raise scanner.expected("'['")
    values = [scanner.value()]
    while scanner.take(","):
        values.append(scanner.value())
    if not scanner.take("]"):
        raise scanner.expected("',' or ']'")
    return tuple(values)
