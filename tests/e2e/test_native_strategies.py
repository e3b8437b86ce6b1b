"""Services that ECS deploys by BLUE_GREEN, LINEAR and CANARY: real tasks, real weights."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e_balancers import Traffic, delete_balancers, traffic
from e2e_harness import Homeport, wait_until
from e2e_services import delete_services, described, tasks_of
from e2e_shifting import (
    Stage,
    asked,
    deployment_of,
    gate,
    let_go,
    page_at,
    pages,
    self_deployed,
    set_hook,
    until_deployed,
    until_deployment,
    update,
    weights,
)

SECONDS = 90
ROLE = "arn:aws:iam::000000000000:role/hooks"
HOOKED = (
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)
LINEAR = {
    "strategy": "LINEAR",
    "linearConfiguration": {"stepPercent": 20.0, "stepBakeTimeInMinutes": 2},
}
CANARY = {
    "strategy": "CANARY",
    "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 10},
}


@pytest.fixture(scope="module")
def homeport(tmp_path_factory: pytest.TempPathFactory, lab: None) -> Iterator[Homeport]:
    """Two minutes pass in one second."""
    where = tmp_path_factory.mktemp("strategies") / "state"
    running = Homeport(where, options=("--time-scale", "120")).start()
    yield running
    running.down()


@pytest.fixture(autouse=True)
def nothing_left(homeport: Homeport) -> Iterator[None]:
    yield
    delete_services(homeport)
    delete_balancers(homeport)


def share(stage: Stage) -> int:
    """How many percent of production go to the side that did not have them at first."""
    blue, green = weights(stage)
    return round(100 * green / (blue + green))


def is_whole(stage: Stage, text: str, its: Traffic | None = None) -> None:
    """All the traffic is on one side, and nobody noticed how it came there."""
    assert 0 in weights(stage)
    assert pages(stage) == {text}
    if its is not None:
        assert its.failures == []
        assert its.bodies <= {"one", "two"}


def hook(arn: str, *stages: str, **more: Any) -> dict[str, Any]:
    """A hook that asks a function."""
    return {"hookTargetArn": arn, "roleArn": ROLE, "lifecycleStages": list(stages)} | more


@pytest.mark.parametrize(
    ("number", "configuration", "between"),
    [
        (0, {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1}, set()),
        (1, LINEAR, {20, 40, 60, 80}),
        (2, CANARY, {10}),
    ],
)
def test_each_strategy_moves_all_the_traffic_and_loses_no_request(
    homeport: Homeport, number: int, configuration: dict[str, Any], between: set[int]
) -> None:
    stage = self_deployed(homeport, f"strategy-{number}", 8800 + number, count=2, **configuration)
    before = {each["taskArn"] for each in tasks_of(homeport, stage.name)}
    shares = set()
    with traffic(stage.to) as seen:
        arn = update(stage, "two")

        def is_over() -> bool:
            shares.add(share(stage))
            return deployment_of(stage, arn)["status"] not in ("PENDING", "IN_PROGRESS")

        wait_until(is_over, SECONDS)
        told = until_deployment(stage, "SUCCESSFUL", arn)
    is_whole(stage, "two", seen)
    assert shares - {0, 100} <= between
    assert bool(shares - {0, 100}) == bool(between)
    assert told["targetServiceRevision"]["requestedProductionTrafficWeight"] == 100.0
    after = {each["taskArn"] for each in tasks_of(homeport, stage.name)}
    assert len(after) == 2
    assert not before & after
    [deployment] = described(homeport, stage.name)["deployments"]
    assert deployment["rolloutState"] == "COMPLETED"


def test_it_goes_back_and_forth_between_its_two_groups(homeport: Homeport) -> None:
    stage = self_deployed(homeport, "twice", 8803)
    assert weights(stage)[1] == 0
    until_deployment(stage, "SUCCESSFUL", update(stage, "two"))
    assert weights(stage)[0] == 0
    until_deployment(stage, "SUCCESSFUL", update(stage, "three"))
    assert weights(stage)[1] == 0
    assert pages(stage) == {"three"}


def test_the_test_listener_serves_green_before_production_does(
    homeport: Homeport, tmp_path: Path
) -> None:
    function = set_hook(homeport, "look", gate(tmp_path, "look"))
    stage = self_deployed(homeport, "tested", 8804)
    configuration = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [hook(function, "POST_TEST_TRAFFIC_SHIFT", hookDetails={"mine": 1})],
    }
    with traffic(stage.to) as seen:
        arn = update(stage, "two", deploymentConfiguration=configuration)
        told = asked(tmp_path, "look")
        assert {page_at(stage.tests.port, stage.tests.dns_name) for _ in range(20)} == {"two"}
        assert pages(stage) == {"one"}
        target = deployment_of(stage, arn)["targetServiceRevision"]
        assert target["requestedTestTrafficWeight"] == 100.0
        assert target["requestedProductionTrafficWeight"] == 0.0
        assert target["arn"] in str(told)
        let_go(tmp_path, "look")
        until_deployment(stage, "SUCCESSFUL", arn)
    is_whole(stage, "two", seen)


@pytest.mark.parametrize("stage_name", HOOKED)
def test_a_hook_that_fails_brings_the_traffic_back(homeport: Homeport, stage_name: str) -> None:
    broken = set_hook(homeport, "broken", """echo '{"hookStatus": "FAILED"}'""")
    number = HOOKED.index(stage_name)
    stage = self_deployed(homeport, f"broken-{number}", 8810 + number)
    configuration = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [hook(broken, stage_name)],
    }
    with traffic(stage.to) as seen:
        arn = update(stage, "two", deploymentConfiguration=configuration)
        told = until_deployed(
            stage, lambda each: each["status"].startswith("ROLLBACK_"), arn, SECONDS
        )
        assert told["lifecycleStage"]
        told = until_deployed(
            stage,
            lambda each: each["status"] in ("ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"),
            arn,
            SECONDS,
        )
        wait_until(lambda: share(stage) == 0, SECONDS)
    is_whole(stage, "one", seen)
    if told["status"] == "ROLLBACK_FAILED":
        # The hooks of the traffic stages run on the way back as well, and this one never succeeds.
        assert stage_name in ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
    wait_until(lambda: len(tasks_of(homeport, stage.name)) == 1, SECONDS)


def test_a_hook_is_asked_again_until_it_knows(homeport: Homeport, tmp_path: Path) -> None:
    script = (
        f"if [ -e {tmp_path}/known ]; "
        """then echo '{"hookStatus": "SUCCEEDED"}'; """
        f"else touch {tmp_path}/known; "
        """echo '{"hookStatus": "IN_PROGRESS", "callBackDelay": 60}'; fi"""
    )
    function = set_hook(homeport, "patient", script)
    stage = self_deployed(homeport, "patient", 8820)
    configuration = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [hook(function, "POST_SCALE_UP")],
    }
    arn = update(stage, "two", deploymentConfiguration=configuration)
    until_deployment(stage, "SUCCESSFUL", arn)
    is_whole(stage, "two")


@pytest.mark.parametrize("action", ["CONTINUE", "ROLLBACK"])
def test_a_pause_waits_for_a_word(homeport: Homeport, action: str) -> None:
    name = f"paused-{action}".lower()
    stage = self_deployed(homeport, name, 8821 + (action == "ROLLBACK"))
    configuration = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}],
    }
    arn = update(stage, "two", deploymentConfiguration=configuration)
    told = until_deployed(stage, lambda each: bool(each.get("lifecycleHookDetails")), arn)
    [waiting] = told["lifecycleHookDetails"]
    assert (waiting["targetType"], waiting["status"]) == ("PAUSE", "AWAITING_ACTION")
    assert pages(stage) == {"one"}
    homeport.ecs.continue_service_deployment(
        serviceDeploymentArn=arn, hookId=waiting["hookId"], action=action
    )
    status = "SUCCESSFUL" if action == "CONTINUE" else "ROLLBACK_SUCCESSFUL"
    until_deployment(stage, status, arn)
    is_whole(stage, "two" if action == "CONTINUE" else "one")


@pytest.mark.parametrize("action", ["CONTINUE", "ROLLBACK"])
def test_a_pause_that_nobody_ends_takes_its_own_way(homeport: Homeport, action: str) -> None:
    name = f"timed-{action}".lower()
    stage = self_deployed(homeport, name, 8823 + (action == "ROLLBACK"))
    timeout = {"timeoutInMinutes": 5, "action": action}
    paused = {
        "targetType": "PAUSE",
        "lifecycleStages": ["POST_SCALE_UP"],
        "timeoutConfiguration": timeout,
    }
    configuration = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [paused],
    }
    arn = update(stage, "two", deploymentConfiguration=configuration)
    status = "SUCCESSFUL" if action == "CONTINUE" else "ROLLBACK_SUCCESSFUL"
    until_deployment(stage, status, arn)
    is_whole(stage, "two" if action == "CONTINUE" else "one")


@pytest.mark.parametrize("action", ["CONTINUE", "ROLLBACK"])
def test_a_function_that_never_answers_takes_its_hooks_way(homeport: Homeport, action: str) -> None:
    name = f"silent-{action}".lower()
    function = set_hook(homeport, "silent", "sleep 900")
    stage = self_deployed(homeport, name, 8832 + (action == "ROLLBACK"))
    timeout = {"timeoutInMinutes": 5, "action": action}
    silent = hook(function, "POST_TEST_TRAFFIC_SHIFT", timeoutConfiguration=timeout)
    configuration = {
        "strategy": "BLUE_GREEN",
        "bakeTimeInMinutes": 0,
        "lifecycleHooks": [silent],
    }
    with traffic(stage.to) as seen:
        arn = update(stage, "two", deploymentConfiguration=configuration)
        status = "SUCCESSFUL" if action == "CONTINUE" else "ROLLBACK_SUCCESSFUL"
        told = until_deployment(stage, status, arn)
    is_whole(stage, "two" if action == "CONTINUE" else "one", seen)
    assert "TIMED_OUT" in {each["status"] for each in told["lifecycleHookDetails"]}


def test_a_deployment_that_is_stopped_brings_the_traffic_back(homeport: Homeport) -> None:
    stage = self_deployed(homeport, "stopped", 8825, **CANARY)
    with traffic(stage.to) as seen:
        arn = update(stage, "two")
        wait_until(lambda: share(stage) == 10, SECONDS)
        homeport.aws(
            "ecs",
            "stop-service-deployment",
            "--service-deployment-arn",
            arn,
            "--stop-type",
            "ROLLBACK",
        )
        until_deployment(stage, "ROLLBACK_SUCCESSFUL", arn)
    is_whole(stage, "one", seen)


@pytest.mark.parametrize("strategy", ["CANARY", "BLUE_GREEN"])
def test_an_alarm_brings_the_traffic_back(homeport: Homeport, strategy: str) -> None:
    """In the middle of the shift, or in the bake time after it."""
    name = f"alarmed-{strategy}".lower().replace("_", "-")
    homeport.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Tests",
        MetricName=name,
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    alarms = {"alarms": {"alarmNames": [name], "enable": True, "rollback": True}}
    shifting: dict[str, Any] = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 60}
    configuration = (CANARY if strategy == "CANARY" else shifting) | alarms
    quick = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 0}
    stage = self_deployed(homeport, name, 8826 + (strategy == "CANARY"), **quick)
    with traffic(stage.to) as seen:
        arn = update(stage, "two", deploymentConfiguration=configuration)
        reached = 10 if strategy == "CANARY" else 100
        wait_until(lambda: share(stage) == reached, SECONDS)
        data = [{"MetricName": name, "Value": 5.0}]
        homeport.client("cloudwatch").put_metric_data(Namespace="Tests", MetricData=data)
        told = until_deployment(stage, "ROLLBACK_SUCCESSFUL", arn)
    is_whole(stage, "one", seen)
    assert told["alarms"]["triggeredAlarmNames"] == [name]


def test_what_envoy_counts_turns_a_deployment_back(homeport: Homeport) -> None:
    """Green has no page: an alarm on the answers of the targets sees it, and nobody else does."""
    stage = self_deployed(homeport, "counted", 8831)
    for group in stage.groups:
        homeport.client("elbv2").modify_target_group(
            TargetGroupArn=group, Matcher={"HttpCode": "200,404"}
        )
    homeport.client("cloudwatch").put_metric_alarm(
        AlarmName="pages-missing",
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_4XX_Count",
        Dimensions=[{"Name": "LoadBalancer", "Value": stage.to.arn.partition(":loadbalancer/")[2]}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
    )
    alarms = {"alarmNames": ["pages-missing"], "enable": True, "rollback": True}
    canary = {"canaryPercent": 50.0, "canaryBakeTimeInMinutes": 60}
    configuration = {"strategy": "CANARY", "canaryConfiguration": canary, "alarms": alarms}
    empty = ["sh", "-c", "mkdir /tmp/www; exec httpd -f -p 8080 -h /tmp/www"]
    with traffic(stage.to) as seen:
        arn = update(stage, "", command=empty, deploymentConfiguration=configuration)
        told = until_deployment(stage, "ROLLBACK_SUCCESSFUL", arn)
    assert told["alarms"]["triggeredAlarmNames"] == ["pages-missing"]
    assert any("404" in each for each in seen.failures)
    assert share(stage) == 0
    assert pages(stage) == {"one"}


def test_a_killed_homeport_ends_the_deployment_as_it_would_have(
    homeport: Homeport, tmp_path: Path
) -> None:
    """It is killed in every stage in turn; whoever asks for pages sees nothing of it."""
    stage = self_deployed(homeport, "killed", 8828, count=2)
    hooks = [hook(set_hook(homeport, each, gate(tmp_path, each)), each) for each in HOOKED]
    configuration = LINEAR | {"bakeTimeInMinutes": 5, "lifecycleHooks": hooks}
    with traffic(stage.to) as seen:
        arn = update(stage, "two", deploymentConfiguration=configuration)
        for each in HOOKED:
            asked(tmp_path, each)
            homeport.kill()
            homeport.start()
            let_go(tmp_path, each)
        wait_until(lambda: share(stage) == 100, SECONDS)
        homeport.kill()
        homeport.start()
        until_deployment(stage, "SUCCESSFUL", arn)
    is_whole(stage, "two", seen)
    assert len(tasks_of(homeport, "killed")) == 2


def test_a_killed_homeport_ends_a_rollback_as_it_would_have(homeport: Homeport) -> None:
    stage = self_deployed(homeport, "returned", 8829, count=2, **CANARY)
    with traffic(stage.to) as seen:
        arn = update(stage, "two")
        wait_until(lambda: share(stage) == 10, SECONDS)
        homeport.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
        homeport.kill()
        homeport.start()
        until_deployment(stage, "ROLLBACK_SUCCESSFUL", arn)
    is_whole(stage, "one", seen)


def test_a_network_load_balancer_moves_its_flows(homeport: Homeport) -> None:
    stage = self_deployed(homeport, "flows", 8830, kind="network")
    until_deployment(stage, "SUCCESSFUL", update(stage, "two"))
    assert pages(stage) == {"two"}
