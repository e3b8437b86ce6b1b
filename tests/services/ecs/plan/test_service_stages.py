"""The stages of deployments that shift traffic: worked numbers, and worlds that mean no good."""

from collections import Counter
from typing import Any

import pytest
from msgspec.structs import replace

from homeport.kernel.traffic_shift import WHOLE, Shift
from homeport.services.ecs.plan.service import stages
from homeport.services.ecs.plan.service.stages import Rules, Sight
from homeport.services.ecs.records.shifting import Shifting
from homeport.services.ecs.records.strategies import LifecycleHook
from stage_world import StageIds, StageWorld

UP = Sight(
    now=0.0, green_up=True, green_serves=True, green_gone=True, blue_up=True, blue_serves=True,
    blue_gone=True,
)  # fmt: skip
PAUSE = LifecycleHook(
    target_type="PAUSE", lifecycle_stages=("PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_SCALE_UP")
)


def begun(rules: Rules, *, blue: str | None = "blue", reconciles: bool = False) -> Shifting:
    first = Shifting(stage="", since=0.0, moved_at=0.0, blue_revision_arn=blue)
    return stages.begin(first, rules, ids=StageIds(), now=0.0, reconciles=reconciles)


def course(rules: Rules, *, minutes: int, **first: Any) -> list[tuple[float, str, int]]:
    """When which stage and share were reached, if all goes well; times in minutes."""
    state, ids = begun(rules, **first), StageIds()
    seen = [(0.0, state.stage, state.production or 0)]
    for tenth in range(minutes * 10 + 1):
        now = tenth * 6.0
        while True:
            after = stages.advance(state, replace(UP, now=now), rules, ids=ids)
            if after == state:
                break
            state = after
            here = (now / 60, state.end or state.stage, state.production or 0)
            if seen[-1][1:] != here[1:]:
                seen.append(here)
    return seen


def shares(rules: Rules, *, minutes: int) -> list[tuple[float, int]]:
    """When which share was set."""
    found: dict[int, float] = {}
    for at, _, share in course(rules, minutes=minutes):
        found.setdefault(share, at)
    return [(at, share) for share, at in found.items() if share]


def test_all_at_once_goes_through_every_stage() -> None:
    told = course(Rules(bake_s=300.0), minutes=6)
    assert told == [
        (0.0, "PRE_SCALE_UP", 0),
        (0.0, "SCALE_UP", 0),
        (0.0, "POST_SCALE_UP", 0),
        (0.0, "TEST_TRAFFIC_SHIFT", 0),
        (0.0, "POST_TEST_TRAFFIC_SHIFT", 0),
        (0.0, "PRODUCTION_TRAFFIC_SHIFT", 0),
        (0.0, "PRODUCTION_TRAFFIC_SHIFT", WHOLE),
        (0.0, "POST_PRODUCTION_TRAFFIC_SHIFT", WHOLE),
        (0.0, "BAKE_TIME", WHOLE),
        (5.0, "CLEAN_UP", WHOLE),
        (5.0, "SUCCESSFUL", WHOLE),
    ]


@pytest.mark.parametrize(
    ("shift", "step_min", "expected"),
    [
        (Shift(), 6, [(0.0, 1000)]),
        (Shift(kind="canary", tenths=50), 10, [(0.0, 50), (10.0, 1000)]),
        (Shift(kind="canary", tenths=1), 1, [(0.0, 1), (1.0, 1000)]),
        (
            Shift(kind="linear", tenths=100),
            6,
            [(6.0 * step, 100 * (step + 1)) for step in range(10)],
        ),
        (Shift(kind="linear", tenths=333), 2, [(0.0, 333), (2.0, 666), (4.0, 999), (6.0, 1000)]),
        (Shift(kind="linear", tenths=1000), 6, [(0.0, 1000)]),
    ],
)
def test_steps_come_when_the_time_between_them_is_over(
    shift: Shift, step_min: int, expected: list[tuple[float, int]]
) -> None:
    rules = Rules(shift=shift, step_s=60.0 * step_min)
    assert shares(rules, minutes=70) == expected


def test_without_an_old_side_there_is_one_step() -> None:
    rules = Rules(shift=Shift(kind="linear", tenths=30), step_s=60.0)
    told = course(rules, minutes=1, blue=None)
    assert {share for _, _, share in told} == {0, WHOLE}
    assert told[-1] == (0.0, "SUCCESSFUL", WHOLE)


def test_only_several_revisions_are_reconciled() -> None:
    told = course(Rules(), minutes=1, reconciles=True)
    assert [stage for _, stage, _ in told][:2] == ["RECONCILE_SERVICE", "PRE_SCALE_UP"]


def test_a_pause_before_each_step_has_an_id_of_its_own() -> None:
    rules = Rules(shift=Shift(kind="linear", tenths=500), hooks=(PAUSE,))
    state, ids, seen = begun(rules), StageIds(), []
    for _ in range(60):
        state = stages.advance(state, UP, rules, ids=ids)
        waiting = stages.running_hooks(state)
        if waiting:
            seen.append((waiting[0].id, waiting[0].stage, state.production or 0))
            runs = [
                replace(each, action="CONTINUE") if each in waiting else each
                for each in state.hooks
            ]
            state = replace(state, hooks=tuple(runs))
    assert [(stage, share) for _, stage, share in seen] == [
        ("POST_SCALE_UP", 0),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", 0),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", 500),
    ]
    assert len({hook_id for hook_id, _, _ in seen}) == 3
    assert state.end == "SUCCESSFUL"


@pytest.mark.parametrize(
    ("share", "test", "way"),
    [
        (None, None, ["CLEAN_UP"]),
        (0, 0, ["CLEAN_UP"]),
        (None, WHOLE, ["TEST_TRAFFIC_SHIFT", "CLEAN_UP"]),
        (50, WHOLE, ["PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT", "CLEAN_UP"]),
        (WHOLE, None, ["PRODUCTION_TRAFFIC_SHIFT", "CLEAN_UP"]),
    ],
)
def test_the_way_back_undoes_what_was_shifted(
    share: int | None, test: int | None, way: list[str]
) -> None:
    state = replace(begun(Rules()), stage="BAKE_TIME", production=share, test=test)
    sight, ids, seen = replace(UP, trouble="why"), StageIds(), []
    while not state.end:
        state = stages.advance(state, sight, Rules(), ids=ids)
        if not seen or seen[-1] != state.stage:
            seen.append(state.stage)
    assert seen == way
    assert (state.end, state.reason) == ("ROLLBACK_SUCCESSFUL", "why")
    assert (state.production or 0, state.test or 0) == (0, 0)


def test_traffic_stays_where_it_is_served_if_the_old_side_cannot() -> None:
    """After a day the deployment is over, with all traffic on the side that is healthy."""
    state = replace(begun(Rules()), stage="BAKE_TIME", production=600)
    sight = replace(UP, blue_serves=False, blue_up=False, trouble="why")
    ids = StageIds()
    for hours in range(26):
        for _ in range(5):
            state = stages.advance(state, replace(sight, now=hours * 3600.0), Rules(), ids=ids)
    assert (state.end, state.production) == ("ROLLBACK_FAILED", WHOLE)
    assert "all traffic is on the new side" in state.trouble


def test_worlds_that_mean_no_good_end_with_all_traffic_on_one_side() -> None:
    ends = Counter(StageWorld(stages, seed).live_through() for seed in range(400))
    assert set(ends) == {
        "SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED", "FAILED", "ROLLING",
    }  # fmt: skip
