"""The checks of the rolling planner notice when it is changed: every mutant fails some of them."""

import pytest

from homeport.services.ecs.plan.service import choice, rolling
from mutants import Mutant, mutated
from rolling_cases import BOUNDS, CASES, check
from rolling_world import live_through

SEEDS = range(60)

ROLLING = (
    # The bounds.
    ("-(-desired * minimum_healthy_percent // 100)", "desired * minimum_healthy_percent // 100"),
    ("desired * maximum_percent // 100", "-(-desired * maximum_percent // 100)"),
    (
        "healthy=parts.healthy,\n        lower",
        "healthy=parts.healthy + parts.young,\n        lower",
    ),
    ("healthy=parts.healthy,\n        lower", "healthy=parts.healthy + 1,\n        lower"),
    ("healthy=parts.healthy,\n        lower", "healthy=parts.up,\n        lower"),
    ("return len(self.live) + self.stopping", "return len(self.live)"),
    ("return len(self.live) + self.stopping", "return len(self.good) + self.stopping"),
    # Starts.
    ("return max(0, min(needed, room, STARTS_MAX))", "return max(0, min(needed, room))"),
    ("return max(0, min(needed, room, STARTS_MAX))", "return min(needed, room, STARTS_MAX)"),
    ("return max(0, min(needed, room, STARTS_MAX))", "return max(0, min(room, STARTS_MAX))"),
    ("return max(0, min(needed, room, STARTS_MAX))", "return min(needed, STARTS_MAX)"),
    ("needed = max(0, desired - len(parts.good))", "needed = max(0, desired - len(parts.live))"),
    ("needed = max(0, desired - len(parts.good))", "needed = max(0, desired - parts.up)"),
    ("    if not situation.may_start:\n        return 0\n", ""),
    # What has to become of a task.
    ("standing in _ENDING", 'standing == "OVER"'),
    (' or member.leaves == "draining":', ":"),
    (' or member.leaves == "draining":', " or member.leaves:"),
    ("member.task.rollout_id != primary or ", ""),
    (
        '        elif standing == "UNHEALTHY":\n            sick',
        "        elif False:\n            sick",
    ),
    (
        '        elif standing == "PENDING":\n            going',
        "        elif False:\n            going",
    ),
    # Unhealthy tasks.
    ("return max(replaced, min(short, at_once))", "return max(replaced, short)"),
    ("return max(replaced, min(short, at_once))", "return min(short, at_once)"),
    ("return max(replaced, min(short, at_once))", "return replaced"),
    ("return max(replaced, min(short, at_once))", "return max(replaced, at_once)"),
    ("return max(replaced, min(short, at_once))", "return len(parts.sick)"),
    ("replaced = parts.up + len(parts.moving) +", "replaced = parts.up +"),
    ("replaced = parts.up + len(parts.moving) +", "replaced = len(parts.good) +"),
    ("        return replaced\n", "        return len(parts.sick)\n"),
    ("        return replaced\n", "        return 0\n"),
    ("short = needed - parts.stopping - ", "short = needed - "),
    ("(room if situation.has_place else min(0, room))", "room"),
    ("at_once = max(1, at_once)", "at_once = max(0, at_once)"),
    ("parts.pending or parts.stopping or (start", "parts.stopping or (start"),
    ("parts.pending or parts.stopping or (start", "parts.pending or (start"),
    (" or (start and situation.has_place))", ")"),
    (" or (start and situation.has_place))", " or start)"),
    (
        "parts.young + parts.healthy + len(parts.sick) - lower",
        "parts.healthy + len(parts.sick) - lower",
    ),
    ("parts.young + parts.healthy + len(parts.sick) - lower", "parts.healthy - lower"),
    ('why="unhealthy" if desired else "scaling"', 'why="unhealthy"'),
    # Scaling in.
    ("len(parts.good) - desired, is_surplus=True", "len(parts.good) - desired"),
    ("len(parts.good) - desired, is_surplus=True", "len(parts.good) - needed, is_surplus=True"),
    ("len(parts.good) - desired, is_surplus=True", "len(parts.live) - desired, is_surplus=True"),
    # Other rollouts, draining, rebalancing.
    (
        "    if situation.may_replace:\n        return len(parts.going)\n",
        "    return len(parts.going)\n",
    ),
    ("return len(parts.live) - taken - upper", "return len(parts.live) - upper"),
    ("return len(parts.live) - taken - upper", "return 0"),
    ("return len(parts.live) - taken - upper", "return parts.total - taken - upper"),
    ("parts.up + len(parts.moving) - desired)", "len(parts.good) + len(parts.moving) - desired)"),
    ("parts.up + len(parts.moving) - desired)", "len(parts.moving) if parts.up >= desired else 0)"),
    ("parts.up + len(parts.moving) - desired)", "len(parts.moving))"),
    ('why=member.leaves or "draining"', 'why="draining"'),
    ("if member.task.rollout_id != situation.primary:", "if False:"),
    # Being blocked.
    (
        "is_blocked=needed > 0 and may_act and not moves and",
        "is_blocked=needed > 0 and may_act and",
    ),
    ("is_blocked=needed > 0 and may_act", "is_blocked=may_act"),
    ("is_blocked=needed > 0 and may_act", "is_blocked=needed > 0"),
    ("and not moves and not choice.held", "and not moves"),
    ("parts.pending or parts.young or parts.stopping)", "parts.pending or parts.stopping)"),
    ("parts.pending or parts.young or parts.stopping)", "parts.young or parts.stopping)"),
    ("parts.pending or parts.young or parts.stopping)", "parts.pending or parts.young)"),
    ("situation.may_start and situation.may_replace", "situation.may_start"),
    # Which go first.
    ("leaving(pool, situation.strategies, room, among=among)[:count]", "pool[:count]"),
)

CHOICE = (
    ("young_too = is_surplus or self._spare >= 0", "young_too = True"),
    ("young_too = is_surplus or self._spare >= 0", "young_too = is_surplus"),
    ("young_too = is_surplus or self._spare >= 0", "young_too = is_surplus or self._spare > 0"),
    ("not each.is_protected or each.standing", "each.standing"),
    (' or each.standing == "UNHEALTHY"', ""),
    ("if not each.is_protected or each.standing", "if True or each.standing"),
    ("self._spare -= then", "self._spare -= 0"),
    ("self._spare -= then", "self._spare -= first + then"),
    ("most - first, max(0, self._spare)", "max(0, self._spare)"),
    ("most - first, max(0, self._spare)", "most - first"),
    ("most - first, max(0, self._spare)", "most - first, self._spare"),
    ("self._spare = healthy - lower", "self._spare = healthy - lower + 1"),
    ("self._spare = healthy - lower", "self._spare = healthy - lower - 1"),
    ("len(later), most)) - first - then", "len(later), most))"),
    ("if most <= 0 or not candidates:", "if not candidates:"),
    ("self._gone.update([each.task.arn for each in pool])", "pass"),
    ('frozenset({"UNHEALTHY", "PENDING"})', 'frozenset({"UNHEALTHY"})'),
    ("        elif count == 0:\n            return []\n", ""),
)

MUTANTS = [
    *(Mutant(rolling, old, new) for old, new in ROLLING),
    *(Mutant(choice, old, new) for old, new in CHOICE),
]


def complaints(planner: object) -> None:
    """All checks of the planner that take little time."""
    for desired, minimum, lower, maximum, upper in BOUNDS:
        assert planner.lower_bound(desired, minimum) == lower  # type: ignore[attr-defined]
        assert planner.upper_bound(desired, maximum) == upper  # type: ignore[attr-defined]
    for case in CASES.values():
        check(planner, case)
    for seed in SEEDS:
        live_through(planner, seed)


def test_nobody_complains_of_the_planner_itself() -> None:
    complaints(rolling)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[f"{old} => {new}" for _, old, new in MUTANTS])
def test_a_mutant_is_noticed(mutant: Mutant) -> None:
    planner = mutated(rolling, mutant)
    with pytest.raises(Exception):  # noqa: B017, PT011 - however it fails.
        complaints(planner)
