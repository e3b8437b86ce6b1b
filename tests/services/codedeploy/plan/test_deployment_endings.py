"""Deployments that fail or are stopped: where the traffic is then, and what undoes them."""

import pytest
from msgspec.structs import replace

from codedeploy_world import (
    BLUE,
    CANARY,
    GREEN,
    PRODUCTION,
    World,
    a_deployment,
    with_test_listener,
)
from homeport.services.codedeploy.records.app_specs import AppSpec, Hook
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.services.codedeploy.records.group_options import (
    AlarmOptions,
    AutoRollback,
    BlueGreen,
)
from homeport.services.codedeploy.records.sights import HookSight

ID = "d-000000001"
UNDONE = f"{ID}-undone"
GREEN_SET = f"ts-{ID}"
ALL_EVENTS = AutoRollback(
    enabled=True,
    events=("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"),
)
ON_BLUE = "All production traffic is on the original task set ts-blue."
ON_GREEN = f"All production traffic is on the replacement task set {GREEN_SET}."


def midway(**changes: object) -> World:
    """A canary whose first step is in force."""
    world = World.of(a_deployment(shift=CANARY, **changes))
    world.settle()
    assert world.rules["production-default"].groups == ((BLUE, 90), (GREEN, 10))
    world.now = 10.0
    return world


def stop(world: World, *, rolls_back: bool = False) -> None:
    wishes = replace(world.deployments[ID].wishes, stop_at=world.now, stop_rolls_back=rolls_back)
    world.change(ID, wishes=wishes)


def failure(deployment: Deployment) -> tuple[str, str, str]:
    assert deployment.failure is not None
    return deployment.status, deployment.failure.code, deployment.failure.message


def test_stopped_midway_without_a_rollback_all_traffic_is_on_the_original_again() -> None:
    world = midway()
    stop(world)
    world.settle()
    status, code, message = failure(world.deployments[ID])
    assert (status, code) == ("Stopped", "MANUAL_STOP")
    assert message.endswith(ON_BLUE)
    assert world.deployments[ID].status_messages == (ON_BLUE,)
    assert world.rules["production-default"].groups == ((BLUE, 100),)
    assert world.task_sets[GREEN_SET].status == "ACTIVE"  # What was made is left as it is.
    assert UNDONE not in world.deployments


def test_it_is_not_over_before_the_data_plane_has_taken_the_traffic_back() -> None:
    world = midway()
    world.goes_live = False
    stop(world)
    assert world.settle() == 310.0
    assert world.deployments[ID].status == "InProgress"
    world.make_live()
    world.settle()
    assert world.deployments[ID].status == "Stopped"


def test_it_ends_although_the_data_plane_never_takes_the_traffic_back_and_says_so() -> None:
    world = midway()
    world.goes_live = False
    stop(world)
    world.run(until=400.0)
    assert world.deployments[ID].status == "Stopped"
    assert "has not confirmed yet" in failure(world.deployments[ID])[2]


def test_stopped_with_a_rollback_another_deployment_undoes_it() -> None:
    world = midway()
    stop(world, rolls_back=True)
    world.settle()
    stopped, undoing = world.deployments[ID], world.deployments[UNDONE]
    assert stopped.status == "Stopped"
    assert stopped.rolled_back_by == UNDONE
    assert undoing.creator == "codeDeployRollback"
    assert undoing.rolls_back == ID
    assert undoing.status == "Succeeded"
    assert world.rules["production-default"].groups == ((BLUE, 100),)
    assert world.task_sets["ts-blue"].status == "PRIMARY"
    assert world.task_sets[GREEN_SET].status == "DRAINING"
    assert [event.status for event in undoing.events] == [
        *["Skipped"] * 6,
        "Succeeded",
        "Skipped",
    ]


def test_a_rollback_brings_test_traffic_back_too() -> None:
    world = World.of(with_test_listener(a_deployment(shift=CANARY)))
    world.settle()
    assert world.rules["test-default"].groups == ((GREEN, 100),)
    stop(world, rolls_back=True)
    world.settle()
    assert world.rules["test-default"].groups == ((BLUE, 100),)
    undoing = world.deployments[UNDONE]
    shown = {event.name: event.status for event in undoing.events}
    assert shown["AllowTestTraffic"] == "Succeeded"


def test_a_rollback_waits_until_the_data_plane_has_taken_the_traffic_back() -> None:
    world = midway()
    world.goes_live = False
    stop(world, rolls_back=True)
    world.settle()
    assert world.deployments[ID].status == "Stopped"
    assert world.deployments[UNDONE].status == "InProgress"
    assert world.task_sets[GREEN_SET].status == "ACTIVE"
    world.make_live()
    world.settle()
    assert world.deployments[UNDONE].status == "Succeeded"


def test_a_stop_while_the_original_waits_for_its_end_brings_everything_back() -> None:
    world = World.of(a_deployment(blue_green=BlueGreen(termination_wait_minutes=60)))
    world.settle()
    assert world.task_sets[GREEN_SET].status == "PRIMARY"
    stop(world, rolls_back=True)
    world.settle()
    assert world.rules["production-default"].groups == ((BLUE, 100),)
    assert world.task_sets["ts-blue"].status == "PRIMARY"
    assert world.task_sets[GREEN_SET].status == "DRAINING"


def test_a_stop_while_the_original_waits_for_its_end_may_leave_everything_as_it_is() -> None:
    world = World.of(a_deployment(blue_green=BlueGreen(termination_wait_minutes=60)))
    world.settle()
    stop(world)
    world.settle()
    assert failure(world.deployments[ID])[2].endswith(ON_GREEN)
    assert world.task_sets["ts-blue"].status == "ACTIVE"
    assert world.rules["production-default"].groups == ((BLUE, 0), (GREEN, 100))


def test_an_alarm_stops_it_and_names_itself() -> None:
    world = World.of(
        a_deployment(shift=CANARY, alarms=AlarmOptions(enabled=True, names=("errors", "slow"))),
        alarms={"errors": "OK", "slow": "INSUFFICIENT_DATA"},
    )
    world.settle()
    assert world.deployments[ID].status == "InProgress"
    world.alarms["slow"] = "ALARM"
    world.settle()
    status, code, message = failure(world.deployments[ID])
    assert (status, code) == ("Stopped", "ALARM_ACTIVE")
    assert "Activated alarms: slow" in message
    assert message.endswith(ON_BLUE)


def test_an_alarm_that_is_active_from_the_start_lets_nothing_begin() -> None:
    world = World.of(
        a_deployment(alarms=AlarmOptions(enabled=True, names=("errors",))),
        alarms={"errors": "ALARM"},
    )
    world.settle()
    assert failure(world.deployments[ID])[:2] == ("Stopped", "ALARM_ACTIVE")
    assert list(world.task_sets) == ["ts-blue"]
    assert world.history == []


def test_an_alarm_rolls_it_back_where_that_is_asked_for_although_it_stays_active() -> None:
    world = World.of(
        a_deployment(
            shift=CANARY,
            alarms=AlarmOptions(enabled=True, names=("errors",)),
            auto_rollback=ALL_EVENTS,
        ),
        alarms={"errors": "OK"},
    )
    world.settle()
    world.alarms["errors"] = "ALARM"
    world.settle()
    assert world.deployments[UNDONE].status == "Succeeded"
    assert world.deployments[UNDONE].rollback_event == "DEPLOYMENT_STOP_ON_ALARM"


@pytest.mark.parametrize(("ignores", "status"), [(False, "Stopped"), (True, "InProgress")])
def test_an_alarm_that_does_not_exist_stops_it_unless_that_is_ignored(
    ignores: bool, status: str
) -> None:
    world = World.of(
        a_deployment(
            shift=CANARY,
            alarms=AlarmOptions(enabled=True, ignore_poll_failure=ignores, names=("gone",)),
        )
    )
    world.settle()
    assert world.deployments[ID].status == status


def test_alarms_that_are_switched_off_count_for_nothing() -> None:
    world = World.of(
        a_deployment(alarms=AlarmOptions(enabled=False, names=("errors",))),
        alarms={"errors": "ALARM"},
    )
    world.settle()
    assert world.deployments[ID].status == "Succeeded"


def with_hook(event: str, **changes: object) -> Deployment:
    spec = AppSpec(
        task_definition="web:2",
        container_name="web",
        container_port=80,
        hooks=(Hook(event=event, function="fn"),),
    )
    return a_deployment(app_spec=spec, **changes)


def answer_failed(world: World, event: str) -> None:
    world.answers[f"{ID}/{event}"] = HookSight(status="FAILED", diagnostic="It exited with 3.")


def test_a_function_that_fails_fails_the_deployment_with_what_it_said() -> None:
    world = World.of(with_hook("AfterInstall"))
    world.settle()
    answer_failed(world, "AfterInstall")
    world.settle()
    status, code, message = failure(world.deployments[ID])
    assert (status, code) == ("Failed", "HOOK_EXECUTION_FAILURE")
    assert "AfterInstall failed: It exited with 3." in message
    assert message.endswith(ON_BLUE)


def test_at_before_install_there_is_nothing_to_roll_back() -> None:
    world = World.of(with_hook("BeforeInstall", auto_rollback=ALL_EVENTS))
    world.settle()
    answer_failed(world, "BeforeInstall")
    world.settle()
    assert world.deployments[ID].status == "Failed"
    assert "nothing to roll back" in (world.deployments[ID].rollback_message or "")
    assert UNDONE not in world.deployments


def test_after_all_traffic_a_failing_function_rolls_everything_back() -> None:
    world = World.of(with_hook("AfterAllowTraffic", auto_rollback=ALL_EVENTS))
    world.settle()
    assert world.task_sets[GREEN_SET].status == "PRIMARY"
    answer_failed(world, "AfterAllowTraffic")
    world.settle()
    assert world.deployments[UNDONE].status == "Succeeded"
    assert world.rules["production-default"].groups == ((BLUE, 100),)
    assert world.task_sets["ts-blue"].status == "PRIMARY"


def test_after_all_traffic_a_failure_without_a_rollback_leaves_it_on_the_replacement() -> None:
    world = World.of(with_hook("AfterAllowTraffic"))
    world.settle()
    answer_failed(world, "AfterAllowTraffic")
    world.settle()
    assert failure(world.deployments[ID])[2].endswith(ON_GREEN)


def test_a_replacement_that_is_not_steady_for_five_minutes_gets_no_more_traffic() -> None:
    world = midway()
    world.task_sets[GREEN_SET] = replace(world.task_sets[GREEN_SET], is_steady=False, running=0)
    world.settle()
    world.run(until=309.0)
    assert world.deployments[ID].status == "InProgress"
    world.run(until=310.0)
    status, code, message = failure(world.deployments[ID])
    assert (status, code) == ("Failed", "TIMEOUT")
    assert message.endswith(ON_BLUE)


def test_a_data_plane_that_never_confirms_the_first_step_fails_it() -> None:
    world = World.of(a_deployment(shift=CANARY), goes_live=False)
    world.run(until=599.0)
    assert world.deployments[ID].status == "InProgress"
    world.run(until=2000.0)
    assert failure(world.deployments[ID])[:2] == ("Failed", "TIMEOUT")
    assert world.rules["production-default"].groups == ((BLUE, 100),)


def test_a_replacement_that_is_deleted_midway_has_no_traffic_any_more() -> None:
    world = midway()
    del world.task_sets[GREEN_SET]
    world.settle()
    assert failure(world.deployments[ID])[:2] == ("Failed", "ECS_UPDATE_ERROR")
    assert world.rules["production-default"].groups == ((BLUE, 100),)


def test_an_original_that_is_deleted_midway_leaves_all_traffic_to_the_replacement() -> None:
    world = midway(auto_rollback=ALL_EVENTS)
    del world.task_sets["ts-blue"]
    world.settle()
    status, code, message = failure(world.deployments[ID])
    assert (status, code) == ("Failed", "ECS_UPDATE_ERROR")
    assert message.endswith(ON_GREEN)
    assert "original task set was terminated" in (world.deployments[ID].rollback_message or "")
    assert world.rules["production-default"].groups == ((GREEN, 100),)
    assert world.task_sets[GREEN_SET].status == "PRIMARY"


def test_an_original_without_running_tasks_gets_no_traffic_back_while_the_other_serves() -> None:
    world = midway(auto_rollback=ALL_EVENTS)
    world.task_sets["ts-blue"] = replace(world.task_sets["ts-blue"], is_steady=False, running=0)
    stop(world, rolls_back=True)
    world.settle()
    undoing = world.deployments[UNDONE]
    assert undoing.status == "Failed"
    message = failure(undoing)[2]
    assert "no tasks that could take the traffic" in message
    assert message.endswith(ON_GREEN)
    assert world.rules["production-default"].groups == ((GREEN, 100),)


def test_without_the_service_there_is_nothing_to_shift_and_it_ends() -> None:
    world = midway(auto_rollback=ALL_EVENTS)
    world.service_status = None
    world.settle()
    assert failure(world.deployments[ID])[:2] == ("Failed", "INVALID_ECS_SERVICE")


def test_without_the_listener_it_fails_and_ends() -> None:
    world = midway()
    for name in [name for name, rule in world.rules.items() if rule.listener_arn == PRODUCTION]:
        del world.rules[name]
    world.settle()
    assert failure(world.deployments[ID])[:2] == ("Failed", "ELASTIC_LOAD_BALANCING_INVALID")


@pytest.mark.parametrize(
    ("events", "rolls_back"),
    [
        ((), False),
        (("DEPLOYMENT_STOP_ON_ALARM",), False),
        (("DEPLOYMENT_STOP_ON_REQUEST",), False),
        (("DEPLOYMENT_FAILURE",), True),
    ],
)
def test_only_what_is_listed_rolls_back(events: tuple[str, ...], rolls_back: bool) -> None:
    wanted = AutoRollback(enabled=True, events=events)  # type: ignore[arg-type]
    world = World.of(with_hook("AfterInstall", auto_rollback=wanted))
    world.settle()
    answer_failed(world, "AfterInstall")
    world.settle()
    assert (UNDONE in world.deployments) is rolls_back


def test_a_rollback_that_is_switched_off_does_not_take_place() -> None:
    wanted = replace(ALL_EVENTS, enabled=False)
    world = World.of(with_hook("AfterInstall", auto_rollback=wanted))
    world.settle()
    answer_failed(world, "AfterInstall")
    world.settle()
    assert UNDONE not in world.deployments
