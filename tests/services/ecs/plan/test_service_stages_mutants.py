"""The checks of the stages notice when these are changed: every mutant fails some of them."""

from typing import Any

import pytest
from msgspec.structs import replace

from homeport.kernel.traffic_shift import WHOLE
from homeport.services.ecs.plan.service import stages
from mutants import Mutant, mutated
from stage_world import StageWorld

SEEDS = range(300)

STAGES = (
    # The way forward.
    ("if sight.green_up else shifting", "if True else shifting"),
    ("if sight.test_live else shifting", "if True else shifting"),
    ("is_over = now >= shifting.since + rules.bake_s", "is_over = True"),
    ("        if not sight.green_up:\n            return shifting\n        share", "        share"),
    (
        "if not sight.production_live:\n            return shifting\n",
        "if False:\n            pass\n",
    ),
    ("    if now < shifting.taken_at + rules.step_s:\n        return shifting\n", ""),
    (
        "    if running_hooks(shifting):\n        return shifting\n    if stage in _ONLY_HOOKS",
        "    if stage in _ONLY_HOOKS",
    ),
    ("entered = replace(entered, test=WHOLE)", "entered = replace(entered, test=0)"),
    ("live and sight.blue_up and sight.others_gone", "live and sight.others_gone"),
    ("live and sight.blue_up and sight.others_gone", "sight.blue_up and sight.others_gone"),
    ("live and sight.blue_up and sight.others_gone", "live and sight.blue_up"),
    ("return Shift() if shifting.blue_revision_arn is None else rules.shift", "return rules.shift"),
    ("production=share, is_waiting_to_step=False, taken_at=None", "production=share, taken_at=now"),
    # Failure.
    ("why = sight.trouble or why or _too_late", "why = sight.trouble or _too_late"),
    ("why = sight.trouble or why or _too_late(known, sight, rules)", "why = sight.trouble or why"),
    (
        "if shifting.blue_revision_arn is None:\n        return replace(over",
        "if False:\n        return replace(over",
    ),
    (
        "    if shifting.production:\n        return _waiting",
        "    if False:\n        return _waiting",
    ),
    # The way back.
    ("if sight.blue_serves or not sight.green_serves:", "if True:"),
    ("if sight.blue_serves or not sight.green_serves:", "if sight.blue_serves:"),
    (
        "made = replace(shifting, production=0, is_waiting_to_step=False)",
        "made = replace(shifting, is_waiting_to_step=False)",
    ),
    (
        "return _rollback_failed(replace(shifting, production=WHOLE), why, now)",
        "return _rollback_failed(shifting, why, now)",
    ),
    (
        "    if not shifting.test:\n        return _cleaning(shifting, now)\n",
        "    return _cleaning(shifting, now)\n",
    ),
    (
        'end = "ROLLBACK_FAILED" if shifting.trouble else "ROLLBACK_SUCCESSFUL"',
        'end = "ROLLBACK_SUCCESSFUL"',
    ),
    (
        "(sight.green_gone and sight.others_gone) or is_late",
        "(sight.green_gone and sight.others_gone)",
    ),
    # Time.
    ("return not running_hooks(shifting) and now", "return False and now"),
)


def sick_sides(planner: Any) -> None:
    """Where neither side is healthy traffic goes back; where the new one is, it has all of it."""
    world = StageWorld(planner, 0)
    first = replace(
        world.state, stage="BAKE_TIME", production=600, blue_revision_arn="blue", rolls=False
    )
    for serves, share in ((False, 0), (True, WHOLE)):
        state, now = first, world.now
        for _ in range(4):
            sight = planner.Sight(now=now, green_serves=serves, trouble="why")
            state = planner.advance(state, sight, planner.Rules(), ids=world.ids)
            now += 90_000.0
        assert state.production == share


def check(planner: Any) -> None:
    sick_sides(planner)
    for seed in SEEDS:
        StageWorld(planner, seed).live_through()


def test_the_stages_themselves_pass() -> None:
    check(stages)


@pytest.mark.parametrize("change", STAGES, ids=range(len(STAGES)))
def test_a_change_of_the_stages_is_noticed(change: tuple[str, str]) -> None:
    with pytest.raises((AssertionError, RecursionError)):
        check(mutated(stages, Mutant(stages, *change)))
