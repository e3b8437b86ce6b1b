"""Tallies and their statistics."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.cloudwatch.plan import statistics, tallies
from homeport.services.cloudwatch.records.metrics import Tally

ONE_TO_TEN = tallies.of_values([(float(value), 1.0) for value in range(1, 11)])


def stat(tally: Tally, name: str) -> float | None:
    return statistics.compute(tally, statistics.parse(name))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SampleCount", 10),
        ("Sum", 55),
        ("Average", 5.5),
        ("Minimum", 1),
        ("Maximum", 10),
        ("p0", 1),
        ("p10", 1),
        ("p50", 5),
        ("p51", 6),
        ("p90", 9),
        ("p99.9", 10),
        ("p100", 10),
        ("tm50", 3),
        ("TM(10%:90%)", 5.5),
        ("TM(:50%)", 3),
        ("TM(2:4)", 3.5),
        ("IQM", 5.5),
        ("tc50", 5),
        ("TC(8:)", 2),
        ("ts50", 15),
        ("TS(80%:)", 19),
        ("wm80", 5.2),
        ("WM(20%:80%)", 5.5),
        ("PR(:4)", 40),
        ("PR(4:6)", 20),
    ],
)
def test_statistics_of_one_to_ten(name: str, value: float) -> None:
    assert stat(ONE_TO_TEN, name) == pytest.approx(value)


@pytest.mark.parametrize(
    "name",
    ["", "average", "p", "p101", "p-1", "q50", "TM(90%:10%)", "TM(:)", "TM(1:50%)", "PR(1%:2%)"],
)
def test_what_is_no_statistic(name: str) -> None:
    with pytest.raises(statistics.BadStatistic):
        statistics.parse(name)


def test_a_statistic_set_has_percentiles_only_when_its_values_are_known() -> None:
    spread = tallies.of_statistics(count=3, total=6, low=1, high=3)
    assert (stat(spread, "Average"), stat(spread, "p50")) == (2, None)
    same = tallies.of_statistics(count=3, total=6, low=2, high=2)
    assert stat(same, "p50") == 2
    both = tallies.merged([same, spread])
    assert (stat(both, "p50"), stat(both, "Sum")) == (None, 12)


def test_negative_values_have_no_percentiles() -> None:
    tally = tallies.of_values([(-1.0, 1.0), (2.0, 1.0)])
    assert (stat(tally, "p50"), stat(tally, "Minimum")) == (None, -1)


pairs = st.lists(
    st.tuples(st.floats(0, 1e9), st.integers(1, 50).map(float)), min_size=1, max_size=40
)


@given(st.lists(pairs, min_size=1, max_size=5))
def test_the_order_in_which_tallies_meet_does_not_matter(parts: list[list]) -> None:
    one = tallies.merged([tallies.of_values(each) for each in parts])
    other = tallies.merged([tallies.of_values(each) for each in reversed(parts)])
    whole = tallies.of_values([pair for part in parts for pair in part])
    assert one == other
    assert one.values == whole.values
    assert (one.count, one.low, one.high) == (whole.count, whole.low, whole.high)
    assert one.total == pytest.approx(whole.total)


@given(pairs)
def test_percentiles_grow_and_are_values_that_were_seen(drawn: list) -> None:
    tally = tallies.of_values(drawn)
    found = [stat(tally, f"p{share}") for share in range(0, 101, 5)]
    assert all(low <= high for low, high in pairwise(found))
    assert set(found) <= {value for value, _ in drawn}


@given(st.lists(st.floats(1e-6, 1e12), min_size=tallies.EXACT_MAX + 1, max_size=600, unique=True))
def test_many_values_are_kept_in_little_room_and_close(values: list[float]) -> None:
    exact = tallies.of_values([(value, 1.0) for value in values])
    kept = tallies.compact(exact)
    assert kept.values is not None
    assert len(kept.values) <= tallies.EXACT_MAX
    assert math.fsum(often for _, often in kept.values) == len(values)
    assert (kept.count, kept.total, kept.low, kept.high) == (
        exact.count,
        exact.total,
        exact.low,
        exact.high,
    )


def test_a_thousand_latencies_are_within_one_percent() -> None:
    exact = tallies.of_values([(10 + index / 100, 1.0) for index in range(1_000)])
    kept = tallies.compact(exact)
    for name in ("p1", "p50", "p90", "p99"):
        assert stat(kept, name) == pytest.approx(stat(exact, name), rel=0.0101)
    assert tallies.compact(kept) == kept


def test_few_values_stay_exact() -> None:
    tally = tallies.of_values([(float(value), 1.0) for value in range(tallies.EXACT_MAX)])
    assert tallies.compact(tally) == tally
