"""Tasks that end soon after they were RUNNING: replaced at once, then more and more slowly."""

from typing import Any

import pytest

from homeport.services.ecs.plan.service.ends import CRASH_DELAY_MAX_S, settle
from homeport.services.ecs.records.service_views import TaskView
from homeport.services.ecs.records.services import Rollout, Throttle

ID = "ecs-svc/1"


def rollout(throttle: Throttle) -> Rollout:
    return Rollout(
        id=ID,
        revision_arn="arn:revision",
        definition_arn="arn:definition",
        has_run=True,
        throttle=throttle,
        created_at=0.0,
        updated_at=0.0,
    )


def ended(arn: str, started_at: float, **changes: Any) -> TaskView:
    members: dict[str, Any] = {
        "arn": arn,
        "rollout_id": ID,
        "instance_arn": "i",
        "zone": "a",
        "last_status": "STOPPED",
        "desired_status": "STOPPED",
        "stop_code": "EssentialContainerExited",
        "created_at": started_at - 0.2,
        "started_at": started_at,
    }
    return TaskView(**(members | changes))


def after(throttle: Throttle, *views: TaskView, now: float, scale: float = 1.0) -> Throttle:
    settled = settle((rollout(throttle),), views, now=now, span=lambda seconds: seconds / scale)
    return settled.rollouts[0].throttle


def crash_loop(count: int) -> list[float]:
    """The waits after each of `count` crashes in a row, each task started as soon as it may be."""
    throttle, now, waits = Throttle(), 1000.0, []
    for number in range(count):
        started = max(now, throttle.until) + 0.3
        now = started + 1.0
        throttle = after(throttle, ended(f"t{number}", started), now=now)
        waits.append(max(0.0, throttle.until - now))
    return waits


def test_three_crashes_are_free_and_then_each_wait_is_twice_the_last() -> None:
    waits = crash_loop(14)
    assert waits[:3] == [0.0, 0.0, 0.0]
    assert waits[3:10] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0]
    assert max(waits) == CRASH_DELAY_MAX_S


def test_a_task_that_lived_for_a_while_ends_the_series() -> None:
    throttle = Throttle(crashes=7, crashed_at=900.0, rests_until=950.0)
    assert after(throttle, ended("t", 980.0), now=991.0).crashes == 0
    assert after(throttle, ended("t", 980.0), now=991.0).until == 0.0
    assert after(throttle, ended("t", 982.0), now=991.0).crashes == 8


def test_tasks_of_one_attempt_that_crash_together_count_once() -> None:
    both = (ended("a", 1000.0), ended("b", 1000.2))
    assert after(Throttle(crashes=5), *both, now=1001.0).crashes == 6
    first = after(Throttle(crashes=5), both[0], now=1000.1)
    assert after(first, both[1], now=1001.0) == first, "b was asked for before a's crash was heeded"


@pytest.mark.parametrize(
    "code", ["UserInitiated", "ServiceSchedulerInitiated", "TerminationNotice"]
)
def test_a_task_that_was_stopped_has_not_crashed(code: str) -> None:
    assert after(Throttle(), ended("t", 1000.0, stop_code=code), now=1001.0).crashes == 0


def test_waits_and_lives_are_scaled_with_time() -> None:
    throttle = after(Throttle(crashes=3), ended("t", 1000.0), now=1000.5, scale=10.0)
    assert throttle.until == pytest.approx(1000.6)
    assert after(Throttle(crashes=3), ended("t", 1000.0), now=1002.0, scale=10.0).crashes == 0


def test_another_task_that_runs_does_not_let_one_that_crashes_be_tried_without_pause() -> None:
    waiting = after(Throttle(crashes=5), ended("a", 1000.0), now=1001.0)
    other = ended("b", 1001.5, last_status="RUNNING", desired_status="RUNNING", stop_code=None)
    assert after(waiting, other, now=1002.0).until == waiting.until > 1002.0
