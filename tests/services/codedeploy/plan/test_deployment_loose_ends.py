"""What is easily forgotten: weights that others change, functions that run on, test traffic."""

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
from homeport.kernel.traffic_shift import Shift
from homeport.services.codedeploy.plan.rollback import rollback_of
from homeport.services.codedeploy.records.app_specs import AppSpec, Hook
from homeport.services.codedeploy.records.group_options import AlarmOptions, AutoRollback
from homeport.services.codedeploy.records.sights import HookSight

ID = "d-000000001"
SLOW = Shift(kind="canary", tenths=100, interval_s=3000)


def lose(world: World) -> None:
    """The data plane begins anew: it goes by no weights yet."""
    rule = world.rules["production-default"]
    world.rules["production-default"] = replace(rule, is_live=False)


def test_a_data_plane_that_begins_anew_has_its_time_from_then_on() -> None:
    world = World.of(a_deployment(shift=SLOW))
    world.settle()
    world.now = 1000.0  # Long after the first step.
    lose(world)
    assert world.settle() == 1600.0
    assert world.deployments[ID].status == "InProgress"
    world.now = 1500.0
    world.make_live()
    assert world.settle() == 3000.0  # The step counts from when it was first in force.
    world.now = 2000.0
    lose(world)
    assert world.settle() == 2600.0
    world.run(until=2599.0)
    assert world.deployments[ID].status == "InProgress"
    world.now = 2600.0
    world.settle()
    failure = world.deployments[ID].failure
    assert failure is not None
    assert failure.code == "TIMEOUT"


def hooked() -> World:
    spec = AppSpec(
        task_definition="web:2",
        container_name="web",
        container_port=80,
        hooks=(Hook(event="BeforeInstall", function="fn"),),
    )
    world = World.of(a_deployment(app_spec=spec))
    world.settle()
    return world


def test_a_function_that_has_called_back_may_finish_what_it_does() -> None:
    world = hooked()
    first, *others = world.deployments[ID].events
    world.change(ID, events=(replace(first, reported="Succeeded"), *others))
    world.settle()
    assert world.deployments[ID].status == "Succeeded"
    assert world.answers[f"{ID}/BeforeInstall"].status == "RUNNING"


def test_a_function_that_is_over_is_forgotten() -> None:
    world = hooked()
    world.answers[f"{ID}/BeforeInstall"] = HookSight(status="ANSWERED", is_task=True)
    world.settle()
    assert world.deployments[ID].status == "Succeeded"
    assert world.answers == {}


def test_test_traffic_leaves_a_side_that_is_gone_and_stays_on_one_that_is_there() -> None:
    for is_deleted, expected in ((True, BLUE), (False, GREEN)):
        world = World.of(with_test_listener(a_deployment(shift=CANARY)))
        world.settle()
        if is_deleted:
            del world.task_sets[f"ts-{ID}"]
        else:
            wishes = replace(world.deployments[ID].wishes, stop_at=0.0)
            world.change(ID, wishes=wishes)
        world.settle()
        assert world.deployments[ID].is_over
        assert world.rules["test-default"].groups == ((expected, 100),)


def test_rules_that_disagree_are_half_shifted_too() -> None:
    world = World.of(a_deployment(shift=CANARY))
    world.add_rule("production-paths", PRODUCTION, ((BLUE, 1),))
    world.settle()
    for name, group in (("production-default", BLUE), ("production-paths", GREEN)):
        world.rules[name] = replace(world.rules[name], groups=((group, 1),))
    world.change(ID, wishes=replace(world.deployments[ID].wishes, stop_at=0.0))
    world.settle()
    assert world.deployments[ID].status == "Stopped"
    assert world.rules["production-default"].groups == ((BLUE, 100),)
    assert world.rules["production-paths"].groups == ((BLUE, 100),)


def test_a_rollback_heeds_no_alarm_asks_no_function_and_is_not_rolled_back_itself() -> None:
    made = a_deployment(
        alarms=AlarmOptions(enabled=True, names=("errors",)),
        auto_rollback=AutoRollback(enabled=True, events=("DEPLOYMENT_FAILURE",)),
        previous_sha256="abc",
        revision_sha256="def",
    )
    undoing = rollback_of(made, "DEPLOYMENT_FAILURE", rollback_id="d-2", now=5.0)
    assert undoing.alarms == AlarmOptions()
    assert undoing.app_spec.hooks == ()
    assert undoing.auto_rollback == AutoRollback()
    assert undoing.revision_sha256 == "abc"
    assert (undoing.id, undoing.rolls_back, undoing.created_at) == ("d-2", ID, 5.0)
