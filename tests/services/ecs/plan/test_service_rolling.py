"""Rolling deployments: worked situations, and whole rollouts in a world that means no good."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.services.ecs.plan.service import rolling
from homeport.services.ecs.records.run_request import PlacementStrategy
from homeport.services.ecs.records.service_views import Member
from rolling_cases import BOUNDS, CASES, Case, check
from rolling_world import live_through
from service_members import NEW, OLD, member


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


def scaled_in(tasks: Sequence[Member], desired: int, **told: Any) -> list[str]:
    situation = rolling.Situation(desired=desired, primary=NEW, members=tuple(tasks), **told)
    return sorted(stop.arn for stop in rolling.plan_rolling(situation).stops)


def test_the_zone_with_most_tasks_of_the_service_loses_one_whatever_their_rollout() -> None:
    own = [
        member("a", zone="a", instance="i-1"),
        member("b", zone="b", instance="i-2", created_at=1.0),
        member("young", "YOUNG", zone="c", instance="i-3"),
    ]
    old = member("old", zone="a", instance="i-1", rollout=OLD, is_protected=True)
    assert scaled_in(own, 1) == ["b", "young"]
    assert scaled_in([*own, old], 1) == ["a", "young"]


def test_tasks_that_go_anyway_are_out_of_the_balance() -> None:
    own = [
        member("a", zone="a", instance="i-1"),
        member("b", zone="b", instance="i-2", created_at=1.0),
        member("pending", "PENDING", zone="a", instance="i-1"),
    ]
    assert scaled_in(own, 1) == ["b", "pending"]


def test_packed_tasks_leave_the_instance_that_has_most_room() -> None:
    tasks = [member(f"{n}", instance=f"i-{n}", created_at=float(n)) for n in range(4)]
    room = (("i-0", 10, 90), ("i-1", 40, 50), ("i-2", 30, 60), ("i-3", 20, 70))
    memory = (PlacementStrategy(type="binpack", field="memory"),)
    cpu = (PlacementStrategy(type="binpack", field="cpu"),)
    assert scaled_in(tasks, 2, strategies=memory, room=room) == ["0", "3"]
    assert scaled_in(tasks, 2, strategies=cpu, room=room) == ["1", "2"]
    assert scaled_in(tasks, 2) == ["2", "3"]


def test_a_service_of_5000_tasks_rolls_over() -> None:
    old = [member(f"old-{n}", rollout=OLD, instance=f"i-{n % 50}") for n in range(5_000)]
    situation = rolling.Situation(
        desired=5_000, minimum_healthy_percent=90, primary=NEW, members=tuple(old)
    )
    plan = rolling.plan_rolling(situation)
    assert plan.start == rolling.STARTS_MAX
    assert len({stop.arn for stop in plan.stops}) == 500
