"""What the scheduler concludes from tasks that ran, failed or ended."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from homeport.services.ecs.plan.service.ends import (
    Settled,
    failed_to_start,
    health_failures,
    is_impaired,
    settle,
    throttled,
    with_unhealthy,
)
from homeport.services.ecs.records.service_views import TaskView
from homeport.services.ecs.records.services import Rollout, Throttle

NEW, OLD = "ecs-svc/2", "ecs-svc/1"


def rollout(rollout_id: str = NEW, **changes: Any) -> Rollout:
    members: dict[str, Any] = {
        "id": rollout_id,
        "revision_arn": f"arn:revision/{rollout_id}",
        "definition_arn": "arn:definition",
        "status": "PRIMARY" if rollout_id == NEW else "ACTIVE",
        "created_at": 100.0,
        "updated_at": 100.0,
    }
    return Rollout(**(members | changes))


def view(arn: str = "a", **changes: Any) -> TaskView:
    members: dict[str, Any] = {
        "arn": arn,
        "rollout_id": NEW,
        "instance_arn": "i",
        "zone": "us-east-1a",
        "last_status": "PENDING",
        "desired_status": "RUNNING",
        "created_at": 100.0,
    }
    return TaskView(**(members | changes))


def running(arn: str = "a", **changes: Any) -> TaskView:
    return view(arn, **({"last_status": "RUNNING", "started_at": 105.0} | changes))


def failed(arn: str = "a", **changes: Any) -> TaskView:
    ended = {
        "last_status": "STOPPED",
        "desired_status": "STOPPED",
        "stop_code": "TaskFailedToStart",
    }
    return view(arn, **(ended | changes))


def heed(
    views: Sequence[TaskView], *rollouts: Rollout, now: float = 110.0, scale: float = 1.0
) -> Settled:
    return settle(rollouts or (rollout(),), views, now=now, span=lambda s: s / scale)


# --- what counts as a failure to start ------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"stop_code": "EssentialContainerExited"}, True),
        ({"started_at": 105.0, "stop_code": "EssentialContainerExited"}, False),
        ({"stop_code": "ServiceSchedulerInitiated"}, False),
        ({"stop_code": "UserInitiated"}, False),
        ({"stop_code": "SpotInterruption"}, False),
        ({"stop_code": "TerminationNotice"}, False),
        ({"stop_code": None}, False),
    ],
)
def test_a_task_failed_to_start_when_it_ended_by_itself_before_it_was_running(
    changes: dict[str, Any], counts: bool
) -> None:
    task = failed(**changes)
    assert failed_to_start(task) is counts
    settled = heed([task])
    assert settled.failures == counts
    assert settled.rollouts[0].failed_tasks == counts
    assert settled.rollouts[0].throttle.rounds == counts
    assert settled.failed_to_start == ((task,) if counts else ())


@pytest.mark.parametrize("last_status", ["PENDING", "STOPPING", "DEPROVISIONING"])
def test_a_task_that_fails_makes_others_wait_before_it_is_over_and_is_counted_once(
    last_status: str,
) -> None:
    """It is replaced as soon as it ends: without this each attempt would be made twice."""
    ending = failed(last_status=last_status)
    first = heed([ending], now=110.0)
    assert first.rollouts[0].throttle == Throttle(rounds=1, since=110.0, not_before=111.0)
    assert (first.arns, first.failures, first.failed_to_start) == ((), 0, ())
    second = heed([ending], *first.rollouts, now=110.5)
    assert second.rollouts == first.rollouts
    over = heed([failed()], *second.rollouts, now=110.9)
    assert over.rollouts[0].throttle == first.rollouts[0].throttle
    assert (over.failures, over.rollouts[0].failed_tasks) == (1, 1)


def test_only_tasks_that_are_over_are_settled() -> None:
    views = [
        view("pending"),
        running("running"),
        view("ending", last_status="DEPROVISIONING", stop_code="TaskFailedToStart"),
        failed("failed"),
        failed("scaled in", stop_code="ServiceSchedulerInitiated", started_at=105.0),
        failed("of a rollout that is gone", rollout_id="ecs-svc/0"),
    ]
    assert heed(views).arns == ("failed", "scaled in", "of a rollout that is gone")


def test_a_service_without_rollouts_still_settles_what_ended() -> None:
    assert settle((), [failed()], now=110.0, span=float) == Settled(rollouts=(), arns=("a",))


# --- the two stages of the breaker -----------------------------------------------------------


def test_each_failed_start_counts_until_a_task_runs() -> None:
    settled = heed([failed("a"), failed("b"), view("c")])
    assert (settled.failures, settled.rollouts[0].failed_tasks) == (2, 2)
    assert not settled.rollouts[0].has_run


@pytest.mark.parametrize(
    "proof",
    [
        running("b"),
        running("b", started_at=None),
        running("b", last_status="DEACTIVATING", desired_status="STOPPED"),
        failed("b", started_at=105.0, stop_code="UserInitiated"),
    ],
)
def test_a_task_that_runs_or_ran_ends_the_first_stage(proof: TaskView) -> None:
    settled = heed([failed("a"), proof], rollout(failed_tasks=7))
    assert (settled.failures, settled.rollouts[0].failed_tasks) == (0, 0)
    assert settled.rollouts[0].has_run


def test_that_a_rollout_has_run_is_not_forgotten_with_its_tasks() -> None:
    settled = heed([failed("a")], rollout(has_run=True))
    assert (settled.failures, settled.rollouts[0].has_run) == (0, True)
    assert settled.failed_to_start == (failed("a"),)


def test_failures_of_rollouts_that_are_being_replaced_are_theirs_alone() -> None:
    settled = heed([failed("a", rollout_id=OLD), running("b")], rollout(), rollout(OLD))
    assert (settled.failures, settled.failed_to_start) == (0, ())
    assert [each.failed_tasks for each in settled.rollouts] == [0, 1]
    assert [each.throttle.rounds for each in settled.rollouts] == [0, 1]
    assert [each.has_run for each in settled.rollouts] == [True, False]


def test_tasks_of_the_old_rollout_that_run_do_not_end_the_first_stage_of_the_new() -> None:
    settled = heed([failed("a"), running("b", rollout_id=OLD)], rollout(), rollout(OLD))
    assert settled.failures == 1


def test_unhealthy_tasks_count_for_the_breaker_in_the_second_stage_only() -> None:
    assert health_failures(rollout(has_run=False), 2) == 0
    assert health_failures(rollout(has_run=True), 2) == 2


# --- failedTasks -----------------------------------------------------------------------------


def test_unhealthy_tasks_are_failed_tasks_until_one_of_the_rollout_is_healthy() -> None:
    sick = with_unhealthy(rollout(has_health_check=True, has_run=True, failed_tasks=1), 2)
    assert sick.failed_tasks == 3
    still = heed([running("a", health="UNKNOWN"), failed("b")], sick)
    assert still.rollouts[0].failed_tasks == 4
    well = heed([running("a", health="HEALTHY"), failed("b")], sick)
    assert well.rollouts[0].failed_tasks == 0


def test_a_completed_rollout_has_no_failed_tasks_any_more() -> None:
    done = rollout(rollout_state="COMPLETED", has_health_check=True, has_run=True)
    assert with_unhealthy(done, 2) == done
    assert heed([failed()], done).rollouts[0].failed_tasks == 0


def test_nothing_changes_without_news() -> None:
    before = rollout(has_run=True, failed_tasks=0, throttle=Throttle(rounds=2, since=120.0))
    settled = heed([view("a"), running("b", started_at=50.0)], before, now=500.0)
    assert settled == Settled(rollouts=(before,))
    assert with_unhealthy(before, 0) is before


# --- the throttle ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rounds_before", "delay_s"),
    [(0, 1), (1, 2), (2, 4), (3, 8), (8, 256), (9, 512), (10, 900), (11, 900), (5000, 900)],
)
def test_every_failed_attempt_doubles_the_wait_up_to_15_minutes(
    rounds_before: int, delay_s: float
) -> None:
    before = Throttle(rounds=rounds_before, since=90.0)
    after = throttled(before, [failed()], now=110.0, span=lambda s: s / 10)
    assert after == Throttle(rounds=rounds_before + 1, since=110.0, not_before=110.0 + delay_s / 10)


def test_tasks_of_one_attempt_that_fail_one_after_the_other_are_one_round() -> None:
    attempt = [failed("a"), failed("b"), failed("c")]
    first = heed(attempt[:2], now=110.0).rollouts[0]
    assert first.throttle == Throttle(rounds=1, since=110.0, not_before=111.0)
    second = heed(attempt[2:], first, now=112.0).rollouts[0]
    assert second.throttle == first.throttle
    assert second.failed_tasks == 3
    next_attempt = heed([failed("d", created_at=111.0)], second, now=115.0).rollouts[0]
    assert next_attempt.throttle == Throttle(rounds=2, since=115.0, not_before=117.0)


@pytest.mark.parametrize(("created_at", "rounds"), [(109.0, 1), (110.0, 1), (111.0, 2)])
def test_only_a_task_asked_for_after_the_last_failure_is_a_new_attempt(
    created_at: float, rounds: int
) -> None:
    before = Throttle(rounds=1, since=110.0, not_before=111.0)
    again = failed(created_at=created_at)
    assert throttled(before, [again], now=120.0, span=float).rounds == rounds


def test_a_new_task_that_runs_ends_the_wait() -> None:
    before = rollout(throttle=Throttle(rounds=5, since=110.0, not_before=126.0))
    settled = heed([running(started_at=127.0)], before, now=128.0)
    assert settled.rollouts[0].throttle == Throttle()


def test_the_first_task_that_runs_ends_the_wait_even_if_its_node_is_behind() -> None:
    before = rollout(throttle=Throttle(rounds=1, since=110.0, not_before=111.0))
    settled = heed([running(started_at=109.0)], before, now=128.0)
    assert settled.rollouts[0].throttle == Throttle()


def test_tasks_that_run_already_do_not_hide_one_that_never_starts() -> None:
    """3 of 4 run: were the wait ended by them, the fourth would be tried without pause."""
    fine = [running(arn, started_at=50.0) for arn in "abc"]
    current, now, waits = rollout(has_run=True), 100.0, []
    for attempt in range(12):
        settled = heed([*fine, failed(f"d{attempt}", created_at=now)], current, now=now + 0.5)
        current = settled.rollouts[0]
        waits.append(current.throttle.not_before - (now + 0.5))
        now = current.throttle.not_before
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_a_start_and_a_later_failure_in_one_look_begin_a_new_series() -> None:
    before = rollout(has_run=True, throttle=Throttle(rounds=6, since=90.0, not_before=122.0))
    settled = heed([running("a", started_at=105.0), failed("b", created_at=101.0)], before)
    assert settled.rollouts[0].throttle == Throttle(rounds=1, since=110.0, not_before=111.0)


def test_a_service_is_impaired_once_in_a_series_at_its_third_round() -> None:
    rounds = [Throttle(rounds=count) for count in range(7)]
    told = [is_impaired(*pair) for pair in pairwise(rounds)]
    assert told == [False, False, True, False, False, False]
    assert not is_impaired(rounds[5], rounds[0])
    assert not is_impaired(rounds[3], rounds[3])


@given(
    st.lists(st.tuples(st.floats(0.001, 5000), st.integers(1, 4)), min_size=1, max_size=40),
    st.sampled_from([1.0, 60.0, 1000.0]),
)
def test_the_wait_never_shrinks_while_nothing_runs_and_is_bounded(
    attempts: list[tuple[float, int]], scale: float
) -> None:
    current, now, wait_before = rollout(), 1000.0, 0.0
    for late_s, tasks in attempts:
        asked = max(now, current.throttle.not_before)
        now = asked + late_s
        lost = [failed(f"{asked}-{index}", created_at=asked) for index in range(tasks)]
        before, current = current, heed(lost, current, now=now, scale=scale).rollouts[0]
        wait = current.throttle.not_before - now
        assert wait_before - 1e-6 <= wait <= 900.0 / scale + 1e-6
        assert current.throttle.rounds == before.throttle.rounds + 1
        assert current.throttle.not_before >= before.throttle.not_before
        wait_before = wait


# --- once only -------------------------------------------------------------------------------

STATUSES = ("PENDING", "RUNNING", "DEPROVISIONING", "STOPPED")
CODES = ("TaskFailedToStart", "EssentialContainerExited", "UserInitiated")
LIVES = st.lists(
    st.tuples(
        st.sampled_from((NEW, OLD)),
        st.booleans(),
        st.lists(st.sampled_from(STATUSES), min_size=1, max_size=4),
        st.sampled_from(CODES),
    ),
    max_size=12,
)


def _life(arn: str, rollout_id: str, starts: bool, code: str, last: str) -> TaskView:
    ended = last in ("DEPROVISIONING", "STOPPED")
    ran = last == "RUNNING" or (ended and starts)
    return view(
        arn,
        rollout_id=rollout_id,
        last_status=last,
        stop_code=code if ended else None,
        started_at=105.0 if ran else None,
    )


@given(LIVES)
def test_each_end_is_heeded_once_however_often_the_tasks_are_looked_at(
    lives: list[tuple[str, bool, list[str], str]],
) -> None:
    """The store never shows a settled task again; the rest is looked at in every pass."""
    shown: dict[str, int] = {}
    settled_arns: set[str] = set()
    current = (rollout(), rollout(OLD))
    failures = 0
    for step in range(5):
        views = []
        for index, (rollout_id, starts, path, code) in enumerate(lives):
            arn = f"t{index}"
            if arn in settled_arns:
                continue
            ordered = sorted(path, key=STATUSES.index)
            last = ordered[min(step, len(ordered) - 1)] if step < 4 else "STOPPED"
            views.append(_life(arn, rollout_id, starts, code, last))
        had_run = current[0].has_run
        done = settle(current, views, now=110.0 + step, span=float)
        current = done.rollouts
        assert current[0].has_run >= had_run
        for arn in done.arns:
            shown[arn] = shown.get(arn, 0) + 1
        settled_arns |= set(done.arns)
        failures += done.failures
    assert set(shown.values()) <= {1}
    assert len(shown) == len(lives)
    possible = [each for each in lives if each[0] == NEW and each[3] != "UserInitiated"]
    assert failures <= len(possible)
    if not current[0].has_run:
        assert failures == len(possible) == current[0].failed_tasks


def test_the_record_of_a_change_is_when_it_was_seen() -> None:
    assert heed([failed()], now=110.0).rollouts[0].updated_at == 110.0
    assert heed([view()], now=110.0).rollouts[0] == rollout()
    assert replace(rollout(), updated_at=110.0, has_run=True) == heed([running()]).rollouts[0]
