"""Which regular expressions are safe to run on behalf of a client.  Pure.

A pattern that can be matched in very many ways (``(a+)+b``) would hold the database's one writer
for hours, so such a pattern is refused before it ever runs.
"""

import re
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

WAYS_MAX: Final = 3_000_000
"""In how many ways a pattern may be tried on a text: three times ``.*`` is allowed."""

REPEATS_COUNTED: Final = 128
"""Attribute values have at most 128 characters."""

_SETS: Final = re.compile(r"\\.|(\[\^?\]?(?:\\.|[^\]\\])*)", re.DOTALL)
_SET_OPERATIONS: Final = ("--", "&&", "~~", "||")
"""Java means something by these inside a set that Python does not."""

_ONE_CHARACTER: Final = frozenset({"LITERAL", "NOT_LITERAL", "ANY", "IN", "AT", "CATEGORY"})
_REPEATS: Final = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})


class BadPattern(ValueError):
    """The text is no regular expression, or none that is safe to run."""


def check(pattern: str) -> None:
    """Raise `BadPattern` unless `pattern` is a regular expression that is safe to run."""
    for found in _SETS.finditer(pattern):
        members = found.group(1) or ""
        if members.startswith("[[") or any(each in members for each in _SET_OPERATIONS):
            raise BadPattern(f"'{pattern}' has a set inside a set, which is not supported")
    try:
        re.compile(pattern)
        tree = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadPattern(f"'{pattern}' is not a regular expression: {error}") from error
    if _ways(tree) > WAYS_MAX:
        raise BadPattern(
            f"'{pattern}' can match in too many ways; use fewer repetitions, none inside another"
        )


def _ways(items: Any) -> int:
    """In how many ways a sequence can be tried, counted no further than just past the limit."""
    ways = 1
    for operator, argument in items:
        ways = min(ways * _ways_of(str(operator), argument), WAYS_MAX + 1)
    return ways


def _ways_of(operator: str, argument: Any) -> int:
    if operator in _ONE_CHARACTER:
        return 1
    if operator == "BRANCH":
        return sum(_ways(branch) for branch in argument[1])
    if operator == "SUBPATTERN":
        return _ways(argument[3])
    if operator in _REPEATS:
        return _ways_of_repeat(*argument)
    raise BadPattern(f"{operator.lower().replace('_', ' ')} is not supported in an expression")


def _ways_of_repeat(fewest: int, most: int, repeated: Any) -> int:
    each = _ways(repeated)
    ways, total = each ** min(int(fewest), REPEATS_COUNTED), 0
    for _ in range(min(int(fewest), REPEATS_COUNTED), min(int(most), REPEATS_COUNTED) + 1):
        total += ways
        ways *= each
        if total > WAYS_MAX:
            return WAYS_MAX + 1
    return total
