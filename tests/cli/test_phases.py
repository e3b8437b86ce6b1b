"""What is said of a watched deployment: tables of sightings and the lines that follow."""

from dataclasses import replace
from typing import Any

import pytest

from homeport.cli import phases
from homeport.cli.phases import Sighting, Tally

OLD = Tally(definition="web:7", healthy=2)
NEW = Tally(definition="web:8", is_primary=True)
BEGUN = Sighting(at=0.2, status="IN_PROGRESS", wanted=2, new=NEW, others=(OLD,))


def seen(at: float, status: str = "IN_PROGRESS", old: int = 2, **new: Any) -> Sighting:
    return Sighting(
        at=at,
        status=status,
        wanted=2,
        new=replace(NEW, **new),
        others=(replace(OLD, healthy=old),) if old else (),
    )


ROLLING = (
    seen(0.2),
    seen(0.5, pending=2),
    seen(1.5, pending=1, running=1),
    seen(2.0, running=2),
    seen(42.0, healthy=2),
    seen(42.5, healthy=2, old=1),
    seen(43.0, healthy=2, old=0),
    seen(43.1, "SUCCESSFUL", healthy=2, old=0),
)


def test_each_phase_lasts_from_the_end_of_the_one_before() -> None:
    timed = dict(phases.timings(0.1, ROLLING))
    assert list(timed) == [*phases.PHASES]
    assert list(timed.values()) == pytest.approx([0.4, 1.5, 40.0, 1.0, 0.1])


def test_the_phases_together_are_the_whole_time() -> None:
    total = sum(took for _, took in phases.timings(0.1, ROLLING))
    assert total == pytest.approx(ROLLING[-1].at - 0.1)


@pytest.mark.parametrize(
    ("sightings", "reached"),
    [
        ((BEGUN,), []),
        (ROLLING[:2], ["tasks started"]),
        (ROLLING[:4], ["tasks started", "tasks running"]),
        # Without a health check a deployment completes before its tasks count as healthy.
        (
            (seen(0.2), seen(1.0, running=2, old=0), seen(1.1, "SUCCESSFUL", running=2, old=0)),
            ["tasks started", "tasks running", "old tasks gone", "deployment completed"],
        ),
        # A service that had no task has none to replace.
        (
            (seen(0.2, old=0), seen(1.0, "SUCCESSFUL", old=0, healthy=2)),
            ["tasks started", "tasks running", "tasks healthy", "deployment completed"],
        ),
        # Never more than one task at once: the old ones go while the new ones come.
        (
            (seen(0.2), seen(1.0, old=1, healthy=1), seen(2.0, "SUCCESSFUL", old=0, healthy=2)),
            [*phases.PHASES],
        ),
        ((seen(0.2, "ROLLBACK_SUCCESSFUL", pending=2),), ["tasks started"]),
    ],
)
def test_only_phases_that_were_reached_are_timed(
    sightings: tuple[Sighting, ...], reached: list[str]
) -> None:
    timed = phases.timings(0.1, sightings)
    assert [name for name, _ in timed] == reached
    assert all(took >= 0 for _, took in timed)


def test_an_unhealthy_task_has_run() -> None:
    assert [name for name, _ in phases.timings(0.0, [seen(1.0, unhealthy=2)])] == [
        "tasks started",
        "tasks running",
    ]


def test_a_service_without_tasks_is_through_at_once() -> None:
    empty = Sighting(at=0.3, status="SUCCESSFUL", wanted=0, new=NEW)
    assert phases.timings(0.3, [empty]) == tuple(
        (name, 0.0) for name in phases.PHASES if name != "old tasks gone"
    )


def test_the_summary_is_a_column_of_times() -> None:
    assert phases.summary((("registered", 0.12), ("tasks running", 65.0))) == (
        "registered        0.1 s",
        "tasks running  1 min 5 s",
    )


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (None, BEGUN, ["web:8: no task of 2 · web:7: 2 healthy"]),
        (BEGUN, replace(BEGUN, at=9.9), []),
        (BEGUN, seen(1.0, pending=1), ["web:8: 1 pending of 2 · web:7: 2 healthy"]),
        (
            seen(1.0, pending=1),
            seen(1.0, running=1, healthy=1, unhealthy=1, stopping=1, old=1),
            ["web:8: 1 running, 1 healthy, 1 unhealthy, 1 stopping of 2 · web:7: 1 healthy"],
        ),
        (seen(1.0, healthy=2, old=1), seen(2.0, healthy=2, old=0), ["web:8: 2 healthy of 2"]),
        (BEGUN, replace(BEGUN, wanted=3), ["web:8: no task of 3 · web:7: 2 healthy"]),
        (
            BEGUN,
            seen(1.0, failed=1),
            ["web:8: no task of 2 · 1 failed task in a row · web:7: 2 healthy"],
        ),
        (
            BEGUN,
            replace(BEGUN, new=replace(NEW, failed=3, next_attempt_s=4.0)),
            [
                (
                    "web:8: no task of 2 · 3 failed tasks in a row · next attempt in 4.0 s"
                    " · web:7: 2 healthy"
                )
            ],
        ),
        (
            replace(BEGUN, new=replace(NEW, failed=3, next_attempt_s=4.0)),
            replace(BEGUN, new=replace(NEW, failed=3, next_attempt_s=3.0)),
            [],
        ),
        (
            None,
            replace(BEGUN, others=(replace(OLD, definition="web:8"),)),
            ["web:8: no task of 2 · web:8 before: 2 healthy"],
        ),
        (BEGUN, replace(BEGUN, failure="CannotPull: no"), ["CannotPull: no"]),
        (
            replace(BEGUN, failure="CannotPull: no"),
            replace(BEGUN, failure="CannotPull: no", waits=("No place.",)),
            ["No place."],
        ),
        (replace(BEGUN, waits=("a", "b")), replace(BEGUN, waits=("b", "c")), ["c"]),
        (replace(BEGUN, waits=("a",)), BEGUN, []),
    ],
)
def test_what_is_new_is_told_once(before: Sighting | None, now: Sighting, told: list[str]) -> None:
    assert list(phases.lines(before, now)) == told


def test_turning_back_is_told_with_its_reason_and_whose_tasks_are_wanted_now() -> None:
    turned = replace(
        BEGUN,
        status="ROLLBACK_IN_PROGRESS",
        reason="threshold exceeded.",
        new=Tally(definition="web:8", stopping=1),
        others=(replace(OLD, is_primary=True, healthy=1),),
    )
    assert phases.lines(BEGUN, turned) == (
        "turning back: threshold exceeded.",
        "web:8: 1 stopping · web:7: 1 healthy of 2",
    )
    over = replace(turned, status="ROLLBACK_SUCCESSFUL")
    assert phases.lines(turned, over) == ()


@pytest.mark.parametrize(
    ("status", "reason", "outcome"),
    [
        ("PENDING", "", None),
        ("IN_PROGRESS", "", None),
        ("STOP_REQUESTED", "", None),
        ("ROLLBACK_REQUESTED", "", None),
        ("ROLLBACK_IN_PROGRESS", "", None),
        ("SUCCESSFUL", "", "deployed"),
        ("ROLLBACK_SUCCESSFUL", "", "rolled back"),
        ("ROLLBACK_FAILED", "", "failed"),
        ("STOPPED", "superseded by arn:x.", "stopped"),
        (
            "STOPPED",
            "Service deployment stopped because the circuit breaker threshold was exceeded.",
            "failed",
        ),
    ],
)
def test_how_a_deployment_ended(status: str, reason: str, outcome: str | None) -> None:
    assert phases.outcome(replace(BEGUN, status=status, reason=reason)) == outcome


@pytest.mark.parametrize(
    ("changes", "breaker", "outcome"),
    [
        ({"throttleRounds": 4}, "DISABLED", None),
        ({"throttleRounds": 5}, "DISABLED", "hopeless"),
        ({"throttleRounds": 9}, "MONITORING", None),
        ({"crashes": 4}, "MONITORING", None),
        ({"crashes": 5}, "MONITORING", "hopeless"),
        ({"crashes": 5}, "DISABLED", "hopeless"),
    ],
)
def test_what_nothing_will_end_is_called_hopeless(
    changes: dict[str, int], breaker: str, outcome: str | None
) -> None:
    told = EXPLAINED | {"rollouts": [rollout(8, status="PRIMARY", **changes)]}
    deployment = {"status": "IN_PROGRESS", "deploymentCircuitBreaker": {"status": breaker}}
    now = phases.sighting(told, deployment, "ecs-svc/8", "web:8", at=1.0)
    assert phases.outcome(now) == outcome


def rollout(number: int, **members: Any) -> dict[str, Any]:
    counts = {f"{word}Count": 0 for word in ("pending", "young", "healthy", "unhealthy")}
    return {
        "id": f"ecs-svc/{number}",
        "status": "ACTIVE",
        "taskDefinitionArn": f"arn:aws:ecs:us-east-1:000000000000:task-definition/web:{number}",
        "stoppingCount": 0,
        "failedTasks": 0,
        "throttleRounds": 0,
        "crashes": 0,
        **counts,
    } | members


EXPLAINED: dict[str, Any] = {
    "at": 100.0,
    "desiredCount": 2,
    "rollouts": [
        rollout(8, status="PRIMARY", youngCount=1, failedTasks=3),
        rollout(7, healthyCount=2),
    ],
    "waitingFor": [
        {"kind": "throttle", "what": "later"},
        {"kind": "placement", "what": "No place."},
    ],
    "stoppedTasks": [
        {"rolloutId": "ecs-svc/8", "stopCode": "ServiceSchedulerInitiated", "containerReasons": []},
        {"rolloutId": "ecs-svc/7", "stopCode": "EssentialContainerExited", "containerReasons": []},
        {
            "taskArn": "arn:a",
            "rolloutId": "ecs-svc/8",
            "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "containerReasons": ["main: exited with code 3"],
        },
    ],
}


def test_a_sighting_is_what_the_api_answered() -> None:
    deployment = {"status": "IN_PROGRESS"}
    assert phases.sighting(EXPLAINED, deployment, "ecs-svc/8", "web:8", at=1.0) == Sighting(
        at=1.0,
        status="IN_PROGRESS",
        wanted=2,
        new=Tally(definition="web:8", is_primary=True, running=1, failed=3),
        others=(Tally(definition="web:7", healthy=2),),
        waits=("No place.",),
        failure="Essential container in task exited; main: exited with code 3",
        failed_arn="arn:a",
    )


def test_how_long_the_next_attempt_waits_is_counted_from_the_answer() -> None:
    throttled = EXPLAINED | {"rollouts": [rollout(8, throttledUntil=104.5)]}
    seen_now = phases.sighting(throttled, {"status": "IN_PROGRESS"}, "ecs-svc/8", "web:8", at=1.0)
    assert seen_now.new.next_attempt_s == 4.5


def test_a_rollout_that_is_gone_has_no_task() -> None:
    told = EXPLAINED | {"rollouts": EXPLAINED["rollouts"][1:], "stoppedTasks": []}
    seen_now = phases.sighting(
        told,
        {"status": "ROLLBACK_SUCCESSFUL", "statusReason": "so"},
        "ecs-svc/8",
        "x/web:8",
        at=1.0,
    )
    assert (seen_now.new, seen_now.reason) == (Tally(definition="web:8"), "so")
    assert seen_now.failure == ""
