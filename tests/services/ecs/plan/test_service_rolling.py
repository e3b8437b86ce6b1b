"""Rolling deployments: worked situations, and whole rollouts in a world that means no good."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.services.ecs.plan.service import rolling
from rolling_cases import BOUNDS, CASES, Case, check
from rolling_world import live_through


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_situation_that_was_worked_out_by_hand(case: Case) -> None:
    check(rolling, case)


@pytest.mark.parametrize(("desired", "minimum", "lower", "maximum", "upper"), BOUNDS)
def test_the_minimum_rounds_up_and_the_maximum_down(
    desired: int, minimum: int, lower: int, maximum: int, upper: int
) -> None:
    assert rolling.lower_bound(desired, minimum) == lower
    assert rolling.upper_bound(desired, maximum) == upper


@given(seed=st.integers(0, 2**32), trouble=st.integers(0, 60))
@settings(max_examples=300, deadline=None)
def test_whatever_happens_the_bounds_hold_and_it_ends(seed: int, trouble: int) -> None:
    live_through(rolling, seed, trouble)
