"""When a schedule fires: ``at(…)``, ``rate(…)`` and ``cron(…)`` of EventBridge.

Pure: an expression, a zone and a time always name the same next firing.

On a night when clocks change: a local time that is skipped does not fire, and one that comes twice
fires the first time.  So an expression fires at most once for each local minute, and ``cron(0 * *
* ? *)`` pauses for two hours when an hour is repeated.  A rate counts elapsed time and does not
see clocks change.
"""

import re
from datetime import datetime, tzinfo
from functools import lru_cache
from hashlib import sha256
from math import floor
from typing import Final, TypeAlias, assert_never

from msgspec import Struct

from homeport.kernel.schedule_cron import BadExpression, Cron, first_from, read_cron
from homeport.kernel.schedule_zones import MINUTE, first_unskipped, instant, minute_behind, zone_of

__all__ = [
    "At",
    "BadExpression",
    "Cron",
    "Expression",
    "Rate",
    "due_times",
    "is_zone",
    "moment_in_window",
    "next_after",
    "parse",
]

UNITS: Final = {"minute": 60.0, "hour": 3600.0, "day": 86_400.0}
CRON_FROM: Final = -2 * 86_400.0
"""Before 1970 began anywhere."""
CRON_UNTIL: Final = 7_258_204_800.0
"""Two days after 2199 ended in UTC: by then it has ended everywhere."""
TIME_ENDS: Final = 253_402_214_400.0
"""A day before the last moment that a date can say."""


class At(Struct, frozen=True):
    """Once, at a local time."""

    local: datetime
    """Without a zone: that is the schedule's."""


class Rate(Struct, frozen=True):
    """Every so many seconds, counted from an origin."""

    seconds: float


Expression: TypeAlias = At | Rate | Cron


def parse(text: str, *, strict_units: bool = False) -> Expression:
    """Read a schedule expression.  Raises `BadExpression`.

    `strict_units`: a rate of 1 has a singular unit and any other a plural, as EventBridge's rules
    demand; EventBridge Scheduler takes either.
    """
    return _parsed(text, strict_units)


@lru_cache(maxsize=16_384)
def _parsed(text: str, strict_units: bool) -> Expression:
    read = re.fullmatch(r"(at|rate|cron)\((.*)\)", text)
    if read is None or not text.isascii():
        raise BadExpression(
            "A schedule expression is at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(minutes"
            " hours day-of-month month day-of-week year)."
        )
    kind, inside = read.groups()
    if kind == "at":
        return _at(inside)
    return _rate(inside, strict_units) if kind == "rate" else read_cron(inside)


def is_zone(name: str) -> bool:
    """Whether the IANA database has a zone of this name."""
    return zone_of(name) is not None


def next_after(
    expression: Expression, after: float, *, zone: str = "UTC", origin: float = 0.0
) -> float | None:
    """The first firing later than `after`, seconds since the epoch; None: there is none any more.

    `origin` is what a rate counts from: the first firing is in the origin itself.
    Raises `BadExpression` for a zone that there is not.
    """
    match expression:
        case Rate(seconds=seconds):
            return _next_of_rate(seconds, after, origin)
        case At(local=local):
            fires = instant(local, _zone(zone))
            return fires if fires is not None and fires > after else None
        case Cron():
            return _next_of_cron(expression, after, _zone(zone))
        case _:
            assert_never(expression)


def due_times(
    expression: Expression,
    after: float,
    until: float,
    *,
    zone: str = "UTC",
    origin: float = 0.0,
    limit: int = 100,
) -> tuple[float, ...]:
    """The firings later than `after` and not later than `until`: the first `limit` of them."""
    found: list[float] = []
    while len(found) < limit:
        fires = next_after(expression, after, zone=zone, origin=origin)
        if fires is None or fires > until:
            break
        found.append(fires)
        after = fires
    return tuple(found)


def moment_in_window(name: str, start: float, window_s: float) -> float:
    """When a firing that is due at `start` happens, within a flexible window that begins there.

    The same name and start always have the same moment; different ones are spread evenly over the
    window, whose end is no part of it.
    """
    digest = sha256(f"{name}\0{start!r}".encode()).digest()
    # Not more of it: so near the end of the window the sum would be rounded into it.
    return start + int.from_bytes(digest[:3]) / 2**24 * window_s


def _zone(name: str) -> tzinfo:
    zone = zone_of(name)
    if zone is None:
        raise BadExpression(f"There is no time zone {name!r}.")
    return zone


def _at(text: str) -> At:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", text):
        raise BadExpression("The time of an at expression is written yyyy-mm-ddThh:mm:ss.")
    try:
        return At(datetime.fromisoformat(text))
    except ValueError:
        raise BadExpression(f"There is no time {text}.") from None


def _rate(text: str, strict_units: bool) -> Rate:
    read = re.fullmatch(r"\s*([0-9]{1,9})\s+(minute|hour|day)(s?)\s*", text)
    if read is None or int(read[1]) == 0:
        raise BadExpression(
            "A rate expression has a positive whole number and one of minute, minutes, hour, hours,"
            " day and days."
        )
    value, unit, plural = int(read[1]), read[2], bool(read[3])
    if strict_units and plural != (value > 1):
        raise BadExpression(
            f"The unit of the rate expression must be {unit if value == 1 else unit + 's'}."
        )
    return Rate(value * UNITS[unit])


def _next_of_rate(seconds: float, after: float, origin: float) -> float | None:
    if after < origin:
        return origin
    steps = floor((after - origin) / seconds) + 1
    # The quotient may have been rounded across a firing, either way.
    if origin + (steps - 1) * seconds > after:
        steps -= 1
    elif origin + steps * seconds <= after:
        steps += 1
    fires = origin + steps * seconds
    return fires if fires < TIME_ENDS else None


def _next_of_cron(cron: Cron, after: float, zone: tzinfo) -> float | None:
    if after >= CRON_UNTIL:
        return None
    local: datetime = minute_behind(max(after, CRON_FROM), zone)
    while (found := first_from(cron, local)) is not None:
        fires = instant(found, zone)
        if fires is None:
            local = first_unskipped(found, zone)
        elif fires > after:
            return fires
        else:  # Clocks show it for the second time.
            local = found + MINUTE
    return None
