"""Filter patterns, as FilterLogEvents takes them.  The three forms are in modules of their own."""

from collections.abc import Callable

from homeport.services.logs.plan.json_pattern import compile_json
from homeport.services.logs.plan.operands import BadPattern
from homeport.services.logs.plan.space_pattern import compile_spaces
from homeport.services.logs.plan.terms import compile_terms

__all__ = ["BadPattern", "compile_pattern"]


def compile_pattern(text: str) -> Callable[[str], bool] | None:
    """A function that tells whether a message fits; None when every message does.

    Raises `BadPattern`, worded as AWS words it.
    """
    text = text.strip()
    if not text:
        return None
    for opening, closing, compile_form in (("{", "}", compile_json), ("[", "]", compile_spaces)):
        if text.startswith(opening):
            if not text.endswith(closing):
                raise BadPattern(
                    f"If a filter pattern starts with '{opening}' it must end with '{closing}'"
                )
            return compile_form(text)
    return compile_terms(text)
