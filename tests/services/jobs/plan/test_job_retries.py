"""How often and when a target is tried again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.jobs.plan.retries import (
    Policy,
    after_failure,
    backoff_s,
    is_permanent,
    is_too_old,
)

DAY = 86_400.0


@pytest.mark.parametrize(
    ("retry", "wait"),
    [(1, 10), (2, 20), (3, 40), (4, 80), (5, 160), (6, 320), (7, 480), (8, 480), (185, 480)],
)
def test_the_wait_before_each_retry(retry: int, wait: float) -> None:
    assert backoff_s(retry) == wait


def attempts(policy: Policy, *, second: float = 1.0) -> tuple[list[float], str]:
    """When a target is tried that never takes it, and which limit ends it."""
    times = [policy.due_at]
    while True:
        following = after_failure(policy, attempts=len(times), now=times[-1], second=second)
        if following.at is None:
            return times, following.exhausted
        times.append(following.at)


def test_by_default_it_is_tried_for_a_day_and_some_185_times() -> None:
    times, why = attempts(Policy(due_at=0.0, max_age_s=DAY, max_retries=185))
    assert why == "MaximumEventAgeInSeconds"
    assert 184 <= len(times) <= 186
    assert DAY - 480 < times[-1] <= DAY


@pytest.mark.parametrize(
    ("max_age_s", "max_retries", "times", "why"),
    [
        (DAY, 0, [0], "MaximumRetryAttempts"),
        (DAY, 3, [0, 10, 30, 70], "MaximumRetryAttempts"),
        (60, 185, [0, 10, 30], "MaximumEventAgeInSeconds"),
        (70, 185, [0, 10, 30, 70], "MaximumEventAgeInSeconds"),
        (69, 185, [0, 10, 30], "MaximumEventAgeInSeconds"),
    ],
)
def test_when_it_is_tried(max_age_s: float, max_retries: int, times: list[float], why: str) -> None:
    policy = Policy(due_at=0.0, max_age_s=max_age_s, max_retries=max_retries)
    assert attempts(policy) == (times, why)


def test_the_time_it_waited_is_no_part_of_its_age() -> None:
    policy = Policy(due_at=0.0, max_age_s=60.0, max_retries=9, waited_s=100.0)
    assert not is_too_old(policy, at=160.0)
    assert is_too_old(policy, at=160.1)


def test_back_off_is_scaled() -> None:
    policy = Policy(due_at=100.0, max_age_s=6.0, max_retries=9)
    assert attempts(policy, second=0.1)[0] == pytest.approx([100, 101, 103])


@given(
    max_age_s=st.floats(60, DAY),
    max_retries=st.integers(0, 185),
    second=st.floats(0.001, 1.0),
    waited_s=st.floats(0, 1_000),
)
def test_no_limit_is_ever_passed_and_one_is_always_reached(
    max_age_s: float, max_retries: int, second: float, waited_s: float
) -> None:
    policy = Policy(
        due_at=5.0, max_age_s=max_age_s * second, max_retries=max_retries, waited_s=waited_s
    )
    times, why = attempts(policy, second=second)
    assert len(times) <= max_retries + 1
    assert times[-1] - 5.0 - waited_s <= max_age_s * second
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert all(one <= other + 1e-6 for one, other in pairwise(waits))
    if why == "MaximumRetryAttempts":
        assert len(times) == max_retries + 1


@pytest.mark.parametrize(
    ("code", "kind", "permanent"),
    [
        ("ClientException", "schedule", False),
        ("ClientException", "rule", False),
        ("QueueDoesNotExist", "schedule", False),
        ("QueueDoesNotExist", "rule", True),
        ("ClusterNotFoundException", "schedule", False),
        ("ClusterNotFoundException", "rule", True),
        ("SerializationException", "schedule", True),
        ("UnsupportedFeatureException", "rule", True),
    ],
)
def test_which_errors_are_permanent(code: str, kind: str, permanent: bool) -> None:
    assert is_permanent(code, kind) is permanent
