"""CBOR bodies to requests, for Smithy's RPC v2: strict where the protocol is, bounded everywhere.

Only what the protocol uses is read: maps with text for keys, lists, text, bytes, numbers, booleans,
null, and times under tag 1.  Any other tag is refused, whatever the library knows to make of it.
"""

import io
import math
from collections.abc import Mapping
from typing import Any, Final

import cbor2
from msgspec import Struct

from homeport.gateway.codec.json_in import INTEGER, LONG, TIME, Parser, string
from homeport.gateway.refusals import Kind, Refused

DEPTH_MAX: Final = 32
EPOCH_TAG: Final = 1
UNDEFINED: Final = b"\xf7"
KNOWN_TAGS: Final = (
    *(0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100),
    *(256, 258, 260, 261, 1004, 43000, 55799),
)
"""Those that the library would turn into objects of its own."""


class Instant(Struct, frozen=True):
    """What stood under tag 1."""

    seconds: Any


def decode(body: bytes) -> Any:
    """The one value in `body`; raises `Refused` when it holds none, or more than that."""
    stream = io.BytesIO(body)
    try:
        decoder = cbor2.CBORDecoder(
            stream,
            tag_hook=_refuse_unknown,
            object_hook=_without_undefined if UNDEFINED in body else None,
            semantic_decoders=_TAGS,
            max_depth=DEPTH_MAX,
            strict_hashable_types=True,
        )
        value = decoder.decode()
    except (cbor2.CBORError, ValueError, OverflowError, MemoryError) as error:
        raise _unreadable("Could not parse the request body as CBOR") from error
    try:
        decoder.decode()
    except cbor2.CBORDecodeEOF:
        return value
    except cbor2.CBORError:
        pass
    raise _unreadable("The request body has more than one CBOR value")


def _instant(value: Any, immutable: bool) -> Instant:
    return Instant(value)


def _refuse(value: Any, immutable: bool) -> Any:
    raise ValueError("a tag that the protocol does not use")


def _refuse_unknown(tag: Any, immutable: bool = False) -> Any:
    raise ValueError("a tag that the protocol does not use")


_TAGS: Final = {tag: _instant if tag == EPOCH_TAG else _refuse for tag in KNOWN_TAGS}


def _without_undefined(found: Any, immutable: bool = False) -> Any:
    """To the protocol, undefined is null."""
    return {key: None if each is cbor2.undefined else each for key, each in found.items()}


def _whole(value: Any, bounds: tuple[int, int], noun: str) -> Any:
    if type(value) is not int:
        raise _wrong(value, noun)
    if not bounds[0] <= value <= bounds[1]:
        raise _unreadable(f"A number is out of range for {noun}")
    return value


def _integer(value: Any) -> Any:
    return _whole(value, INTEGER, "an Integer")


def _long(value: Any) -> Any:
    return _whole(value, LONG, "a Long")


def _double(value: Any) -> Any:
    if type(value) is int:
        return float(value)  # CBOR's integers have 64 bits: none is too large.
    if type(value) is not float:
        raise _wrong(value, "a Double")
    return value


def _boolean(value: Any) -> Any:
    if type(value) is not bool:
        raise _wrong(value, "a Boolean")
    return value


def _timestamp(value: Any) -> Any:
    if type(value) is not Instant or type(value.seconds) not in {int, float}:
        raise _wrong(value, "a time")
    seconds = float(value.seconds)
    if math.isnan(seconds) or not TIME[0] <= seconds <= TIME[1]:
        raise _unreadable("Timestamp out of range")
    return seconds


def _blob(value: Any) -> Any:
    if type(value) is not bytes:
        raise _wrong(value, "a Blob")
    return value


SCALARS: Final[Mapping[str, Parser]] = {
    "blob": _blob,
    "boolean": _boolean,
    "double": _double,
    "float": _double,
    "integer": _integer,
    "long": _long,
    "string": string,
    "timestamp": _timestamp,
}


def _wrong(value: Any, noun: str) -> Refused:
    return _unreadable(f"A value of the type {type(value).__name__} can not be converted to {noun}")


def _unreadable(message: str) -> Refused:
    return Refused(Kind.UNREADABLE, message)
