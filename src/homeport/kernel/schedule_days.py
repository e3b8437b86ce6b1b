"""Which days of a month a cron expression means.  Pure; times and time zones are elsewhere.

Days of the week are numbered as in AWS's expressions: 1 is Sunday, 7 is Saturday.
"""

from calendar import monthrange
from functools import lru_cache
from typing import TypeAlias, assert_never

from msgspec import Struct


class MonthDays(Struct, frozen=True):
    """``1-15``: days by their number; those that the month does not have are left out."""

    days: tuple[int, ...]


class LastDay(Struct, frozen=True):
    """``L``: the last day of the month."""


class NearestWeekday(Struct, frozen=True):
    """``15W``: the Monday to Friday nearest to the day, within the month.

    A month without the day has none.
    """

    day: int


class LastWeekday(Struct, frozen=True):
    """``LW``: the last Monday to Friday of the month."""


class WeekDays(Struct, frozen=True):
    """``MON-FRI``: days by their name."""

    days: tuple[int, ...]


class NthOfMonth(Struct, frozen=True):
    """``3#2``: the second Tuesday.  A month that has no fifth one has none."""

    day: int
    nth: int


class LastOfMonth(Struct, frozen=True):
    """``6L``: the last Friday."""

    day: int


DayRule: TypeAlias = (
    MonthDays | LastDay | NearestWeekday | LastWeekday | WeekDays | NthOfMonth | LastOfMonth
)


def days_in(rule: DayRule, year: int, month: int) -> tuple[int, ...]:
    """The days of a month that the rule means, in order."""
    return _days(rule, *_shape(year, month))


@lru_cache(maxsize=4096)
def _shape(year: int, month: int) -> tuple[int, int]:
    """The day of the week that the month begins with, and its length."""
    monday_based, length = monthrange(year, month)
    return (monday_based + 1) % 7 + 1, length


@lru_cache(maxsize=4096)
def _days(rule: DayRule, first: int, length: int) -> tuple[int, ...]:
    match rule:
        case MonthDays(days=days):
            return tuple(day for day in days if day <= length)
        case LastDay():
            return (length,)
        case NearestWeekday(day=day):
            return (_nearest_weekday(day, first, length),) if day <= length else ()
        case LastWeekday():
            return (_nearest_weekday(length, first, length),)
        case WeekDays(days=days):
            return tuple(day for day in range(1, length + 1) if _weekday(day, first) in days)
        case NthOfMonth(day=weekday, nth=nth):
            return _all_of(weekday, first, length)[nth - 1 : nth]
        case LastOfMonth(day=weekday):
            return _all_of(weekday, first, length)[-1:]
        case _:
            assert_never(rule)


def _weekday(day: int, first: int) -> int:
    return (first - 1 + day - 1) % 7 + 1


def _all_of(weekday: int, first: int, length: int) -> tuple[int, ...]:
    return tuple(day for day in range(1, length + 1) if _weekday(day, first) == weekday)


def _nearest_weekday(day: int, first: int, length: int) -> int:
    """From a Saturday back and from a Sunday on, but never into another month."""
    match _weekday(day, first):
        case 7:
            return day - 1 if day > 1 else day + 2
        case 1:
            return day + 1 if day < length else day - 2
        case _:
            return day
