"""When clocks change: a time that is skipped does not fire, one that comes twice fires once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.kernel.schedule_expressions import due_times, next_after, parse
from kernel.schedule_samples import Sample, samples

FOREVER = 1e12


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def firings(fields: str, zone: str, after: str, until: str) -> list[str]:
    """In UTC, of what lies between two moments in UTC."""
    found = due_times(parse(f"cron({fields})"), moment(after), moment(until), zone=zone)
    return [f"{datetime.fromtimestamp(at, UTC):%d %H:%M}" for at in found]


@pytest.mark.parametrize(
    ("zone", "fields", "after", "until", "expected"),
    [
        # New York, 10 March 2024: at 2:00 EST it is 3:00 EDT (07:00 UTC).
        (
            "America/New_York",
            "30 2 * * ? *",
            "2024-03-09T00:00",
            "2024-03-12T00:00",
            ["09 07:30", "11 06:30"],
        ),
        (
            "America/New_York",
            "0 2,3 * * ? *",
            "2024-03-10T00:00",
            "2024-03-11T12:00",
            ["10 07:00", "11 06:00", "11 07:00"],
        ),
        (
            "America/New_York",
            "0 * * * ? *",
            "2024-03-10T04:30",
            "2024-03-10T09:00",
            ["10 05:00", "10 06:00", "10 07:00", "10 08:00", "10 09:00"],
        ),
        (
            "America/New_York",
            "59 1,2 * * ? *",
            "2024-03-10T00:00",
            "2024-03-11T12:00",
            ["10 06:59", "11 05:59", "11 06:59"],
        ),
        # Berlin, 31 March 2024: at 2:00 CET it is 3:00 CEST (01:00 UTC).
        (
            "Europe/Berlin",
            "30 2 * * ? *",
            "2024-03-30T00:00",
            "2024-04-02T00:00",
            ["30 01:30", "01 00:30"],
        ),
        (
            "Europe/Berlin",
            "0/30 1-3 * * ? *",
            "2024-03-31T00:00",
            "2024-03-31T12:00",
            ["31 00:30", "31 01:00", "31 01:30"],
        ),
        # Lord Howe, 6 October 2024: at 2:00 it is 2:30 (15:30 UTC the day before).
        (
            "Australia/Lord_Howe",
            "15 2 * * ? *",
            "2024-10-04T00:00",
            "2024-10-07T00:00",
            ["04 15:45", "06 15:15"],
        ),
        (
            "Australia/Lord_Howe",
            "0/15 2 * * ? *",
            "2024-10-05T12:00",
            "2024-10-06T12:00",
            ["05 15:30", "05 15:45"],
        ),
        (
            "Australia/Lord_Howe",
            "10,30 2 * * ? *",
            "2024-10-05T00:00",
            "2024-10-06T15:15",
            ["05 15:30", "06 15:10"],
        ),
        # Apia had no 30 December 2011: the 29th (UTC-10) was followed by the 31st (UTC+14).
        (
            "Pacific/Apia",
            "0 12 * * ? *",
            "2011-12-28T00:00",
            "2012-01-02T00:00",
            ["28 22:00", "29 22:00", "30 22:00", "31 22:00", "01 22:00"],
        ),
        ("Pacific/Apia", "0 12 30 12 ? 2011", "1970-01-01T00:00", "2199-12-31T00:00", []),
        ("Pacific/Apia", "* * 30 12 ? 2011", "1970-01-01T00:00", "2199-12-31T00:00", []),
        (
            "Pacific/Apia",
            "59,0 0,23 * * ? *",
            "2011-12-30T08:00",
            "2011-12-30T12:00",
            ["30 09:00", "30 09:59", "30 10:00", "30 10:59"],
        ),
    ],
)
def test_a_skipped_time_does_not_fire(
    zone: str, fields: str, after: str, until: str, expected: list[str]
) -> None:
    assert firings(fields, zone, after, until) == expected


@pytest.mark.parametrize(
    ("zone", "fields", "after", "until", "expected"),
    [
        # New York, 3 November 2024: at 2:00 EDT it is 1:00 EST (06:00 UTC).
        (
            "America/New_York",
            "30 1 * * ? *",
            "2024-11-02T00:00",
            "2024-11-05T00:00",
            ["02 05:30", "03 05:30", "04 06:30"],
        ),
        (
            "America/New_York",
            "0 1,2 * * ? *",
            "2024-11-03T00:00",
            "2024-11-03T12:00",
            ["03 05:00", "03 07:00"],
        ),
        (
            "America/New_York",
            "0/20 * * * ? *",
            "2024-11-03T05:00",
            "2024-11-03T07:20",
            ["03 05:20", "03 05:40", "03 07:00", "03 07:20"],
        ),
        # asked within the hour that comes again
        (
            "America/New_York",
            "30 1 * * ? *",
            "2024-11-03T06:10",
            "2024-11-05T00:00",
            ["04 06:30"],
        ),
        # Berlin, 27 October 2024: at 3:00 CEST it is 2:00 CET (01:00 UTC).
        (
            "Europe/Berlin",
            "30 2 * * ? *",
            "2024-10-26T00:00",
            "2024-10-29T00:00",
            ["26 00:30", "27 00:30", "28 01:30"],
        ),
        (
            "Europe/Berlin",
            "0/30 1-3 * * ? *",
            "2024-10-27T00:00",
            "2024-10-27T12:00",
            ["27 00:30", "27 02:00", "27 02:30"],
        ),
        # Lord Howe, 7 April 2024: at 2:00 it is 1:30 (15:00 UTC the day before).
        (
            "Australia/Lord_Howe",
            "0/15 1,2 * * ? *",
            "2024-04-06T13:50",
            "2024-04-06T16:00",
            ["06 14:00", "06 14:15", "06 14:30", "06 14:45", "06 15:30", "06 15:45", "06 16:00"],
        ),
        (
            "Australia/Lord_Howe",
            "45 1 * * ? *",
            "2024-04-05T00:00",
            "2024-04-08T00:00",
            ["05 14:45", "06 14:45", "07 15:15"],
        ),
    ],
)
def test_a_time_that_comes_twice_fires_the_first_time(
    zone: str, fields: str, after: str, until: str, expected: list[str]
) -> None:
    assert firings(fields, zone, after, until) == expected


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", ["30 09:30", "31 09:30", "01 09:30"]),
        ("Asia/Tokyo", ["30 00:30", "31 00:30", "01 00:30"]),
        ("Asia/Kolkata", ["30 04:00", "31 04:00", "01 04:00"]),
        ("America/Phoenix", ["30 16:30", "31 16:30", "01 16:30"]),
        ("Asia/Kathmandu", ["30 03:45", "31 03:45", "01 03:45"]),
        ("Europe/Berlin", ["30 08:30", "31 07:30", "01 07:30"]),
    ],
)
def test_a_zone_without_summer_time_has_no_such_nights(zone: str, expected: list[str]) -> None:
    assert firings("30 9 * * ? *", zone, "2024-03-30T00:00", "2024-04-01T23:00") == expected


def test_a_time_that_is_always_skipped_never_fires() -> None:
    # Clocks in New York are put forward at 2:00 on the second Sunday of March, since 2007.
    always = parse("cron(30 2 ? 3 1#2 2007-2199)")
    assert next_after(always, 0.0, zone="America/New_York") is None
    assert next_after(always, 0.0, zone="America/Phoenix") == moment("2007-03-11T09:30")


def test_a_rate_does_not_see_clocks_change() -> None:
    due = due_times(
        parse("rate(1 days)"),
        moment("2024-03-09T08:00"),
        moment("2024-03-12T08:00"),
        zone="America/New_York",
        origin=moment("2024-03-09T08:00"),
    )
    assert due == tuple(moment(f"2024-03-{day}T08:00") for day in (10, 11, 12))


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("at(2024-03-10T01:59:59)", "America/New_York", "2024-03-10T06:59:59"),
        ("at(2024-03-10T02:00:00)", "America/New_York", None),
        ("at(2024-03-10T02:59:59)", "America/New_York", None),
        ("at(2024-03-10T03:00:00)", "America/New_York", "2024-03-10T07:00:00"),
        ("at(2024-11-03T01:00:00)", "America/New_York", "2024-11-03T05:00:00"),
        ("at(2024-11-03T02:00:00)", "America/New_York", "2024-11-03T07:00:00"),
        ("at(2024-10-06T02:29:59)", "Australia/Lord_Howe", None),
        ("at(2024-10-06T02:30:00)", "Australia/Lord_Howe", "2024-10-05T15:30:00"),
        ("at(2011-12-30T12:00:00)", "Pacific/Apia", None),
    ],
)
def test_a_single_time_keeps_to_the_same_rules(text: str, zone: str, expected: str | None) -> None:
    assert next_after(parse(text), 0.0, zone=zone) == (expected and moment(expected))


# A change of clocks in each, in UTC: forth, back, by half an hour, by two hours, by a day, of the
# standard time, at midnight, and two within a month.
CHANGES = [
    ("America/New_York", "2024-03-10T07:00"),
    ("America/New_York", "2024-11-03T06:00"),
    ("Europe/Berlin", "2024-03-31T01:00"),
    ("Europe/Berlin", "2024-10-27T01:00"),
    ("Australia/Lord_Howe", "2024-10-05T15:30"),
    ("Australia/Lord_Howe", "2024-04-06T15:00"),
    ("Antarctica/Troll", "2024-03-31T01:00"),
    ("Antarctica/Troll", "2024-10-27T01:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("Pacific/Kwajalein", "1993-08-21T12:00"),
    ("America/Caracas", "2007-12-09T07:00"),
    ("Asia/Pyongyang", "2018-05-04T15:00"),
    ("America/Sao_Paulo", "2018-11-04T03:00"),
    ("Africa/Casablanca", "2024-04-14T02:00"),
    ("Africa/Monrovia", "1972-01-07T00:44:30"),
    ("Europe/Dublin", "2100-10-31T01:00"),
]


def first_readings(sample: Sample, zone: ZoneInfo, first: int, count: int) -> list[float]:
    """Each half minute is looked at: what clocks read in it, and whether they read it before."""
    return [
        float(at)
        for at in range(first, first + count * 30, 30)
        if not (read := datetime.fromtimestamp(at, zone)).fold
        and read.second == 0
        and sample.has(read)
    ]


@settings(max_examples=150, deadline=None)
@given(
    samples(),
    st.sampled_from(CHANGES),
    st.timedeltas(timedelta(hours=-26), timedelta(hours=3)),
)
def test_every_local_time_fires_the_first_time_that_clocks_read_it(
    sample: Sample, change: tuple[str, str], beside: timedelta
) -> None:
    zone = ZoneInfo(change[0])
    after = moment(change[1]) + beside.total_seconds()
    expected = first_readings(sample, zone, (int(after) // 30 - 1) * 30, 6 * 120)
    until = (int(after) // 30 - 1 + 6 * 120) * 30 - 1.0
    found = due_times(parse(sample.text), after, until, zone=change[0], limit=1000)
    assert list(found) == [at for at in expected if at > after]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CHANGES), st.integers(-3 * 3600, 3 * 3600), st.sampled_from([1, 7, 30]))
def test_short_intervals_run_through_the_night(
    change: tuple[str, str], beside_s: int, minutes: int
) -> None:
    every = Sample(
        fields=f"0/{minutes} * * * ? *",
        minutes=frozenset(range(0, 60, minutes)),
        hours=frozenset(range(24)),
        is_day=lambda day: True,
        months=frozenset(range(1, 13)),
        years=frozenset(range(1970, 2200)),
        elsewhere=None,
    )
    after = moment(change[1]) // 60 * 60 + beside_s
    first = int(after) // 30 * 30
    expected = first_readings(every, ZoneInfo(change[0]), first, 28 * 120)
    until = first + 28 * 3600 - 1.0
    found = due_times(parse(every.text), after, until, zone=change[0], limit=2000)
    assert list(found) == [at for at in expected if at > after]
