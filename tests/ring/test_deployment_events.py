"""What EventBridge hears of CodeDeploy's deployments, round the whole ring."""

from dataclasses import replace
from typing import Any

import pytest

from bus_recorder import RecordedBus
from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.store import Store
from ring.deploying_world import DeployingWorld, make_world
from ring.rollout_steps import running

OLD, NEW = "good:1", "good:2"
WAITING = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 10}


@pytest.fixture
def bus(peers: Peers) -> RecordedBus:
    return RecordedBus(peers.bus)


@pytest.fixture
def world(
    store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers, bus: RecordedBus
) -> DeployingWorld:
    return make_world(store, clock, ids, replace(peers, bus=bus))


def laid_out(world: DeployingWorld, **group: Any) -> None:
    world.lay_out(**group)
    assert world.end_fairly(lambda: running(world) == {OLD: 2}, within_s=300.0)
    world.run_dry()


def told(bus: RecordedBus) -> list[tuple[str, str]]:
    """Deployment and state of each event, in order."""
    return [
        (each.detail["deploymentId"], each.detail["state"]) for each in bus.of("aws.codedeploy")
    ]


def test_a_deployment_is_told_when_it_starts_and_when_it_succeeds(
    world: DeployingWorld, bus: RecordedBus
) -> None:
    laid_out(world)
    assert told(bus) == []
    deployment = world.deploy(NEW)
    world.reach(deployment, "Succeeded", within_s=60.0)
    world.run_dry()
    assert told(bus) == [(deployment, "START"), (deployment, "SUCCESS")]
    event = bus.of("aws.codedeploy")[-1]
    home = "arn:aws:codedeploy:us-east-1:000000000000"
    assert event.detail_type == "CodeDeploy Deployment State-change Notification"
    assert event.resources == (f"{home}:application:shop", f"{home}:deploymentgroup:shop/web")
    assert (event.account, event.region) == ("000000000000", "us-east-1")
    assert event.detail == {
        "region": "us-east-1",
        "application": "shop",
        "deploymentId": deployment,
        "state": "SUCCESS",
        "deploymentGroup": "web",
    }
    shown = world.plane.ask("GetDeployment", deploymentId=deployment)["deploymentInfo"]
    assert event.at == shown["completeTime"]


def test_one_that_waits_for_its_user_is_ready_and_stops_when_nobody_comes(
    world: DeployingWorld, bus: RecordedBus
) -> None:
    laid_out(world, ready=WAITING)
    deployment = world.deploy(NEW)
    world.reach(deployment, "Ready")
    assert told(bus) == [(deployment, "START"), (deployment, "READY")]
    world.reach(deployment, "Stopped")
    assert told(bus)[2:] == [(deployment, "STOP")]


def test_one_that_goes_on_is_not_told_as_started_again(
    world: DeployingWorld, bus: RecordedBus
) -> None:
    laid_out(world, ready=WAITING)
    deployment = world.deploy(NEW)
    world.reach(deployment, "Ready")
    world.plane.ask("ContinueDeployment", deploymentId=deployment)
    world.reach(deployment, "Succeeded")
    states = [state for _, state in told(bus)]
    assert states == ["START", "READY", "SUCCESS"]


def test_a_failure_is_told_and_then_the_deployment_that_undoes_it(
    world: DeployingWorld, bus: RecordedBus
) -> None:
    rolls_back = {"enabled": True, "events": ["DEPLOYMENT_STOP_ON_REQUEST"]}
    laid_out(world, ready=WAITING, autoRollbackConfiguration=rolls_back)
    first = world.deploy(NEW)
    world.reach(first, "Ready")
    world.plane.ask("StopDeployment", deploymentId=first, autoRollbackEnabled=True)
    world.reach(first, "Stopped")
    undoing = world.plane.ask("GetDeployment", deploymentId=first)["deploymentInfo"]
    second = undoing["rollbackInfo"]["rollbackDeploymentId"]
    world.reach(second, "Succeeded")
    assert told(bus) == [
        (first, "START"),
        (first, "READY"),
        (first, "STOP"),
        (second, "START"),
        (second, "SUCCESS"),
    ]


def test_a_service_that_is_gone_fails_the_deployment(
    world: DeployingWorld, bus: RecordedBus
) -> None:
    laid_out(world)
    deployment = world.deploy("never:1")
    world.plane.ask("DeleteService", service="web", force=True)
    world.reach(deployment, "Failed")
    assert told(bus) == [(deployment, "START"), (deployment, "FAILURE")]


def test_an_event_that_cannot_be_put_undoes_the_pass(
    world: DeployingWorld, bus: RecordedBus
) -> None:
    laid_out(world)

    class Broken(RecordedBus):
        def put(self, *args: Any, **members: Any) -> None:
            raise RuntimeError("no bus")

    kept = world.plane.peers
    deployment = world.deploy(NEW)
    world.plane.peers = replace(kept, bus=Broken(bus.bus))
    with pytest.raises(RuntimeError, match="no bus"):
        world.plane.drain()
    assert world.deployment(deployment).status == "Created"
    world.plane.peers = kept
    world.plane.sweep()
    world.reach(deployment, "Succeeded")
    assert told(bus) == [(deployment, "START"), (deployment, "SUCCESS")]
