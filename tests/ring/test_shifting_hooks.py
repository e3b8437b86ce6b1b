"""Lifecycle hooks of deployments: functions that are asked, pauses that users end, time that runs
out."""

from typing import Any

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.services.ecs.api.bus_events import EcsEvents
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.hooks.queries.hooks import put_hook
from homeport.services.hooks.records.hooks import Hook
from homeport.store import Store
from ring.driver import ACCOUNT, REGION
from ring.rollout_steps import running
from ring.shifting_world import ARN, FUNCTION, ROLE, ShiftingWorld, make_world

OLD, NEW = "good:1", "good:2"


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> ShiftingWorld:
    made = make_world(store, clock, ids, peers)
    hook = Hook(account=ACCOUNT, region=REGION, name="check", command="check")
    store.write(lambda tx: put_hook(tx, hook))
    return made


def function(*stages: str, **changes: Any) -> dict[str, Any]:
    plain = {"hookTargetArn": FUNCTION, "roleArn": ROLE, "lifecycleStages": list(stages)}
    return plain | changes


def pause(*stages: str, **changes: Any) -> dict[str, Any]:
    return {"targetType": "PAUSE", "lifecycleStages": list(stages), **changes}


def begun(world: ShiftingWorld, *hooks: Any, strategy: str = "BLUE_GREEN", **more: Any) -> None:
    """A second deployment with these hooks has begun."""
    world.deployed(strategy, **more)
    world.reach("SUCCESSFUL")
    configuration = {"lifecycleHooks": list(hooks)}
    world.plane.ask("UpdateService", service="web", deploymentConfiguration=configuration)
    world.update("web", image=NEW)
    world.run_dry()


def continued(world: ShiftingWorld, **request: Any) -> None:
    arn = world.deployment()["serviceDeploymentArn"]
    [hook] = [each for each in world.hooks() if each["status"] == "AWAITING_ACTION"]
    asked = {"serviceDeploymentArn": arn, "hookId": hook["hookId"]} | request
    assert world.plane.ask("ContinueServiceDeployment", **asked) == {"serviceDeploymentArn": arn}


def told(world: ShiftingWorld) -> list[str]:
    """The events of hooks, oldest first."""
    events = world.store.read(lambda tx: EcsEvents().events_after(tx, 0))
    found = [each.envelope for each in events]
    mine: list[Any] = [each for each in found if each["detail-type"] == "ECS Hook State Change"]
    return [each["detail"]["eventName"] for each in mine]


def test_a_function_is_told_what_is_deployed_and_may_let_it_pass(world: ShiftingWorld) -> None:
    begun(world, function("POST_SCALE_UP", hookDetails={"a": [1]}))
    assert (world.stage(), running(world)) == ("POST_SCALE_UP", {OLD: 2, NEW: 2})
    shown = world.deployment()
    payload = world.answer({"hookStatus": "SUCCEEDED"})
    assert payload.pop("executionId")
    assert payload == {
        "executionDetails": {
            "testTrafficWeights": {},
            "productionTrafficWeights": {},
            "serviceArn": ARN,
            "targetServiceRevisionArn": shown["targetServiceRevision"]["arn"],
        },
        "lifecycleStage": "POST_SCALE_UP",
        "resourceArn": shown["serviceDeploymentArn"],
        "hookDetails": {"a": [1]},
    }
    [hook] = world.hooks()
    assert (hook["status"], hook["targetArn"]) == ("SUCCEEDED", FUNCTION)
    assert told(world) == ["HOOK_IN_PROGRESS", "HOOK_SUCCEEDED"]
    world.reach("SUCCESSFUL")


def test_the_weights_are_told_while_traffic_is_shifted(world: ShiftingWorld) -> None:
    canary = {"canaryPercent": 12.5, "canaryBakeTimeInMinutes": 1}
    hook = function("PRODUCTION_TRAFFIC_SHIFT")
    begun(world, hook, strategy="CANARY", canaryConfiguration=canary)
    shown = world.deployment()
    new = shown["targetServiceRevision"]["arn"]
    old = shown["sourceServiceRevisions"][0]["arn"]
    payload = world.answer({"hookStatus": "SUCCEEDED"})
    assert payload["executionDetails"]["productionTrafficWeights"] == {new: 12.5, old: 87.5}
    assert payload["executionDetails"]["testTrafficWeights"] == {}
    assert world.end_fairly(lambda: len(world.hooks()) == 2, within_s=61.0)
    payload = world.answer({"hookStatus": "SUCCEEDED"})
    assert payload["executionDetails"]["productionTrafficWeights"] == {new: 100.0, old: 0.0}
    world.reach("SUCCESSFUL")


def test_a_function_that_is_not_ready_is_asked_again_with_what_it_answered(
    world: ShiftingWorld,
) -> None:
    begun(world, function("PRE_SCALE_UP", hookDetails={"try": 0}))
    world.answer({"hookStatus": "IN_PROGRESS", "callBackDelay": 90, "hookDetails": {"try": 1}})
    world.clock.turn(89)
    world.run_dry()
    assert world.store.read(world.peers.hook_work.orders) == ()
    world.clock.turn(1)
    world.run_dry()
    payload = world.answer({"hookStatus": "IN_PROGRESS"})
    assert payload["hookDetails"] == {"try": 1}
    world.clock.turn(30)
    world.run_dry()
    assert world.answer({"hookStatus": "SUCCEEDED"})["hookDetails"] == {"try": 1}
    world.reach("SUCCESSFUL")


BECAUSE = "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed."


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"hookStatus": "FAILED"}, f"Lifecycle hook target {FUNCTION} returned FAILED status."),
        (
            {"other": 1},
            (
                f"ECS was unable to parse the response from {FUNCTION} due to: HookStatus must not "
                "be null."
            ),
        ),
        (
            {"hookStatus": "MAYBE"},
            (
                f"ECS was unable to parse the response from {FUNCTION} due to: HookStatus must be "
                "one of SUCCEEDED, FAILED, IN_PROGRESS."
            ),
        ),
    ],
)
def test_a_function_that_does_not_say_yes_turns_the_deployment_back(
    world: ShiftingWorld, said: Any, why: str
) -> None:
    begun(world, function("POST_TEST_TRAFFIC_SHIFT"))
    world.answer(said)
    world.reach("ROLLBACK_SUCCESSFUL")
    assert world.deployment()["statusReason"] == f"{BECAUSE} {why}"
    assert running(world) == {OLD: 2}
    assert (world.weights(), world.weights(world.test_rule)) == ({"blue": 100}, {"blue": 100})
    assert world.hooks()[0]["status"] == "FAILED"


def test_a_function_that_cannot_be_asked_turns_it_back_and_says_why(world: ShiftingWorld) -> None:
    begun(world, function("POST_TEST_TRAFFIC_SHIFT"))
    world.answer(diagnostic="exit status 3")
    world.reach("ROLLBACK_SUCCESSFUL")
    reason = world.deployment()["statusReason"]
    assert (
        reason == f"{BECAUSE} ECS was unable to invoke hook target {FUNCTION} due to exit status 3"
    )


def test_a_function_that_nothing_stands_for_fails_its_stage(world: ShiftingWorld) -> None:
    other = FUNCTION.replace("check", "other")
    begun(world, function("PRE_SCALE_UP", hookTargetArn=other))
    world.reach("ROLLBACK_SUCCESSFUL")
    assert "was unable to invoke hook target" in world.deployment()["statusReason"]
    assert NEW not in running(world)


def test_the_way_back_asks_the_hooks_of_both_shifts(world: ShiftingWorld) -> None:
    begun(world, function("PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT"))
    assert world.answer({"hookStatus": "SUCCEEDED"})["lifecycleStage"] == "TEST_TRAFFIC_SHIFT"
    world.answer({"hookStatus": "SUCCEEDED"})
    assert world.stage() == "BAKE_TIME"
    world.stop_deployment("web")
    world.run_dry()
    assert world.weights() == {"blue": 100}
    payload = world.answer({"hookStatus": "SUCCEEDED"})
    new = world.deployment()["targetServiceRevision"]["arn"]
    assert payload["lifecycleStage"] == "PRODUCTION_TRAFFIC_SHIFT"
    assert payload["executionDetails"]["productionTrafficWeights"][new] == 0.0
    payload = world.answer({"hookStatus": "SUCCEEDED"})
    assert payload["lifecycleStage"] == "TEST_TRAFFIC_SHIFT"
    assert payload["executionDetails"]["testTrafficWeights"][new] == 0.0
    world.reach("ROLLBACK_SUCCESSFUL")


def test_a_hook_that_fails_on_the_way_back_fails_the_rollback_and_nothing_else(
    world: ShiftingWorld,
) -> None:
    begun(world, function("PRODUCTION_TRAFFIC_SHIFT"))
    world.answer({"hookStatus": "FAILED"})
    world.answer({"hookStatus": "FAILED"})
    world.reach("ROLLBACK_FAILED")
    assert (world.weights(), running(world)) == ({"blue": 100}, {OLD: 2})
    blue = world.deployment()["sourceServiceRevisions"][0]["arn"]
    assert blue in world.deployment()["statusReason"]


def test_a_pause_ends_when_a_user_says_so(world: ShiftingWorld) -> None:
    begun(world, pause("POST_TEST_TRAFFIC_SHIFT"))
    [hook] = world.hooks()
    assert (hook["status"], hook["targetType"]) == ("AWAITING_ACTION", "PAUSE")
    assert hook["hookId"].startswith("ecs-pause-")
    assert hook["timeoutAction"] == "ROLLBACK"
    assert hook["expiresAt"] == world.clock.now() + 86_400.0
    assert not world.end_fairly(lambda: world.stage() != "POST_TEST_TRAFFIC_SHIFT")
    continued(world)
    with pytest.raises(InvalidParameterException, match="either completed, unavailable"):
        continued(world)
    world.reach("SUCCESSFUL")
    assert told(world) == ["HOOK_AWAITING_ACTION", "HOOK_SUCCEEDED"]


def test_a_pause_may_be_ended_by_a_rollback(world: ShiftingWorld) -> None:
    begun(world, pause("POST_SCALE_UP"))
    continued(world, action="ROLLBACK")
    world.reach("ROLLBACK_SUCCESSFUL")
    assert world.hooks()[0]["status"] == "FAILED"
    assert "POST_SCALE_UP pause hook" in world.deployment()["statusReason"]


@pytest.mark.parametrize(
    ("action", "end"), [("CONTINUE", "SUCCESSFUL"), ("ROLLBACK", "ROLLBACK_SUCCESSFUL")]
)
def test_a_pause_that_nobody_ends_is_over_in_time(
    world: ShiftingWorld, action: str, end: str
) -> None:
    timeout = {"timeoutInMinutes": 10, "action": action}
    begun(world, pause("POST_SCALE_UP", timeoutConfiguration=timeout))
    assert not world.end_fairly(lambda: world.stage() != "POST_SCALE_UP", within_s=599.0)
    world.reach(end)
    assert world.hooks()[0]["status"] == "TIMED_OUT"
    if action == "ROLLBACK":
        assert world.deployment()["statusReason"] == (
            "Service deployment rolled back because POST_SCALE_UP pause hook timed out."
        )


def test_each_step_pauses_for_itself(world: ShiftingWorld) -> None:
    steps = {"stepPercent": 50.0, "stepBakeTimeInMinutes": 1}
    hook = pause("PRE_PRODUCTION_TRAFFIC_SHIFT")
    begun(world, hook, strategy="LINEAR", linearConfiguration=steps)
    assert world.weights() == {"blue": 100}
    continued(world)
    assert world.end_fairly(lambda: len(world.hooks()) == 2, within_s=61.0)
    assert world.weights() == {"blue": 50, "green": 50}
    continued(world)
    world.reach("SUCCESSFUL")
    assert len({each["hookId"] for each in world.hooks()}) == 2


def test_every_hook_of_a_stage_has_to_succeed(world: ShiftingWorld) -> None:
    begun(world, pause("POST_SCALE_UP"), function("POST_SCALE_UP"))
    continued(world)
    world.run_dry()
    assert world.stage() == "POST_SCALE_UP"
    world.answer({"hookStatus": "FAILED"})
    world.reach("ROLLBACK_SUCCESSFUL")


def test_a_new_deployment_waits_for_no_hook_of_the_one_before(world: ShiftingWorld) -> None:
    begun(world, function("POST_SCALE_UP"))
    [_] = world.store.read(world.peers.hook_work.orders)
    before = world.record()
    configuration: dict[str, Any] = {"lifecycleHooks": []}
    world.plane.ask("UpdateService", service="web", deploymentConfiguration=configuration)
    world.update("web", image="good:3")
    assert world.store.read(world.peers.hook_work.orders) == ()
    world.reach("SUCCESSFUL")
    found = world.plane.ask("DescribeServiceDeployments", serviceDeploymentArns=[before.arn])
    [shown] = found["serviceDeployments"]
    assert shown["status"] == "STOPPED"
    assert shown["lifecycleHookDetails"][0]["status"] == "FAILED"


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({"hookId": "any"}, "Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}"),
        (
            {"hookId": "ecs-pause-other"},
            (
                "Provided hookId is either completed, unavailable, or not associated with the "
                "given Resource ARN"
            ),
        ),
        ({"action": "STOP"}, "action should be one of [CONTINUE,ROLLBACK]"),
    ],
)
def test_what_cannot_be_continued_is_refused(
    world: ShiftingWorld, request_: dict[str, Any], text: str
) -> None:
    begun(world, pause("POST_SCALE_UP"))
    with pytest.raises(InvalidParameterException) as refused:
        continued(world, **request_)
    assert refused.value.message == text


def test_a_deployment_that_is_over_is_not_continued(world: ShiftingWorld) -> None:
    begun(world)
    world.reach("SUCCESSFUL")
    with pytest.raises(InvalidParameterException, match="in terminal states"):
        world.plane.ask(
            "ContinueServiceDeployment",
            serviceDeploymentArn=world.deployment()["serviceDeploymentArn"],
            hookId="ecs-pause-any",
        )


def test_a_first_deployment_that_fails_leaves_no_candidate(world: ShiftingWorld) -> None:
    world.deployed(lifecycleHooks=[function("POST_SCALE_UP")])
    world.run_dry()
    world.answer({"hookStatus": "FAILED"})
    world.run_dry()
    shown = world.deployment()
    assert shown["status"] == "ROLLBACK_FAILED"
    assert shown["statusReason"] == "No rollback candidate was found to run the rollback."
    service = world.shown("web")
    assert service is not None
    assert any(
        "POST_SCALE_UP lifecycle hook(s) failed" in each["message"] for each in service["events"]
    )
