"""The checks of the daemon planner notice when it is changed: every mutant fails some of them."""

import pytest

from daemon_world import CASES, check, live_through
from homeport.services.ecs.plan.service import choice, daemon
from mutants import Mutant, mutated

SEEDS = range(40)

DAEMON = (
    ("if situation.may_start else ()", "if True else ()"),
    ('healthy=parts.standings.count("HEALTHY")', "healthy=len(parts.standings)"),
    ("lower=_lower(situation)", "lower=0"),
    ("healthy=len(parts.stray), lower=0", "healthy=0, lower=0"),
    ("choice.take(parts.double, len(parts.double))", "choice.take(parts.double, 0)"),
    ("len(parts.others) if situation.may_replace else 0", "len(parts.others)"),
    ("held = elsewhere.held + choice.held", "held = choice.held"),
    ("held = elsewhere.held + choice.held", "held = elsewhere.held"),
    ("moves = start_on or stops or", "moves = start_on or"),
    ("moves = start_on or stops or", "moves = stops or"),
    ('{"PENDING", "YOUNG", "STOPPING"}', '{"PENDING", "STOPPING"}'),
    ('{"PENDING", "YOUNG", "STOPPING"}', '{"YOUNG", "STOPPING"}'),
    ('{"PENDING", "YOUNG", "STOPPING"}', '{"PENDING", "YOUNG"}'),
    ("is_blocked=bool(parts.others)", "is_blocked=True"),
    ("and may_act and not moves", "and not moves"),
    ("and not moves and not held", "and not moves"),
    ('if member.standing == "OVER":', "if False:"),
    ('if each.standing != "STOPPING"]', "]"),
    ('own[:1] if each.standing == "UNHEALTHY"', 'own[:1] if each.standing == "PENDING"'),
    ("double += own[1:]", "double += own[:-1]"),
    ("if not there[arn])", "if len(there[arn]) < 2)"),
    ('(member.standing == "UNHEALTHY", ', "("),
    ("member.task.created_at, member.task.arn)", "-member.task.created_at, member.task.arn)"),
    ("    if not situation.may_start:\n        return 0\n", ""),
    ("running = len(parts.sick) +", "running ="),
    ('parts.standings.count, ("YOUNG", "HEALTHY")', 'parts.standings.count, ("HEALTHY",)'),
    ("at_once = running - _lower(situation)", "at_once = running"),
    ("if start_on or {", "if {"),
    ('{"PENDING", "STOPPING"}.i', '{"STOPPING"}.i'),
    ('{"PENDING", "STOPPING"}.i', '{"PENDING"}.i'),
    ("return max(1, at_once)", "return at_once"),
    ("return max(1, at_once)", "return len(parts.sick)"),
    ("lower_bound(len(set(situation.instances)),", "lower_bound(len(situation.members),"),
    ('why="unhealthy" if member.standing == "UNHEALTHY" else "scaling"', 'why="scaling"'),
)

CHOICE = (
    ("young_too = is_surplus or self._spare >= 0", "young_too = True"),
    (' or each.standing == "UNHEALTHY"', ""),
    ("self._spare = healthy - lower", "self._spare = healthy - lower + 1"),
)

MUTANTS = [
    *(Mutant(daemon, old, new) for old, new in DAEMON),
    *(Mutant(choice, old, new) for old, new in CHOICE),
]


def complaints(planner: object) -> None:
    """All checks of the planner that take little time."""
    for case in CASES:
        check(planner, case)
    for seed in SEEDS:
        live_through(planner, seed)


def test_nobody_complains_of_the_planner_itself() -> None:
    complaints(daemon)


@pytest.mark.parametrize("mutant", MUTANTS, ids=[f"{old} => {new}" for _, old, new in MUTANTS])
def test_a_mutant_is_noticed(mutant: Mutant) -> None:
    planner = mutated(daemon, mutant)
    with pytest.raises(Exception):  # noqa: B017, PT011 - however it fails.
        complaints(planner)
