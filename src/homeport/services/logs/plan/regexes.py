"""The regular expressions of filter patterns, matched in time that nobody can blow up.

AWS allows no groups, so an expression is a choice of plain sequences.  Python's `re` is quick but
may need exponential time; whenever it could get expensive for a text, all positions of a sequence
are followed at once instead, as the bits of one number: linear, whatever the expression.
"""

import re
from dataclasses import dataclass
from typing import Final

PYTHON_STEPS_MAX: Final = 500_000
"""What `re` may need at worst for one text; about a few milliseconds."""
POSITIONS_MAX: Final = 2_000

_ELEMENT: Final = re.compile(
    r"""(?P<atom>\\x[0-9A-Fa-f]{2}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^*+?{}|\\\[\]])
    (?P<count>[*+?]|\{[0-9]{1,4}(?:,[0-9]{0,4})?\})?\??""",
    re.VERBOSE | re.DOTALL,
)
_SPLIT: Final = re.compile(r"(\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\|)", re.DOTALL)


class BadRegex(ValueError):
    """The text is no regular expression."""


@dataclass(frozen=True, slots=True)
class _Element:
    """One character of a kind, `least` to `most` times; `most` is None for ever."""

    atom: re.Pattern[str]
    least: int
    most: int | None


class _Sequence:
    """One choice of an expression, followed as a set of positions."""

    def __init__(self, elements: tuple[_Element, ...], *, at_start: bool, at_end: bool) -> None:
        self._at_start = at_start
        self._at_end = at_end
        self._atoms: list[re.Pattern[str]] = []
        self._loops = 0
        self._skips = 0
        for element in elements:
            self._expand(element)
        self._accept = 1 << len(self._atoms)
        self._start = self._closure(1)

    def _expand(self, element: _Element) -> None:
        """Positions for the characters that must come, then for those that may."""
        for _ in range(element.least):
            self._atoms.append(element.atom)
        if element.most is None:
            if element.least == 0:
                self._skips |= 1 << len(self._atoms)
                self._atoms.append(element.atom)
            self._loops |= 1 << len(self._atoms) - 1
            return
        for _ in range(element.most - element.least):
            self._skips |= 1 << len(self._atoms)
            self._atoms.append(element.atom)

    def found_in(self, text: str) -> bool:
        """Whether the sequence is somewhere in the text."""
        masks: dict[str, int] = {}
        at = self._start
        # Python's `$` means the end or a line break that ends the text.
        ends = {len(text), len(text) - 1} if text.endswith("\n") else {len(text)}
        for index, character in enumerate(text):
            if at & self._accept and (not self._at_end or index in ends):
                return True
            mask = masks.get(character)
            if mask is None:
                mask = masks[character] = self._mask(character)
            matched = at & mask
            at = self._closure((matched << 1) | (matched & self._loops))
            if not self._at_start:
                at |= self._start
            elif not at:
                return False
        return bool(at & self._accept)

    def _mask(self, character: str) -> int:
        fits = {atom: atom.fullmatch(character) is not None for atom in set(self._atoms)}
        return sum(1 << index for index, atom in enumerate(self._atoms) if fits[atom])

    def _closure(self, at: int) -> int:
        """With the positions that are reached by leaving out what may be left out."""
        skipped = (at & self._skips) << 1 & ~at
        while skipped:
            at |= skipped
            skipped = (skipped & self._skips) << 1 & ~at
        return at


class Regex:
    """A checked regular expression."""

    def __init__(self, text: str) -> None:
        """Raises `BadRegex`; which characters may be in `text` is the caller's business."""
        try:
            self._python = re.compile(text, re.ASCII)
        except (re.error, OverflowError) as error:
            raise BadRegex(text) from error
        parsed = [_parse(choice) for choice in _choices(text)]
        self._sequences = [sequence for sequence, _ in parsed if sequence is not None]
        self._costs = [cost for _, cost in parsed]

    def search(self, text: str) -> bool:
        """Whether the expression is somewhere in the text."""
        if self._worst_steps(len(text) + 1) <= PYTHON_STEPS_MAX:
            return self._python.search(text) is not None
        return any(sequence.found_in(text) for sequence in self._sequences)

    def _worst_steps(self, size: int) -> int:
        """No more than this many ways can be tried at all the places of a text."""
        return sum(finite * size ** (endless + 1) for finite, endless in self._costs)


def _choices(text: str) -> list[str]:
    choices = [""]
    for piece in _SPLIT.split(text):
        if piece == "|":
            choices.append("")
        else:
            choices[-1] += piece
    return choices


def _parse(choice: str) -> tuple[_Sequence | None, tuple[int, int]]:
    """The sequence of a choice and what it may cost: ways of counted and of endless repeats.

    No sequence when an anchor stands where nothing can match.
    """
    at_start = choice.startswith("^")
    body = choice[at_start:]
    at_end = body.endswith("$") and not re.search(r"(?<!\\)(?:\\\\)*\\\$$", body)
    body = body[: len(body) - at_end]
    elements: list[_Element] = []
    at, possible = 0, True
    while at < len(body):
        found = _ELEMENT.match(body, at)
        if found is None:
            raise BadRegex(choice)
        if found["atom"] in ("^", "$"):
            possible = False
        else:
            elements.append(_element(found["atom"], found["count"]))
        at = found.end()
    if sum(each.most or each.least + 1 for each in elements) > POSITIONS_MAX:
        raise BadRegex(choice)
    sequence = _Sequence(tuple(elements), at_start=at_start, at_end=at_end)
    return sequence if possible else None, _cost(elements)


def _cost(elements: list[_Element]) -> tuple[int, int]:
    finite, endless = 1, 0
    for each in elements:
        if each.most is None:
            endless += 1
        else:
            finite = min(finite * (each.most - each.least + 1), PYTHON_STEPS_MAX + 1)
    return finite, endless


def _element(atom: str, count: str | None) -> _Element:
    compiled = re.compile(atom, re.ASCII)
    match count:
        case None:
            return _Element(compiled, 1, 1)
        case "*":
            return _Element(compiled, 0, None)
        case "+":
            return _Element(compiled, 1, None)
        case "?":
            return _Element(compiled, 0, 1)
    least, comma, most = count[1:-1].partition(",")
    if not comma:
        return _Element(compiled, int(least), int(least))
    return _Element(compiled, int(least), int(most) if most else None)
