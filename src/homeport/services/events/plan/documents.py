"""JSON that clients wrote, read as strictly as EventBridge does.  Pure."""

import json
import math
from typing import Any, Final

import msgspec

DEPTH_MAX: Final = 200
"""Of JSON within JSON: what is read here is read and written again with less room on the stack."""


class NotJson(ValueError):
    """The text is no JSON."""


def read(text: str) -> Any:
    """What the text says; raises `NotJson`.

    What it answers can be written again: without NaN, infinities, or halves of characters.
    """
    try:
        text.encode()
        found = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        _check_depth(found, DEPTH_MAX)
        write(found).encode()
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None
    return found


def write(value: Any) -> str:
    """The value as JSON, without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def known(text: str) -> Any:
    """What JSON of our own says."""
    return msgspec.json.decode(text)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _check_depth(value: Any, left: int) -> None:
    if not left:
        raise ValueError(f"JSON is nested in more than {DEPTH_MAX} levels.")
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check_depth(each, left - 1)
