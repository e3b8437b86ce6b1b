"""A calendar that runs faster than the real one: what it reads, and when it will read something."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.scaled_calendar import Anchor, calendar_time, real_time

# Real seconds and what the calendar reads, whole numbers so that nothing is rounded.
times = st.integers(0, 2**32).map(float)
anchors = st.builds(Anchor, times, times)
# How long one of the calendar's seconds takes, in real ones: powers of two divide exactly.
seconds = st.integers(0, 12).map(lambda n: 2.0**-n)


@pytest.mark.parametrize(
    ("second", "calendar_at", "real_at"),
    [
        # with a scale of 1 an hour takes an hour
        (1.0, 13_600.0, 4600.0),
        # 60 times as fast it takes a minute
        (1 / 60, 13_600.0, 1060.0),
        # what the calendar reads in the anchor is now, whatever the scale
        (1 / 60, 10_000.0, 1000.0),
        # what it read before lies behind
        (1 / 60, 9400.0, 990.0),
    ],
)
def test_a_reading_comes_sooner_the_faster_the_calendar_runs(
    second: float, calendar_at: float, real_at: float
) -> None:
    anchor = Anchor(real_at=1000.0, calendar_at=10_000.0)
    assert real_time(anchor, calendar_at, second=second) == pytest.approx(real_at)
    assert calendar_time(anchor, real_at, second=second) == pytest.approx(calendar_at)


@given(times, times, times)
def test_the_unscaled_calendar_is_the_real_one(anchored_at: float, a: float, b: float) -> None:
    anchor = Anchor(anchored_at, anchored_at)
    assert real_time(anchor, a, second=1.0) == a
    assert calendar_time(anchor, b, second=1.0) == b


@given(anchors, times, seconds)
def test_the_calendar_reads_a_time_when_it_is_said_to(
    anchor: Anchor, calendar_at: float, second: float
) -> None:
    real_at = real_time(anchor, calendar_at, second=second)
    assert calendar_time(anchor, real_at, second=second) == calendar_at


@given(anchors, times, times, seconds)
def test_a_new_anchor_on_the_way_changes_nothing_while_the_scale_is_the_same(
    anchor: Anchor, moved_to: float, calendar_at: float, second: float
) -> None:
    moved = Anchor(real_time(anchor, moved_to, second=second), moved_to)
    assert real_time(moved, calendar_at, second=second) == real_time(
        anchor, calendar_at, second=second
    )


@given(anchors, times, st.integers(1, 100_000), seconds)
def test_later_readings_come_later(
    anchor: Anchor, calendar_at: float, ahead: int, second: float
) -> None:
    first = real_time(anchor, calendar_at, second=second)
    assert real_time(anchor, calendar_at + ahead, second=second) - first == ahead * second
