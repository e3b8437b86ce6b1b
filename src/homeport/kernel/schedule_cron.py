"""AWS's cron expressions: six fields, and the local times that have them.  Pure; no time zones.

Wildcards are those of AWS's table, each only in its fields: ``, - * /``, and ``? L W`` for the day
of the month, ``? L #`` for the day of the week.  Where that table is silent:

- a range may run over the end (``22-2``, ``FRI-SUN``, ``NOV-FEB``), but not one of years;
- a step may be longer than its range: then only the first value is left;
- ``L``, ``LW``, ``15W``, ``6L`` and ``3#2`` stand alone in their field;
- ``L`` alone in the day of the week is Saturday; ``L-3`` is refused;
- the weekday nearest to a day that the month does not have (``31W``) is none;
- names and letters may be small or capital.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from msgspec import Struct

from homeport.kernel.schedule_days import (
    DayRule,
    LastDay,
    LastOfMonth,
    LastWeekday,
    MonthDays,
    NearestWeekday,
    NthOfMonth,
    WeekDays,
    days_in,
)

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2199
PART: Final = re.compile(r"(\*|[A-Z0-9]+)(?:-([A-Z0-9]+))?(?:/([0-9]{1,9}))?")


class BadExpression(ValueError):
    """The text is no schedule expression; says why in a sentence."""


class Cron(Struct, frozen=True):
    """At local times that have all these fields, each in order."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DayRule
    months: tuple[int, ...]
    years: tuple[int, ...]


class Field(Struct, frozen=True):
    """What one field may hold."""

    name: str
    least: int
    most: int
    names: tuple[str, ...] = ()
    """Of the values from the least on."""
    wraps: bool = True


MINUTES: Final = Field("minutes", 0, 59)
HOURS: Final = Field("hours", 0, 23)
DAY_OF_MONTH: Final = Field("day-of-month", 1, 31)
MONTH_NAMES: Final = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
MONTH: Final = Field("month", 1, 12, tuple(MONTH_NAMES.split()))
DAY_NAMES: Final = "SUN MON TUE WED THU FRI SAT"
DAY_OF_WEEK: Final = Field("day-of-week", 1, 7, tuple(DAY_NAMES.split()))
YEAR: Final = Field("year", FIRST_YEAR, LAST_YEAR, wraps=False)


def read_cron(text: str) -> Cron:
    """What stands between the brackets of ``cron(…)``.  Raises `BadExpression`."""
    fields = text.upper().split()
    if len(fields) != 6:
        raise BadExpression(
            "A cron expression has six fields (minutes hours day-of-month month day-of-week"
            f" year); this one has {len(fields)}."
        )
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise BadExpression(
            "One of the day-of-month and day-of-week fields of a cron expression must be ?,"
            " and the other must not."
        )
    return Cron(
        minutes=_values(MINUTES, minutes),
        hours=_values(HOURS, hours),
        days=_days_of_week(day_of_week) if day_of_month == "?" else _days_of_month(day_of_month),
        months=_values(MONTH, month),
        years=_values(YEAR, year),
    )


def first_from(cron: Cron, local: datetime) -> datetime | None:
    """The first local time at or later than `local` that has the fields; None: there is none."""
    today = (local.year, local.month, local.day)
    for day in _days_from(cron, *today):
        time = (
            _time_from(cron, local.hour, local.minute)
            if day == today
            else (cron.hours[0], cron.minutes[0])
        )
        if time is not None:
            return datetime(*day, *time)  # noqa: DTZ001 - the zone is the caller's
    return None


def _days_from(cron: Cron, year: int, month: int, day: int) -> Iterator[tuple[int, int, int]]:
    for index in range(bisect_left(cron.years, year), len(cron.years)):
        a_year = cron.years[index]
        for a_month in cron.months:
            if (a_year, a_month) < (year, month):
                continue
            for a_day in days_in(cron.days, a_year, a_month):
                if (a_year, a_month, a_day) >= (year, month, day):
                    yield a_year, a_month, a_day


def _time_from(cron: Cron, hour: int, minute: int) -> tuple[int, int] | None:
    at = bisect_left(cron.hours, hour)
    if at < len(cron.hours) and cron.hours[at] == hour:
        among = bisect_left(cron.minutes, minute)
        if among < len(cron.minutes):
            return hour, cron.minutes[among]
        at += 1
    return (cron.hours[at], cron.minutes[0]) if at < len(cron.hours) else None


def _days_of_month(text: str) -> DayRule:
    if text == "L":
        return LastDay()
    if text == "LW":
        return LastWeekday()
    if nearest := re.fullmatch(r"([0-9]+)W", text):
        return NearestWeekday(_value(DAY_OF_MONTH, nearest[1]))
    if "L" in text or "W" in text:
        raise BadExpression(
            f"The day-of-month field {text!r} is not valid: L, LW and a day followed by W stand"
            " alone."
        )
    return MonthDays(_values(DAY_OF_MONTH, text))


def _days_of_week(text: str) -> DayRule:
    if text == "L":
        return WeekDays((DAY_OF_WEEK.most,))
    if last := re.fullmatch(r"([A-Z0-9]+)L", text):
        return LastOfMonth(_value(DAY_OF_WEEK, last[1]))
    if numbered := re.fullmatch(r"([A-Z0-9]+)#([1-5])", text):
        return NthOfMonth(_value(DAY_OF_WEEK, numbered[1]), int(numbered[2]))
    if "L" in text or "#" in text:
        raise BadExpression(
            f"The day-of-week field {text!r} is not valid: L, a day followed by L, and a day with"
            " # and a number from 1 to 5 stand alone."
        )
    return WeekDays(_values(DAY_OF_WEEK, text))


def _values(field: Field, text: str) -> tuple[int, ...]:
    found: set[int] = set()
    for part in text.split(","):
        found.update(_part(field, part))
    return tuple(sorted(found))


def _part(field: Field, text: str) -> Iterator[int]:
    """``*``, a value, a range, or one of them with a step."""
    read = PART.fullmatch(text)
    if read is None or (read[1] == "*" and read[2] is not None):
        raise BadExpression(f"The {field.name} field cannot hold {text!r}.")
    first, last, step = read.groups()
    if step is not None and int(step) == 0:
        raise BadExpression(f"The step of {text!r} in the {field.name} field must not be 0.")
    low = field.least if first == "*" else _value(field, first)
    if last is not None:
        high = _value(field, last)
    else:
        high = field.most if first == "*" or step is not None else low
    size = field.most - field.least + 1
    if high < low and not field.wraps:
        raise BadExpression(f"The {field.name} field holds {text!r}, which runs backwards.")
    span = (high - low) % size
    return (
        field.least + (low - field.least + ahead) % size
        for ahead in range(0, span + 1, int(step or 1))
    )


def _value(field: Field, text: str) -> int:
    if text in field.names:
        return field.least + field.names.index(text)
    if not re.fullmatch(r"[0-9]{1,4}", text) or not field.least <= int(text) <= field.most:
        names = f" or {field.names[0]}-{field.names[-1]}" if field.names else ""
        raise BadExpression(
            f"The {field.name} field holds {text!r}, which is not {field.least}-{field.most}"
            f"{names}."
        )
    return int(text)
