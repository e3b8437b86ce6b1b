"""Cron expressions beside what they mean, said another way than the code under test says it."""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from hypothesis import strategies as st

MONTH_NAMES = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905
DAY_NAMES = "SUN MON TUE WED THU FRI SAT".split()  # noqa: SIM905


@dataclass(frozen=True)
class Sample:
    """A cron expression, when it fires, and the same in the words of another library."""

    fields: str
    minutes: frozenset[int]
    hours: frozenset[int]
    is_day: Callable[[date], bool]
    months: frozenset[int]
    years: frozenset[int]
    elsewhere: str | None
    """None: the other library has no word for it, or means something else by it."""

    @property
    def text(self) -> str:
        return f"cron({self.fields})"

    def has(self, local: datetime) -> bool:
        return (
            local.minute in self.minutes
            and local.hour in self.hours
            and local.month in self.months
            and local.year in self.years
            and self.is_day(local.date())
        )


@dataclass(frozen=True)
class Said:
    text: str
    values: frozenset[int]
    plainly: str = ""
    """Where the other library reads the text another way."""

    @property
    def elsewhere(self) -> str:
        return self.plainly or self.text


def walk(least: int, most: int, first: int, last: int) -> list[int]:
    """From the first to the last, over the end if need be."""
    values = [first]
    while values[-1] != last:
        values.append(least if values[-1] == most else values[-1] + 1)
    return values


@st.composite
def part(draw: st.DrawFn, least: int, most: int, wraps: bool) -> Said:
    first, last = draw(st.integers(least, most)), draw(st.integers(least, most))
    step = draw(st.integers(1, (most - least) // 2))
    if not wraps:
        first, last = sorted((first, last))
    if first == last:
        return Said(str(first), frozenset({first}))
    span = walk(least, most, first, last)
    return draw(
        st.sampled_from(
            [
                Said(str(first), frozenset({first})),
                Said(f"{first}-{last}", frozenset(span)),
                Said(f"{first}/{step}", frozenset(range(first, most + 1, step))),
                Said(f"*/{step}", frozenset(range(least, most + 1, step))),
                Said(
                    f"{first}-{last}/{step}",
                    frozenset(span[::step]),
                    # It begins to count anew beyond the end.
                    plainly=",".join(map(str, span[::step])) if last < first else "",
                ),
            ]
        )
    )


def field(least: int, most: int, *, wraps: bool = True) -> st.SearchStrategy[Said]:
    """A whole field: everything, or a few parts."""
    return st.one_of(
        st.just(Said("*", frozenset(range(least, most + 1)))),
        st.lists(part(least, most, wraps), min_size=1, max_size=3).map(
            lambda parts: Said(
                ",".join(each.text for each in parts),
                frozenset().union(*(each.values for each in parts)),
                ",".join(each.elsewhere for each in parts),
            )
        ),
    )


def weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def days_of_month(day: date) -> list[date]:
    return [day.replace(day=n) for n in range(1, monthrange(day.year, day.month)[1] + 1)]


def working_days(day: date) -> list[date]:
    return [each for each in days_of_month(day) if each.isoweekday() <= 5]


def is_nearest(wanted: int, day: date) -> bool:
    return len(days_of_month(day)) >= wanted and day == min(
        working_days(day), key=lambda each: abs(each.day - wanted)
    )


def same_weekday(day: date, number: int) -> list[date]:
    return [each for each in days_of_month(day) if weekday(each) == number]


# (day-of-month, day-of-week, whether a day is meant, the other library's two fields)
Days = tuple[str, str, Callable[[date], bool], tuple[str, str] | None]


@st.composite
def days(draw: st.DrawFn) -> Days:
    number, nth, wanted = (
        draw(st.integers(1, 7)),
        draw(st.integers(1, 5)),
        draw(st.integers(1, 31)),
    )
    month_days, week_days = draw(field(1, 31)), draw(field(1, 7))
    named = draw(
        st.sampled_from([str(number), DAY_NAMES[number - 1], DAY_NAMES[number - 1].lower()])
    )
    numbered = ",".join(str(each - 1) for each in sorted(week_days.values))
    choices: list[Days] = [
        (
            month_days.text,
            "?",
            lambda day: day.day in month_days.values,
            (month_days.elsewhere, "*"),
        ),
        ("?", week_days.text, lambda day: weekday(day) in week_days.values, ("*", numbered)),
        ("?", named, lambda day: weekday(day) == number, ("*", str(number - 1))),
        ("L", "?", lambda day: day == days_of_month(day)[-1], ("L", "*")),
        ("LW", "?", lambda day: day == working_days(day)[-1], None),
        # The other library moves a day that the month does not have to its last one.
        (
            f"{wanted}W",
            "?",
            lambda day: is_nearest(wanted, day),
            (f"{wanted}W", "*") if wanted <= 28 else None,
        ),
        ("?", "L", lambda day: weekday(day) == 7, ("*", "6")),
        (
            "?",
            f"{named}L",
            lambda day: day == same_weekday(day, number)[-1],
            ("*", f"L{number - 1}"),
        ),
        (
            "?",
            f"{named}#{nth}",
            lambda day: day in same_weekday(day, number)[nth - 1 : nth],
            ("*", f"{number - 1}#{nth}"),
        ),
    ]
    return draw(st.sampled_from(choices))


YEARS = field(1970, 2199, wraps=False)


@st.composite
def samples(draw: st.DrawFn, *, years: st.SearchStrategy[Said] = YEARS) -> Sample:
    """Expressions of every kind."""
    minutes, hours, months = draw(field(0, 59)), draw(field(0, 23)), draw(field(1, 12))
    year = draw(years)
    day_of_month, day_of_week, is_day, others = draw(days())
    return Sample(
        fields=f"{minutes.text} {hours.text} {day_of_month} {months.text} {day_of_week}"
        f" {year.text}",
        minutes=minutes.values,
        hours=hours.values,
        is_day=is_day,
        months=months.values,
        years=year.values,
        elsewhere=others
        and f"{minutes.elsewhere} {hours.elsewhere} {others[0]} {months.elsewhere} {others[1]} 0"
        f" {year.text}",
    )
