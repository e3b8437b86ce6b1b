"""What a filter pattern compares fields with: words, numbers, wildcards, regular expressions.

Nothing here knows how a pattern is laid out; see terms.py, json_pattern.py and space_pattern.py.
"""

import re
from dataclasses import dataclass
from typing import Final

from homeport.services.logs.plan.regexes import BadRegex, Regex

ORDERINGS: Final = ("<=", ">=", "<", ">")
REGEXES_MAX: Final = 2
"""AWS allows so many regular expressions in one pattern."""

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?")
_SYMBOLS: Final = "_#=@/;,-: "
_OPERATORS: Final = "^$?[]{}|\\*+."
_CLASSES: Final = "dDsSwW"
_ESCAPED_HEX: Final = re.compile(r"x[0-9A-Fa-f]{2}")


class BadPattern(ValueError):
    """The text is not a filter pattern; the message says why in AWS's words."""

    def __init__(self, message: str = "Invalid filter pattern") -> None:
        super().__init__(message)


def bad_characters(term: str) -> BadPattern:
    """The refusal of a term, quoted up to the character that does not belong there."""
    return BadPattern(f"Invalid character(s) in term '{term}'")


@dataclass(frozen=True, slots=True)
class Operand:
    """The right side of a comparison."""

    text: str
    number: float | None = None
    """Set when an unquoted text reads as a number."""
    regex: Regex | None = None

    def fits(self, text: str) -> bool:
        """Whether `text` equals the operand, its wildcards and regular expression honoured."""
        if self.regex is not None:
            return self.regex.search(text)
        if "*" in self.text:
            return wildcard_fits(self.text, text)
        return self.text == text


def bare(text: str) -> Operand:
    """An unquoted word; a number when it looks like one."""
    return Operand(text, number_of(text))


def quoted(text: str) -> Operand:
    """A word in double quotes, given with them."""
    return Operand(re.sub(r"\\(.)", r"\1", text[1:-1]))


def expression(text: str) -> Operand:
    """A regular expression between percent signs, given with them."""
    return Operand(text, regex=compile_regex(text[1:-1]))


def holds(operator: str, operand: Operand, text: str, number: float | None) -> bool:
    """Whether a field compares so; `number` is its value when it is a number."""
    if operator in ORDERINGS:
        return _ordered(operator, number, operand.number)
    if operand.number is not None and number is not None:
        equal = operand.number == number
    else:
        equal = operand.fits(text)
    return equal if operator == "=" else not equal


def _ordered(operator: str, number: float | None, bound: float | None) -> bool:
    if number is None or bound is None:
        return False
    match operator:
        case "<":
            return number < bound
        case "<=":
            return number <= bound
        case ">":
            return number > bound
        case _:
            return number >= bound


def number_of(text: str) -> float | None:
    """The number that `text` spells, or None."""
    return float(text) if _NUMBER.fullmatch(text) else None


def wildcard_fits(pattern: str, text: str) -> bool:
    """Whether `text` is `pattern` with each asterisk standing for any run of characters."""
    first, *middle, last = pattern.split("*")
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def compile_regex(text: str) -> Regex:
    """The regular expression; AWS knows neither groups nor most punctuation."""
    try:
        return Regex(_checked(text))
    except BadRegex as error:
        raise BadPattern("Failed to compile regular expression.") from error


def _checked(text: str) -> str:
    """`text` as Python reads it; raises for what AWS does not allow."""
    if not text:
        raise bad_characters("%%")
    pieces: list[str] = []
    at, in_class = 0, False
    while at < len(text):
        size = _length_at(text, at)
        piece = text[at : at + size]
        if in_class and (piece in ("[", "|") or (piece == "-" and pieces[-1:] == ["-"])):
            pieces.append("\\" + piece)  # Plain in a class for AWS, a set operation for Python.
        else:
            pieces.append(piece)
            in_class = piece == "[" or (in_class and piece != "]")
        at += size
    return "".join(pieces)


def _length_at(text: str, at: int) -> int:
    """How many characters make one element of the expression at `at`."""
    character = text[at]
    if character == "\\":
        following = text[at + 1 : at + 2]
        if _ESCAPED_HEX.match(text, at + 1):
            return 4
        if following and following in _CLASSES + _SYMBOLS + _OPERATORS:
            return 2
        raise bad_characters(f"%{text[: at + 2]}")
    if not (character.isascii() and character.isalnum()) and (
        character not in _SYMBOLS + _OPERATORS
    ):
        raise bad_characters(f"%{text[: at + 1]}")
    return 1
