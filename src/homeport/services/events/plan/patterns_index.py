"""Many rules' patterns at once: an event is only held against rules that it might match.

Every alternative of a rule waits at one of its leaves, the one that lets fewest events through: at
the values themselves where it names them, so that finding it is a look into a dictionary.  What an
event has for a leaf is found out once, however many rules have it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from homeport.services.events.plan.patterns_events import (
    Alternative,
    Found,
    Leaf,
    Standing,
    fulfilled,
    paths_to,
    standing,
    values_at,
)
from homeport.services.events.plan.patterns_values import Key, key

LeafAt: TypeAlias = tuple[str, str]
"""A leaf by its path and how it is written."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An alternative of a rule, and its leaves by number."""

    rule: int
    leaves: tuple[int, ...]


class Index:
    """Finds those of many sets of alternatives of which one is fulfilled."""

    def __init__(self, rules: Sequence[Sequence[Alternative]]) -> None:
        self._leaves: list[tuple[str, Leaf]] = []
        self._by_value: dict[str, dict[Key, list[_Waiting]]] = {}
        self._by_leaf: dict[int, list[_Waiting]] = defaultdict(list)
        self._always: list[_Waiting] = []
        numbers: dict[LeafAt, int] = {}
        for rule in rules:
            for path, leaf in (item for alternative in rule for item in alternative):
                if (path, leaf.written) not in numbers:
                    numbers[path, leaf.written] = len(self._leaves)
                    self._leaves.append((path, leaf))
        shares = _shares(rules)
        for number, rule in enumerate(rules):
            for alternative in rule:
                leaves = tuple(numbers[path, leaf.written] for path, leaf in alternative)
                self._put(_Waiting(number, leaves), shares)
        self._wanted = paths_to(path for path, _ in self._leaves)

    def _put(self, waiting: _Waiting, shares: Mapping[tuple[str, Key], int]) -> None:
        """Let it wait where fewest others do."""
        needed = [number for number in waiting.leaves if not self._leaves[number][1].absent]
        named = [number for number in needed if not self._leaves[number][1].tests]

        def crowd(number: int) -> int:
            (path, leaf) = self._leaves[number]
            return sum(shares[path, each] for each in leaf.keys)

        if named:
            (path, leaf) = self._leaves[min(named, key=crowd)]
            at = self._by_value.setdefault(path, {})
            for each in leaf.keys:
                at.setdefault(each, []).append(waiting)
        elif needed:
            self._by_leaf[min(needed, key=lambda number: len(self._by_leaf[number]))].append(
                waiting
            )
        else:
            self._always.append(waiting)

    def matching(self, event: Mapping[str, Any]) -> list[int]:
        """The numbers of the rules that the event matches, in order."""
        found = values_at(event, self._wanted)
        known: dict[int, Standing] = {}
        matched: set[int] = set()
        for waiting in self._candidates(found, known):
            if waiting.rule not in matched and self._fulfilled(waiting, found, known):
                matched.add(waiting.rule)
        return sorted(matched)

    def _candidates(self, found: Found, known: dict[int, Standing]) -> Iterable[_Waiting]:
        yield from self._always
        for path, values in found.items():
            at = self._by_value.get(path)
            if at is not None:
                for value, _ in values:
                    yield from at.get(key(value), ())
        for number, waiting in self._by_leaf.items():
            if self._leaves[number][0] in found and self._standing(number, found, known).accepted:
                yield from waiting

    def _fulfilled(self, waiting: _Waiting, found: Found, known: dict[int, Standing]) -> bool:
        leaves = []
        for number in waiting.leaves:
            leaf = known.get(number) or self._standing(number, found, known)
            if leaf.hopeless:
                return False
            leaves.append(leaf)
        return fulfilled(leaves)

    def _standing(self, number: int, found: Found, known: dict[int, Standing]) -> Standing:
        if number not in known:
            (path, leaf) = self._leaves[number]
            known[number] = standing(leaf, found.get(path, ()))
        return known[number]


def _shares(rules: Sequence[Sequence[Alternative]]) -> Counter[tuple[str, Key]]:
    """How many alternatives name each value."""
    return Counter(
        (path, each)
        for rule in rules
        for alternative in rule
        for path, leaf in alternative
        for each in leaf.keys
    )
