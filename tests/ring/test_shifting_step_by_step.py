"""Deployments that shift traffic, worked by hand: stages, weights and tasks, in their order."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from explaining import explained
from homeport.contracts.peers import Peers
from homeport.store import Store
from ring.driver import ACCOUNT, REGION
from ring.rollout_steps import running, states
from ring.service_world import Wanted
from ring.shifting_world import ShiftingWorld, make_world

OLD, NEW = "good:1", "good:2"


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> ShiftingWorld:
    return make_world(store, clock, ids, peers)


def begun(world: ShiftingWorld, strategy: str = "BLUE_GREEN", **wanted: Any) -> None:
    """A service whose first deployment is over, and whose second has begun."""
    world.deployed(strategy, **wanted)
    world.reach("SUCCESSFUL")
    world.update("web", image=NEW)


def test_the_first_deployment_goes_through_without_an_old_side(world: ShiftingWorld) -> None:
    world.deployed()
    world.reach("BAKE_TIME")
    assert running(world) == {OLD: 2}
    assert world.weights() == {"blue": 100}
    world.reach("SUCCESSFUL")
    assert states(world) == ["COMPLETED"]


def test_the_new_side_gets_everything_at_once(world: ShiftingWorld) -> None:
    begun(world)
    assert world.weights() == {"blue": 100}
    world.reach("BAKE_TIME")
    assert running(world) == {OLD: 2, NEW: 2}
    assert (world.weights(), world.weights(world.test_rule)) == ({"green": 100}, {"green": 100})
    shown = world.shown("web")
    assert shown is not None
    assert [each["status"] for each in shown["deployments"]] == ["PRIMARY", "ACTIVE"]
    assert [each["desiredCount"] for each in shown["deployments"]] == [2, 2]
    world.reach("SUCCESSFUL")
    assert running(world) == {NEW: 2}
    assert states(world) == ["COMPLETED"]


def test_the_sides_change_places_with_each_deployment(world: ShiftingWorld) -> None:
    begun(world)
    world.reach("SUCCESSFUL")
    first = world.deployment()["targetServiceRevision"]
    assert first["requestedProductionTrafficWeight"] == 100.0
    world.update("web", image="good:3")
    world.reach("SUCCESSFUL")
    assert (world.weights(), running(world)) == ({"blue": 100}, {"good:3": 2})
    shown = world.plane.ask(
        "DescribeServiceRevisions",
        serviceRevisionArns=[world.deployment()["targetServiceRevision"]["arn"], first["arn"]],
    )["serviceRevisions"]
    used = {each["serviceRevisionArn"]: each["resolvedConfiguration"] for each in shown}
    groups = [each["loadBalancers"][0]["targetGroupArn"] for each in used.values()]
    assert groups == [world.blue, world.green]
    service = world.shown("web")
    assert service is not None
    assert service["loadBalancers"] == [world.balancer()]


def test_every_stage_is_gone_through_in_order(world: ShiftingWorld) -> None:
    begun(world)
    seen = [world.stage()]
    for turn in range(400):
        world.plane.drain()
        if seen[-1] != world.stage():
            seen.append(world.stage())
        moved = world.fleet.settle_once(world.plane) or world.check_targets()
        world.hold_weights(held=bool(turn % 2))
        if not moved:
            world.clock.turn(20)
        if seen[-1] == "SUCCESSFUL":
            break
    assert seen == [
        "PRE_SCALE_UP",
        "SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "PRODUCTION_TRAFFIC_SHIFT",
        "BAKE_TIME",
        "CLEAN_UP",
        "SUCCESSFUL",
    ]


def test_a_canary_waits_between_its_two_steps(world: ShiftingWorld) -> None:
    canary = {"canaryPercent": 2.5, "canaryBakeTimeInMinutes": 3}
    begun(world, "CANARY", canaryConfiguration=canary)
    assert world.end_fairly(lambda: world.weights() == {"blue": 97.5, "green": 2.5})
    shown = world.deployment()
    assert shown["targetServiceRevision"]["requestedProductionTrafficWeight"] == 2.5
    assert shown["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"] == 97.5
    assert shown["targetServiceRevision"]["requestedTestTrafficWeight"] == 100.0
    assert not world.end_fairly(lambda: "blue" not in world.weights(), within_s=179.0)
    assert world.end_fairly(lambda: "blue" not in world.weights(), within_s=2.0)
    world.reach("SUCCESSFUL")


def test_linear_steps_begin_when_the_data_plane_has_taken_the_last(world: ShiftingWorld) -> None:
    steps = {"stepPercent": 30.0, "stepBakeTimeInMinutes": 1}
    begun(world, "LINEAR", linearConfiguration=steps)
    assert world.end_fairly(lambda: world.weights() == {"blue": 70, "green": 30})
    world.hold_weights()
    assert world.end_fairly(lambda: world.weights().get("green") == 60, within_s=61.0)
    assert not world.end_fairly(lambda: world.weights().get("green") != 60, within_s=600.0)
    world.hold_weights(held=False)
    assert not world.end_fairly(lambda: world.weights().get("green") == 90, within_s=59.0)
    assert world.end_fairly(lambda: world.weights().get("green") == 90, within_s=2.0)
    world.reach("SUCCESSFUL")


def test_a_stop_in_the_middle_brings_all_traffic_back(world: ShiftingWorld) -> None:
    begun(world, "CANARY")
    assert world.end_fairly(lambda: world.weights().get("green") == 5)
    world.stop_deployment("web")
    world.reach("ROLLBACK_SUCCESSFUL")
    assert (world.weights(), world.weights(world.test_rule)) == ({"blue": 100}, {"blue": 100})
    assert running(world) == {OLD: 2}
    assert states(world) == ["COMPLETED"]
    assert world.deployment()["statusReason"] == "Service deployment rolled back by user."


def test_the_old_side_is_there_until_the_baking_is_over(world: ShiftingWorld) -> None:
    begun(world)
    world.reach("BAKE_TIME")
    assert not world.end_fairly(lambda: world.stage() != "BAKE_TIME", within_s=290.0)
    world.stop_deployment("web")
    world.run_dry()
    assert world.weights() == {"blue": 100}
    world.reach("ROLLBACK_SUCCESSFUL")
    assert running(world) == {OLD: 2}


def test_both_sides_follow_the_desired_count(world: ShiftingWorld) -> None:
    begun(world)
    world.reach("BAKE_TIME")
    world.update("web", desired=3)
    world.run_dry()
    assert running(world) == {OLD: 3, NEW: 3}
    world.update("web", desired=1)
    assert world.end_fairly(lambda: running(world) == {OLD: 1, NEW: 1}, within_s=200.0)
    assert world.stage() == "BAKE_TIME"


def test_an_unhealthy_task_of_either_side_is_replaced(world: ShiftingWorld) -> None:
    begun(world)
    world.reach("BAKE_TIME")
    known = world.watch.last.tasks
    before = set(world.fleet.up())
    for image in (OLD, NEW):
        up = [
            arn
            for arn, node in world.fleet.up().items()
            if node.tasks[arn].spec.containers[0].image == image
        ]
        world.traffic.failing.add(sorted(up, key=lambda arn: known[arn].created_at)[0])
    gone = set(world.traffic.failing)
    assert world.end_fairly(lambda: not gone & set(world.fleet.up()), within_s=290.0)
    assert running(world) == {OLD: 2, NEW: 2}
    assert len(before & set(world.fleet.up())) == 2


def test_tasks_that_never_start_turn_the_deployment_back(world: ShiftingWorld) -> None:
    breaker = {"enable": True, "rollback": True}
    world.deployed(deploymentCircuitBreaker=breaker)
    world.reach("SUCCESSFUL")
    world.update("web", image="never:1")
    world.reach("ROLLBACK_SUCCESSFUL")
    assert world.weights() == {"blue": 100}
    assert running(world) == {OLD: 2}
    shown = world.deployment()
    assert shown["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert shown["statusReason"] == (
        "Service deployment rolled back because the circuit breaker threshold was exceeded."
    )


def test_weights_that_nobody_takes_are_waited_for_a_day(world: ShiftingWorld) -> None:
    begun(world)
    world.hold_weights()
    assert not world.end_fairly(lambda: world.stage() != "TEST_TRAFFIC_SHIFT", within_s=86_300.0)
    assert world.end_fairly(lambda: world.record().status == "ROLLBACK_IN_PROGRESS", within_s=200)
    assert "TEST_TRAFFIC_SHIFT lifecycle stage timed out" in world.deployment()["statusReason"]
    world.hold_weights(held=False)
    world.reach("ROLLBACK_SUCCESSFUL")
    assert world.weights(world.test_rule) == {"blue": 100}


def test_a_rule_that_is_deleted_turns_the_deployment_back(world: ShiftingWorld) -> None:
    begun(world)
    world.reach("BAKE_TIME")
    world.plane.ask("DeleteRule", RuleArn=world.rule)
    world.update("web", desired=2)
    world.plane.wake_all()
    world.reach("ROLLBACK_SUCCESSFUL")
    assert "invalid networking configuration" in world.deployment()["statusReason"]


def test_a_rolling_deployment_that_is_stuck_gives_way_to_one_that_shifts(
    world: ShiftingWorld,
) -> None:
    world.deployed("ROLLING", bakeTimeInMinutes=0)
    world.reach("SUCCESSFUL")
    world.update("web", image="never:1")
    world.run_dry()
    told = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}
    world.plane.ask("UpdateService", service="web", deploymentConfiguration=told)
    world.update("web", image=NEW)
    world.reach("BAKE_TIME")
    assert (running(world), world.weights()) == ({OLD: 2, NEW: 2}, {"green": 100})
    world.reach("SUCCESSFUL")
    assert running(world) == {NEW: 2}


def test_without_load_balancers_both_sides_run_until_the_baking_is_over(
    world: ShiftingWorld,
) -> None:
    configuration = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}
    extra = (("deploymentConfiguration", configuration),)
    assert world.create(Wanted("web", desired=2, extra=extra))
    world.reach("SUCCESSFUL")
    world.update("web", image=NEW)
    world.reach("BAKE_TIME")
    assert running(world) == {OLD: 2, NEW: 2}
    assert "requestedProductionTrafficWeight" not in world.deployment()["targetServiceRevision"]
    world.reach("SUCCESSFUL")
    assert running(world) == {NEW: 2}


def test_a_service_of_no_tasks_shifts_too(world: ShiftingWorld) -> None:
    begun(world, desired=0)
    world.reach("SUCCESSFUL")
    assert world.weights() == {"green": 100}


def test_it_is_told_what_is_waited_for(world: ShiftingWorld) -> None:
    def waits() -> dict[str, Any]:
        told = explained(world.plane)["waitingFor"]
        return {each["kind"]: each for each in told}

    begun(world, "CANARY")
    world.plane.drain()
    assert "2 healthy tasks are needed" in waits()["scale-up"]["what"]
    assert world.end_fairly(lambda: world.weights().get("green") == 5)
    step = waits()["step"]
    assert step["what"] == "5 % of production traffic goes to the new side for a while."
    assert step["until"] == world.clock.now() + 600.0
    world.reach("BAKE_TIME")
    assert waits()["bake"]["until"] == world.clock.now() + 300.0
    world.hold_weights()
    world.stop_deployment("web")
    world.run_dry()
    assert "has not brought all traffic to the old side" in waits()["rollback"]["what"]


def test_a_deployment_that_takes_another_s_place_goes_on_from_where_traffic_is(
    world: ShiftingWorld,
) -> None:
    begun(world, "CANARY")
    assert world.end_fairly(lambda: world.weights().get("green") == 5)
    world.hold_weights()
    world.update("web", image="good:3")
    world.run_dry()
    assert world.stage() == "RECONCILE_SERVICE"
    assert running(world) == {OLD: 2, NEW: 2}
    assert world.weights() == {"blue": 100}
    world.hold_weights(held=False)
    world.reach("SUCCESSFUL")
    assert running(world) == {"good:3": 2}
    assert world.weights() == {"green": 100}


def test_what_serves_already_is_the_old_side_of_the_next(world: ShiftingWorld) -> None:
    begun(world)
    world.reach("BAKE_TIME")
    world.update("web", image="good:3")
    world.plane.drain()
    assert world.weights() == {"green": 100}
    world.reach("BAKE_TIME")
    assert (world.weights(), running(world)) == ({"blue": 100}, {NEW: 2, "good:3": 2})
    world.stop_deployment("web")
    world.reach("ROLLBACK_SUCCESSFUL")
    assert (world.weights(), running(world)) == ({"green": 100}, {NEW: 2})


def test_a_rolling_deployment_first_brings_traffic_to_one_side(world: ShiftingWorld) -> None:
    begun(world, "CANARY")
    assert world.end_fairly(lambda: world.weights().get("green") == 5)
    configuration = {"strategy": "ROLLING"}
    world.plane.ask("UpdateService", service="web", deploymentConfiguration=configuration)
    world.update("web", image="good:3")
    world.reach("SUCCESSFUL")
    assert (world.weights(), running(world)) == ({"blue": 100}, {"good:3": 2})
    assert world.record().shifting is None


def test_a_rule_that_is_shifted_no_longer_is_left_on_one_side(world: ShiftingWorld) -> None:
    begun(world, "CANARY")
    assert world.end_fairly(lambda: world.weights().get("green") == 5)
    left, test = world.rule, world.test_rule
    world.blue = world.traffic.group(world.plane, "instance", 2)
    world.green = world.traffic.group(world.plane, "instance", 3)
    world.rule = world.add_rule(30, "/new", ((world.blue, 1), (world.green, 0)))
    world.test_rule = world.add_rule(31, "/new-test", ((world.green, 1),))
    world.update("web", image="good:3", groups=1)
    world.reach("SUCCESSFUL")
    assert (running(world), world.weights()) == ({"good:3": 2}, {"green": 100})
    facts = world.store.read(
        lambda tx: [
            world.peers.traffic.forwards(tx, ACCOUNT, REGION, arn)[0].groups for arn in (left, test)
        ]
    )
    assert [weight for _, weight in facts[0] if weight] == [100]
    assert len(facts[1]) >= 1


def test_a_deleted_service_leaves_no_traffic_between_two_sides(world: ShiftingWorld) -> None:
    begun(world, "CANARY")
    assert world.end_fairly(lambda: world.weights().get("green") == 5)
    world.delete("web")
    assert world.weights() == {"blue": 100}
    assert world.end_fairly(lambda: not running(world))
