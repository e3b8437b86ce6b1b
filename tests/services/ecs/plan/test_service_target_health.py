"""What tasks behind load balancers count as, and what follows from that."""

from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from homeport.services.ecs.plan.service import ends, standing
from homeport.services.ecs.plan.service.standing import (
    HEALTHY_AFTER_S,
    HealthRules,
    next_change,
    standing_of,
    verdict_of,
)
from homeport.services.ecs.records.service_views import TaskView
from homeport.services.ecs.records.services import Rollout
from mutants import Mutant, mutated

NOW = 1_700_000_000.0
PLAIN = HealthRules(grace_s=60.0)
CHECKED = HealthRules(has_health_check=True, grace_s=60.0)
SAID = ("UNHEALTHY", "UNKNOWN", "HEALTHY")


def view(target: str, health: str = "UNKNOWN", *, ran_s: float = 100.0, **changes: Any) -> TaskView:
    told: dict[str, Any] = {
        "arn": "task-1",
        "rollout_id": "ecs-svc/1",
        "instance_arn": "i-1",
        "zone": "a",
        "last_status": "RUNNING",
        "desired_status": "RUNNING",
        "created_at": NOW - 1_000,
        "started_at": NOW - ran_s,
        "health": health,
        "target_health": target,
        "registration": "REGISTERED" if target else "",
    }
    return TaskView(**(told | changes))


STANDINGS = [
    # The target's health is the task's, at once.
    (PLAIN, "HEALTHY", "UNKNOWN", 0, "HEALTHY"),
    (PLAIN, "UNKNOWN", "UNKNOWN", 1_000, "YOUNG"),
    # The grace period lets a task fail for a while.
    (PLAIN, "UNHEALTHY", "UNKNOWN", 59.9, "YOUNG"),
    (PLAIN, "UNHEALTHY", "UNKNOWN", 60, "UNHEALTHY"),
    # Where nobody checks, time decides, as it does without load balancers.
    (PLAIN, "UNCHECKED", "UNKNOWN", 39.9, "YOUNG"),
    (PLAIN, "UNCHECKED", "UNKNOWN", 40, "HEALTHY"),
    (PLAIN, "", "UNKNOWN", 40, "HEALTHY"),
    # With a health check of its own a task has to pass both.
    (CHECKED, "HEALTHY", "HEALTHY", 0, "HEALTHY"),
    (CHECKED, "HEALTHY", "UNKNOWN", 1_000, "YOUNG"),
    (CHECKED, "UNKNOWN", "HEALTHY", 1_000, "YOUNG"),
    (CHECKED, "UNHEALTHY", "HEALTHY", 60, "UNHEALTHY"),
    (CHECKED, "HEALTHY", "UNHEALTHY", 60, "UNHEALTHY"),
    (CHECKED, "UNKNOWN", "UNHEALTHY", 60, "UNHEALTHY"),
    (CHECKED, "UNHEALTHY", "UNKNOWN", 60, "UNHEALTHY"),
    (CHECKED, "UNHEALTHY", "HEALTHY", 59.9, "YOUNG"),
    (CHECKED, "UNCHECKED", "HEALTHY", 0, "HEALTHY"),
    (CHECKED, "UNCHECKED", "UNKNOWN", 1_000, "YOUNG"),
    (CHECKED, "UNCHECKED", "UNHEALTHY", 60, "UNHEALTHY"),
]


@pytest.mark.parametrize(("rules", "target", "health", "ran_s", "expected"), STANDINGS)
def test_a_task_is_healthy_once_everybody_who_checks_it_says_so(
    rules: HealthRules, target: str, health: str, ran_s: float, expected: str
) -> None:
    assert standing_of(view(target, health, ran_s=ran_s), rules, now=NOW) == expected


def test_the_worst_that_is_said_counts() -> None:
    for target, health in product(SAID, SAID):
        worst = next(each for each in SAID if each in (target, health))
        assert verdict_of(view(target, health), CHECKED) == worst
        assert verdict_of(view(target, health), PLAIN) == target


@pytest.mark.parametrize(
    ("target", "after_s"),
    [("UNKNOWN", None), ("HEALTHY", None), ("UNHEALTHY", 60), ("UNCHECKED", HEALTHY_AFTER_S)],
)
def test_it_is_looked_at_again_when_time_alone_changes_something(
    target: str, after_s: float | None
) -> None:
    young = view(target, ran_s=1)
    at = next_change([young], {"ecs-svc/1": PLAIN}, now=NOW)
    assert at == (None if after_s is None else NOW - 1 + after_s)


# --- what the circuit breaker makes of it -------------------------------------------------------

ROLLOUT = Rollout(
    id="ecs-svc/1",
    revision_arn="arn:revision",
    definition_arn="arn:definition",
    failed_tasks=2,
    has_run=True,
    has_load_balancers=True,
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize(
    ("target", "health", "checked", "failed"),
    [
        ("UNKNOWN", "UNKNOWN", False, 2),
        ("UNHEALTHY", "UNKNOWN", False, 2),
        ("HEALTHY", "UNKNOWN", False, 0),
        ("UNCHECKED", "UNKNOWN", False, 0),
        ("HEALTHY", "UNKNOWN", True, 2),
        ("UNKNOWN", "HEALTHY", True, 2),
        ("HEALTHY", "HEALTHY", True, 0),
    ],
)
def test_failures_count_until_a_task_passes_every_check(
    target: str, health: str, checked: bool, failed: int
) -> None:
    rollout = replace(ROLLOUT, has_health_check=checked)
    settled = ends.settle([rollout], [view(target, health)], now=NOW, span=lambda span: span)
    assert settled.rollouts[0].failed_tasks == failed


# --- the checks above notice changes ------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('if checked == "UNKNOWN" or now <', "if now <"),
        ('task.target_health or "UNCHECKED"', '"UNCHECKED"'),
        ("    if not rules.has_health_check:\n        return target\n", ""),
        ("said = (task.health, target)", "said = (target,)"),
        ("said = (task.health, target)", "said = (task.health,)"),
        ('("UNHEALTHY", "UNKNOWN", "HEALTHY")', '("UNHEALTHY", "HEALTHY", "UNKNOWN")'),
        ('("UNHEALTHY", "UNKNOWN", "HEALTHY")', '("UNKNOWN", "UNHEALTHY", "HEALTHY")'),
        ('if checked == "UNCHECKED" else rules.grace_s', "if checked else rules.grace_s"),
        ('return "UNHEALTHY" if checked == "UNHEALTHY" else "HEALTHY"', 'return "HEALTHY"'),
    ],
)
def test_a_changed_rule_is_noticed(old: str, new: str) -> None:
    changed = mutated(standing, Mutant(standing, old, new))
    found = [
        changed.standing_of(view(target, health, ran_s=ran_s), rules, now=NOW)
        for rules, target, health, ran_s, _ in STANDINGS
    ]
    assert found != [expected for *_, expected in STANDINGS]
