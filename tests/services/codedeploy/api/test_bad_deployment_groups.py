"""Which deployment groups are refused, and with which of AWS's texts."""

from typing import Any, Final

from codedeploy_asking import refusal


def refused(world: Any, **changes: Any) -> tuple[str, str]:
    return refusal(world.deploy.create_deployment_group, **world.group(**changes))


def style(kind: str, option: str) -> dict[str, str]:
    return {"deploymentType": kind, "deploymentOption": option}


def waits(**changes: Any) -> dict[str, Any]:
    return {"blueGreenDeploymentConfiguration": changes}


BY_STYLE = (
    "For ECS deployment, the deployment type must be BLUE_GREEN, and deployment option must be "
    "WITH_TRAFFIC_CONTROL."
)


BAD_GROUPS: Final[Any] = [
    ({"applicationName": "no"}, "ApplicationDoesNotExist", "No application found for name: no"),
    ({"deploymentGroupName": "a b"}, "InvalidDeploymentGroupName", "a b is not valid"),
    ({"serviceRoleArn": "deployer"}, "InvalidRole", "deployer is not the ARN of a role"),
    ({"deploymentStyle": None}, "InvalidDeploymentStyle", BY_STYLE),
    (
        {"deploymentStyle": style("IN_PLACE", "WITH_TRAFFIC_CONTROL")},
        "InvalidDeploymentStyle",
        BY_STYLE,
    ),
    (
        {"deploymentStyle": style("BLUE_GREEN", "WITHOUT_TRAFFIC_CONTROL")},
        "InvalidDeploymentStyle",
        BY_STYLE,
    ),
    (
        {"blueGreenDeploymentConfiguration": None},
        "InvalidBlueGreenDeploymentConfiguration",
        "For ECS deployment group, blueGreenDeploymentConfiguration must be specified",
    ),
    (
        waits(greenFleetProvisioningOption={"action": "DISCOVER_EXISTING"}),
        "InvalidBlueGreenDeploymentConfiguration",
        "greenFleetProvisioningOption can not be specified",
    ),
    (
        waits(deploymentReadyOption={"waitTimeInMinutes": 2881}),
        "InvalidBlueGreenDeploymentConfiguration",
        "waitTimeInMinutes must be from 0 to 2880, not 2881",
    ),
    (
        waits(deploymentReadyOption={"waitTimeInMinutes": -1}),
        "InvalidBlueGreenDeploymentConfiguration",
        "waitTimeInMinutes must be from 0 to 2880, not -1",
    ),
    (
        waits(deploymentReadyOption={"actionOnTimeout": "SLEEP"}),
        "InvalidBlueGreenDeploymentConfiguration",
        "SLEEP is not valid for actionOnTimeout",
    ),
    (
        waits(terminateBlueInstancesOnDeploymentSuccess={"terminationWaitTimeInMinutes": 2881}),
        "InvalidBlueGreenDeploymentConfiguration",
        "terminationWaitTimeInMinutes must be from 0 to 2880, not 2881",
    ),
    (
        waits(terminateBlueInstancesOnDeploymentSuccess={"action": "FREEZE"}),
        "InvalidBlueGreenDeploymentConfiguration",
        "FREEZE is not valid for action",
    ),
    (
        {"autoScalingGroups": ["fleet"]},
        "InvalidAutoScalingGroup",
        "For ECS deployment group, autoScalingGroups can not be specified",
    ),
    (
        {"ec2TagFilters": [{"Key": "a", "Type": "KEY_ONLY"}]},
        "InvalidEC2Tag",
        "For ECS deployment group, ec2TagFilters can not be specified",
    ),
    (
        {"onPremisesInstanceTagFilters": [{"Key": "a", "Type": "KEY_ONLY"}]},
        "InvalidTag",
        "onPremisesInstanceTagFilters can not be specified",
    ),
    ({"terminationHookEnabled": True}, "InvalidInput", "terminationHookEnabled can not be"),
    (
        {
            "triggerConfigurations": [
                {
                    "triggerName": "t",
                    "triggerTargetArn": "arn:aws:sns:us-east-1:000000000000:t",
                    "triggerEvents": ["DeploymentStart"],
                }
            ]
        },
        "InvalidTriggerConfig",
        "Homeport has no Amazon SNS: nobody would hear of a trigger.",
    ),
    ({"outdatedInstancesStrategy": "BURN"}, "InvalidInput", "BURN is not"),
    (
        {"autoRollbackConfiguration": {"enabled": True}},
        "InvalidAutoRollbackConfig",
        "no event types were listed",
    ),
    (
        {"autoRollbackConfiguration": {"enabled": True, "events": ["RAIN"]}},
        "InvalidAutoRollbackConfig",
        "RAIN is not an event",
    ),
    (
        {"alarmConfiguration": {"enabled": True}},
        "InvalidAlarmConfig",
        "enabled, but the alarm list is empty",
    ),
    (
        {"alarmConfiguration": {"alarms": [{"name": "a"}, {"name": "a"}]}},
        "InvalidAlarmConfig",
        "Two alarms with the same name",
    ),
    (
        {"alarmConfiguration": {"alarms": [{"name": "a" * 256}]}},
        "InvalidAlarmConfig",
        "1 to 255",
    ),
    (
        {"alarmConfiguration": {"alarms": [{"name": f"a{each}"} for each in range(11)]}},
        "AlarmsLimitExceeded",
        "(10) was exceeded",
    ),
    (
        {"deploymentConfigName": "nothing"},
        "DeploymentConfigDoesNotExist",
        "No Deployment Configuration found for name: nothing",
    ),
    (
        {"deploymentConfigName": "CodeDeployDefault.OneAtATime"},
        "InvalidDeploymentConfigName",
        "CodeDeployDefault.OneAtATime is not",
    ),
]


def test_a_bad_group_is_refused(world: Any) -> None:
    for changes, code, said in BAD_GROUPS:
        found = refused(world, **changes)
        assert (found[0], said in found[1]) == (f"{code}Exception", True), (changes, found)
    assert world.deploy.list_deployment_groups(applicationName="shop")["deploymentGroups"] == []


BAD_SERVICES: Final[Any] = [
    (None, "ecsServices must be specified"),
    ([], "ecsServices must be specified"),
    (
        [{"clusterName": "default", "serviceName": name} for name in ("web", "api")],
        "ecsServices must have exactly one item",
    ),
    ([{"clusterName": "default"}], "must have clusterName and serviceName"),
    (
        [{"clusterName": "default", "serviceName": "nowhere"}],
        "Could not load ECS service information for cluster: default, service: nowhere. Cause:",
    ),
    (
        [{"clusterName": "nowhere", "serviceName": "web"}],
        "cluster: nowhere, service: web. Cause: Cluster not found.",
    ),
]


def test_a_service_that_is_none_is_refused(world: Any) -> None:
    for services, said in BAD_SERVICES:
        found = refused(world, ecsServices=services)
        assert (found[0], said in found[1]) == ("InvalidECSServiceException", True), found


def test_a_service_of_another_controller_is_refused(world: Any) -> None:
    world.service("rolling", "ECS")
    named = [{"clusterName": "default", "serviceName": "rolling"}]
    assert refused(world, ecsServices=named) == (
        "InvalidECSServiceException",
        (
            "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment "
            "controller."
        ),
    )


def test_a_service_has_one_group(world: Any) -> None:
    world.deploy.create_deployment_group(**world.group())
    assert refused(world)[0] == "DeploymentGroupAlreadyExistsException"
    code, text = refused(world, deploymentGroupName="other")
    assert code == "ECSServiceMappingLimitExceededException"
    assert "can be associated with only one deployment group" in text


def groups(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


BAD_PAIRS: Final[Any] = [
    ({"targetGroups": groups("blue")}, "must name two different target groups"),
    ({"targetGroups": groups("blue", "blue")}, "must name two different target groups"),
    ({"targetGroups": groups("a", "b", "c")}, "must name two different target groups"),
    ({"targetGroups": groups("blue", "red")}, "The target group red could not be loaded."),
    ({"prodTrafficRoute": None}, "prodTrafficRoute must name exactly one listener"),
    ({"prodTrafficRoute": {"listenerArns": []}}, "prodTrafficRoute must name exactly one"),
    (
        {"prodTrafficRoute": {"listenerArns": ["a", "b"]}},
        "prodTrafficRoute must name exactly one",
    ),
    (
        {"testTrafficRoute": {"listenerArns": ["a", "b"]}},
        "testTrafficRoute must name exactly one",
    ),
]


def test_a_bad_pair_is_refused(world: Any) -> None:
    for changes, said in BAD_PAIRS:
        found = refused(world, loadBalancerInfo=world.info(**changes))
        assert (found[0], said in found[1]) == ("InvalidTargetGroupPairException", True), found


def test_a_load_balancer_without_a_pair_is_refused(world: Any) -> None:
    for info, said in (
        (None, "For ECS deployment group, loadBalancerInfo must be specified"),
        (
            {"elbInfoList": [{"name": "front"}]},
            "For ECS deployment group, loadBalancerInfo must not contain elbInfo list",
        ),
        (
            {"targetGroupInfoList": [{"name": "blue"}]},
            "For ECS deployment group, loadBalancerInfo must not contain targetGroupInfo list",
        ),
        (
            {"targetGroupPairInfoList": []},
            "For ECS deployment group, loadBalancerInfo must be specified",
        ),
        (
            {"targetGroupPairInfoList": world.info()["targetGroupPairInfoList"] * 2},
            "For ECS deployment group, targetGroupPairInfoList must have exactly one item",
        ),
    ):
        found = refused(world, loadBalancerInfo=info)
        assert found[0] == "InvalidLoadBalancerInfoException"
        if info != {"targetGroupPairInfoList": []}:
            assert found[1] == said


def test_listeners_must_exist_and_differ(world: Any) -> None:
    gone = world.production[:-1] + ("0" if world.production[-1] != "0" else "1")
    same = world.info(testTrafficRoute={"listenerArns": [world.production]})
    assert "same listener" in refused(world, loadBalancerInfo=same)[1]
    info = world.info(prodTrafficRoute={"listenerArns": [gone]})
    code, text = refused(world, loadBalancerInfo=info)
    assert code == "InvalidLoadBalancerInfoException"
    assert f"The listener {gone} could not be loaded." in text


def another_balancer(world: Any, group: str, kind: str = "application") -> str:
    """The ARN of a listener of a new load balancer that forwards to a target group."""
    made = world.elb.create_load_balancer(Name="other", Subnets=world.subnets[:2], Type=kind)
    listener = world.elb.create_listener(
        LoadBalancerArn=made["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP" if kind == "application" else "TCP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    return str(listener["Listeners"][0]["ListenerArn"])


def test_listeners_of_two_load_balancers_are_refused(world: Any) -> None:
    other = another_balancer(world, world.target_group("elsewhere"))
    info = world.info(testTrafficRoute={"listenerArns": [other]})
    code, text = refused(world, loadBalancerInfo=info)
    assert code == "InvalidTargetGroupPairException"
    assert "must belong to the same load balancer" in text


def test_a_target_group_behind_another_load_balancer_is_refused(world: Any) -> None:
    another_balancer(world, world.groups["green"])
    code, text = refused(world)
    assert code == "InvalidTargetGroupPairException"
    assert "green is attached to another load balancer" in text


def test_a_network_load_balancer_shifts_all_at_once(world: Any) -> None:
    first, second = (
        world.elb.create_target_group(
            Name=name, Protocol="TCP", Port=80, VpcId=world.vpc_id, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        for name in ("one", "two")
    )
    assert second
    info = world.info(
        targetGroups=groups("one", "two"),
        prodTrafficRoute={"listenerArns": [another_balancer(world, first, "network")]},
        testTrafficRoute=None,
    )
    canary = "CodeDeployDefault.ECSCanary10Percent5Minutes"
    code, text = refused(world, loadBalancerInfo=info, deploymentConfigName=canary)
    assert code == "InvalidTrafficRoutingConfigurationException"
    assert "all at once" in text
    world.deploy.create_deployment_group(**world.group(loadBalancerInfo=info))
    changed = {"applicationName": "shop", "currentDeploymentGroupName": "web"}
    asked = world.deploy.update_deployment_group
    assert refusal(asked, **changed, deploymentConfigName=canary)[0] == code
