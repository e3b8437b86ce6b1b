"""Whether an event is as a pattern says: where its values stand, and which go together.

A pattern asks for values at paths (names joined by dots).  Arrays do not count in paths, but values
of different elements of one array do not go together: of a task with two containers, the name of
one and the exit code of the other fulfil no pattern.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from homeport.services.events.plan.patterns_values import Key, Test, Value, key

Elements: TypeAlias = tuple[tuple[int, int], ...]
"""In which arrays of the event a value stands, and in which element of each."""
Found: TypeAlias = dict[str, list[tuple[Value, Elements]]]


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a pattern says of the values at one path: one of them is one of these."""

    written: str
    """As in the pattern; leaves that are written alike are alike."""
    keys: frozenset[Key]
    tests: tuple[Test, ...]
    absent: bool
    """That there is no value will do."""

    def accepts(self, value: Value) -> bool:
        """Whether the value is one of these."""
        return key(value) in self.keys or any(test(value) for test in self.tests)


Alternative: TypeAlias = tuple[tuple[str, Leaf], ...]
"""What must all be so, by path, in the order of the paths.  ``$or`` makes several of them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an event has for a leaf: where the values stand that are accepted, and where any do."""

    accepted: tuple[Elements, ...]
    all: tuple[Elements, ...]
    absent: bool

    @property
    def hopeless(self) -> bool:
        """Whatever else is so, this leaf is not."""
        return not self.accepted and not self.absent

    @property
    def certain(self) -> bool:
        """It is so with whatever else is."""
        return () in self.accepted or (self.absent and not self.all)


def paths_to(paths: Iterable[str]) -> frozenset[str]:
    """The paths and all that lead to them."""
    every: set[str] = set()
    for path in paths:
        every.add(path)
        every.update(path[:at] for at, char in enumerate(path) if char == ".")
    return frozenset(every)


def values_at(event: Mapping[str, Any], wanted: frozenset[str]) -> Found:
    """The values of the event at the wanted paths and nowhere else."""
    found: Found = {}
    waiting: list[tuple[str, Any, Elements]] = []
    _look_into(event, "", wanted, waiting, ())
    arrays = 0
    while waiting:
        (path, value, elements) = waiting.pop()
        if isinstance(value, Mapping):
            _look_into(value, f"{path}.", wanted, waiting, elements)
        elif isinstance(value, list | tuple):
            arrays += 1
            for index, item in enumerate(value):
                nested = isinstance(item, Mapping | list | tuple)
                within = (*elements, (arrays, index)) if nested else elements
                waiting.append((path, item, within))
        else:
            found.setdefault(path, []).append((value, elements))
    return found


def _look_into(
    members: Mapping[str, Any],
    before: str,
    wanted: frozenset[str],
    waiting: list[tuple[str, Any, Elements]],
    elements: Elements,
) -> None:
    for name, value in members.items():
        path = before + name
        if path in wanted:
            waiting.append((path, value, elements))


def standing(leaf: Leaf, values: Sequence[tuple[Value, Elements]]) -> Standing:
    """What these values at the leaf's path mean for it."""
    return Standing(
        accepted=tuple(elements for value, elements in values if leaf.accepts(value)),
        all=tuple(elements for _, elements in values),
        absent=leaf.absent,
    )


def fulfilled(leaves: Sequence[Standing]) -> bool:
    """Whether all of an alternative's leaves are so with values that go together."""
    if any(leaf.hopeless for leaf in leaves):
        return False
    if all(leaf.certain for leaf in leaves):
        return True
    choices: set[frozenset[tuple[int, int]]] = {frozenset()}
    for number, leaf in enumerate(leaves):
        choices = _chosen(choices, leaf)
        # Only arrays that occur further on can still forbid anything.
        later = {array for on in leaves[number + 1 :] for at in on.all for array, _ in at}
        choices = {frozenset(at for at in choice if at[0] in later) for choice in choices}
    return bool(choices)


def _chosen(
    choices: set[frozenset[tuple[int, int]]], leaf: Standing
) -> set[frozenset[tuple[int, int]]]:
    """The choices of elements so far, each with those that this leaf adds."""
    chosen = set()
    accepted = _near(leaf.accepted)
    every = _near(leaf.all)
    for choice in choices:
        so_far = dict(choice)
        if leaf.absent and not any(_together(so_far, each) for each in every(so_far)):
            chosen.add(choice)
        chosen.update(choice.union(each) for each in accepted(so_far) if _together(so_far, each))
    return chosen


def _near(
    places: Sequence[Elements],
) -> Callable[[Mapping[int, int]], Sequence[Elements]]:
    """Finds the places that a choice might go together with, without looking at all others."""
    shared = set.intersection(*({array for array, _ in each} for each in places or ((),)))
    groups: dict[tuple[int, int], list[Elements]] = {}
    for each in places:
        for at in each:
            if at[0] in shared:
                groups.setdefault(at, []).append(each)

    def near(so_far: Mapping[int, int]) -> Sequence[Elements]:
        for array in shared:
            if array in so_far:
                return groups.get((array, so_far[array]), ())
        return places

    return near


def _together(so_far: Mapping[int, int], elements: Elements) -> bool:
    return all(so_far.get(array, index) == index for array, index in elements)
