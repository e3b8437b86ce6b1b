"""CodeDeploy worked by hand, with real providers: events, weights and task sets, in their order."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.codedeploy.errors import (
    DeploymentAlreadyCompleted,
    DeploymentIsNotInReadyState,
    InvalidDeploymentWaitType,
    InvalidLifecycleEventHookExecutionId,
    InvalidLifecycleEventHookExecutionStatus,
    LifecycleEventAlreadyCompleted,
)
from homeport.store import Store
from ring.deploying_world import ALARM, DeployingWorld, make_world
from ring.driver import ACCOUNT, REGION
from ring.rollout_steps import running
from ring.service_world import Wanted

OLD, NEW = "good:1", "good:2"
CANARY = "CodeDeployDefault.ECSCanary10Percent5Minutes"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:check"
LINEAR = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes"


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> DeployingWorld:
    return make_world(store, clock, ids, peers)


def laid_out(world: DeployingWorld, **group: Any) -> None:
    world.lay_out(**group)
    assert world.end_fairly(lambda: running(world) == {OLD: 2}, within_s=300.0)
    world.run_dry()


def shares(world: DeployingWorld, deployment: str) -> list[tuple[int, int]]:
    """Each share of the replacement and the second, since the first, in which it was set."""
    found: list[tuple[float, int]] = []

    def look() -> bool:
        share = world.weights().get("green", 0)
        if share and (not found or found[-1][1] != share):
            found.append((world.clock.now(), share))
        return world.deployment(deployment).is_over

    assert world.end_fairly(look)
    return [(round(at - found[0][0]), share) for at, share in found]


def events(world: DeployingWorld, deployment: str) -> dict[str, str]:
    shown = world.target(deployment)["lifecycleEvents"]
    return {each["lifecycleEventName"]: each["status"] for each in shown}


def test_all_at_once_the_replacement_gets_everything(world: DeployingWorld) -> None:
    laid_out(world)
    deployment = world.deploy(NEW)
    world.reach(deployment, "Succeeded", within_s=60.0)
    assert world.weights() == {"green": 100}
    assert world.end_fairly(lambda: running(world) == {NEW: 2}, within_s=600.0)
    assert set(events(world, deployment).values()) == {"Succeeded", "Skipped"}
    shown = world.plane.ask("GetDeployment", deploymentId=deployment)["deploymentInfo"]
    assert shown["status"] == "Succeeded"
    assert shown["creator"] == "user"


def test_the_sides_change_places_with_each_deployment(world: DeployingWorld) -> None:
    laid_out(world)
    world.reach(world.deploy(NEW), "Succeeded")
    world.reach(world.deploy("good:3"), "Succeeded")
    assert world.weights() == {"blue": 100}
    assert world.end_fairly(lambda: running(world) == {"good:3": 2}, within_s=600.0)


def test_what_codedeploy_makes_says_whose_it_is(world: DeployingWorld) -> None:
    laid_out(world, terminate=60)
    deployment = world.deploy(NEW)
    assert world.end_fairly(lambda: world.labels().get(NEW) == "PRIMARY")
    shown = world.shown("web")
    assert shown is not None
    [green] = [each for each in shown["taskSets"] if each["status"] == "PRIMARY"]
    assert (green["startedBy"], green["externalId"]) == ("CODE_DEPLOY", deployment)
    assert green["scale"] == {"value": 100.0, "unit": "PERCENT"}


def test_a_canary_and_a_linear_deployment_take_their_documented_steps(
    world: DeployingWorld,
) -> None:
    laid_out(world)
    canary = world.deploy(NEW, deploymentConfigName=CANARY)
    assert shares(world, canary) == [(0, 10), (300, 100)]
    assert world.weights() == {"green": 100}


def test_a_linear_deployment_takes_ten_steps(world: DeployingWorld) -> None:
    laid_out(world)
    linear = world.deploy(NEW, deploymentConfigName=LINEAR)
    assert shares(world, linear) == [(60 * step, 10 * step + 10) for step in range(10)]


def test_a_step_waits_for_the_data_plane(world: DeployingWorld) -> None:
    laid_out(world)
    deployment = world.deploy(NEW, deploymentConfigName=CANARY)
    world.traffic.late = {world.listener}
    assert world.end_fairly(lambda: world.weights().get("green") == 10)
    assert not world.end_fairly(lambda: world.weights().get("green") == 100, within_s=400.0)
    world.traffic.late = set()
    assert not world.end_fairly(lambda: world.weights().get("green") == 100, within_s=299.0)
    world.reach(deployment, "Succeeded", within_s=2.0)


def test_the_target_shows_both_sides_as_they_are(world: DeployingWorld) -> None:
    laid_out(world)
    deployment = world.deploy(NEW, deploymentConfigName=CANARY)
    assert world.end_fairly(lambda: world.weights().get("green") == 10)
    world.run_dry()
    sides = world.target(deployment)["taskSetsInfo"]
    shown = [
        (each["taskSetLabel"], each["status"], each["runningCount"], each["trafficWeight"])
        for each in sides
    ]
    assert shown == [("Blue", "PRIMARY", 2, 90.0), ("Green", "ACTIVE", 2, 10.0)]
    assert [each["targetGroup"]["name"] for each in sides] == ["instance-0", "instance-1"]
    assert events(world, deployment)["AllowTraffic"] == "InProgress"


def test_the_replacement_follows_the_count_of_the_service(world: DeployingWorld) -> None:
    laid_out(world)
    deployment = world.deploy(NEW, deploymentConfigName=CANARY)
    assert world.end_fairly(lambda: world.weights().get("green") == 10)
    world.update("web", desired=4)
    assert world.end_fairly(lambda: running(world) == {OLD: 4, NEW: 4}, within_s=120.0)
    world.reach(deployment, "Succeeded")
    assert world.end_fairly(lambda: running(world) == {NEW: 4}, within_s=600.0)


def test_a_replacement_that_never_starts_fails_and_blue_serves_on(world: DeployingWorld) -> None:
    laid_out(world)
    deployment = world.deploy("never:1")
    world.reach(deployment, "Failed")
    failure = world.deployment(deployment).failure
    assert failure is not None
    assert failure.code == "TIMEOUT"
    assert world.weights()["blue"] == 100
    assert world.labels()[OLD] == "PRIMARY"


def test_what_a_failed_deployment_left_is_deleted_by_the_next(world: DeployingWorld) -> None:
    laid_out(world)
    world.reach(world.deploy("never:1"), "Failed")
    assert world.labels()["never:1"] == "ACTIVE"
    world.reach(world.deploy(NEW), "Succeeded")
    assert world.end_fairly(lambda: running(world) == {NEW: 2}, within_s=600.0)
    assert set(world.labels()) == {NEW}


def test_stopped_midway_without_a_rollback_the_original_has_all_traffic(
    world: DeployingWorld,
) -> None:
    laid_out(world)
    deployment = world.deploy(NEW, deploymentConfigName=CANARY)
    assert world.end_fairly(lambda: world.weights().get("green") == 10)
    answer = world.plane.ask("StopDeployment", deploymentId=deployment)
    assert answer["status"] == "Pending"
    world.reach(deployment, "Stopped", within_s=1.0)
    assert world.weights() == {"blue": 100}
    assert running(world) == {OLD: 2, NEW: 2}
    shown = world.plane.ask("GetDeployment", deploymentId=deployment)["deploymentInfo"]
    assert shown["errorInformation"]["code"] == "MANUAL_STOP"
    assert "All production traffic is on the original" in shown["errorInformation"]["message"]


def test_stopped_midway_with_a_rollback_the_replacement_is_gone(world: DeployingWorld) -> None:
    laid_out(world, test=True)
    deployment = world.deploy(NEW, deploymentConfigName=CANARY)
    assert world.end_fairly(lambda: world.weights().get("green") == 10)
    assert world.weights(world.test_listener) == {"green": 100}
    world.plane.ask("StopDeployment", deploymentId=deployment, autoRollbackEnabled=True)
    world.reach(deployment, "Stopped", within_s=1.0)
    undoing = world.deployment(deployment).rolled_back_by
    assert undoing is not None
    world.reach(undoing, "Succeeded", within_s=1.0)
    assert world.weights() == {"blue": 100}
    assert world.weights(world.test_listener) == {"blue": 100}
    assert world.end_fairly(lambda: running(world) == {OLD: 2}, within_s=600.0)
    shown = world.plane.ask("GetDeployment", deploymentId=undoing)["deploymentInfo"]
    assert shown["creator"] == "codeDeployRollback"
    assert shown["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment


def test_an_alarm_rolls_back(world: DeployingWorld) -> None:
    world.put_alarm()
    laid_out(
        world,
        alarmConfiguration={"enabled": True, "alarms": [{"name": ALARM}]},
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_STOP_ON_ALARM"]},
    )
    deployment = world.deploy(NEW, deploymentConfigName=CANARY)
    assert world.end_fairly(lambda: world.weights().get("green") == 10)
    world.set_alarm("ALARM")
    world.reach(deployment, "Stopped", within_s=1.0)
    undoing = world.deployment(deployment).rolled_back_by
    assert undoing is not None
    world.reach(undoing, "Succeeded", within_s=1.0)
    assert world.weights() == {"blue": 100}


def test_a_function_judges_by_calling_back(world: DeployingWorld) -> None:
    laid_out(world)
    world.map_hook()
    deployment = world.deploy(NEW, hooks=[("BeforeInstall", FUNCTION), ("AfterInstall", FUNCTION)])
    assert world.end_fairly(lambda: bool(world.orders()), within_s=1.0)
    told = world.answer("")
    execution = told["LifecycleEventHookExecutionId"]
    assert told["DeploymentId"] == deployment
    assert not world.end_fairly(lambda: world.deployment(deployment).is_over, within_s=60.0)
    judge = {"deploymentId": deployment, "lifecycleEventHookExecutionId": execution}
    put = "PutLifecycleEventHookExecutionStatus"
    with pytest.raises(InvalidLifecycleEventHookExecutionStatus):
        world.plane.ask(put, **judge, status="Skipped")
    with pytest.raises(InvalidLifecycleEventHookExecutionId):
        world.plane.ask(put, **(judge | {"lifecycleEventHookExecutionId": "x"}), status="Failed")
    assert world.plane.ask(put, **judge, status="Succeeded") == {
        "lifecycleEventHookExecutionId": execution
    }
    with pytest.raises(LifecycleEventAlreadyCompleted):
        world.plane.ask(put, **judge, status="Failed")
    assert world.end_fairly(lambda: bool(world.orders()), within_s=60.0)
    world.answer(None, "It exited with 3.")
    world.reach(deployment, "Failed", within_s=1.0)
    failed = world.target(deployment)["lifecycleEvents"][2]
    assert (failed["lifecycleEventName"], failed["status"]) == ("AfterInstall", "Failed")
    assert failed["diagnostics"]["message"] == "It exited with 3."
    with pytest.raises(LifecycleEventAlreadyCompleted):
        world.plane.ask(put, **judge, status="Failed")


def test_a_function_to_which_nothing_is_mapped_fails_at_once(world: DeployingWorld) -> None:
    laid_out(world)
    deployment = world.deploy(NEW, hooks=[("BeforeInstall", FUNCTION)])
    world.reach(deployment, "Failed", within_s=1.0)
    failure = world.deployment(deployment).failure
    assert failure is not None
    assert failure.code == "HOOK_EXECUTION_FAILURE"


def test_it_is_ready_until_a_client_lets_it_go_and_then_waits_to_terminate(
    world: DeployingWorld,
) -> None:
    ready = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 30}
    laid_out(world, ready=ready, terminate=60)
    deployment = world.deploy(NEW)
    go_on: dict[str, Any] = {"deploymentId": deployment}
    with pytest.raises(DeploymentIsNotInReadyState):
        world.plane.ask("ContinueDeployment", **go_on, deploymentWaitType="READY_WAIT")
    world.reach(deployment, "Ready")
    with pytest.raises(DeploymentIsNotInReadyState):
        world.plane.ask("ContinueDeployment", **go_on, deploymentWaitType="TERMINATION_WAIT")
    with pytest.raises(InvalidDeploymentWaitType):
        world.plane.ask("ContinueDeployment", **go_on, deploymentWaitType="LUNCH")
    world.plane.ask("ContinueDeployment", **go_on, deploymentWaitType="READY_WAIT")
    assert world.end_fairly(lambda: world.labels()[NEW] == "PRIMARY", within_s=1.0)
    assert not world.end_fairly(lambda: world.labels()[OLD] != "ACTIVE", within_s=600.0)
    assert world.deployment(deployment).status == "InProgress"
    world.plane.ask("ContinueDeployment", **go_on, deploymentWaitType="TERMINATION_WAIT")
    world.reach(deployment, "Succeeded", within_s=1.0)
    with pytest.raises(DeploymentAlreadyCompleted):
        world.plane.ask("StopDeployment", deploymentId=deployment)


def test_nobody_lets_it_go_so_it_is_stopped(world: DeployingWorld) -> None:
    laid_out(world, ready={"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 30})
    deployment = world.deploy(NEW)
    world.reach(deployment, "Ready")
    assert not world.end_fairly(lambda: world.deployment(deployment).is_over, within_s=1799.0)
    world.reach(deployment, "Stopped", within_s=2.0)
    assert world.weights()["blue"] == 100


def test_a_service_that_is_deleted_midway_fails_its_deployment(world: DeployingWorld) -> None:
    laid_out(world)
    deployment = world.deploy(NEW, deploymentConfigName=CANARY)
    assert world.end_fairly(lambda: world.weights().get("green") == 10)
    world.plane.ask("DeleteService", service="web", force=True)
    world.reach(deployment, "Failed", within_s=1.0)
    failure = world.deployment(deployment).failure
    assert failure is not None
    assert failure.code == "INVALID_ECS_SERVICE"


def test_a_listener_that_is_deleted_midway_fails_the_deployment(world: DeployingWorld) -> None:
    laid_out(world)
    deployment = world.deploy(NEW, deploymentConfigName=CANARY)
    assert world.end_fairly(lambda: world.weights().get("green") == 10)
    world.plane.ask("DeleteListener", ListenerArn=world.listener)
    world.reach(deployment, "Failed", within_s=600.0)
    failure = world.deployment(deployment).failure
    assert failure is not None
    assert failure.code == "ELASTIC_LOAD_BALANCING_INVALID"


def test_a_revision_that_ecs_refuses_fails_at_install_with_its_words(
    world: DeployingWorld,
) -> None:
    laid_out(world)
    definition = world.definition(Wanted("web", groups=1, image=NEW))
    deployment = world.deploy(NEW)
    world.plane.ask("DeregisterTaskDefinition", taskDefinition=definition)
    world.reach(deployment, "Failed", within_s=1.0)
    failure = world.deployment(deployment).failure
    assert failure is not None
    assert failure.code == "ECS_UPDATE_ERROR"
    assert "TaskDefinition is inactive" in failure.message
    assert events(world, deployment)["Install"] == "Failed"
    assert world.weights() == {"blue": 1}  # Nothing of the move was done.
