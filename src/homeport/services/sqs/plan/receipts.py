"""Receipt handles: opaque to clients, they name a message and its latest receive.  Pure."""

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from homeport.services.sqs.errors import ReceiptHandleIsInvalid

_PARTS: Final = 4
_VERSION: Final = "1"
_DIGITS_MAX: Final = 18


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt handle says."""

    message: int
    token: str


def handle_of(message: int, token: str, queue_name: str) -> str:
    """The handle of a message that was received."""
    text = f"{_VERSION}:{message}:{token}:{queue_name}"
    return base64.b64encode(text.encode()).decode()


def receipt_of(handle: str, queue_name: str) -> Receipt:
    """What the handle says; raises when it is none, or none of this queue."""
    try:
        parts = base64.b64decode(handle.encode("ascii"), validate=True).decode().split(":")
    except (binascii.Error, ValueError) as error:
        raise _invalid(handle) from error
    if (
        len(parts) != _PARTS
        or parts[0] != _VERSION
        or parts[3] != queue_name
        or not (parts[1].isascii() and parts[1].isdigit() and len(parts[1]) <= _DIGITS_MAX)
        or not parts[2]
        or "\0" in parts[2]
    ):
        raise _invalid(handle)
    return Receipt(int(parts[1]), parts[2])


def _invalid(handle: str) -> ReceiptHandleIsInvalid:
    return ReceiptHandleIsInvalid(
        f'The input receipt handle "{handle[:200]}" is not a valid receipt handle.'
    )
