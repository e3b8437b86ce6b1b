"""Shifting services in a world that means no good: seeds say what happens, `ShiftWatch` objects."""

from contextlib import suppress
from random import Random
from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.ecs.errors import InvalidParameterException
from homeport.store import Store
from ring.rollout_steps import running
from ring.shifting_world import ShiftingWorld, make_world

STEPS = 40
SLOWEST_S = 4 * 3600.0
"""Steps of 3 %, with a pause of five minutes before each, take almost three hours."""
OVER = ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED")
STRATEGIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("BLUE_GREEN", {}),
    ("CANARY", {"canaryConfiguration": {"canaryPercent": 0.1, "canaryBakeTimeInMinutes": 1}}),
    ("LINEAR", {"linearConfiguration": {"stepPercent": 30.0, "stepBakeTimeInMinutes": 1}}),
    ("LINEAR", {"linearConfiguration": {"stepPercent": 3.0, "stepBakeTimeInMinutes": 0}}),
)
PAUSE = {
    "targetType": "PAUSE",
    "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_SCALE_UP"],
    "timeoutConfiguration": {"timeoutInMinutes": 5, "action": "CONTINUE"},
}


def disturb(world: ShiftingWorld, random: Random) -> None:
    """One thing happens."""
    match random.randrange(9):
        case 0:
            world.update("web", image=random.choice(("good:2", "good:3", "never:1", "sick:1")))
        case 1:
            world.update("web", desired=random.randrange(4))
        case 2:
            world.stop_deployment("web")
        case 3:
            world.hold_weights(held=random.random() < 0.5)
        case 4:
            world.crash(passes=random.randrange(6))
            for node in world.fleet.nodes:
                node.come_back()
        case 5:
            up = sorted(world.fleet.up())
            world.traffic.failing = set(random.sample(up, min(1, len(up))))
        case 6:
            up = sorted(world.fleet.up())
            if up:
                arn = random.choice(up)
                world.fleet.up()[arn].exit(arn, 1)
        case 7:
            again(world, random)
        case 8:
            world.clock.turn(random.choice((1.0, 20.0, 60.0, 400.0)))
    for _ in range(random.randrange(6)):
        world.plane.drain(random.randrange, passes=random.randrange(8))
        world.fleet.settle_once(world.plane)
        if random.random() < 0.5:
            world.check_targets()


def again(world: ShiftingWorld, random: Random) -> None:
    """A user deploys otherwise from now on, or goes on where it pauses."""
    open_ = [each for each in world.hooks() if each["status"] == "AWAITING_ACTION"]
    if open_:
        arn = world.deployment()["serviceDeploymentArn"]
        action = random.choice(("CONTINUE", "CONTINUE", "ROLLBACK"))
        request = {"serviceDeploymentArn": arn, "hookId": open_[0]["hookId"], "action": action}
        with suppress(InvalidParameterException):  # It was said already, or its time is over.
            world.plane.ask("ContinueServiceDeployment", **request)
        return
    strategy, more = random.choice((*STRATEGIES, ("ROLLING", {})))
    told = {"strategy": strategy, **more}
    if strategy != "ROLLING":
        told |= {"bakeTimeInMinutes": 1, "lifecycleHooks": [PAUSE] * random.randrange(2)}
    world.plane.ask("UpdateService", service="web", deploymentConfiguration=told)


@pytest.mark.parametrize("seed", range(12))
def test_it_always_ends_with_all_traffic_on_the_side_that_runs(
    store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers, seed: int
) -> None:
    random, world = Random(seed), make_world(store, clock, ids, peers)
    strategy, more = random.choice(STRATEGIES)
    breaker = {"enable": True, "rollback": True}
    world.deployed(strategy, deploymentCircuitBreaker=breaker, **more)
    if random.random() < 0.8:
        world.reach("SUCCESSFUL")
    for _ in range(STEPS):
        disturb(world, random)
    world.traffic.failing.clear()
    world.hold_weights(held=False)
    world.update("web", image="good:9", desired=2)
    is_over = world.end_fairly(lambda: world.record().status in OVER, within_s=SLOWEST_S)
    assert is_over, world.record()
    assert world.record().status == "SUCCESSFUL"
    assert world.end_fairly(lambda: running(world) == {"good:9": 2})
    [side] = world.weights()
    groups = {world.blue: "blue", world.green: "green"}
    registered = {groups[each[0]] for each in store.read(world.traffic.registered)}
    assert registered == {side}
