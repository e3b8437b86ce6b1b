"""When schedules fire: AWS's documented examples, and properties against plainer ways to say it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from croniter import CroniterBadDateError, croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.kernel.schedule_expressions import (
    BadExpression,
    due_times,
    moment_in_window,
    next_after,
    parse,
)
from kernel.schedule_samples import Said, Sample, field, samples

FOREVER = 1e12
moments = st.floats(0, 7_258_118_400, allow_nan=False).filter(lambda at: at < 7_258_118_400)


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def shown(at: float | None) -> str:
    return "never" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S %a}"


def firings(text: str, after: str, count: int, zone: str = "UTC") -> list[str]:
    found = due_times(parse(text), moment(after), FOREVER, zone=zone, limit=count)
    return [f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M %a}" for at in found]


@pytest.mark.parametrize(
    ("fields", "after", "expected"),
    [
        # 10:00 every day
        ("0 10 * * ? *", "2024-02-28T10:00:00", ["2024-02-29 10:00 Thu", "2024-03-01 10:00 Fri"]),
        # 12:15 every day
        ("15 12 * * ? *", "2024-12-31T12:14:59", ["2024-12-31 12:15 Tue", "2025-01-01 12:15 Wed"]),
        # 18:00 Monday to Friday
        (
            "0 18 ? * MON-FRI *",
            "2024-05-02T18:00:00",
            ["2024-05-03 18:00 Fri", "2024-05-06 18:00 Mon"],
        ),
        # 8:00 on the first day of each month
        ("0 8 1 * ? *", "2024-11-01T08:00:00", ["2024-12-01 08:00 Sun", "2025-01-01 08:00 Wed"]),
        # every 15 minutes
        (
            "0/15 * * * ? *",
            "2024-12-31T23:30:00",
            ["2024-12-31 23:45 Tue", "2025-01-01 00:00 Wed", "2025-01-01 00:15 Wed"],
        ),
        # every 10 minutes Monday to Friday
        (
            "0/10 * ? * MON-FRI *",
            "2024-05-03T23:40:00",
            ["2024-05-03 23:50 Fri", "2024-05-06 00:00 Mon", "2024-05-06 00:10 Mon"],
        ),
        # every 5 minutes Monday to Friday, 8:00 to 17:55
        (
            "0/5 8-17 ? * MON-FRI *",
            "2024-05-03T17:50:00",
            ["2024-05-03 17:55 Fri", "2024-05-06 08:00 Mon", "2024-05-06 08:05 Mon"],
        ),
        # 9:00 on the first Monday of each month
        (
            "0 9 ? * 2#1 *",
            "2024-05-06T09:00:00",
            ["2024-06-03 09:00 Mon", "2024-07-01 09:00 Mon", "2024-08-05 09:00 Mon"],
        ),
        # every 30 minutes Monday to Friday, 20:00 to 2:30, and Monday from midnight
        (
            "0/30 20-2 ? * MON-FRI *",
            "2024-05-03T23:00:00",
            ["2024-05-03 23:30 Fri", "2024-05-06 00:00 Mon", "2024-05-06 00:30 Mon"],
        ),
        # 10:15 on the last Friday of each month of the years 2022 and 2023
        (
            "15 10 ? * 6L 2022-2023",
            "2023-10-27T10:15:00",
            ["2023-11-24 10:15 Fri", "2023-12-29 10:15 Fri"],
        ),
        ("15 10 ? * 6L 2022-2023", "2000-01-01T00:00:00", ["2022-01-28 10:15 Fri"]),
        # 8:30 every day, as in the guide's example of a time zone
        ("30 8 * * ? *", "2022-11-20T08:30:00", ["2022-11-21 08:30 Mon"]),
        # the second Tuesday, and a fifth one
        ("0 0 ? * 3#2 *", "2024-05-01T00:00:00", ["2024-05-14 00:00 Tue", "2024-06-11 00:00 Tue"]),
        ("0 0 ? * 3#5 *", "2024-05-01T00:00:00", ["2024-07-30 00:00 Tue", "2024-10-29 00:00 Tue"]),
        # the weekday nearest to the third: a Saturday, a Sunday, a Monday
        (
            "0 0 3W * ? *",
            "2024-07-31T00:00:00",
            ["2024-08-02 00:00 Fri", "2024-09-03 00:00 Tue", "2024-10-03 00:00 Thu"],
        ),
        ("0 0 3W 11 ? *", "2024-01-01T00:00:00", ["2024-11-04 00:00 Mon", "2025-11-03 00:00 Mon"]),
        # never into another month
        ("0 0 1W 6 ? *", "2024-05-31T00:00:00", ["2024-06-03 00:00 Mon"]),
        ("0 0 30W 6 ? *", "2024-05-31T00:00:00", ["2024-06-28 00:00 Fri"]),
        ("0 0 31W * ? 2024", "2024-03-30T00:00:00", ["2024-05-31 00:00 Fri"]),
        ("0 0 LW 3,6,8 ? 2024", "2024-01-01T00:00:00", [
            "2024-03-29 00:00 Fri", "2024-06-28 00:00 Fri", "2024-08-30 00:00 Fri",
        ]),
        # the last day of the month, and of the week
        (
            "0 0 L * ? *",
            "2024-01-31T00:00:00",
            ["2024-02-29 00:00 Thu", "2024-03-31 00:00 Sun", "2024-04-30 00:00 Tue"],
        ),
        ("0 0 ? * L *", "2024-05-01T00:00:00", ["2024-05-04 00:00 Sat", "2024-05-11 00:00 Sat"]),
        # days that some months do not have
        ("0 0 31 * ? *", "2024-01-31T00:00:00", ["2024-03-31 00:00 Sun", "2024-05-31 00:00 Fri"]),
        ("0 0 29 2 ? *", "2096-02-29T00:00:00", ["2104-02-29 00:00 Fri", "2108-02-29 00:00 Wed"]),
        # a month in which the first day that fits is not the first of the rule
        ("59 23 1,15 1/6 ? *", "2024-01-15T23:59:00", ["2024-07-01 23:59 Mon"]),
        ("5 4 ? 2 1 *", "2024-02-26T00:00:00", ["2025-02-02 04:05 Sun"]),
        ("0 0 1 1 ? 2199", "2024-01-01T00:00:00", ["2199-01-01 00:00 Tue"]),
    ],
)  # fmt: skip
def test_cron_expressions_fire_as_aws_says(fields: str, after: str, expected: list[str]) -> None:
    assert firings(f"cron({fields})", after, len(expected)) == expected


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        ("0 0 30 2 ? *", "1970-01-01T00:00:00"),
        ("0 0 30W 2 ? *", "1970-01-01T00:00:00"),
        ("0 0 31 4,6,9,11 ? *", "1970-01-01T00:00:00"),
        ("0 0 29 2 ? 2023", "1970-01-01T00:00:00"),
        ("15 10 ? * 6L 2022-2023", "2023-12-29T10:15:00"),
        ("* * * * ? 2199", "2199-12-31T23:59:00"),
        ("* * * * ? *", "2300-01-01T00:00:00"),
    ],
)
def test_what_cannot_come_any_more_never_does(fields: str, after: str) -> None:
    assert next_after(parse(f"cron({fields})"), moment(after)) is None


def test_the_first_and_the_last_minute_of_the_calendar_fire_everywhere() -> None:
    every_minute = parse("cron(* * * * ? *)")
    assert next_after(every_minute, -FOREVER) == 0.0
    assert next_after(every_minute, -FOREVER, zone="Etc/GMT-14") == -14 * 3600
    last = moment("2199-12-31T23:59:00") + 12 * 3600
    assert next_after(every_minute, last - 1, zone="Etc/GMT+12") == last
    assert next_after(every_minute, last, zone="Etc/GMT+12") is None


@pytest.mark.parametrize("fraction", [0.0, 0.001, 0.5, 0.999999, 0.9999995])
def test_a_firing_is_later_by_however_little(fraction: float) -> None:
    every_minute, at = parse("cron(* * * * ? *)"), moment("2024-05-01T10:00:00")
    assert next_after(every_minute, at - 1 + fraction) == at
    assert next_after(every_minute, at + fraction) == at + 60
    assert next_after(every_minute, at + 59 + fraction) == at + 60


@settings(max_examples=150, deadline=None)
@given(samples(), moments)
def test_nothing_is_skipped_and_nothing_is_added(sample: Sample, after: float) -> None:
    """Against a walk over the days that follow, in which each minute is looked at."""
    first_day = datetime.fromtimestamp(after, UTC).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    expected: list[float] = []
    for ahead in range(366):
        day = first_day + timedelta(days=ahead)
        if len(expected) > 200 or day.year > 2199:
            break
        if not sample.has(day.replace(hour=min(sample.hours), minute=min(sample.minutes))):
            continue
        for minute in range(1440):
            at = day + timedelta(minutes=minute)
            if sample.has(at) and at.timestamp() > after:
                expected.append(at.timestamp())
    until = (first_day + timedelta(days=ahead)).timestamp() - 1
    expected = [at for at in expected if at <= until]
    assert due_times(parse(sample.text), after, until, limit=10_000) == tuple(expected)


# Those of this time, so that something fires; a step would go on to 2199.
COMMON_YEARS = st.one_of(
    st.just(Said("*", frozenset(range(1970, 2200)))), field(2020, 2040, wraps=False)
).filter(lambda said: "/" not in said.text)


@settings(max_examples=300, deadline=None)
@given(samples(years=COMMON_YEARS), st.integers(946_684_800, 2_208_988_800))
def test_an_independent_library_fires_at_the_same_times(sample: Sample, after: int) -> None:
    if sample.elsewhere is None:
        return
    other = croniter(sample.elsewhere, float(after), max_years_between_matches=50)
    expected: list[float] = []
    with suppress(CroniterBadDateError):
        while len(expected) < 8:
            expected.append(other.get_next(float))
    found = due_times(parse(sample.text), float(after), FOREVER, limit=8)
    assert list(map(shown, found[: len(expected)])) == list(map(shown, expected))
    if len(expected) < 8:
        past = (expected or [float(after)])[-1] + 49 * 365.25 * 86_400
        assert all(at > past for at in found[len(expected) :])


@settings(max_examples=200, deadline=None)
@given(samples(), moments, st.floats(0, 1e7))
def test_a_later_moment_has_no_earlier_firing(sample: Sample, after: float, ahead: float) -> None:
    expression = parse(sample.text)
    first, second = next_after(expression, after), next_after(expression, after + ahead)
    assert first is None or first > after
    if first is None:
        assert second is None
    elif first > after + ahead:
        assert second == first
    else:
        assert second is None or second > first


def test_a_time_fires_once() -> None:
    at = parse("at(2022-11-20T13:00:00)")
    due = moment("2022-11-20T13:00:00")
    assert next_after(at, 0.0) == due
    assert next_after(at, due - 0.001) == due
    assert next_after(at, due) is None
    assert due_times(at, 0.0, due) == (due,)
    assert due_times(at, 0.0, due - 0.001) == ()
    assert next_after(at, 0.0, zone="America/New_York") == due + 5 * 3600


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (-5000.0, 100.0),
        (99.9, 100.0),
        (100.0, 400.0),
        (399.999, 400.0),
        (400.0, 700.0),
        (3100.5, 3400.0),
    ],
)
def test_a_rate_counts_from_its_origin_and_begins_there(after: float, expected: float) -> None:
    assert next_after(parse("rate(5 minutes)"), after, origin=100.0) == expected


@settings(max_examples=500, deadline=None)
@given(
    st.integers(1, 999),
    st.sampled_from([60, 3600, 86_400]),
    st.floats(0, 4e9),
    st.integers(1, 1000),
    st.sampled_from([-17.3, -1e-6, 0.0, 1e-6, 17.3]),
)
def test_a_rate_fires_at_every_multiple_and_at_nothing_else(
    value: int, unit_s: int, origin: float, steps: int, beside: float
) -> None:
    unit = {60: "minutes", 3600: "hours", 86_400: "days"}[unit_s]
    after = origin + steps * value * unit_s + beside
    multiples = [origin + n * value * unit_s for n in range(steps - 1, steps + 3)]
    assert next_after(parse(f"rate({value} {unit})"), after, origin=origin) == min(
        each for each in multiples if each > after
    )


def test_a_rate_whose_next_firing_no_date_can_say_is_over() -> None:
    assert next_after(parse("rate(999999999 days)"), 0.0, origin=0.0) is None


@settings(max_examples=200)
@given(st.integers(1, 9), st.floats(0, 2e9), st.integers(0, 12))
def test_due_times_are_the_firings_one_after_the_other(
    value: int, after: float, limit: int
) -> None:
    rate = parse(f"rate({value} hours)")
    due = due_times(rate, after, after + 36_000, limit=limit)
    assert len(due) == min(limit, len(due_times(rate, after, after + 36_000)))
    for before, each in zip((after, *due), due, strict=False):
        assert next_after(rate, before) == each
        assert each <= after + 36_000


def test_due_times_are_bounded_unless_somebody_says_otherwise() -> None:
    assert len(due_times(parse("rate(1 minute)"), 0.0, FOREVER)) == 100


def test_a_zone_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadExpression, match=r"There is no time zone 'Mars/Olympus'\."):
        next_after(parse("cron(0 10 * * ? *)"), 0.0, zone="Mars/Olympus")


@given(st.text(max_size=20), st.floats(0, 7e9), st.integers(1, 1440))
def test_a_flexible_firing_is_within_its_window(name: str, start: float, minutes: int) -> None:
    at = moment_in_window(name, start, minutes * 60.0)
    assert start <= at < start + minutes * 60
    assert at == moment_in_window(name, start, minutes * 60.0)


def test_flexible_firings_are_spread_evenly_over_the_window() -> None:
    by_name = [moment_in_window(f"job-{n}", 1e9, 600.0) - 1e9 for n in range(6000)]
    by_time = [moment_in_window("job", 1e9 + n * 60, 600.0) - 1e9 - n * 60 for n in range(6000)]
    for offsets in (by_name, by_time):
        tenths = [sum(1 for offset in offsets if offset // 60 == n) for n in range(10)]
        assert sum(tenths) == 6000
        assert all(480 < count < 720 for count in tenths), tenths


def test_a_window_without_length_moves_nothing() -> None:
    assert moment_in_window("job", 1e9, 0.0) == 1e9
