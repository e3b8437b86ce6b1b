"""A task set's plan: worked numbers, and what is true of every situation."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.plan.service.task_sets import (
    STARTS_MAX,
    TaskSetPlan,
    computed_count,
    plan_task_set,
)
from homeport.services.ecs.records.run_request import PlacementStrategy
from homeport.services.ecs.records.service_views import Member, TaskView
from homeport.services.ecs.records.task_sets import TaskSetSituation

ENDING = ("STOPPING", "OVER")


def task(number: int, standing: str, *, leaves: str = "", protected: bool = False) -> Member:
    view = TaskView(
        arn=f"arn:task/{number:03}",
        rollout_id="ecs-svc/1",
        instance_arn=f"i-{number % 3}",
        zone=f"zone-{number % 2}",
        last_status="RUNNING",
        desired_status="RUNNING",
        created_at=float(number),
    )
    return Member(task=view, standing=standing, leaves=leaves, is_protected=protected)  # type: ignore[arg-type]


def situation(desired: int, *members: Member, **changes: Any) -> TaskSetSituation:
    return TaskSetSituation(desired=desired, members=members, **changes)


def several(standing: str, count: int, *, first: int = 0, **how: Any) -> list[Member]:
    return [task(first + number, standing, **how) for number in range(count)]


def summary(plan: TaskSetPlan) -> tuple[int, dict[str, int], int]:
    return plan.start, dict(Counter(each.why for each in plan.stops)), plan.protected


# --- worked numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("desired", "scale", "count"),
    [
        (10, 100.0, 10),
        (10, 12.0, 2),  # The model: 1.2 is 2 tasks.
        (10, 10.0, 1),
        (100, 7.0, 7),  # 7.000000000000001 in binary.
        (3, 33.3, 1),
        (3, 33.4, 2),
        (5000, 0.02, 1),
        (1, 0.1, 1),
        (0, 100.0, 0),
        (5, 0.0, 0),
    ],
)
def test_a_percentage_of_the_service_is_rounded_up(desired: int, scale: float, count: int) -> None:
    assert computed_count(desired, scale) == count


@pytest.mark.parametrize(
    ("desired", "members", "expected"),
    [
        (3, [], (3, {}, 0)),
        (3, several("HEALTHY", 3), (0, {}, 0)),
        (3, several("HEALTHY", 5), (0, {"scaling": 2}, 0)),
        (0, several("PENDING", 2), (0, {"scaling": 2}, 0)),
        (2, several("STOPPING", 9), (2, {}, 0)),
        # Unhealthy ones stand in until their replacements are healthy.
        (2, [*several("HEALTHY", 1), *several("UNHEALTHY", 1, first=5)], (1, {}, 0)),
        (
            2,
            [
                *several("HEALTHY", 1),
                *several("UNHEALTHY", 1, first=5),
                *several("YOUNG", 1, first=8),
            ],
            (0, {}, 0),
        ),
        (
            2,
            [*several("HEALTHY", 2), *several("UNHEALTHY", 1, first=5)],
            (0, {"unhealthy": 1}, 0),
        ),
        # Never more of them than are desired.
        (2, several("UNHEALTHY", 3), (2, {"unhealthy": 1}, 0)),
        (0, several("UNHEALTHY", 2, protected=True), (0, {"unhealthy": 2}, 0)),
        # Those on instances that drain the same, but protected ones stay.
        (2, several("HEALTHY", 2, leaves="draining"), (2, {}, 0)),
        (
            1,
            [*several("HEALTHY", 1), *several("HEALTHY", 1, first=5, leaves="draining")],
            (0, {"draining": 1}, 0),
        ),
        (
            1,
            [
                *several("HEALTHY", 1),
                *several("HEALTHY", 1, first=5, leaves="draining", protected=True),
            ],
            (0, {}, 1),
        ),
        # Protection.
        (
            1,
            [*several("HEALTHY", 2, protected=True), *several("HEALTHY", 1, first=5)],
            (0, {"scaling": 1}, 1),
        ),
        (0, several("HEALTHY", 2, protected=True), (0, {}, 2)),
    ],
)
def test_what_is_due(desired: int, members: list[Member], expected: tuple[Any, ...]) -> None:
    assert summary(plan_task_set(situation(desired, *members))) == expected


def test_nothing_is_started_while_starts_are_throttled() -> None:
    assert plan_task_set(situation(3, may_start=False)) == TaskSetPlan()


def test_one_plan_starts_so_many_at_most() -> None:
    assert plan_task_set(situation(STARTS_MAX + 1)).start == STARTS_MAX


def test_without_a_place_an_unhealthy_task_makes_room_one_at_a_time() -> None:
    sick = several("UNHEALTHY", 2)
    cramped = plan_task_set(situation(2, *sick, has_place=False))
    assert summary(cramped) == (2, {"unhealthy": 1}, 0)
    going = situation(2, *sick[:1], *several("STOPPING", 1, first=7), has_place=False)
    assert not plan_task_set(going).stops
    full = situation(2, *several("YOUNG", 2), *sick[:1], has_place=False)
    assert not plan_task_set(full).stops


def test_what_serves_least_goes_first_and_then_the_fullest_zone() -> None:
    members = [*several("HEALTHY", 4), task(9, "PENDING")]
    plan = plan_task_set(situation(3, *members))
    assert [each.arn for each in plan.stops] == ["arn:task/009", "arn:task/003"]


def test_protected_tasks_count_for_the_balance_of_zones() -> None:
    members = [task(number, "HEALTHY", protected=number in (0, 4)) for number in (0, 2, 3, 4)]
    plan = plan_task_set(situation(3, *members))
    assert [each.arn for each in plan.stops] == ["arn:task/002"]


def test_packed_tasks_leave_the_emptiest_instance() -> None:
    packed = (PlacementStrategy(type="binpack", field="cpu"),)
    room = (("i-0", 100, 1), ("i-1", 900, 1), ("i-2", 500, 1))
    plan = plan_task_set(situation(2, *several("HEALTHY", 3), strategies=packed, room=room))
    assert [each.arn for each in plan.stops] == ["arn:task/001"]


# --- whatever the situation ---------------------------------------------------------------------

members_drawn = st.lists(
    st.tuples(
        st.sampled_from(("PENDING", "YOUNG", "HEALTHY", "UNHEALTHY", "STOPPING", "OVER")),
        st.sampled_from(("", "", "draining")),
        st.booleans(),
    ),
    max_size=12,
).map(
    lambda drawn: tuple(
        task(number, standing, leaves=leaves, protected=protected)
        for number, (standing, leaves, protected) in enumerate(drawn)
    )
)
situations = st.builds(
    TaskSetSituation,
    desired=st.integers(0, 8),
    members=members_drawn,
    may_start=st.booleans(),
    has_place=st.booleans(),
)


@given(situations)
def test_only_what_is_live_is_stopped_and_each_once(of: TaskSetSituation) -> None:
    standings = {each.task.arn: each.standing for each in of.members}
    stopped = [each.arn for each in plan_task_set(of).stops]
    assert len(set(stopped)) == len(stopped)
    assert all(standings[arn] not in ENDING for arn in stopped)


@given(situations)
def test_no_protected_task_is_stopped_unless_it_is_unhealthy(of: TaskSetSituation) -> None:
    by_arn = {each.task.arn: each for each in of.members}
    for each in plan_task_set(of).stops:
        member = by_arn[each.arn]
        assert not member.is_protected or member.standing == "UNHEALTHY"


@given(situations)
def test_good_tasks_are_started_and_stopped_to_the_computed_count(of: TaskSetSituation) -> None:
    plan = plan_task_set(of)
    stopped = {each.arn for each in plan.stops}
    good = [
        each
        for each in of.members
        if each.standing in ("PENDING", "YOUNG", "HEALTHY") and not each.leaves
    ]
    left = [each for each in good if each.task.arn not in stopped]
    if len(good) >= of.desired:
        spared = sum(each.is_protected for each in good)
        assert plan.start == 0
        assert len(left) == max(of.desired, spared)
    else:
        assert left == good
        assert len(left) + plan.start == (of.desired if of.may_start else len(good))


@given(situations)
def test_there_are_never_more_than_twice_as_many_but_for_protected_ones(
    of: TaskSetSituation,
) -> None:
    plan = plan_task_set(of)
    stopped = {each.arn for each in plan.stops}
    left = [
        each for each in of.members if each.standing not in ENDING and each.task.arn not in stopped
    ]
    assert len(left) + plan.start <= 2 * of.desired + sum(each.is_protected for each in left)


@given(situations)
def test_what_stands_in_covers_what_is_not_healthy_yet(of: TaskSetSituation) -> None:
    """With a place for replacements none is stopped that is still needed."""
    plan = plan_task_set(of)
    if not of.has_place:
        return
    stopped = {each.arn for each in plan.stops}
    live = [each for each in of.members if each.standing not in ENDING]
    healthy = [each for each in live if each.standing == "HEALTHY" and not each.leaves]
    stand_in = [each for each in live if each.standing == "UNHEALTHY" or each.leaves]
    left = [each for each in stand_in if each.task.arn not in stopped]
    missing = max(0, of.desired - len(healthy))
    assert len(left) >= min(len(stand_in), missing)


@given(situations)
def test_a_plan_that_is_followed_leads_to_a_plan_that_does_nothing_more(
    of: TaskSetSituation,
) -> None:
    """Once started tasks are healthy and stopped ones gone, at most two rounds are left."""
    members, number = list(of.members), 100
    for _ in range(12):
        now = TaskSetSituation(desired=of.desired, members=tuple(members))
        plan = plan_task_set(now)
        if not plan.start and not plan.stops:
            break
        stopped = {each.arn for each in plan.stops}
        members = [
            each for each in members if each.task.arn not in stopped and each.standing not in ENDING
        ]
        members += several("HEALTHY", plan.start, first=number)
        number += plan.start
        members = [
            task(
                int(each.task.arn[-3:]), "HEALTHY", leaves=each.leaves, protected=each.is_protected
            )
            if each.standing in ("PENDING", "YOUNG")
            else each
            for each in members
        ]
    else:
        raise AssertionError("it never comes to rest")
    # Those that are on their way count: a plan waits for them, and does nothing else.
    coming = ("PENDING", "YOUNG", "HEALTHY")
    good = [each for each in members if not each.leaves and each.standing in coming]
    free = [each for each in good if not each.is_protected]
    assert len(good) >= of.desired or any(each.standing in ENDING for each in members)
    assert len(good) <= max(of.desired, len(good) - len(free))
