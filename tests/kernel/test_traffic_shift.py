"""The arithmetic of shifting: steps, weights, and when the next one is due."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.traffic_shift import WHOLE, Shift, due_in, next_share, shares, weights

shifts = st.builds(
    Shift,
    kind=st.sampled_from(["all_at_once", "canary", "linear"]),
    tenths=st.integers(1, WHOLE),
    interval_s=st.floats(0, 172_800),
)


def linear(percent: float, every_s: float = 60.0) -> Shift:
    return Shift(kind="linear", tenths=round(percent * 10), interval_s=every_s)


def canary(percent: float, wait_s: float = 300.0) -> Shift:
    return Shift(kind="canary", tenths=round(percent * 10), interval_s=wait_s)


@pytest.mark.parametrize(
    ("shift", "percents"),
    [
        (Shift(), [100]),
        # CodeDeployDefault.ECSCanary10Percent5Minutes: 10 percent first, the rest after it.
        (canary(10), [10, 100]),
        # The defaults of ECS: 5 percent, then the rest; 10 percent a step.
        (canary(5), [5, 100]),
        (canary(0.1), [0.1, 100]),
        (canary(99.9), [99.9, 100]),
        (canary(100), [100]),
        # CodeDeployDefault.ECSLinear10PercentEvery1Minutes
        (linear(10), [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]),
        (linear(25), [25, 50, 75, 100]),
        (linear(30), [30, 60, 90, 100]),
        (linear(33.3), [33.3, 66.6, 99.9, 100]),
        (linear(50), [50, 100]),
        (linear(99.9), [99.9, 100]),
        (linear(100), [100]),
    ],
)
def test_the_shares_are_the_documented_ones(shift: Shift, percents: list[float]) -> None:
    assert [share / 10 for share in shares(shift)] == percents


def test_the_finest_linear_shift_has_thousand_steps() -> None:
    assert shares(linear(0.1)) == tuple(range(1, WHOLE + 1))
    assert len(shares(linear(3.0))) == 34  # 33 of three percent, and what is left.


@given(shifts)
def test_shares_only_grow_and_end_with_the_whole(shift: Shift) -> None:
    found = shares(shift)
    assert found[-1] == 1000
    assert all(before < after for before, after in zip((0, *found), found, strict=False))
    assert len(found) <= 1000


@given(shifts)
def test_no_step_of_a_linear_shift_is_greater_than_asked_for(shift: Shift) -> None:
    steps = [
        after - before for before, after in zip((0, *shares(shift)), shares(shift), strict=False)
    ]
    match shift.kind:
        case "linear":
            assert all(step == shift.tenths for step in steps[:-1])
            assert 0 < steps[-1] <= shift.tenths
        case "canary":
            assert steps[0] == shift.tenths
            assert len(steps) == (1 if shift.tenths == 1000 else 2)
        case _:
            assert steps == [1000]


@given(shifts)
def test_the_whole_follows_on_itself(shift: Shift) -> None:
    assert next_share(shift, WHOLE) == WHOLE


@given(shifts, st.integers(0, WHOLE))
def test_a_share_never_shrinks_nor_exceeds_the_whole(shift: Shift, tenths: int) -> None:
    after = next_share(shift, tenths)
    assert tenths < after <= 1000 or tenths == after == 1000


def test_a_canary_shifts_the_rest_from_whatever_share_it_is_at() -> None:
    assert next_share(canary(10), 0) == 100
    assert next_share(canary(10), 1) == 1000
    assert next_share(canary(10), 100) == 1000


@pytest.mark.parametrize(
    ("tenths", "expected"),
    [
        (0, (100, 0)),
        (1, (999, 1)),
        (5, (995, 5)),
        (10, (99, 1)),
        (100, (90, 10)),
        (333, (667, 333)),
        (500, (50, 50)),
        (999, (1, 999)),
        (1000, (0, 100)),
    ],
)
def test_weights_are_percents_where_they_are_whole(tenths: int, expected: tuple[int, int]) -> None:
    assert weights(tenths) == expected


@given(st.integers(0, WHOLE))
def test_weights_have_exactly_the_share_and_fit_into_a_listener(tenths: int) -> None:
    old, new = weights(tenths)
    assert old + new in {100, 1000}
    assert new * 1000 == tenths * (old + new)
    assert 0 <= old <= 999
    assert 0 <= new <= 999


def test_the_first_step_is_due_at_once_and_after_the_last_none_is() -> None:
    shift = linear(10)
    assert due_in(shift, 0, since=0.0, now=50.0, span=60.0) == 0.0
    assert due_in(shift, WHOLE, since=0.0, now=50.0, span=60.0) is None
    assert due_in(shift, WHOLE - 1, since=0.0, now=50.0, span=60.0) == 10.0


@pytest.mark.parametrize(
    ("now", "left"), [(100.0, 60.0), (130.0, 30.0), (160.0, 0.0), (161.0, 0.0)]
)
def test_the_next_step_is_due_an_interval_after_the_last(now: float, left: float) -> None:
    assert due_in(linear(10), 300, since=100.0, now=now, span=60.0) == left


def test_the_interval_is_what_the_clock_makes_of_it() -> None:
    # With --time-scale 60 a minute is a second.
    assert due_in(linear(10), 100, since=100.0, now=100.0, span=1.0) == 1.0


@given(shifts, st.integers(0, 1000))
def test_all_steps_together_take_as_many_intervals_as_there_are_between_them(
    shift: Shift, span: int
) -> None:
    now, tenths, waited = 0.0, 0, 0
    while (left := due_in(shift, tenths, since=now, now=now, span=span)) is not None:
        assert left == (0.0 if tenths == 0 else span)
        waited += tenths > 0
        now, tenths = now + left, next_share(shift, tenths)
    assert waited == len(shares(shift)) - 1
