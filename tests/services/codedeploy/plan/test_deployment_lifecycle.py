"""A deployment on its way: events in order, traffic in steps, waits, and its end."""

import pytest
from msgspec.structs import replace

from codedeploy_world import (
    BLUE,
    CANARY,
    GREEN,
    LINEAR,
    World,
    a_deployment,
    with_test_listener,
)
from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.records.app_specs import HOOKED_EVENTS, AppSpec, Hook
from homeport.services.codedeploy.records.deployments import EVENTS, Deployment
from homeport.services.codedeploy.records.group_options import BlueGreen
from homeport.services.codedeploy.records.sights import HookSight

DAY = 86_400.0
ID = "d-000000001"


def statuses(deployment: Deployment) -> list[str]:
    return [event.status for event in deployment.events]


def ran(deployment: Deployment, **changes: object) -> World:
    world = World.of(deployment, **changes)
    world.run(until=DAY)
    return world


def test_all_at_once_it_ends_with_all_traffic_on_the_replacement_and_the_original_deleted() -> None:
    world = ran(a_deployment())
    deployment = world.deployments[ID]
    assert deployment.status == "Succeeded"
    assert deployment.failure is None
    assert world.rules["production-default"].groups == ((GREEN, 100),)
    assert world.task_sets["ts-blue"].status == "DRAINING"
    assert world.task_sets[f"ts-{ID}"].status == "PRIMARY"
    assert deployment.completed_at == 0.0


def test_the_replacement_is_health_checked_before_it_gets_any_traffic() -> None:
    world = ran(a_deployment())
    assert [weights for _, weights in world.history] == [
        ((BLUE, 100), (GREEN, 0)),
        ((BLUE, 0), (GREEN, 100)),
        ((GREEN, 100),),
    ]


def test_rules_that_forward_elsewhere_are_left_alone() -> None:
    world = ran(a_deployment())
    assert world.rules["production-other"].groups == (("arn:tg/other", 1),)


def test_every_rule_that_forwards_to_one_of_the_pair_is_shifted() -> None:
    world = World.of(a_deployment())
    world.add_rule("production-paths", "arn:listener/production", ((BLUE, 7),))
    world.run(until=DAY)
    assert world.rules["production-paths"].groups == ((GREEN, 100),)


def test_without_functions_events_succeed_at_once_and_without_a_test_listener_one_is_skipped() -> (
    None
):
    deployment = ran(a_deployment()).deployments[ID]
    assert [event.name for event in deployment.events] == list(EVENTS)
    expected = ["Succeeded"] * 8
    expected[EVENTS.index("AllowTestTraffic")] = "Skipped"
    assert statuses(deployment) == expected
    for event in deployment.events:
        if event.status == "Succeeded":
            assert event.started_at is not None
            assert event.started_at <= (event.ended_at or 0.0)


def test_test_traffic_goes_to_the_replacement_before_production_traffic_does() -> None:
    world = World.of(with_test_listener(a_deployment(shift=CANARY)))
    world.settle()
    assert world.rules["test-default"].groups == ((GREEN, 100),)
    assert world.rules["production-default"].groups == ((BLUE, 90), (GREEN, 10))
    assert statuses(world.deployments[ID])[EVENTS.index("AllowTestTraffic")] == "Succeeded"


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        # CodeDeployDefault.ECSCanary10Percent5Minutes, …15Minutes
        (CANARY, [(0, 10), (300, 100)]),
        (Shift(kind="canary", tenths=100, interval_s=900), [(0, 10), (900, 100)]),
        # CodeDeployDefault.ECSLinear10PercentEvery1Minutes, …3Minutes
        (LINEAR, [(60 * step, 10 * step + 10) for step in range(10)]),
        (
            Shift(kind="linear", tenths=100, interval_s=180),
            [(180 * step, 10 * step + 10) for step in range(10)],
        ),
        # CodeDeployDefault.ECSAllAtOnce
        (Shift(), [(0, 100)]),
        # The last step is what is left.
        (
            Shift(kind="linear", tenths=300, interval_s=60),
            [(0, 30), (60, 60), (120, 90), (180, 100)],
        ),
    ],
)
def test_traffic_is_shifted_in_the_documented_steps(
    shift: Shift, expected: list[tuple[int, int]]
) -> None:
    world = ran(a_deployment(shift=shift))
    shown = [(at, weights[1][1]) for at, weights in world.history if len(weights) == 2]
    assert shown[0] == (0, 0)  # While it starts.
    assert shown[1:] == expected
    assert world.deployments[ID].completed_at == expected[-1][0]


def test_a_step_counts_from_when_the_data_plane_has_taken_it() -> None:
    later = World.of(a_deployment(shift=CANARY), goes_live=False)
    later.settle()
    assert later.rules["production-default"].groups[1] == (GREEN, 10)
    later.now = 100.0
    later.make_live()
    assert later.settle() == 400.0
    later.now = 399.0
    later.settle()
    assert later.rules["production-default"].groups[1] == (GREEN, 10)
    later.now = 400.0
    later.settle()
    assert later.rules["production-default"].groups[1] == (GREEN, 100)
    assert later.deployments[ID].status == "InProgress"
    assert later.task_sets["ts-blue"].status == "PRIMARY"  # Until the last step is in force.
    later.make_live()
    later.settle()
    assert later.deployments[ID].status == "Succeeded"


def test_weights_that_somebody_else_changes_are_set_again() -> None:
    world = World.of(a_deployment(shift=CANARY))
    world.settle()
    rule = world.rules["production-default"]
    world.rules["production-default"] = replace(rule, groups=((BLUE, 1),))
    world.settle()
    assert world.rules["production-default"].groups == ((BLUE, 90), (GREEN, 10))


def test_no_step_is_made_while_the_replacement_is_not_steady() -> None:
    world = World.of(a_deployment(shift=CANARY))
    world.settle()
    green = f"ts-{ID}"
    world.now = 250.0
    world.task_sets[green] = replace(world.task_sets[green], is_steady=False, desired=4, pending=2)
    world.settle()
    world.now = 350.0
    world.settle()
    assert world.rules["production-default"].groups[1] == (GREEN, 10)
    world.task_sets[green] = replace(world.task_sets[green], is_steady=True, running=4, pending=0)
    world.run(until=351.0)
    assert world.deployments[ID].status == "Succeeded"


def test_install_waits_for_the_replacement_and_gives_up_after_an_hour() -> None:
    world = World.of(a_deployment(), starts_steady=False)
    assert world.settle() == 3600.0
    assert world.deployments[ID].status == "InProgress"
    world.now = 3599.0
    world.settle()
    assert world.deployments[ID].status == "InProgress"
    world.now = 3600.0
    world.settle()
    deployment = world.deployments[ID]
    assert deployment.status == "Failed"
    assert deployment.failure is not None
    assert deployment.failure.code == "TIMEOUT"
    assert statuses(deployment)[1] == "Failed"
    assert statuses(deployment)[2:] == ["Skipped"] * 6


def test_what_an_earlier_deployment_left_behind_the_same_target_group_is_deleted() -> None:
    world = World.of(a_deployment())
    world.add_task_set("ts-left", GREEN)
    world.run(until=DAY)
    assert world.task_sets["ts-left"].status == "DRAINING"
    assert world.deployments[ID].status == "Succeeded"


def test_the_original_waits_to_be_terminated() -> None:
    world = World.of(a_deployment(blue_green=BlueGreen(termination_wait_minutes=60)))
    assert world.settle() == 3600.0
    deployment = world.deployments[ID]
    assert deployment.status == "InProgress"
    assert deployment.progress.terminating_since == 0.0
    assert world.rules["production-default"].groups == ((BLUE, 0), (GREEN, 100))
    assert world.task_sets["ts-blue"].status == "ACTIVE"
    world.now = 3599.0
    world.settle()
    assert world.task_sets["ts-blue"].status == "ACTIVE"
    world.now = 3600.0
    world.settle()
    assert world.task_sets["ts-blue"].status == "DRAINING"
    assert world.deployments[ID].status == "Succeeded"


def test_a_client_ends_the_wait_before_the_termination() -> None:
    world = World.of(a_deployment(blue_green=BlueGreen(termination_wait_minutes=60)))
    world.settle()
    world.now = 5.0
    wishes = replace(world.deployments[ID].wishes, terminate=True)
    world.change(ID, wishes=wishes)
    world.settle()
    assert world.deployments[ID].status == "Succeeded"
    assert world.deployments[ID].completed_at == 5.0


def test_the_original_may_be_kept_alive() -> None:
    world = ran(a_deployment(blue_green=BlueGreen(terminate="KEEP_ALIVE")))
    assert world.deployments[ID].status == "Succeeded"
    assert world.deployments[ID].progress.terminating_since is None
    assert world.task_sets["ts-blue"].status == "ACTIVE"
    assert world.rules["production-default"].groups == ((GREEN, 100),)


def ready_wait() -> BlueGreen:
    return BlueGreen(on_ready_timeout="STOP_DEPLOYMENT", ready_wait_minutes=10)


def test_it_is_ready_and_waits_for_a_client_to_let_the_traffic_go() -> None:
    world = World.of(a_deployment(blue_green=ready_wait()))
    assert world.settle() == 600.0
    assert world.deployments[ID].status == "Ready"
    assert statuses(world.deployments[ID])[5:] == ["Pending"] * 3
    assert world.rules["production-default"].groups == ((BLUE, 100), (GREEN, 0))
    world.now = 30.0
    world.change(ID, wishes=replace(world.deployments[ID].wishes, shift=True))
    world.settle()
    assert world.deployments[ID].status == "Succeeded"


def test_nobody_lets_the_traffic_go_so_it_is_stopped() -> None:
    world = World.of(a_deployment(blue_green=ready_wait()))
    world.run(until=599.0)
    assert world.deployments[ID].status == "Ready"
    world.run(until=600.0)
    assert world.deployments[ID].status == "Stopped"
    failure = world.deployments[ID].failure
    assert failure is not None
    assert failure.code == "TIMEOUT"
    assert "All production traffic is on the original task set ts-blue." in failure.message


def hooked(**changes: object) -> Deployment:
    hooks = tuple(Hook(event=event, function=f"fn-{event}") for event in HOOKED_EVENTS)
    spec = AppSpec(task_definition="web:2", container_name="web", container_port=80, hooks=hooks)
    return a_deployment(app_spec=spec, **changes)


def report(world: World, event: str, status: str) -> None:
    before = world.deployments[ID]
    changed = tuple(
        replace(each, reported=status) if each.name == event else each for each in before.events
    )
    world.change(ID, events=changed)


def test_functions_are_asked_one_after_the_other_each_once() -> None:
    world = World.of(hooked())
    for done, event in enumerate(HOOKED_EVENTS):
        world.settle()
        assert world.asked == [f"fn-{each}" for each in HOOKED_EVENTS[: done + 1]]
        assert statuses(world.deployments[ID])[EVENTS.index(event)] == "InProgress"
        report(world, event, "Succeeded")
    world.settle()
    assert world.deployments[ID].status == "Succeeded"


@pytest.mark.parametrize("event", HOOKED_EVENTS)
def test_a_function_that_reports_nothing_within_an_hour_fails_the_deployment(event: str) -> None:
    world = World.of(hooked())
    for each in HOOKED_EVENTS[: HOOKED_EVENTS.index(event)]:
        world.settle()
        report(world, each, "Succeeded")
    world.settle()
    world.run(until=3599.0)
    assert world.deployments[ID].status == "InProgress"
    world.run(until=3600.0)
    deployment = world.deployments[ID]
    assert deployment.status == "Failed"
    assert deployment.failure is not None
    assert deployment.failure.code == "HOOK_EXECUTION_FAILURE"
    failed = deployment.events[EVENTS.index(event)]
    assert failed.status == "Failed"
    assert failed.diagnostics is not None
    assert failed.diagnostics.error_code == "ScriptTimedOut"
    assert f"{ID}/{event}" not in world.answers  # Nobody waits for it any more.


def test_a_task_that_exits_with_zero_has_judged() -> None:
    world = World.of(hooked())
    world.settle()
    world.answers[f"{ID}/BeforeInstall"] = HookSight(status="ANSWERED", is_task=True)
    world.settle()
    assert statuses(world.deployments[ID])[0] == "Succeeded"


def waiting_to_terminate() -> World:
    world = World.of(
        with_test_listener(a_deployment(blue_green=BlueGreen(termination_wait_minutes=5)))
    )
    world.settle()
    return world


def test_an_original_that_somebody_deletes_while_it_waits_for_its_end_is_what_was_wanted() -> None:
    world = waiting_to_terminate()
    del world.task_sets["ts-blue"]
    world.settle()
    assert world.deployments[ID].status == "Succeeded"


def test_once_all_traffic_is_shifted_nobody_asks_for_the_listeners_any_more() -> None:
    world = waiting_to_terminate()
    world.rules.clear()
    world.run(until=300.0)
    assert world.deployments[ID].status == "Succeeded"


def test_the_test_listener_counts_only_until_its_events_are_over() -> None:
    world = World.of(with_test_listener(a_deployment(shift=CANARY)))
    world.settle()
    del world.rules["test-default"]
    world.run(until=DAY)
    assert world.deployments[ID].status == "Succeeded"
    gone = World.of(with_test_listener(a_deployment(shift=CANARY)))
    del gone.rules["test-default"]
    gone.settle()
    assert gone.deployments[ID].status == "Failed"
