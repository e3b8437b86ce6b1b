"""Strategies, hooks and alarms as requests ask for them: what is filled in, and what is refused."""

from typing import Any

import msgspec
import pytest

from homeport.kernel.traffic_shift import WHOLE, Shift
from homeport.services.ecs.errors import InvalidParameterException
from homeport.services.ecs.plan.service.deployment_requests import configured
from homeport.services.ecs.plan.service.sides import shift_of
from homeport.services.ecs.records.service_requests import AskedDeployments
from homeport.services.ecs.records.services import DeploymentConfiguration
from homeport.services.ecs.records.strategies import (
    CanaryConfiguration,
    HookTimeout,
    LinearConfiguration,
)

LAMBDA = {
    "hookTargetArn": "arn:aws:lambda:us-east-1:000000000000:function:check:live",
    "roleArn": "arn:aws:iam::000000000000:role/hook",
    "lifecycleStages": ["POST_SCALE_UP"],
}
PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_SCALE_UP"]}
BLUE_GREEN = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}


def asked(
    before: DeploymentConfiguration | None = None, scheduling: str = "REPLICA", **request: Any
) -> DeploymentConfiguration:
    return configured(msgspec.convert(request, AskedDeployments), before, scheduling)


def refusal(**request: Any) -> str:
    with pytest.raises(InvalidParameterException) as refused:
        asked(**request)
    return refused.value.message


def test_what_is_left_out_is_filled_in() -> None:
    assert asked(strategy="LINEAR").linear_configuration == LinearConfiguration(
        step_percent=10.0, step_bake_time_in_minutes=6
    )
    assert asked(strategy="CANARY").canary_configuration == CanaryConfiguration(
        canary_percent=5.0, canary_bake_time_in_minutes=10
    )
    assert asked(strategy="CANARY").bake_time_in_minutes == 0
    assert asked().bake_time_in_minutes is None


def test_what_belongs_to_another_strategy_is_gone() -> None:
    linear = asked(
        strategy="LINEAR", linearConfiguration={"stepPercent": 20.0}, bakeTimeInMinutes=3
    )
    canary = asked(linear, strategy="CANARY", lifecycleHooks=[PAUSE])
    assert (canary.linear_configuration, canary.bake_time_in_minutes) == (None, 3)
    rolling = asked(canary, strategy="ROLLING")
    assert (rolling.canary_configuration, rolling.lifecycle_hooks) == (None, ())
    assert rolling.bake_time_in_minutes is None


def test_an_update_keeps_what_it_does_not_name() -> None:
    before = asked(**BLUE_GREEN, lifecycleHooks=[PAUSE, LAMBDA])
    after = asked(before, maximumPercent=150)
    assert after == msgspec.structs.replace(before, maximum_percent=150)
    assert asked(before, lifecycleHooks=[]).lifecycle_hooks == ()
    linear = asked(strategy="LINEAR", linearConfiguration={"stepPercent": 20.0})
    again = asked(linear, linearConfiguration={"stepBakeTimeInMinutes": 1})
    assert again.linear_configuration == LinearConfiguration(
        step_percent=20.0, step_bake_time_in_minutes=1
    )


def test_hooks_are_kept_with_what_they_are_told() -> None:
    timeout = {"timeoutInMinutes": 5}
    told = LAMBDA | {"hookDetails": {"a": [1, None]}, "timeoutConfiguration": timeout}
    [hook] = asked(**BLUE_GREEN, lifecycleHooks=[told]).lifecycle_hooks
    assert (hook.target_type, hook.hook_details) == ("AWS_LAMBDA", '{"a":[1,null]}')
    assert hook.timeout_configuration == HookTimeout(timeout_in_minutes=5, action="ROLLBACK")


@pytest.mark.parametrize(
    ("request_", "shift", "interval_s"),
    [
        (BLUE_GREEN, Shift(), 0.0),
        ({"strategy": "LINEAR"}, Shift(kind="linear", tenths=100, interval_s=360.0), 360.0),
        ({"strategy": "CANARY"}, Shift(kind="canary", tenths=50, interval_s=600.0), 600.0),
        (
            {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": 0.1}},
            Shift(kind="canary", tenths=1, interval_s=600.0),
            600.0,
        ),
        (
            {
                "strategy": "LINEAR",
                "linearConfiguration": {"stepPercent": 33.3, "stepBakeTimeInMinutes": 0},
            },
            Shift(kind="linear", tenths=333, interval_s=0.0),
            0.0,
        ),
        (
            {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 100.0}},
            Shift(kind="linear", tenths=WHOLE, interval_s=360.0),
            360.0,
        ),
    ],
)
def test_what_is_asked_for_is_shifted_so(
    request_: dict[str, Any], shift: Shift, interval_s: float
) -> None:
    assert shift_of(asked(**request_)) == (shift, interval_s)


@pytest.mark.parametrize("percent", [3.0, 3.1, 9.9, 10.1, 33.3, 66.7, 99.9, 100.0])
def test_every_tenth_of_a_percent_can_be_asked_for(percent: float) -> None:
    asked(strategy="LINEAR", linearConfiguration={"stepPercent": percent})


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        (
            {"strategy": "ANY"},
            "deployment strategy should be one of [ROLLING,BLUE_GREEN,LINEAR,CANARY]",
        ),
        (
            {"strategy": "BLUE_GREEN"},
            "bakeTimeInMinutes is required when using the BLUE_GREEN deployment strategy",
        ),
        (
            {**BLUE_GREEN, "bakeTimeInMinutes": 1441},
            "bakeTimeInMinutes must be between 0 and 1440",
        ),
        (
            {"strategy": "CANARY", "bakeTimeInMinutes": -1},
            "bakeTimeInMinutes must be between 0 and 1440",
        ),
        (
            {"bakeTimeInMinutes": 5},
            "bakeTimeInMinutes is not supported for the ROLLING deployment strategy",
        ),
        (
            {"linearConfiguration": {}},
            "linearConfiguration is only valid for the LINEAR deployment strategy",
        ),
        (
            {**BLUE_GREEN, "canaryConfiguration": {}},
            "canaryConfiguration is only valid for the CANARY deployment strategy",
        ),
        *(
            (
                {"strategy": "LINEAR", "linearConfiguration": {"stepPercent": percent}},
                "stepPercent must be a multiple of 0.1 between 3.0 and 100.0",
            )
            for percent in (0.0, 2.9, 3.05, 33.33, 100.1)
        ),
        *(
            (
                {"strategy": "CANARY", "canaryConfiguration": {"canaryPercent": percent}},
                "canaryPercent must be a multiple of 0.1 between 0.1 and 100.0",
            )
            for percent in (0.0, 0.05, -1.0, 100.1)
        ),
        (
            {"strategy": "LINEAR", "linearConfiguration": {"stepBakeTimeInMinutes": 1441}},
            "stepBakeTimeInMinutes must be between 0 and 1440",
        ),
        (
            {"strategy": "CANARY", "canaryConfiguration": {"canaryBakeTimeInMinutes": -1}},
            "canaryBakeTimeInMinutes must be between 0 and 1440",
        ),
        (
            {"scheduling": "DAEMON", **BLUE_GREEN},
            "The daemon scheduling strategy does not support the BLUE_GREEN deployment strategy",
        ),
    ],
)
def test_strategies_that_cannot_be(request_: dict[str, Any], text: str) -> None:
    assert refusal(**request_) == text


@pytest.mark.parametrize(
    ("hook", "text"),
    [
        ({"targetType": "ANY"}, "Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE"),
        ({"lifecycleStages": []}, "lifecycleStages cannot be empty for a lifecycle hook."),
        (
            {"lifecycleStages": ["BAKE_TIME"]},
            (
                "lifecycleStages should be one of [RECONCILE_SERVICE,PRE_SCALE_UP,POST_SCALE_UP,"
                "TEST_TRAFFIC_SHIFT,POST_TEST_TRAFFIC_SHIFT,PRE_PRODUCTION_TRAFFIC_SHIFT,"
                "PRODUCTION_TRAFFIC_SHIFT,POST_PRODUCTION_TRAFFIC_SHIFT]"
            ),
        ),
        (
            {"hookTargetArn": None},
            "hookTargetArn is required for lifecycle hooks with targetType AWS_LAMBDA",
        ),
        ({"roleArn": None}, "roleArn is required for lifecycle hooks with targetType AWS_LAMBDA"),
        (
            {"hookTargetArn": "check"},
            "hookTargetArn is not the ARN of a Lambda function: check",
        ),
        ({"hookDetails": [1]}, "hookDetails must be a JSON object."),
        (
            {"timeoutConfiguration": {"timeoutInMinutes": 0}},
            "timeoutInMinutes must be between 1 and 20160",
        ),
        (
            {"timeoutConfiguration": {"action": "STOP"}},
            "timeoutConfiguration action should be one of [ROLLBACK,CONTINUE]",
        ),
    ],
)
def test_functions_that_cannot_be_asked(hook: dict[str, Any], text: str) -> None:
    assert refusal(**BLUE_GREEN, lifecycleHooks=[LAMBDA | hook]) == text


@pytest.mark.parametrize("stage", ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"])
def test_no_pause_where_a_rollback_would_have_to_pause_too(stage: str) -> None:
    hook = PAUSE | {"lifecycleStages": [stage]}
    text = refusal(**BLUE_GREEN, lifecycleHooks=[hook])
    assert text == "Invalid lifecycle stage provided for Pause Hook"


def test_a_pause_asks_nobody() -> None:
    text = refusal(**BLUE_GREEN, lifecycleHooks=[LAMBDA | {"targetType": "PAUSE"}])
    assert text.startswith("hookTargetArn and roleArn are not allowed")


@pytest.mark.parametrize(("hook", "kind"), [(PAUSE, "pause"), (LAMBDA, "Lambda")])
def test_there_are_ten_hooks_of_each_kind_at_most(hook: Any, kind: str) -> None:
    asked(**BLUE_GREEN, lifecycleHooks=[hook] * 10)
    text = refusal(**BLUE_GREEN, lifecycleHooks=[hook] * 11)
    assert text == f"A service can have at most 10 {kind} lifecycle hooks."


def test_alarms_are_for_every_strategy() -> None:
    told = {"alarmNames": ["a", "b", "a"], "enable": True, "rollback": True}
    found = asked(alarms=told).alarms
    assert found is not None
    assert (found.alarm_names, found.rollback) == (("a", "b"), True)
    text = refusal(alarms={"alarmNames": [], "enable": True, "rollback": True})
    assert text == "alarmNames cannot be empty when alarms are enabled."
