"""Event patterns against an oracle that tries everything, and many of them against one by one."""

import fnmatch
import ipaddress
import itertools
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from homeport.services.events.plan.patterns import (
    BadPattern,
    RuleIndex,
    compile_pattern,
    matches,
)

NAMES = ("a", "b", "c", "a.b", "")
WORDS = ("x", "y", "xy", "XY", "yx", "", "10.0.0.1", "10.0.9.1", "é")
VALUES = (*WORDS, 0, 1, 1.0, 2, 1.5, -3, 2**53 + 1, True, False, None)
WILDCARDS = ("x*", "*x", "*", "x*y", "*x*", "xy", "10.*")
SEEDS = st.integers(0, 2**63)
"""What patterns and events are made from: drawing every part takes far longer.

Most are small, and all of few names and values, so that they have much to do with each other.
"""


class Maker:
    """Makes patterns and events, always the same from the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.one = self.random.choice

    def some(self, most: int, make: Callable[[], Any], least: int = 1) -> list[Any]:
        return [make() for _ in range(self.random.randint(least, most))]

    def pattern(self, depth: int = 2, ors: int = 2) -> dict[str, Any]:
        names = self.some(3, lambda: self.one(NAMES))
        members = [(name, self.inner(depth, ors)) for name in names]
        if ors and self.random.random() < 0.3:
            either = self.some(3, lambda: self.pattern(depth and depth - 1, ors - 1), 2)
            members.append(("$or", either))
            self.random.shuffle(members)
        return dict(members)

    def inner(self, depth: int, ors: int) -> Any:
        if depth and self.random.random() < 0.5:
            return self.pattern(depth - 1, ors and ors - 1)
        return self.some(2, self.expression)

    def expression(self) -> Any:
        word = self.one(WORDS)
        folded = {"equals-ignore-case": word}
        makers: tuple[Callable[[], Any], ...] = (
            *(lambda: self.one(VALUES),) * 8,
            lambda: {"prefix": self.one((word, folded))},
            lambda: {"suffix": self.one((word, folded))},
            lambda: folded,
            lambda: {"wildcard": self.one(WILDCARDS)},
            lambda: {"anything-but": self.denied()},
            lambda: {"numeric": self.numeric()},
            lambda: {"exists": True},
            lambda: {"exists": False},
            lambda: {"cidr": self.one(("10.0.0.0/16", "10.0.8.0/21"))},
        )
        return self.one(makers)()

    def denied(self) -> Any:
        operator = self.one(("", "number", "prefix", "suffix", "equals-ignore-case", "wildcard"))
        if operator == "number":
            return self.one((0, 1, 1.5, [1], [0, 2]))
        texts = self.some(2, lambda: self.one(WILDCARDS if operator == "wildcard" else WORDS))
        texts = [text or "x" for text in texts] if operator in {"prefix", "suffix"} else texts
        which = self.one((texts, texts[0]))
        return {operator: which} if operator else which

    def numeric(self) -> list[Any]:
        if self.random.random() < 0.5:
            return [self.one(("=", "<", "<=", ">", ">=")), self.one((0, 1, 1.5))]
        return [self.one((">", ">=")), self.one((-3, 0)), self.one(("<", "<=")), self.one((1, 2))]

    def event(self) -> dict[str, Any]:
        return {name: self.value(3) for name in self.random.sample(NAMES, 3)}

    def value(self, depth: int) -> Any:
        if depth and self.random.random() < 0.6:
            if self.random.random() < 0.5:
                return {name: self.value(depth - 1) for name in self.random.sample(NAMES, 2)}
            return self.some(3, lambda: self.value(depth - 1), least=0)
        return self.one(VALUES)

    def fitting(self, event: dict[str, Any]) -> dict[str, Any]:
        """A pattern of plain values of the event: one that matches, or nearly."""
        values = [(path, it) for path, it, _ in occurrences(event, (), {}, itertools.count())]
        chosen = self.some(4, lambda: self.one(values or [("a", "x")]))
        return {path: [it] for path, it in chosen}


Place = dict[int, int]


def alternatives(pattern: dict[str, Any], path: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The ways of fulfilling a pattern, as leaves by joined path."""
    ways: list[dict[str, Any]] = [{}]
    for name, inner in pattern.items():
        if name == "$or":
            branches = [way for each in inner for way in alternatives(each, path)]
        elif isinstance(inner, dict):
            branches = alternatives(inner, (*path, name))
        else:
            branches = [{".".join((*path, name)): inner}]
        ways = [{**way, **branch} for way in ways for branch in branches]
    return ways


def occurrences(it: Any, path: tuple[str, ...], place: Place, ids: Iterator[int]) -> Iterator[Any]:
    if isinstance(it, dict):
        for name, inner in it.items():
            yield from occurrences(inner, (*path, name), place, ids)
    elif isinstance(it, list):
        array = next(ids)
        for index, inner in enumerate(it):
            within = {**place, array: index} if isinstance(inner, dict | list) else place
            yield from occurrences(inner, path, within, ids)
    else:
        yield ".".join(path), it, place


def same(one: Any, two: Any) -> bool:
    if isinstance(one, bool) or isinstance(two, bool) or one is None or two is None:
        return one is two
    if isinstance(one, str) != isinstance(two, str):
        return False
    if isinstance(one, str) and one.startswith("10.") and two.startswith("10."):
        return ipaddress.ip_address(one) == ipaddress.ip_address(two)
    return bool(one == two)


def says(operator: str, wanted: Any, it: Any) -> bool:
    """Whether a text is as one of the operators on texts says."""
    if isinstance(wanted, dict):
        return says(operator, wanted["equals-ignore-case"].lower(), it.lower())
    match operator:
        case "prefix":
            return bool(it[: len(wanted)] == wanted)
        case "suffix":
            return wanted == "" or bool(it[-len(wanted) :] == wanted)
        case "equals-ignore-case":
            return bool(it.lower() == wanted.lower())
        case _:
            return fnmatch.fnmatchcase(it, wanted)


def accepted(expression: Any, it: Any) -> bool:
    if not isinstance(expression, dict):
        return same(expression, it)
    ((operator, wanted),) = expression.items()
    match operator:
        case "exists":
            return bool(wanted)
        case "numeric":
            pairs = zip(wanted[::2], wanted[1::2], strict=True)
            number = isinstance(it, int | float) and not isinstance(it, bool) and it < 2**53
            return number and all(compared(it, sign, limit) for sign, limit in pairs)
        case "cidr":
            within = ipaddress.ip_network(wanted)
            return isinstance(it, str) and "10." in it and ipaddress.ip_address(it) in within
        case "anything-but" if isinstance(wanted, dict):
            ((inner, denied),) = wanted.items()
            each = denied if isinstance(denied, list) else [denied]
            return not (isinstance(it, str) and any(says(inner, one, it) for one in each))
        case "anything-but":
            each = wanted if isinstance(wanted, list) else [wanted]
            return not any((type(one) is type(it) and one == it) or same(one, it) for one in each)
        case _:
            return isinstance(it, str) and says(operator, wanted, it)


def compared(it: float, sign: str, limit: float) -> bool:
    return {
        "=": it == limit,
        "<": it < limit,
        "<=": it <= limit,
        ">": it > limit,
        ">=": it >= limit,
    }[sign]


def together(one: Place, two: Place) -> bool:
    return all(two.get(array, index) == index for array, index in one.items())


def oracle(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    found = list(occurrences(event, (), {}, itertools.count()))
    return any(fulfilled(sorted(way.items()), found, {}) for way in alternatives(pattern))


def fulfilled(leaves: list[tuple[str, Any]], found: list[Any], place: Place) -> bool:
    """Tries each value for the first leaf, and the other leaves with it."""
    if not leaves:
        return True
    ((path, wanted), *others) = leaves
    here = [(it, at) for where, it, at in found if where == path and together(at, place)]
    if {"exists": False} in wanted and not here and fulfilled(others, found, place):
        return True
    return any(
        any(accepted(expression, it) for expression in wanted)
        and fulfilled(others, found, {**place, **at})
        for it, at in here
    )


@settings(max_examples=1_500, deadline=None)
@given(SEEDS)
def test_a_pattern_matches_what_an_oracle_finds_by_trying_all(seed: int) -> None:
    maker = Maker(seed)
    event = maker.event()
    for pattern in (maker.pattern(), maker.fitting(event)):
        assert matches(compile_pattern(json.dumps(pattern)), event) is oracle(pattern, event)


@pytest.mark.parametrize(
    ("pattern", "event"),
    [
        ({"a": {"x": [1], "y": [2]}}, {"a": [{"x": 1, "y": 3}, {"x": 0, "y": 2}]}),
        ({"a": ["x"], "b": [{"exists": False}]}, {"a": ["x", ["x"]], "b": "y"}),
        (
            {"a": {"x": ["s"], "y": [{"exists": False}]}},
            {"a": [{"x": "s", "y": 1}], "a.x": "s"},
        ),
        (
            {"a": {"w": ["s"], "x": ["s"], "y": [{"exists": False}]}},
            {"a": [{"w": "s", "y": 1}, {"w": "s", "x": "s"}], "a.x": "s"},
        ),
    ],
)
def test_so_it_does_where_one_choice_forbids_another(pattern: Any, event: Any) -> None:
    assert matches(compile_pattern(json.dumps(pattern)), event) is oracle(pattern, event)


@settings(max_examples=300, deadline=None)
@given(SEEDS)
def test_an_index_finds_what_is_found_one_by_one_in_the_order_given(seed: int) -> None:
    maker = Maker(seed)
    events = [maker.event() for _ in range(3)]
    patterns = maker.some(8, maker.pattern, 0) + [maker.fitting(event) for event in events]
    maker.random.shuffle(patterns)
    rules = [(str(n), compile_pattern(json.dumps(it))) for n, it in enumerate(patterns)]
    index = RuleIndex(rules)
    for event in events:
        one_by_one = tuple(name for name, pattern in rules if matches(pattern, event))
        assert index.matching(event) == one_by_one


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)
OPERATORS = (
    *("prefix", "suffix", "equals-ignore-case", "wildcard", "cidr", "exists", "numeric"),
    *("anything-but", "$or", "exactly", "a"),
)
NEARLY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["<", "*"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(OPERATORS), inner, min_size=1, max_size=2)
    ),
    max_leaves=8,
)


def compiles_or_says_why(text: str) -> None:
    try:
        pattern = compile_pattern(text)
    except BadPattern:
        return
    matches(pattern, {"a": [{"a": "x"}], "$or": [1]})
    assert isinstance(json.loads(text), dict)


@settings(deadline=None)
@given(JSON)
def test_any_json_is_a_pattern_or_a_bad_one(it: Any) -> None:
    compiles_or_says_why(json.dumps(it))


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(OPERATORS), NEARLY, min_size=1, max_size=3))
def test_what_is_nearly_a_pattern_is_one_or_a_bad_one(it: Any) -> None:
    compiles_or_says_why(json.dumps(it, ensure_ascii=False))


@settings(deadline=None)
@given(st.text() | st.text('{}[]",:\\ae1-.u0 \n'))
@example('{"a": ["\\ud800"]}')
@example('{"\ud800": ["\ud800**"]}')
@example('{"a": [{"wildcard": "\ud800**"}]}')
def test_any_text_is_a_pattern_or_a_bad_one(text: str) -> None:
    compiles_or_says_why(text)


@settings(max_examples=200, deadline=None)
@given(SEEDS)
def test_the_beginning_of_a_pattern_is_none(seed: int) -> None:
    maker = Maker(seed)
    text = json.dumps(maker.pattern())
    with pytest.raises(BadPattern):
        compile_pattern(text[: maker.random.randrange(len(text))])


@settings(max_examples=400, deadline=None)
@given(SEEDS)
def test_order_and_repetition_of_values_and_blanks_mean_nothing(seed: int) -> None:
    maker = Maker(seed)
    (pattern, event) = (maker.pattern(), maker.event())

    def shuffled(it: Any) -> Any:
        if isinstance(it, dict):
            members = [(name, shuffled(inner)) for name, inner in it.items()]
            maker.random.shuffle(members)
            return dict(members)
        if not isinstance(it, list):
            return it
        if any(isinstance(each, dict) and not each.keys() <= OPERATIONS for each in it):
            return [shuffled(each) for each in it]  # The objects of `$or`.
        return maker.random.sample(it, len(it)) + it[:1]

    # Of what is said twice at one path, as in `$or` and beside it, the later counts.
    paths = [path for way in alternatives(pattern) for path in way]
    assume(not any(len(list(leaves_at(pattern, path, ()))) > 1 for path in paths))
    plain = compile_pattern(json.dumps(pattern))
    other = compile_pattern(json.dumps(shuffled(pattern), indent=3))
    assert matches(plain, event) is matches(other, event)


OPERATIONS = {
    *("prefix", "suffix", "equals-ignore-case", "wildcard", "cidr", "exists", "numeric"),
    "anything-but",
}


def leaves_at(pattern: dict[str, Any], path: str, before: tuple[str, ...]) -> Iterator[Any]:
    for name, inner in pattern.items():
        if name == "$or":
            for each in inner:
                yield from leaves_at(each, path, before)
        elif isinstance(inner, dict):
            yield from leaves_at(inner, path, (*before, name))
        elif ".".join((*before, name)) == path:
            yield inner


@pytest.mark.parametrize("word", [word for word in WORDS if "." not in word])
@pytest.mark.parametrize("it", WORDS)
def test_anything_but_is_the_opposite_for_a_text(word: str, it: str) -> None:
    def fits(expression: Any) -> bool:
        return matches(compile_pattern(json.dumps({"a": [expression]})), {"a": it})

    assert fits({"anything-but": word}) is not fits(word)
    for operator in ("equals-ignore-case", "prefix", "suffix"):
        if word or operator == "equals-ignore-case":
            assert fits({"anything-but": {operator: word}}) is not fits({operator: word})
