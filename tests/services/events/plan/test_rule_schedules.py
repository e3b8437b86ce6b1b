"""When rules fire by their schedules: on time, late, missed, with the calendar running faster."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.scaled_calendar import Anchor
from homeport.services.events.errors import ValidationException
from homeport.services.events.plan.schedules import STEPS_MAX, Lateness, begun, checked, looked
from homeport.services.events.records.rules import Due, Timing

NOON = 1_700_049_600.0
"""2023-11-15T12:00:00Z."""
REAL = Lateness(second=1.0)


def test_a_rate_fires_first_one_period_after_it_begins() -> None:
    timing = begun("rate(5 minutes)", now=NOON + 7, second=1.0)
    assert timing.due == Due(at=NOON + 307, reading=NOON + 307)


def test_a_cron_expression_is_read_in_utc() -> None:
    timing = begun("cron(30 13 * * ? *)", now=NOON, second=1.0)
    assert timing.due == Due(at=NOON + 5_400, reading=NOON + 5_400)


def test_a_cron_expression_of_a_year_that_is_over_never_fires() -> None:
    assert begun("cron(0 0 1 1 ? 2020)", now=NOON, second=1.0).due is None


def test_with_a_time_scale_the_calendar_runs_as_fast_from_where_it_is_anchored() -> None:
    timing = begun("cron(30 13 * * ? *)", now=NOON, second=1 / 60)
    assert timing.due == Due(at=NOON + 90, reading=NOON + 5_400)


def test_each_firing_anchors_the_calendar_anew() -> None:
    timing = begun("rate(1 minute)", now=NOON, second=1 / 60)
    look = looked("rate(1 minute)", timing, now=NOON + 1.2, lateness=Lateness(second=1 / 60))
    assert look.fire == (Due(at=NOON + 1, reading=NOON + 60),)
    assert look.timing.anchor == Anchor(NOON + 1, NOON + 60)
    assert look.timing.due == Due(at=NOON + 2, reading=NOON + 120)


def test_nothing_is_due_before_its_time() -> None:
    timing = begun("rate(1 hour)", now=NOON, second=1.0)
    look = looked("rate(1 hour)", timing, now=NOON + 3_599, lateness=REAL)
    assert (look.fire, look.missed, look.timing) == ((), 0, timing)


@pytest.mark.parametrize(
    ("late_s", "fired", "missed"),
    [(0, 1, 0), (60, 1, 0), (60.5, 0, 1), (3_599, 0, 1), (3_600, 1, 1), (7_260, 1, 2)],
)
def test_what_is_more_than_a_minute_late_was_missed(late_s: float, fired: int, missed: int) -> None:
    timing = begun("rate(1 hour)", now=NOON, second=1.0)
    look = looked("rate(1 hour)", timing, now=NOON + 3_600 + late_s, lateness=REAL)
    assert (len(look.fire), look.missed) == (fired, missed)


def test_however_fast_the_calendar_runs_a_moment_of_real_time_is_not_late() -> None:
    second = 1 / 3_600
    timing = begun("rate(1 hour)", now=NOON, second=second)
    look = looked("rate(1 hour)", timing, now=NOON + 5.5, lateness=Lateness(second=second))
    assert len(look.fire) == 5
    assert look.missed == 0


def test_one_firing_makes_up_for_all_that_were_missed_if_a_tag_says_run() -> None:
    timing = begun("rate(1 hour)", now=NOON, second=1.0)
    lateness = Lateness(second=1.0, on_missed="run")
    look = looked("rate(1 hour)", timing, now=NOON + 5 * 3_600 + 600, lateness=lateness)
    assert look.fire == (Due(at=NOON + 5 * 3_600, reading=NOON + 5 * 3_600),)
    assert look.missed == 4
    assert look.last_missed == Due(at=NOON + 4 * 3_600, reading=NOON + 4 * 3_600)


def test_a_single_one_that_is_made_up_for_is_not_missed_any_more() -> None:
    timing = begun("rate(1 day)", now=NOON, second=1.0)
    lateness = Lateness(second=1.0, on_missed="run")
    look = looked("rate(1 day)", timing, now=NOON + 86_400 + 7_200, lateness=lateness)
    assert look.fire == (Due(at=NOON + 86_400, reading=NOON + 86_400),)
    assert (look.missed, look.last_missed) == (0, None)


def test_nothing_is_made_up_for_when_another_firing_is_due_anyway() -> None:
    timing = begun("rate(1 hour)", now=NOON, second=1.0)
    lateness = Lateness(second=1.0, on_missed="run")
    look = looked("rate(1 hour)", timing, now=NOON + 3 * 3_600 + 10, lateness=lateness)
    assert look.fire == (Due(at=NOON + 3 * 3_600, reading=NOON + 3 * 3_600),)
    assert look.missed == 2


def test_if_a_tag_says_skip_nothing_fires_that_fell_into_the_time_when_nobody_was_there() -> None:
    timing = begun("rate(1 hour)", now=NOON, second=1.0)
    now = NOON + 3_600 + 20
    asleep = Lateness(second=1.0, on_missed="skip", awake_since=now - 5)
    awake = Lateness(second=1.0, on_missed="skip", awake_since=NOON)
    assert looked("rate(1 hour)", timing, now=now, lateness=asleep).missed == 1
    assert len(looked("rate(1 hour)", timing, now=now, lateness=awake).fire) == 1


def test_a_long_absence_is_gone_through_in_several_looks_and_made_up_for_once() -> None:
    timing = begun("rate(1 minute)", now=NOON, second=1.0)
    now = NOON + (STEPS_MAX * 2 + 10) * 60.0 + 61
    lateness = Lateness(second=1.0, on_missed="run")
    missed, fired = 0, 0
    for _ in range(3):
        look = looked("rate(1 minute)", timing, now=now, lateness=lateness)
        missed, fired, timing = missed + look.missed, fired + len(look.fire), look.timing
    assert timing.due is not None
    assert timing.due.at > now
    assert missed + fired == STEPS_MAX * 2 + 11
    assert fired == 1


@given(
    minutes=st.integers(1, 90),
    wakes=st.lists(st.floats(0.1, 900.0), min_size=1, max_size=30),
    scale=st.sampled_from([1.0, 60.0]),
)
def test_every_firing_is_fired_or_missed_once_and_in_order(
    minutes: int, wakes: list[float], scale: float
) -> None:
    text = "rate(1 minute)" if minutes == 1 else f"rate({minutes} minutes)"
    second = 1 / scale
    timing: Timing = begun(text, now=NOON, second=second)
    now, fired, missed = NOON, list[float](), 0
    for wake in wakes:
        now += wake
        look = looked(text, timing, now=now, lateness=Lateness(second=second))
        fired += [due.reading for due in look.fire]
        missed += look.missed
        timing = look.timing
    elapsed = (now - NOON) * scale
    assert fired == sorted(set(fired))
    assert all((reading - NOON) % (minutes * 60) == 0 for reading in fired)
    assert abs(len(fired) + missed - elapsed // (minutes * 60)) <= (0 if scale == 1 else 1)
    assert timing.due is not None
    assert timing.due.at > now


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minutes)",
        "rate(2 minute)",
        "rate(0 minutes)",
        "rate(-1 minutes)",
        "rate(10 seconds)",
        "rate(10 MINUTES)",
        " rate(10 minutes)",
        "at(2026-01-01T00:00:00)",
        "cron(7 20 * * 1-7 *)",
        "cron(0 20 * *)",
        "cron(*/60 * * * ? *)x",
        "every day",
        "",
    ],
)
def test_what_is_no_schedule_expression_of_a_rule_is_refused(text: str) -> None:
    with pytest.raises(ValidationException, match=r"^Parameter ScheduleExpression is not valid\.$"):
        checked(text)
