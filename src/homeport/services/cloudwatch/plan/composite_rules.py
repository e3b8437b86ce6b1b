"""Rules of composite alarms: taken apart, checked, and answered.  Pure."""

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from homeport.services.cloudwatch.errors import ValidationError

CHILDREN_MAX: Final = 100
ELEMENTS_MAX: Final = 500
DEPTH_MAX: Final = 50

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<state>(?:ALARM|OK|INSUFFICIENT_DATA))\s*\(\s*"
    r"(?:\"(?P<quoted>[^\"]+)\"|'(?P<single>[^']+)'|(?P<bare>[^()\"']+?))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE)(?![A-Za-z0-9_])|(?P<sign>[()]))",
    re.IGNORECASE,
)


class Is(Struct, frozen=True):
    """An alarm is in a state."""

    state: str
    alarm: str


class Constant(Struct, frozen=True):
    """TRUE or FALSE."""

    holds: bool


class Not(Struct, frozen=True):
    """The other way round."""

    inner: "Rule"


class Both(Struct, frozen=True):
    """AND."""

    left: "Rule"
    right: "Rule"


class Either(Struct, frozen=True):
    """OR."""

    left: "Rule"
    right: "Rule"


Rule: TypeAlias = Is | Constant | Not | Both | Either


def parse(text: str) -> Rule:
    """The rule; raises `ValidationError`."""
    reader = _Reader(_tokens(text))
    rule = reader.either(0)
    if not reader.is_over:
        raise _invalid()
    if len(children(rule)) > CHILDREN_MAX:
        raise ValidationError(f"AlarmRule must not name more than {CHILDREN_MAX} alarms.")
    return rule


def children(rule: Rule) -> tuple[str, ...]:
    """Names of the alarms in the rule, each once, in their order."""
    match rule:
        case Is():
            return (rule.alarm,)
        case Not():
            return children(rule.inner)
        case Both() | Either():
            return tuple(dict.fromkeys((*children(rule.left), *children(rule.right))))
        case _:
            return ()


def holds(rule: Rule, states: Mapping[str, str]) -> bool:
    """Whether the rule is true; an alarm that is gone is in no state."""
    match rule:
        case Is():
            return states.get(rule.alarm) == rule.state
        case Not():
            return not holds(rule.inner, states)
        case Both():
            return holds(rule.left, states) and holds(rule.right, states)
        case Either():
            return holds(rule.left, states) or holds(rule.right, states)
        case Constant():
            return rule.holds


def name_of(alarm: str) -> str:
    """The name of an alarm that is given by name or by ARN."""
    return (
        alarm.split(":alarm:", 1)[1] if alarm.startswith("arn:") and ":alarm:" in alarm else alarm
    )


def _tokens(text: str) -> list[Is | str]:
    found: list[Is | str] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise _invalid()
        groups = token.groupdict()
        if groups["state"]:
            alarm = groups["quoted"] or groups["single"] or groups["bare"]
            found.append(Is(groups["state"].upper(), name_of(alarm)))
        else:
            found.append((groups["word"] or groups["sign"]).upper())
        position = token.end()
    if len(found) > ELEMENTS_MAX:
        raise ValidationError(f"AlarmRule must not have more than {ELEMENTS_MAX} elements.")
    return found


class _Reader:
    def __init__(self, tokens: list[Is | str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def is_over(self) -> bool:
        return self._at == len(self._tokens)

    def either(self, depth: int) -> Rule:
        rule = self._both(depth)
        while self._take("OR"):
            rule = Either(rule, self._both(depth))
        return rule

    def _both(self, depth: int) -> Rule:
        rule = self._one(depth)
        while self._take("AND"):
            rule = Both(rule, self._one(depth))
        return rule

    def _one(self, depth: int) -> Rule:
        if depth > DEPTH_MAX or self.is_over:
            raise _invalid()
        if self._take("NOT"):
            return Not(self._one(depth + 1))
        if self._take("("):
            rule = self.either(depth + 1)
            if not self._take(")"):
                raise _invalid()
            return rule
        token = self._tokens[self._at]
        self._at += 1
        if isinstance(token, Is):
            return token
        if token in {"TRUE", "FALSE"}:
            return Constant(token == "TRUE")
        raise _invalid()

    def _take(self, word: str) -> bool:
        if not self.is_over and self._tokens[self._at] == word:
            self._at += 1
            return True
        return False


def _invalid() -> ValidationError:
    return ValidationError("AlarmRule contains invalid syntax.")
