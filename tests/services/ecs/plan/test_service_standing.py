"""What tasks of a service count as, and when time changes that."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.services.ecs.plan.service.standing import (
    HEALTHY_AFTER_S,
    HealthRules,
    members_of,
    next_change,
    standing_of,
)
from homeport.services.ecs.records.service_views import TaskView
from homeport.services.ecs.records.task_states import STATUSES

NOW = 1_700_000_000.0
UNCHECKED = HealthRules()
CHECKED = HealthRules(has_health_check=True)
PATIENT = HealthRules(has_health_check=True, grace_s=60.0)
NOBODY: frozenset[str] = frozenset()


def view(status: str = "RUNNING", desired: str = "RUNNING", **changes: Any) -> TaskView:
    told: dict[str, Any] = {
        "arn": "task-1",
        "rollout_id": "ecs-svc/1",
        "instance_arn": "i-1",
        "zone": "a",
        "last_status": status,
        "desired_status": desired,
        "created_at": NOW - 1_000,
        "started_at": NOW - 500 if status not in STATUSES[:3] else None,
    }
    return TaskView(**(told | changes))


@pytest.mark.parametrize(
    ("status", "desired", "standing"),
    [
        ("PROVISIONING", "RUNNING", "PENDING"),
        ("PENDING", "RUNNING", "PENDING"),
        ("ACTIVATING", "RUNNING", "PENDING"),
        ("RUNNING", "RUNNING", "HEALTHY"),
        ("PROVISIONING", "STOPPED", "STOPPING"),
        ("PENDING", "STOPPED", "STOPPING"),
        ("ACTIVATING", "STOPPED", "STOPPING"),
        ("RUNNING", "STOPPED", "STOPPING"),
        ("DEACTIVATING", "STOPPED", "STOPPING"),
        ("STOPPING", "STOPPED", "STOPPING"),
        ("DEACTIVATING", "RUNNING", "STOPPING"),
        ("STOPPING", "RUNNING", "STOPPING"),
        ("DEPROVISIONING", "STOPPED", "OVER"),
        ("STOPPED", "STOPPED", "OVER"),
        ("DEPROVISIONING", "RUNNING", "OVER"),
        ("STOPPED", "RUNNING", "OVER"),
    ],
)
def test_the_statuses_say_whether_a_task_comes_runs_or_goes(
    status: str, desired: str, standing: str
) -> None:
    assert standing_of(view(status, desired), UNCHECKED, now=NOW) == standing
    sick = view(status, desired, health="UNHEALTHY")
    assert standing_of(sick, CHECKED, now=NOW) == standing.replace("HEALTHY", "UNHEALTHY")


@pytest.mark.parametrize(
    ("health", "rules", "ran_s", "standing"),
    [
        # "the service scheduler will wait for 40 seconds after a task reaches a RUNNING state"
        ("UNKNOWN", UNCHECKED, 0, "YOUNG"),
        ("UNKNOWN", UNCHECKED, 39.999, "YOUNG"),
        ("UNKNOWN", UNCHECKED, 40, "HEALTHY"),
        ("UNKNOWN", HealthRules(healthy_after_s=2.0), 2, "HEALTHY"),
        ("UNKNOWN", HealthRules(healthy_after_s=2.0), 1, "YOUNG"),
        ("UNKNOWN", HealthRules(grace_s=90.0), 40, "HEALTHY"),
        # What an image checks by itself is not a health check of the task definition.
        ("UNHEALTHY", UNCHECKED, 41, "HEALTHY"),
        ("HEALTHY", UNCHECKED, 1, "YOUNG"),
        # "the service scheduler will wait for the task to reach a healthy status"
        ("UNKNOWN", CHECKED, 4_000, "YOUNG"),
        ("HEALTHY", CHECKED, 0, "HEALTHY"),
        ("UNHEALTHY", CHECKED, 0, "UNHEALTHY"),
        # The grace period in which ECS "ignores unhealthy" checks of a task that has just begun.
        ("UNHEALTHY", PATIENT, 59.999, "YOUNG"),
        ("UNHEALTHY", PATIENT, 60, "UNHEALTHY"),
        ("HEALTHY", PATIENT, 1, "HEALTHY"),
        ("UNKNOWN", PATIENT, 100, "YOUNG"),
    ],
)
def test_a_running_task_is_healthy_by_its_check_or_after_a_while(
    health: str, rules: HealthRules, ran_s: float, standing: str
) -> None:
    task = view(health=health, started_at=NOW - ran_s)
    assert standing_of(task, rules, now=NOW) == standing


def test_ecs_waits_for_40_seconds() -> None:
    assert HEALTHY_AFTER_S == 40.0


def test_a_start_that_nobody_saw_was_at_the_latest_when_the_task_was_asked_for() -> None:
    task = view(started_at=None, created_at=NOW - 39)
    assert standing_of(task, UNCHECKED, now=NOW) == "YOUNG"
    assert next_change([task], {"ecs-svc/1": UNCHECKED}, now=NOW) == NOW + 1


def test_each_task_is_judged_by_the_rules_of_its_rollout() -> None:
    views = (
        view(arn="checked"),
        view(arn="unchecked", rollout_id="ecs-svc/2"),
        view(arn="of nobody", rollout_id="ecs-svc/9"),
    )
    rules = {"ecs-svc/1": CHECKED, "ecs-svc/2": UNCHECKED}
    members = members_of(views, rules, leaving=NOBODY, draining=NOBODY, now=NOW)
    assert [each.task for each in members] == list(views)
    assert [each.standing for each in members] == ["YOUNG", "HEALTHY", "HEALTHY"]


def test_why_a_task_has_to_leave() -> None:
    views = (
        view(arn="stays"),
        view(arn="moves"),
        view(arn="drains", instance_arn="i-2"),
        view(arn="both", instance_arn="i-2"),
        view(arn="nowhere", instance_arn=None),
    )
    members = members_of(
        views, {}, leaving=frozenset({"moves", "both"}), draining=frozenset({"i-2"}), now=NOW
    )
    assert [each.leaves for each in members] == ["", "rebalanced", "draining", "draining", ""]


@pytest.mark.parametrize(
    ("until", "protected"), [(None, False), (NOW - 1, False), (NOW, False), (NOW + 0.1, True)]
)
def test_protection_ends_at_its_time(until: float | None, protected: bool) -> None:
    (member,) = members_of(
        [view(protected_until=until)], {}, leaving=NOBODY, draining=NOBODY, now=NOW
    )
    assert member.is_protected is protected


@pytest.mark.parametrize(
    ("task", "rules", "after_s"),
    [
        (view(started_at=NOW - 10), UNCHECKED, 30),
        (view(started_at=NOW - 40), UNCHECKED, None),
        (view(started_at=NOW - 10, health="UNHEALTHY"), PATIENT, 50),
        (view(started_at=NOW - 60, health="UNHEALTHY"), PATIENT, None),
        (view(started_at=NOW - 10, health="UNKNOWN"), PATIENT, None),
        (view(started_at=NOW - 10, health="HEALTHY"), PATIENT, None),
        (view(protected_until=NOW + 7), UNCHECKED, 7),
        (view(protected_until=NOW), UNCHECKED, None),
        (view(started_at=NOW - 39, protected_until=NOW + 7), UNCHECKED, 1),
        (view(started_at=NOW - 10, protected_until=NOW + 7), UNCHECKED, 7),
        (view("PENDING", protected_until=NOW + 7), UNCHECKED, 7),
        (view("PENDING"), UNCHECKED, None),
        (view("RUNNING", "STOPPED", started_at=NOW, protected_until=NOW + 7), UNCHECKED, None),
        (view("STOPPED", "STOPPED", protected_until=NOW + 7), UNCHECKED, None),
    ],
)
def test_when_time_alone_changes_something(
    task: TaskView, rules: HealthRules, after_s: float | None
) -> None:
    when = next_change([task], {"ecs-svc/1": rules}, now=NOW)
    assert when == (None if after_s is None else NOW + after_s)


def test_the_first_change_of_all_tasks_counts() -> None:
    views = [view(started_at=NOW - ran) for ran in (5, 20, 50)]
    assert next_change(views, {"ecs-svc/1": UNCHECKED}, now=NOW) == NOW + 20
    assert next_change([], {}, now=NOW) is None


VIEWS = st.lists(
    st.builds(
        view,
        st.sampled_from(["PENDING", "RUNNING", "RUNNING", "STOPPING", "STOPPED"]),
        st.sampled_from(["RUNNING", "RUNNING", "STOPPED"]),
        health=st.sampled_from(["UNKNOWN", "HEALTHY", "UNHEALTHY"]),
        rollout_id=st.sampled_from(["ecs-svc/1", "ecs-svc/2", "ecs-svc/3"]),
        started_at=st.one_of(st.none(), st.floats(NOW - 100, NOW)),
        protected_until=st.one_of(st.none(), st.floats(NOW - 100, NOW + 100)),
    ),
    max_size=6,
)


@given(views=VIEWS, passed=st.floats(0.0, 1.0))
def test_nothing_changes_before_the_time_foretold_and_something_does_then(
    views: list[TaskView], passed: float
) -> None:
    rules = {"ecs-svc/1": UNCHECKED, "ecs-svc/2": PATIENT}

    def seen(now: float) -> Any:
        return members_of(views, rules, leaving=NOBODY, draining=NOBODY, now=now)

    def watched(now: float) -> Any:
        return [
            (each.standing, each.is_protected)
            for each in seen(now)
            if each.standing not in ("STOPPING", "OVER")
        ]

    when = next_change(views, rules, now=NOW)
    if when is None:
        assert watched(NOW + 1e6) == watched(NOW)
        return
    assert when > NOW
    assert watched(when) != watched(NOW)
    between = NOW + (when - NOW) * passed
    if between < when:
        assert watched(between) == watched(NOW)
