"""Event patterns from their text: every mistake is found here, none while events are matched."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from homeport.services.events.plan import patterns_values as values
from homeport.services.events.plan import patterns_wildcards as wildcards
from homeport.services.events.plan.patterns_events import Alternative, Leaf
from homeport.services.events.plan.patterns_operators import Matches
from homeport.services.events.plan.patterns_text import BadPattern, Tokens

OR: Final = "$or"
ALTERNATIVES_MAX: Final = 1_000
RESERVED_IN_OR: Final = frozenset(
    (
        *("exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists"),
        *("wildcard", "numeric", "cidr", "=", "<", "<=", ">=", ">", "regex"),
        *("not-wildcard", "not-equals-ignore-case", "date-after", "date-on-or-after"),
        *("date-before", "date-on-or-before", "in-date-range"),
        *("ip-address-in-range", "ip-address-not-in-range"),
    )
)
"""Names that AWS keeps for operators, some of them for later."""

Alternatives: TypeAlias = list[dict[str, Leaf]]


def alternatives(text: str) -> tuple[Alternative, ...]:
    """What the pattern asks for: all of one of these.  Raises BadPattern.

    Where ``$or`` is not written as an operator it may still be the name of a member, as it was
    before there was the operator.
    """
    try:
        read = _Reader(text, or_is_operator=True).whole()
    except BadPattern as mistake:
        try:
            read = _Reader(text, or_is_operator=False).whole()
        except BadPattern:
            raise mistake from None
    return tuple(tuple(sorted(leaves.items(), key=_path)) for leaves in read)


def _path(item: tuple[str, Leaf]) -> str:
    return item[0]


class _Reader:
    """Reads a pattern to the alternatives that it comes to."""

    def __init__(self, text: str, *, or_is_operator: bool) -> None:
        self._tokens = Tokens(text)
        self._or_is_operator = or_is_operator

    def whole(self) -> Alternatives:
        if self._tokens.next() != "{":
            raise self._tokens.mistake("Filter is not an object")
        read = self._object([{}], "", within_or=False)
        self._tokens.next()
        return read

    def _object(self, so_far: Alternatives, before: str, *, within_or: bool) -> Alternatives:
        """The members of an object, each added to all alternatives so far."""
        tokens = self._tokens
        empty = True
        for name in self._names():
            empty = False
            if name == OR and self._or_is_operator:
                so_far = self._or(so_far, before)
                continue
            if within_or and name in RESERVED_IN_OR:
                raise tokens.mistake(
                    f"{name} is Ruler reserved fieldName which cannot be used inside {OR}."
                )
            kind = tokens.next()
            if kind == "{":
                so_far = self._object(so_far, f"{before}{name}.", within_or=within_or)
            elif kind == "[":
                leaf = self._leaf()
                so_far = [{**leaves, before + name: leaf} for leaves in so_far]
            else:
                raise tokens.mistake(f'"{name}" must be an object or an array')
        if empty:
            raise tokens.mistake("Empty objects are not allowed")
        return so_far

    def _names(self) -> Iterator[str]:
        while self._tokens.next() != "}":
            yield self._tokens.name

    def _or(self, so_far: Alternatives, before: str) -> Alternatives:
        """What is so far, once for each object in the array of ``$or``."""
        tokens = self._tokens
        if tokens.next() != "[":
            raise tokens.mistake(f"It must be an Array followed with {OR}.")
        added: Alternatives = []
        objects = 0
        while tokens.next() != "]":
            if tokens.kind != "{":
                raise tokens.mistake(f"Only JSON object is allowed in array of {OR} relationship.")
            objects += 1
            added += self._object(so_far, before, within_or=True)
            if len(added) > ALTERNATIVES_MAX:
                raise BadPattern(
                    f"Rule is too complex - more than {ALTERNATIVES_MAX} combinations by {OR}"
                )
        if objects < 2:
            raise tokens.mistake(f"There must have at least 2 Objects in {OR} relationship.")
        return added

    def _leaf(self) -> Leaf:
        """The values in an array, of which the opening bracket was read."""
        tokens = self._tokens
        start = tokens.start
        matches = Matches()
        empty = True
        while tokens.next() != "]":
            empty = False
            self._value(matches)
        if empty:
            raise tokens.mistake("Empty arrays are not allowed")
        if wildcards.too_complex(matches.wildcards):
            raise BadPattern(wildcards.TOO_COMPLEX)
        return Leaf(
            written=tokens.since(start),
            keys=frozenset(matches.keys),
            tests=tuple(matches.tests),
            absent=matches.absent,
        )

    def _value(self, matches: Matches) -> None:
        tokens = self._tokens
        match tokens.kind:
            case "{":
                matches.read(tokens)
            case "string":
                address = values.address(tokens.text())
                if address is None:
                    matches.keys.add(tokens.text())
                else:
                    matches.tests.append(values.is_address(address))
            case "number":
                matches.keys.add(values.key_of_text(tokens.text()))
            case "true" | "false" | "null":
                matches.keys.add(values.literal_key(tokens.text()))
            case _:
                raise tokens.mistake("Match value must be String, number, true, false, or null")
