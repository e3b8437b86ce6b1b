"""Filter patterns of plain terms: ``ERROR "bad request" -DEBUG``, ``?WARN ?ERROR``, ``%regex%``.

A term is found anywhere in the message, case counts.  Terms marked ``?`` only count when there
are no others, as in AWS.
"""

import re
from collections.abc import Callable
from typing import Final

from homeport.services.logs.plan.operands import (
    REGEXES_MAX,
    BadPattern,
    bad_characters,
    expression,
    quoted,
)

_TERM: Final = re.compile(
    r"""\s*(?P<mark>[?-]?)(?:(?P<quoted>"(?:\\.|[^"\\])*")|(?P<regex>%[^%]*%)|(?P<bare>\w+))""",
    re.DOTALL,
)

Test = Callable[[str], bool]


def compile_terms(text: str) -> Test:
    """A function that tells whether a message has the terms of the pattern `text`."""
    marked: dict[str, list[Test]] = {"": [], "-": [], "?": []}
    regexes = 0
    text = text.strip()
    at = 0
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise _refusal(text[at:].lstrip())
        marked[term["mark"]].append(_test(term))
        regexes += term["regex"] is not None
        at = term.end()
    if regexes > REGEXES_MAX:
        raise BadPattern
    return _combine(tuple(marked[""]), tuple(marked["-"]), tuple(marked["?"]))


def _combine(
    included: tuple[Test, ...], excluded: tuple[Test, ...], optional: tuple[Test, ...]
) -> Test:
    if not included and not excluded:
        return lambda message: any(test(message) for test in optional)
    return lambda message: (
        all(test(message) for test in included) and not any(test(message) for test in excluded)
    )


def _test(term: re.Match[str]) -> Test:
    if term["regex"] is not None:
        return expression(term["regex"]).fits
    if term["quoted"] is None:
        word: str = term["bare"]
        return lambda message: word in message
    phrase = quoted(term["quoted"]).text
    if not phrase:
        raise bad_characters('""')
    if not phrase.strip():
        return lambda _: True  # AWS documents `" "` as the pattern of everything.
    return lambda message: phrase in message


def _refusal(rest: str) -> BadPattern:
    rest = rest.lstrip("?-") or rest
    if rest.startswith(('"', "%")):
        return BadPattern()  # Never closed.
    return bad_characters(rest[:1])
