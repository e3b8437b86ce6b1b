"""The ids of deployments: ``d-`` and nine capital letters or digits.  Pure."""

from typing import Final

from homeport.kernel.ids import Ids

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LENGTH: Final = 9


def fresh(ids: Ids) -> str:
    """An id that no deployment has yet."""
    number = int(ids.hex(12), 16)
    found = ""
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        found = _DIGITS[digit] + found
    return f"d-{found}"
