"""Which deployment configurations there may be, and how they shift traffic."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.traffic_shift import Shift, shares
from homeport.services.codedeploy.errors import (
    CodeDeployError,
    InvalidComputePlatform,
    InvalidDeploymentConfigName,
    InvalidMinimumHealthyHostValue,
    InvalidTrafficRoutingConfiguration,
    InvalidZonalDeploymentConfiguration,
)
from homeport.services.codedeploy.plan.deployment_configs import MINUTES_MAX, new_shift
from homeport.services.codedeploy.plan.predefined_configs import PREDEFINED

CANARY = {
    "type": "TimeBasedCanary",
    "timeBasedCanary": {"canaryPercentage": 25, "canaryInterval": 7},
}
LINEAR = {
    "type": "TimeBasedLinear",
    "timeBasedLinear": {"linearPercentage": 20, "linearInterval": 2},
}


def asked(**changes: Any) -> dict[str, Any]:
    return {
        "deploymentConfigName": "mine",
        "computePlatform": "ECS",
        "trafficRoutingConfig": CANARY,
    } | changes


def routing(kind: str, **members: Any) -> dict[str, Any]:
    return asked(trafficRoutingConfig={"type": kind} | members)


@pytest.mark.parametrize(
    ("config", "shift"),
    [
        (CANARY, Shift(kind="canary", tenths=250, interval_s=420.0)),
        (LINEAR, Shift(kind="linear", tenths=200, interval_s=120.0)),
        ({"type": "AllAtOnce"}, Shift()),
    ],
)
def test_a_custom_configuration_shifts_as_it_says(config: dict[str, Any], shift: Shift) -> None:
    assert new_shift(asked(trafficRoutingConfig=config)) == shift


@pytest.mark.parametrize(
    ("name", "steps", "interval_s"),
    [
        ("ECSAllAtOnce", (1000,), 0.0),
        ("ECSCanary10Percent5Minutes", (100, 1000), 300.0),
        ("ECSCanary10Percent15Minutes", (100, 1000), 900.0),
        ("ECSLinear10PercentEvery1Minutes", tuple(range(100, 1001, 100)), 60.0),
        ("ECSLinear10PercentEvery3Minutes", tuple(range(100, 1001, 100)), 180.0),
    ],
)
def test_a_predefined_one_shifts_as_its_name_says(
    name: str, steps: tuple[int, ...], interval_s: float
) -> None:
    shift = PREDEFINED[f"CodeDeployDefault.{name}"].shift
    assert (shares(shift), shift.interval_s) == (steps, interval_s)


def test_there_are_five_predefined_ones_of_different_ids() -> None:
    assert len(PREDEFINED) == len({each.id for each in PREDEFINED.values()}) == 5


def canary(percent: Any, minutes: Any) -> dict[str, Any]:
    return routing(
        "TimeBasedCanary",
        timeBasedCanary={"canaryPercentage": percent, "canaryInterval": minutes},
    )


def linear(percent: Any, minutes: Any) -> dict[str, Any]:
    return routing(
        "TimeBasedLinear",
        timeBasedLinear={"linearPercentage": percent, "linearInterval": minutes},
    )


@pytest.mark.parametrize(
    ("request_", "error", "said"),
    [
        (asked(computePlatform=None), InvalidComputePlatform, "computePlatform must be ECS"),
        (asked(computePlatform="Server"), InvalidComputePlatform, "must be ECS, not Server."),
        (asked(computePlatform="Lambda"), InvalidComputePlatform, "must be ECS, not Lambda."),
        (asked(computePlatform="Moon"), InvalidComputePlatform, "should be Lambda, Server, or ECS"),
        (
            asked(deploymentConfigName="CodeDeployDefault.Mine"),
            InvalidDeploymentConfigName,
            "Only predefined",
        ),
        (
            asked(minimumHealthyHosts={"type": "HOST_COUNT", "value": 1}),
            InvalidMinimumHealthyHostValue,
            "minimumHealthyHosts can not be specified",
        ),
        (
            asked(zonalConfig={"monitorDurationInSeconds": 1}),
            InvalidZonalDeploymentConfiguration,
            "zonalConfig can not be specified",
        ),
        (
            asked(trafficRoutingConfig=None),
            InvalidTrafficRoutingConfiguration,
            "trafficRoutingConfig must be specified",
        ),
        (routing("Sideways"), InvalidTrafficRoutingConfiguration, "Sideways is not a type"),
        (routing("TimeBasedCanary"), InvalidTrafficRoutingConfiguration, "timeBasedCanary with"),
        (
            routing("TimeBasedCanary", timeBasedCanary={"canaryPercentage": 1}),
            InvalidTrafficRoutingConfiguration,
            "canaryInterval",
        ),
        (
            routing("AllAtOnce", timeBasedCanary=CANARY["timeBasedCanary"]),
            InvalidTrafficRoutingConfiguration,
            "AllAtOnce must not have timeBasedCanary",
        ),
        (canary(0, 1), InvalidTrafficRoutingConfiguration, "from 1 to 99, not 0"),
        (canary(100, 1), InvalidTrafficRoutingConfiguration, "from 1 to 99, not 100"),
        (linear(100, 1), InvalidTrafficRoutingConfiguration, "from 1 to 99, not 100"),
        (canary(1, 0), InvalidTrafficRoutingConfiguration, "at least 1 minute, not 0"),
        (linear(1, -1), InvalidTrafficRoutingConfiguration, "at least 1 minute, not -1"),
        (canary(1, 2881), InvalidTrafficRoutingConfiguration, "at most 2880 minutes"),
        (linear(50, 2881), InvalidTrafficRoutingConfiguration, "at most 2880 minutes"),
        (linear(1, 30), InvalidTrafficRoutingConfiguration, "at most 2880 minutes"),
    ],
)
def test_what_cannot_be_used_is_refused(
    request_: dict[str, Any], error: type[CodeDeployError], said: str
) -> None:
    with pytest.raises(error) as refused:
        new_shift(request_)
    assert said in refused.value.message


@pytest.mark.parametrize(
    "request_", [canary(99, 2880), linear(99, 1), linear(50, 2880), linear(10, 320)]
)
def test_what_is_just_within_bounds_is_allowed(request_: dict[str, Any]) -> None:
    assert new_shift(request_).interval_s > 0


@given(st.integers(1, 99), st.integers(1, MINUTES_MAX), st.sampled_from([canary, linear]))
def test_an_accepted_one_is_over_within_two_days(percent: int, minutes: int, made: Any) -> None:
    try:
        shift = new_shift(made(percent, minutes))
    except InvalidTrafficRoutingConfiguration:
        return
    steps = shares(shift)
    assert steps[0] == percent * 10
    assert steps[-1] == 1000
    assert (len(steps) - 1) * shift.interval_s <= MINUTES_MAX * 60
