"""Deployment groups as stock boto3 sees them."""

from typing import Any, Final

from codedeploy_asking import group_shown, refusal


def test_a_group_is_shown_with_every_default(world: Any) -> None:
    made = world.deploy.create_deployment_group(**world.group())
    assert group_shown(world) == {
        "applicationName": "shop",
        "deploymentGroupId": made["deploymentGroupId"],
        "deploymentGroupName": "web",
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "ec2TagFilters": [],
        "onPremisesInstanceTagFilters": [],
        "autoScalingGroups": [],
        "serviceRoleArn": "arn:aws:iam::000000000000:role/deployer",
        "triggerConfigurations": [],
        "alarmConfiguration": {"enabled": False, "ignorePollAlarmFailure": False, "alarms": []},
        "autoRollbackConfiguration": {"enabled": False},
        "deploymentStyle": {
            "deploymentType": "BLUE_GREEN",
            "deploymentOption": "WITH_TRAFFIC_CONTROL",
        },
        "outdatedInstancesStrategy": "UPDATE",
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": 5,
            },
            "deploymentReadyOption": {
                "actionOnTimeout": "CONTINUE_DEPLOYMENT",
                "waitTimeInMinutes": 0,
            },
        },
        "loadBalancerInfo": world.info(),
        "computePlatform": "ECS",
        "ecsServices": [{"serviceName": "web", "clusterName": "default"}],
        "terminationHookEnabled": False,
    }


def test_a_group_is_shown_as_it_was_made(world: Any) -> None:
    members = {
        "deploymentConfigName": "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        "autoRollbackConfiguration": {
            "enabled": True,
            "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"],
        },
        "alarmConfiguration": {
            "enabled": True,
            "ignorePollAlarmFailure": True,
            "alarms": [{"name": "errors"}, {"name": "latency"}],
        },
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "KEEP_ALIVE",
                "terminationWaitTimeInMinutes": 0,
            },
            "deploymentReadyOption": {
                "actionOnTimeout": "STOP_DEPLOYMENT",
                "waitTimeInMinutes": 2880,
            },
        },
        "loadBalancerInfo": world.info(testTrafficRoute=None),
        "outdatedInstancesStrategy": "IGNORE",
    }
    world.deploy.create_deployment_group(
        **world.group(**members),
        tags=[{"Key": "team", "Value": "web"}],
        terminationHookEnabled=False,
    )
    found = group_shown(world)
    assert {key: found[key] for key in members} == members
    arn = "arn:aws:codedeploy:us-east-1:000000000000:deploymentgroup:shop/web"
    tags = world.deploy.list_tags_for_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "team", "Value": "web"}]
    world.deploy.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert world.deploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == []


def test_a_service_may_be_named_by_arns(world: Any) -> None:
    service = world.ecs.describe_services(services=["web"])["services"][0]
    named = [{"clusterName": service["clusterArn"], "serviceName": service["serviceArn"]}]
    world.deploy.create_deployment_group(**world.group(ecsServices=named))
    assert group_shown(world)["ecsServices"] == named
    asked = world.group(deploymentGroupName="other")
    assert refusal(world.deploy.create_deployment_group, **asked)[0] == (
        "ECSServiceMappingLimitExceededException"
    )


def test_an_update_replaces_what_it_names_and_keeps_the_rest(world: Any) -> None:
    world.deploy.create_deployment_group(
        **world.group(),
        autoRollbackConfiguration={"enabled": True, "events": ["DEPLOYMENT_FAILURE"]},
    )
    before = group_shown(world)
    answer = world.deploy.update_deployment_group(
        applicationName="shop",
        currentDeploymentGroupName="web",
        newDeploymentGroupName="renamed",
        deploymentConfigName="CodeDeployDefault.ECSCanary10Percent5Minutes",
        serviceRoleArn="arn:aws:iam::000000000000:role/other",
        loadBalancerInfo=world.info(testTrafficRoute=None),
        autoRollbackConfiguration={"enabled": False, "events": []},
        alarmConfiguration={"enabled": False, "alarms": [{"name": "errors"}]},
    )
    assert answer["hooksNotCleanedUp"] == []
    assert group_shown(world, "renamed") == before | {
        "deploymentGroupName": "renamed",
        "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "serviceRoleArn": "arn:aws:iam::000000000000:role/other",
        "loadBalancerInfo": world.info(testTrafficRoute=None),
        "autoRollbackConfiguration": {"enabled": False},
        "alarmConfiguration": {
            "enabled": False,
            "ignorePollAlarmFailure": False,
            "alarms": [{"name": "errors"}],
        },
    }
    asked = {"applicationName": "shop", "deploymentGroupName": "web"}
    assert refusal(world.deploy.get_deployment_group, **asked) == (
        "DeploymentGroupDoesNotExistException",
        "No Deployment Group found for name: web",
    )


BAD_UPDATES: Final[Any] = [
    ({"currentDeploymentGroupName": "no"}, "DeploymentGroupDoesNotExist"),
    ({"newDeploymentGroupName": "other"}, "DeploymentGroupAlreadyExists"),
    ({"deploymentStyle": {}}, "InvalidDeploymentStyle"),
    ({"deploymentConfigName": "no"}, "DeploymentConfigDoesNotExist"),
    ({"serviceRoleArn": "no"}, "InvalidRole"),
    ({"autoScalingGroups": ["a"]}, "InvalidAutoScalingGroup"),
    ({"ecsServices": []}, "InvalidECSService"),
    (
        {"ecsServices": [{"clusterName": "default", "serviceName": "api"}]},
        "ECSServiceMappingLimitExceeded",
    ),
    ({"loadBalancerInfo": {}}, "InvalidLoadBalancerInfo"),
]


def test_a_bad_update_changes_nothing(world: Any) -> None:
    world.service("api")
    api = [{"clusterName": "default", "serviceName": "api"}]
    world.deploy.create_deployment_group(**world.group())
    world.deploy.create_deployment_group(
        **world.group(deploymentGroupName="other", ecsServices=api)
    )
    before = group_shown(world)
    for changes, code in BAD_UPDATES:
        asked = {"applicationName": "shop", "currentDeploymentGroupName": "web"} | changes
        found = refusal(world.deploy.update_deployment_group, **asked)
        assert found[0] == f"{code}Exception", (changes, found)
        assert group_shown(world) == before


def test_groups_are_listed_looked_up_together_and_deleted(world: Any) -> None:
    deploy, of = world.deploy, {"applicationName": "shop"}
    world.service("api")
    api = [{"clusterName": "default", "serviceName": "api"}]
    deploy.create_deployment_group(**world.group())
    deploy.create_deployment_group(**world.group(deploymentGroupName="api", ecsServices=api))
    assert deploy.list_deployment_groups(**of)["deploymentGroups"] == ["api", "web"]
    found = deploy.batch_get_deployment_groups(**of, deploymentGroupNames=["web", "no", "api"])
    names = [each["deploymentGroupName"] for each in found["deploymentGroupsInfo"]]
    assert names == ["web", "api"]
    assert found["errorMessage"] == "No Deployment Group found for name: no"
    for _ in range(2):
        gone = deploy.delete_deployment_group(**of, deploymentGroupName="web")
        assert gone["hooksNotCleanedUp"] == []
    assert deploy.list_deployment_groups(**of)["deploymentGroups"] == ["api"]
    deploy.create_deployment_group(**world.group())
    deploy.delete_application(**of)
    assert refusal(deploy.list_deployment_groups, **of)[0] == "ApplicationDoesNotExistException"
    deploy.create_application(**of, computePlatform="ECS")
    assert deploy.list_deployment_groups(**of)["deploymentGroups"] == []


def test_a_configuration_that_a_group_uses_stays(world: Any) -> None:
    world.deploy.create_deployment_config(
        deploymentConfigName="mine",
        computePlatform="ECS",
        trafficRoutingConfig={"type": "AllAtOnce"},
    )
    world.deploy.create_deployment_group(**world.group(deploymentConfigName="mine"))
    asked = world.deploy.delete_deployment_config
    assert refusal(asked, deploymentConfigName="mine") == (
        "DeploymentConfigInUseException",
        "The deployment configuration mine is in use by the deployment group web",
    )
    world.deploy.delete_deployment_group(applicationName="shop", deploymentGroupName="web")
    asked(deploymentConfigName="mine")
