"""What the scheduler waits for: a table of situations and the sentences about them."""

from typing import Any

import pytest

from homeport.services.ecs.plan.service.awaited import awaited, healthy_times, situation_of
from homeport.services.ecs.plan.service.rolling import RollingPlan, plan_rolling
from homeport.services.ecs.plan.service.standing import HealthRules, members_of
from homeport.services.ecs.records.service_views import Member, Stop, TaskView
from homeport.services.ecs.records.services import (
    DeploymentConfiguration,
    Rollout,
    Service,
    Throttle,
)

HOME = "arn:aws:ecs:us-east-1:000000000000"
ROLLOUT = "ecs-svc/1000000000000000001"
NOW = 1_000.0
CHECKED = {ROLLOUT: HealthRules(has_health_check=True)}
TIMED = {ROLLOUT: HealthRules()}


def rollout(**changes: Any) -> Rollout:
    members: dict[str, Any] = {
        "id": ROLLOUT,
        "revision_arn": f"{HOME}:service-revision/default/web/1000000000000000001",
        "definition_arn": f"{HOME}:task-definition/web:1",
        "created_at": 0.0,
        "updated_at": 0.0,
    }
    return Rollout(**(members | changes))


def service(*, of_rollout: dict[str, Any] | None = None, **changes: Any) -> Service:
    members: dict[str, Any] = {
        "arn": f"{HOME}:service/default/web",
        "account": "000000000000",
        "region": "us-east-1",
        "cluster_arn": f"{HOME}:cluster/default",
        "cluster_name": "default",
        "name": "web",
        "created_at": 0.0,
        "created_by": "",
        "desired_count": 2,
        "deployment_configuration": DeploymentConfiguration(),
        "rollouts": (rollout(**(of_rollout or {})),),
    }
    return Service(**(members | changes))


def task(number: int = 1, **changes: Any) -> TaskView:
    members: dict[str, Any] = {
        "arn": f"{HOME}:task/default/{number:032x}",
        "rollout_id": ROLLOUT,
        "instance_arn": None,
        "zone": "us-east-1a",
        "last_status": "RUNNING",
        "desired_status": "RUNNING",
        "created_at": NOW - 20.0,
        "started_at": NOW - 10.0,
    }
    return TaskView(**(members | changes))


def members(*tasks: TaskView, rules: dict[str, HealthRules] = TIMED) -> tuple[Member, ...]:
    return members_of(tasks, rules, leaving=frozenset(), draining=frozenset(), now=NOW)


def waits(
    of: Service,
    *tasks: TaskView,
    rules: dict[str, HealthRules] = TIMED,
    plan: RollingPlan | None = None,
) -> list[tuple[str, float | None]]:
    """(kind, until) of what the service waits for."""
    found = members(*tasks, rules=rules)
    primary = of.primary
    if plan is None:
        assert primary is not None
        plan = plan_rolling(situation_of(of, primary, found, now=NOW))
    told = awaited(of, found, plan, healthy_times(found, rules), now=NOW)
    assert all(each.what.endswith(".") for each in told)
    return [(each.kind, each.until) for each in told]


PENDING = {"last_status": "PENDING", "started_at": None}
OLD_ENOUGH = {"started_at": NOW - 40.0}


def test_a_steady_service_waits_for_nothing_however_young_its_tasks_are() -> None:
    assert waits(service(steady=True), task(1), task(2)) == []


def test_tasks_that_start_are_waited_for() -> None:
    assert waits(service(), task(1, **PENDING), task(2, **OLD_ENOUGH)) == [("start", None)]


def test_a_task_without_a_health_check_is_healthy_after_forty_seconds() -> None:
    """The last of them is what there is to wait for."""
    late = task(2, started_at=NOW - 1.0)
    assert waits(service(), task(1), late) == [("health", NOW + 39.0)]


def test_a_health_check_says_itself_when_it_passes() -> None:
    assert waits(service(), task(1), task(2, health="HEALTHY"), rules=CHECKED) == [("health", None)]


def test_an_unhealthy_task_is_waited_for_until_it_is_replaced() -> None:
    sick = task(2, health="UNHEALTHY")
    told = waits(service(), task(1, health="HEALTHY"), sick, rules=CHECKED, plan=RollingPlan())
    assert told == [("replacement", None)]


def test_tasks_that_stop_are_waited_for() -> None:
    stopping = task(3, desired_status="STOPPED")
    told = waits(service(), task(1, **OLD_ENOUGH), task(2, **OLD_ENOUGH), stopping)
    assert told == [("stop", None)]


def test_a_throttled_rollout_waits_for_its_time() -> None:
    throttle = Throttle(rounds=3, since=NOW - 1.0, not_before=NOW + 7.0)
    assert waits(service(of_rollout={"throttle": throttle})) == [("throttle", NOW + 7.0)]


def test_tasks_that_crash_are_called_what_they_are() -> None:
    throttle = Throttle(crashes=5, crashed_at=NOW - 1.0, rests_until=NOW + 2.0)
    crashing = service(of_rollout={"throttle": throttle})
    assert waits(crashing) == [("throttle", NOW + 2.0)]
    plan = plan_rolling(situation_of(crashing, crashing.rollouts[0], (), now=NOW))
    told = awaited(crashing, (), plan, {}, now=NOW)
    assert told[0].what.startswith("5 times in a row tasks ran and ended by themselves at once")


def test_a_throttle_that_is_over_hinders_no_more() -> None:
    throttle = Throttle(rounds=3, since=NOW - 9.0, not_before=NOW)
    assert waits(service(of_rollout={"throttle": throttle})) == [("pass", None)]


def test_a_failed_deployment_waits_for_the_user_and_for_no_time() -> None:
    throttle = Throttle(rounds=3, since=NOW - 1.0, not_before=NOW + 7.0)
    failed = service(of_rollout={"rollout_state": "FAILED", "throttle": throttle})
    assert waits(failed) == [("failure", None)]


def test_a_task_without_a_place_is_waited_for_and_not_announced() -> None:
    assert waits(service(waiting=True), task(1, **OLD_ENOUGH)) == [("placement", None)]


def test_what_the_next_look_will_do_is_said() -> None:
    assert waits(service()) == [("pass", None)]


def test_the_next_look_is_described() -> None:
    plan = RollingPlan(start=2, stops=(Stop(arn="a", why="scaling"),))
    [told] = awaited(service(), (), plan, {}, now=NOW)
    assert told.what == "The scheduler is about to start 2 tasks and stop 1 task."


def test_percentages_that_leave_no_way_are_named() -> None:
    stuck = service(
        desired_count=1,
        deployment_configuration=DeploymentConfiguration(
            minimum_healthy_percent=100, maximum_percent=100
        ),
    )
    old = task(1, rollout_id="ecs-svc/0", **OLD_ENOUGH)
    told = waits(stuck, old, rules=TIMED | {"ecs-svc/0": HealthRules()})
    assert ("percentages", None) in told


def test_protection_is_waited_for_until_the_first_ends() -> None:
    spared = [
        task(number, protected_until=NOW + 60.0 * number, **OLD_ENOUGH) for number in (1, 2, 3)
    ]
    assert waits(service(desired_count=1), *spared) == [("protection", NOW + 60.0)]


@pytest.mark.parametrize(("left", "words"), [(1, "its last task is"), (3, "its 3 tasks are")])
def test_a_deleted_service_waits_for_its_last_task(left: int, words: str) -> None:
    found = members(*(task(number) for number in range(left)))
    [told] = awaited(service(status="DRAINING"), found, RollingPlan(), {}, now=NOW)
    assert (told.kind, told.what) == ("deletion", f"It is deleted once {words} gone.")


def test_a_service_that_is_gone_waits_for_nothing() -> None:
    gone = service(status="INACTIVE", rollouts=())
    assert awaited(gone, (), RollingPlan(), {}, now=NOW) == ()


def test_hindrances_come_before_what_goes_on() -> None:
    throttle = Throttle(rounds=1, since=NOW - 1.0, not_before=NOW + 1.0)
    told = waits(service(of_rollout={"throttle": throttle}), task(1, **PENDING))
    assert [kind for kind, _ in told] == ["throttle", "start"]


@pytest.mark.parametrize(
    ("now", "failed", "may_start"),
    [(NOW, False, True), (NOW - 1.0, False, False), (NOW, True, False)],
)
def test_the_situation_is_that_of_the_scheduler(now: float, failed: bool, may_start: bool) -> None:
    of = service(
        of_rollout={
            "throttle": Throttle(not_before=NOW),
            "rollout_state": "FAILED" if failed else "IN_PROGRESS",
        }
    )
    assert of.primary is not None
    situation = situation_of(of, of.primary, (), now=now)
    assert (situation.may_start, situation.may_replace) == (may_start, not failed)
