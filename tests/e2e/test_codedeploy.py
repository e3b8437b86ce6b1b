"""CodeDeploy as a pipeline uses it: real task sets, real weights, clients that never stop."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from e2e_balancers import traffic
from e2e_codedeploy import (
    BACK,
    EVENTS,
    HOOKS,
    code_deployed,
    delete_everything,
    deploy,
    events,
    info,
    is_whole,
    only_task_set,
    target,
    until_ended,
    until_rolled_back,
)
from e2e_harness import Homeport, wait_until
from e2e_services import tasks_of
from e2e_shifting import asked, gate, page_at, pages, set_hook, weights

SECONDS = 90
PREDEFINED = {
    "ECSAllAtOnce": set(),
    "ECSLinear10PercentEvery1Minutes": set(range(10, 100, 10)),
    "ECSLinear10PercentEvery3Minutes": set(range(10, 100, 10)),
    "ECSCanary10Percent5Minutes": {10},
    "ECSCanary10Percent15Minutes": {10},
}
"""Each with the shares that are neither nothing nor all."""


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """A minute passes in a second."""
    where = tmp_path_factory.mktemp("deploying") / "state"
    running = Homeport(where, options=("--time-scale", "60")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_everything(homeport)


def test_every_predefined_configuration_moves_all_the_traffic_and_loses_no_request(
    homeport: Homeport,
) -> None:
    stages = [
        code_deployed(
            homeport,
            f"predefined-{number}",
            8600 + number,
            deploymentConfigName=f"CodeDeployDefault.{name}",
        )
        for number, name in enumerate(PREDEFINED)
    ]
    shares: dict[str, set[int]] = {each.name: set() for each in stages}
    with ExitStack() as stack:
        seen = [stack.enter_context(traffic(each.to, clients=1, pause_s=0.05)) for each in stages]
        deployments = [deploy(each, "two") for each in stages]

        def all_over() -> bool:
            for stage in stages:
                blue, green = weights(stage)
                shares[stage.name].add(100 * green // (blue + green))
            return all(
                info(homeport, each)["status"] in ("Succeeded", "Failed") for each in deployments
            )

        wait_until(all_over, SECONDS)
    for stage, deployment, its, name in zip(stages, deployments, seen, PREDEFINED, strict=True):
        until_ended(homeport, deployment)
        is_whole(stage, "two", its)
        assert shares[stage.name] - {0, 100} <= PREDEFINED[name], name
        assert bool(shares[stage.name] - {0, 100}) == bool(PREDEFINED[name]), name
        assert list(events(homeport, deployment)) == list(EVENTS)
        left = only_task_set(homeport, stage.name)
        assert (left["status"], left["scale"]["value"]) == ("PRIMARY", 100.0)
        assert left["externalId"] == deployment
        assert len(tasks_of(homeport, stage.name)) == 1


def test_a_custom_canary_gives_green_its_share_and_no_more(homeport: Homeport) -> None:
    homeport.client("codedeploy").create_deployment_config(
        deploymentConfigName="Quarter",
        computePlatform="ECS",
        trafficRoutingConfig={
            "type": "TimeBasedCanary",
            "timeBasedCanary": {"canaryPercentage": 25, "canaryInterval": 20},
        },
    )
    stage = code_deployed(homeport, "custom", 8610, count=2, deploymentConfigName="Quarter")
    with traffic(stage.to, clients=4) as seen:
        deployment = deploy(stage, "two")
        wait_until(lambda: weights(stage) == (75, 25), SECONDS)
        wait_until(lambda: "two" in seen.bodies, SECONDS)
        counted = [stage.to.page() for _ in range(400)]
        assert weights(stage) == (75, 25), "the canary was over before its 400 requests were"
        shown = {
            each["taskSetLabel"]: each["trafficWeight"]
            for each in target(homeport, deployment)["taskSetsInfo"]
        }
        until_ended(homeport, deployment)
    is_whole(stage, "two", seen)
    assert 60 <= counted.count("two") <= 140
    assert shown == {"Blue": 75.0, "Green": 25.0}


def test_the_test_listener_serves_green_before_production_does(
    homeport: Homeport, tmp_path: Path
) -> None:
    function = set_hook(homeport, "tested", gate(tmp_path, "tested"))
    stage = code_deployed(homeport, "tested", 8611)
    with traffic(stage.to) as seen:
        deployment = deploy(stage, "two", hooks={"AfterAllowTestTraffic": function})
        told = asked(tmp_path, "tested")
        assert told["DeploymentId"] == deployment
        assert {page_at(stage.tests.port, stage.tests.dns_name) for _ in range(20)} == {"two"}
        assert pages(stage) == {"one"}
        homeport.aws(
            "deploy",
            "put-lifecycle-event-hook-execution-status",
            "--deployment-id",
            deployment,
            "--lifecycle-event-hook-execution-id",
            told["LifecycleEventHookExecutionId"],
            "--status",
            "Succeeded",
        )
        until_ended(homeport, deployment)
    is_whole(stage, "two", seen)
    assert events(homeport, deployment)["AfterAllowTestTraffic"] == "Succeeded"


def test_each_hook_that_fails_leaves_production_on_blue(homeport: Homeport) -> None:
    broken = set_hook(homeport, "broken", "echo it is broken >&2; exit 1")
    stages = {
        hook: code_deployed(
            homeport, f"hook-{number}", 8620 + number, autoRollbackConfiguration=BACK
        )
        for number, hook in enumerate(HOOKS)
    }
    with ExitStack() as stack:
        seen = {
            hook: stack.enter_context(traffic(each.to, clients=1, pause_s=0.05))
            for hook, each in stages.items()
        }
        deployments = {
            hook: deploy(each, "two", hooks={hook: broken}) for hook, each in stages.items()
        }
        for hook, deployment in deployments.items():
            told = until_ended(homeport, deployment, "Failed")
            assert told["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE", told
            assert events(homeport, deployment)[hook] == "Failed"
            [failed] = [
                each
                for each in target(homeport, deployment)["lifecycleEvents"]
                if each["lifecycleEventName"] == hook
            ]
            assert "it is broken" in json.dumps(failed["diagnostics"])
            if hook != "BeforeInstall":
                until_rolled_back(homeport, deployment)
    for hook, stage in stages.items():
        is_whole(stage, "one", seen[hook])
        only_task_set(homeport, stage.name)


def test_an_alarm_in_the_middle_rolls_back(homeport: Homeport) -> None:
    watch = homeport.client("cloudwatch")
    watch.put_metric_alarm(
        AlarmName="too-many-errors",
        Namespace="Tests",
        MetricName="Errors",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    stage = code_deployed(
        homeport,
        "alarmed",
        8632,
        deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes",
        alarmConfiguration={"enabled": True, "alarms": [{"name": "too-many-errors"}]},
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_STOP_ON_ALARM"]},
    )
    with traffic(stage.to) as seen:
        deployment = deploy(stage, "two")
        wait_until(lambda: weights(stage) == (90, 10), SECONDS)
        watch.put_metric_data(
            Namespace="Tests", MetricData=[{"MetricName": "Errors", "Value": 5.0}]
        )
        until_rolled_back(homeport, deployment, "Stopped")
    is_whole(stage, "one", seen)
    watch.delete_alarms(AlarmNames=["too-many-errors"])


@pytest.mark.parametrize("rolls_back", [True, False])
def test_a_deployment_that_is_stopped_ends_on_one_side(
    homeport: Homeport, rolls_back: bool
) -> None:
    name = f"stopped-{rolls_back}".lower()
    stage = code_deployed(
        homeport,
        name,
        8633 + rolls_back,
        deploymentConfigName="CodeDeployDefault.ECSCanary10Percent15Minutes",
    )
    with traffic(stage.to) as seen:
        deployment = deploy(stage, "two")
        wait_until(lambda: weights(stage) == (90, 10), SECONDS)
        homeport.client("codedeploy").stop_deployment(
            deploymentId=deployment, autoRollbackEnabled=rolls_back
        )
        if rolls_back:
            until_rolled_back(homeport, deployment, "Stopped")
        else:
            until_ended(homeport, deployment, "Stopped")
        wait_until(lambda: 0 in weights(stage), SECONDS)
    is_whole(stage, "one", seen)
