"""Responses to CBOR, for Smithy's RPC v2.  A library does the work; times get their tag here."""

from collections.abc import Mapping
from typing import Any, Final

import cbor2

from homeport.gateway.codec.json_out import JsonRewriters
from homeport.gateway.model import Shape

EPOCH_TAG: Final = 1


class CborRewriters(JsonRewriters):
    """Compiles what has to be changed in one model's responses before they are encoded."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        super().__init__(shapes, times=_instant)


def encode(value: Any) -> bytes:
    """The value as CBOR."""
    encoded: bytes = cbor2.dumps(value)
    return encoded


def _instant(seconds: Any) -> Any:
    return cbor2.CBORTag(EPOCH_TAG, float(round(seconds, 3)))
