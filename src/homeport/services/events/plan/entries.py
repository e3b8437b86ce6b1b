"""The entries of PutEvents, one by one.  Pure."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from homeport.services.events.errors import ValidationException
from homeport.services.events.plan.documents import NotJson, read
from homeport.services.events.plan.envelopes import Happening, moment

BYTES_MAX: Final = 262_144
"""Of all entries of a request together."""
TIME_BYTES: Final = 14


class BadEntry(Struct, frozen=True):
    """Why one entry is not put."""

    code: str
    message: str


def check_size(entries: Sequence[Mapping[str, Any]]) -> None:
    """Refuse entries that are too long together, counted as EventBridge counts."""
    if sum(map(size, entries)) > BYTES_MAX:
        raise ValidationException("Total size of the entries in the request is over the limit.")


def size(entry: Mapping[str, Any]) -> int:
    """The bytes for which an entry counts."""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    texts.extend(entry.get("Resources") or ())
    counted = sum(len(text.encode(errors="surrogatepass")) for text in texts)
    return counted + (TIME_BYTES if entry.get("Time") is not None else 0)


def happening(entry: Mapping[str, Any], *, now: float) -> Happening | BadEntry:
    """What an entry tells, or what is wrong with it."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return _invalid(name, f"{name} is a required argument.")
    for name in ("Source", "DetailType", "Resources"):
        if not _is_text(entry.get(name) or ""):
            return _invalid(name, "It has half a character.")
    if entry["Source"].startswith("aws."):
        return BadEntry("NotAuthorizedForSourceException", "Not authorized for the source.")
    at = float(entry.get("Time", now))
    try:
        moment(at)
    except ValueError:
        return _invalid("Time", "No date can say it.")
    try:
        detail = read(entry["Detail"])
    except NotJson:
        detail = None
    if not isinstance(detail, dict):
        return BadEntry("MalformedDetail", "Detail is malformed.")
    return Happening(
        source=entry["Source"],
        detail_type=entry["DetailType"],
        at=at,
        resources=tuple(entry.get("Resources") or ()),
        detail=detail,
    )


def _is_text(value: str | Sequence[str]) -> bool:
    """Whether it can be written: without halves of characters."""
    try:
        "".join(value).encode()
    except UnicodeEncodeError:
        return False
    return True


def _invalid(name: str, reason: str) -> BadEntry:
    return BadEntry("InvalidArgument", f"Parameter {name} is not valid. Reason: {reason}")
