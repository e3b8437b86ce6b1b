"""The deployment circuit breaker: its threshold, what it counts, and when it stops counting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.plan.service.breaker import (
    at_rest,
    breaker_at_start,
    counted,
    threshold,
)
from homeport.services.ecs.records.services import (
    Breaker,
    CircuitBreaker,
    DeploymentConfiguration,
)

ENABLED = DeploymentConfiguration(deployment_circuit_breaker=CircuitBreaker(enable=True))


@pytest.mark.parametrize(
    ("desired", "failures"),
    [
        (0, 3),
        (1, 3),
        (5, 3),
        (6, 3),
        (7, 4),
        (25, 13),  # The developer guide's example of rounding up.
        (398, 199),
        (399, 200),
        (400, 200),
        (1000, 200),
        (5000, 200),
    ],
)
def test_the_threshold_is_half_of_the_desired_count_within_3_and_200(
    desired: int, failures: int
) -> None:
    assert threshold(desired) == failures


@given(st.integers(0, 5000))
def test_the_threshold_never_falls_when_the_desired_count_grows(desired: int) -> None:
    assert 3 <= threshold(desired) <= threshold(desired + 1) <= 200


def test_an_enabled_breaker_monitors_from_the_start() -> None:
    expected = Breaker(status="MONITORING", failure_count=0, threshold=13)
    assert breaker_at_start(ENABLED, 25) == expected


@pytest.mark.parametrize(
    "configuration",
    [
        DeploymentConfiguration(),
        DeploymentConfiguration(deployment_circuit_breaker=CircuitBreaker()),
        DeploymentConfiguration(deployment_circuit_breaker=CircuitBreaker(rollback=True)),
    ],
)
def test_a_breaker_that_is_not_enabled_is_disabled(configuration: DeploymentConfiguration) -> None:
    breaker = breaker_at_start(configuration, 25)
    assert (breaker.status, breaker.failure_count) == ("DISABLED", 0)
    assert counted(breaker, 1000, 25) == breaker


def test_a_breaker_trips_exactly_at_its_threshold() -> None:
    breaker = breaker_at_start(ENABLED, 8)
    one_left = counted(breaker, 3, 8)
    assert (one_left.status, one_left.failure_count) == ("MONITORING", 3)
    tripped = counted(one_left, 1, 8)
    assert (tripped.status, tripped.failure_count) == ("TRIGGERED", 4)


def test_the_threshold_follows_the_desired_count() -> None:
    breaker = counted(breaker_at_start(ENABLED, 2), 2, 10)
    assert (breaker.status, breaker.threshold) == ("MONITORING", 5)
    assert counted(breaker, 1, 2) == Breaker(status="TRIGGERED", failure_count=3, threshold=3)


@pytest.mark.parametrize("status", ["DISABLED", "TRIGGERED", "MONITORING_COMPLETE"])
def test_only_a_monitoring_breaker_counts(status: str) -> None:
    breaker = Breaker(status=status, failure_count=2, threshold=3)
    assert counted(breaker, 5, 1) == breaker
    assert at_rest(breaker) == breaker


def test_a_breaker_at_rest_keeps_what_it_has_found() -> None:
    breaker = counted(breaker_at_start(ENABLED, 1), 2, 1)
    assert at_rest(breaker) == Breaker(status="MONITORING_COMPLETE", failure_count=2, threshold=3)


@given(st.integers(0, 500), st.lists(st.integers(0, 20), max_size=60))
def test_failures_add_up_until_the_breaker_trips_and_not_further(
    desired: int, news: list[int]
) -> None:
    breaker = breaker_at_start(ENABLED, desired)
    total = 0
    for failures in news:
        total += failures if breaker.status == "MONITORING" else 0
        breaker = counted(breaker, failures, desired)
        assert breaker.failure_count == total
        assert (breaker.status == "TRIGGERED") == (total >= threshold(desired))
