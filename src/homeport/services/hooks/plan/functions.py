"""The name of a Lambda function, as hooks may write it.  Pure."""

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,140}")


def function_name(function: str) -> str:
    """The name in a name, a partial or a whole ARN, with or without a version or an alias."""
    _, found, rest = function.rpartition("function:")
    return (rest if found else function).partition(":")[0]


def is_name(name: str) -> bool:
    """Whether Lambda would allow a function to be called so."""
    return _NAME.fullmatch(name) is not None
