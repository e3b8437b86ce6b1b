"""Points in time as the protocols write them.  No clock here."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,9})?")


def iso8601(seconds: Any) -> str:
    """``2026-01-01T00:00:00.123Z``, as every XML protocol writes it."""
    moment = _EPOCH + timedelta(milliseconds=round(seconds * 1000))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def http_date(seconds: Any) -> str:
    """``Thu, 01 Jan 2026 00:00:00 GMT``, as HTTP headers have it."""
    return (_EPOCH + timedelta(seconds=int(seconds))).strftime("%a, %d %b %Y %H:%M:%S GMT")


def seconds_of(text: str) -> float | None:
    """Seconds since the epoch of an ISO 8601 time or a number; None when `text` is neither."""
    if _NUMBER.fullmatch(text):
        return float(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
