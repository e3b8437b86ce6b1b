"""Wildcards: ``*`` stands for any characters, ``\\*`` and ``\\\\`` for themselves.

Whether a value matches, and whether wildcards together are more than EventBridge takes on.
"""

from collections.abc import Callable, Iterable
from typing import Final

COMPLEXITY_MAX: Final = 10
"""Of so many beginnings of wildcards at once a value may be the continuation."""
SITUATIONS_MAX: Final = 5_000
"""So many sets of such beginnings are looked at."""
TOO_COMPLEX: Final = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character"
    " sequences after a wildcard character"
)


class BadWildcard(ValueError):
    """The text is no wildcard; the message is the reason in AWS's words."""


def literals(text: str) -> tuple[str, ...]:
    """What stands between the asterisks, escapes resolved; one text more than asterisks.

    Positions in reasons count bytes, from an opening quote on.
    """
    parts = [""]
    at = 0
    while at < len(text):
        char = text[at]
        following = text[at + 1 : at + 2]
        if char == "*":
            if following == "*":
                raise BadWildcard(f"Consecutive wildcard characters at pos {_position(text, at)}")
            parts.append("")
        elif char == "\\":
            if following not in {"*", "\\"}:
                raise BadWildcard(f"Invalid escape character at pos {_position(text, at)}")
            parts[-1] += following
            at += 1
        else:
            parts[-1] += char
        at += 1
    return tuple(parts)


def _position(text: str, at: int) -> int:
    return len(text[:at].encode()) + 1


def wildcard(parts: tuple[str, ...]) -> Callable[[str], bool]:
    """Whether a text has these literals in this order, beginning and ending with the outer ones.

    Takes each inner literal at its first place, which leaves most to the others: linear.
    """
    if len(parts) == 1:
        return parts[0].__eq__
    (first, *inner, last) = parts
    shortest = len(first) + len(last)

    def matching(text: str) -> bool:
        if len(text) < shortest or not text.startswith(first) or not text.endswith(last):
            return False
        at = len(first)
        end = len(text) - len(last)
        for part in inner:
            at = text.find(part, at, end)
            if at < 0:
                return False
            at += len(part)
        return True

    return matching


def too_complex(wildcards: Iterable[tuple[str, ...]]) -> bool:
    """Whether some value could be within more than COMPLEXITY_MAX beginnings of these at once.

    Walks all sets of places in the wildcards at which a reader of a value can be: bit `i` of a
    set is place `i`, which is the opening quote, a character or an asterisk.
    """
    places = _Places(wildcards)
    start = places.with_asterisks(places.starts)
    seen = {start}
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here.bit_count() > COMPLEXITY_MAX or len(seen) > SITUATIONS_MAX:
            return True
        for then in places.followers(here):
            if then not in seen:
                seen.add(then)
                waiting.append(then)
    return False


class _Places:
    """The places of several wildcards in one row of bits."""

    def __init__(self, wildcards: Iterable[tuple[str, ...]]) -> None:
        self.starts = 0
        self._asterisks = 0
        self._characters: dict[str, int] = {}
        bit = 1
        for parts in wildcards:
            self.starts |= bit
            bit <<= 1
            for number, part in enumerate(parts):
                if number:
                    self._asterisks |= bit
                    bit <<= 1
                for char in part:
                    self._characters[char] = self._characters.get(char, 0) | bit
                    bit <<= 1

    def with_asterisks(self, here: int) -> int:
        """An asterisk also stands for nothing: who is before it is in it."""
        return here | (here << 1 & self._asterisks)

    def followers(self, here: int) -> list[int]:
        """Where a reader can be one character on."""
        staying = here & self._asterisks
        moves = [here << 1 & mask for mask in self._characters.values()]
        return [self.with_asterisks(staying | move) for move in (0, *moves) if staying | move]
