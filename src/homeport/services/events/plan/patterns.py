"""Event patterns: what an event must look like.  Knows no buses, no rules' states, no targets.

Pure: a pattern is compiled once, by `compile_pattern`, and then asked of any number of events.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeport.services.events.plan.patterns_compile import alternatives
from homeport.services.events.plan.patterns_events import (
    Alternative,
    fulfilled,
    paths_to,
    standing,
    values_at,
)
from homeport.services.events.plan.patterns_index import Index
from homeport.services.events.plan.patterns_text import BadPattern

__all__ = ["BadPattern", "Pattern", "RuleIndex", "compile_pattern", "matches"]


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """A compiled event pattern."""

    text: str
    alternatives: tuple[Alternative, ...]
    """An event that is all that one of these says matches."""
    paths: frozenset[str]
    """Where in events it looks."""


def compile_pattern(text: str) -> Pattern:
    """The pattern that the text describes; raises BadPattern."""
    read = alternatives(text)
    return Pattern(text, read, paths_to(path for each in read for path, _ in each))


def matches(pattern: Pattern, event: Mapping[str, Any]) -> bool:
    """Whether the event is as the pattern says."""
    found = values_at(event, pattern.paths)
    return any(
        fulfilled([standing(leaf, found.get(path, ())) for path, leaf in alternative])
        for alternative in pattern.alternatives
    )


class RuleIndex:
    """Many rules' patterns, of which it finds those that match an event."""

    def __init__(self, rules: Iterable[tuple[str, Pattern]]) -> None:
        listed = tuple(rules)
        self._names: Final = tuple(name for name, _ in listed)
        self._index: Final = Index([pattern.alternatives for _, pattern in listed])

    def matching(self, event: Mapping[str, Any]) -> tuple[str, ...]:
        """The names of the rules that match, in the order in which they were given."""
        return tuple(self._names[number] for number in self._index.matching(event))
