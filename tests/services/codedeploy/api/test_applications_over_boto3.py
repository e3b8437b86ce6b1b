"""Applications, deployment configurations and tags as stock boto3 sees them."""

from typing import Any

import pytest

from codedeploy_asking import refusal

ARN = "arn:aws:codedeploy:us-east-1:000000000000"


def code_of(asked: Any, **request: Any) -> str:
    return refusal(asked, **request)[0]


def create(deploy: Any, name: str, **changes: Any) -> str:
    made = deploy.create_application(applicationName=name, computePlatform="ECS", **changes)
    return str(made["applicationId"])


def test_an_application_is_shown_as_it_was_made(deploy: Any) -> None:
    application_id = create(deploy, "shop")
    shown = deploy.get_application(applicationName="shop")["application"]
    assert shown.pop("createTime")
    assert shown == {
        "applicationId": application_id,
        "applicationName": "shop",
        "linkedToGitHub": False,
        "computePlatform": "ECS",
    }


def test_applications_are_listed_by_name_and_looked_up_together(deploy: Any) -> None:
    for name in ("b", "a", "c"):
        create(deploy, name)
    assert deploy.list_applications()["applications"] == ["a", "b", "c"]
    found = deploy.batch_get_applications(applicationNames=["c", "a", "c"])["applicationsInfo"]
    assert [each["applicationName"] for each in found] == ["c", "a"]
    assert refusal(deploy.batch_get_applications, applicationNames=["a", "x"]) == (
        "ApplicationDoesNotExistException",
        "No application found for name: x",
    )
    too_many = [f"a{number}" for number in range(101)]
    assert code_of(deploy.batch_get_applications, applicationNames=too_many) == (
        "BatchLimitExceededException"
    )


def test_a_long_list_comes_in_pages(deploy: Any) -> None:
    wanted = [f"app-{number:03d}" for number in range(101)]
    for name in wanted:
        create(deploy, name)
    first = deploy.list_applications()
    assert len(first["applications"]) == 100
    pages = deploy.get_paginator("list_applications").paginate()
    assert [name for page in pages for name in page["applications"]] == wanted
    assert code_of(deploy.list_applications, nextToken="x") == "InvalidNextTokenException"


def test_a_renamed_application_is_the_same_one(deploy: Any) -> None:
    application_id = create(deploy, "old", tags=[{"Key": "team", "Value": "web"}])
    create(deploy, "other")
    deploy.update_application(applicationName="old", newApplicationName="new")
    assert code_of(deploy.get_application, applicationName="old") == (
        "ApplicationDoesNotExistException"
    )
    shown = deploy.get_application(applicationName="new")["application"]
    assert shown["applicationId"] == application_id
    tags = deploy.list_tags_for_resource(ResourceArn=f"{ARN}:application:new")["Tags"]
    assert tags == [{"Key": "team", "Value": "web"}]
    assert (
        code_of(deploy.update_application, applicationName="new", newApplicationName="other")
        == "ApplicationAlreadyExistsException"
    )
    deploy.update_application(applicationName="new", newApplicationName="new")
    deploy.update_application(applicationName="new")


def test_a_deleted_application_is_gone_and_may_be_deleted_again(deploy: Any) -> None:
    create(deploy, "shop")
    deploy.delete_application(applicationName="shop")
    deploy.delete_application(applicationName="shop")
    assert deploy.list_applications()["applications"] == []
    create(deploy, "shop")


@pytest.mark.parametrize(
    ("request_", "code", "said"),
    [
        ({"applicationName": "shop"}, "ApplicationAlreadyExistsException", "shop"),
        ({"applicationName": "a b"}, "InvalidApplicationNameException", "a b is not valid"),
        (
            {"applicationName": "x", "computePlatform": None},
            "InvalidComputePlatformException",
            "Homeport has applications of the compute platform ECS alone",
        ),
        (
            {"applicationName": "x", "computePlatform": "Server"},
            "InvalidComputePlatformException",
            "must be ECS, not Server",
        ),
        (
            {"applicationName": "x", "computePlatform": "Lambda"},
            "InvalidComputePlatformException",
            "must be ECS, not Lambda",
        ),
        (
            {"applicationName": "x", "computePlatform": "Moon"},
            "InvalidComputePlatformException",
            "The computePlatform should be Lambda, Server, or ECS",
        ),
        (
            {"applicationName": "x", "tags": [{"Key": "aws:x", "Value": ""}]},
            "InvalidTagsToAddException",
            "aws:",
        ),
        (
            {"applicationName": "x", "tags": [{"Key": "a"}, {"Key": "a"}]},
            "InvalidTagsToAddException",
            "more than once",
        ),
        (
            {"applicationName": "x", "tags": [{"Key": f"k{each}"} for each in range(51)]},
            "InvalidTagsToAddException",
            "at most 50",
        ),
        (
            {"applicationName": "x", "tags": [{"Key": "k" * 129}]},
            "InvalidTagsToAddException",
            "1 to 128",
        ),
        (
            {"applicationName": "x", "tags": [{"Key": "k", "Value": "v" * 257}]},
            "InvalidTagsToAddException",
            "at most 256",
        ),
    ],
)
def test_a_bad_application_is_refused(
    deploy: Any, request_: dict[str, Any], code: str, said: str
) -> None:
    create(deploy, "shop")
    asked = {"computePlatform": "ECS"} | request_
    kept = {key: value for key, value in asked.items() if value is not None}
    refused = refusal(deploy.create_application, **kept)
    assert refused[0] == code
    assert said in refused[1]
    assert deploy.list_applications()["applications"] == ["shop"]


def test_there_are_five_predefined_configurations(deploy: Any) -> None:
    listed = deploy.list_deployment_configs()["deploymentConfigsList"]
    assert listed == [
        "CodeDeployDefault.ECSAllAtOnce",
        "CodeDeployDefault.ECSCanary10Percent15Minutes",
        "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
    ]
    shown = [deploy.get_deployment_config(deploymentConfigName=name) for name in listed]
    assert [each["deploymentConfigInfo"]["trafficRoutingConfig"] for each in shown] == [
        {"type": "AllAtOnce"},
        canary(10, 15),
        canary(10, 5),
        linear(10, 1),
        linear(10, 3),
    ]
    assert {each["deploymentConfigInfo"]["computePlatform"] for each in shown} == {"ECS"}


def canary(percent: int, minutes: int) -> dict[str, Any]:
    members = {"canaryPercentage": percent, "canaryInterval": minutes}
    return {"type": "TimeBasedCanary", "timeBasedCanary": members}


def linear(percent: int, minutes: int) -> dict[str, Any]:
    members = {"linearPercentage": percent, "linearInterval": minutes}
    return {"type": "TimeBasedLinear", "timeBasedLinear": members}


@pytest.mark.parametrize("routing", [canary(25, 7), linear(33, 2), {"type": "AllAtOnce"}])
def test_a_custom_configuration_is_shown_as_it_was_made(deploy: Any, routing: Any) -> None:
    made = deploy.create_deployment_config(
        deploymentConfigName="mine", computePlatform="ECS", trafficRoutingConfig=routing
    )
    shown = deploy.get_deployment_config(deploymentConfigName="mine")["deploymentConfigInfo"]
    assert shown.pop("createTime")
    assert shown == {
        "deploymentConfigId": made["deploymentConfigId"],
        "deploymentConfigName": "mine",
        "computePlatform": "ECS",
        "trafficRoutingConfig": routing,
    }
    assert deploy.list_deployment_configs()["deploymentConfigsList"][-1] == "mine"
    again = {"deploymentConfigName": "mine", "computePlatform": "ECS"}
    assert code_of(deploy.create_deployment_config, **again, trafficRoutingConfig=routing) == (
        "DeploymentConfigAlreadyExistsException"
    )
    deploy.delete_deployment_config(deploymentConfigName="mine")
    deploy.delete_deployment_config(deploymentConfigName="mine")
    assert refusal(deploy.get_deployment_config, deploymentConfigName="mine") == (
        "DeploymentConfigDoesNotExistException",
        "No Deployment Configuration found for name: mine",
    )


def test_what_is_predefined_stays(deploy: Any) -> None:
    name = "CodeDeployDefault.ECSAllAtOnce"
    assert code_of(deploy.delete_deployment_config, deploymentConfigName=name) == (
        "InvalidOperationException"
    )
    asked = {"computePlatform": "ECS", "trafficRoutingConfig": canary(1, 1)}
    assert code_of(deploy.create_deployment_config, deploymentConfigName=name, **asked) == (
        "DeploymentConfigAlreadyExistsException"
    )


def test_tags_are_added_replaced_and_removed(deploy: Any) -> None:
    create(deploy, "shop", tags=[{"Key": "a", "Value": "1"}])
    arn = f"{ARN}:application:shop"
    deploy.tag_resource(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]
    )
    deploy.untag_resource(ResourceArn=arn, TagKeys=["x"])
    tags = {
        each["Key"]: each["Value"]
        for each in deploy.list_tags_for_resource(ResourceArn=arn)["Tags"]
    }
    assert tags == {"a": "2", "b": "3"}
    deploy.untag_resource(ResourceArn=arn, TagKeys=["a", "b"])
    assert deploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == []


def test_a_custom_configuration_has_tags(deploy: Any) -> None:
    deploy.create_deployment_config(
        deploymentConfigName="mine", computePlatform="ECS", trafficRoutingConfig=canary(1, 1)
    )
    arn = f"{ARN}:deploymentconfig:mine"
    deploy.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    assert deploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("shop", "InvalidArnException"),
        ("arn:aws:ecs:us-east-1:000000000000:cluster/default", "ArnNotSupportedException"),
        (f"{ARN}:instance:i", "ArnNotSupportedException"),
        (f"{ARN}:deploymentgroup:web", "ArnNotSupportedException"),
        (f"{ARN}:application:nowhere", "ApplicationDoesNotExistException"),
        (f"{ARN}:deploymentgroup:shop/nowhere", "DeploymentGroupDoesNotExistException"),
        (f"{ARN}:deploymentconfig:nowhere", "DeploymentConfigDoesNotExistException"),
        (f"{ARN}:deploymentconfig:CodeDeployDefault.ECSAllAtOnce", "ArnNotSupportedException"),
        (
            "arn:aws:codedeploy:eu-west-1:000000000000:application:shop",
            "InvalidArnException",
        ),
    ],
)
def test_what_has_no_tags_is_refused(deploy: Any, arn: str, code: str) -> None:
    create(deploy, "shop")
    assert code_of(deploy.list_tags_for_resource, ResourceArn=arn) == code
    assert code_of(deploy.tag_resource, ResourceArn=arn, Tags=[{"Key": "a"}]) == code
    assert code_of(deploy.untag_resource, ResourceArn=arn, TagKeys=["a"]) == code


def test_no_tags_are_refused(deploy: Any) -> None:
    create(deploy, "shop")
    arn = f"{ARN}:application:shop"
    assert code_of(deploy.tag_resource, ResourceArn=arn, Tags=[]) == "TagRequiredException"
    assert code_of(deploy.untag_resource, ResourceArn=arn, TagKeys=[]) == "TagRequiredException"


def test_what_is_not_built_says_so(deploy: Any) -> None:
    said = refusal(deploy.list_on_premises_instances)[1]
    assert "there are no on-premises instances" in said
    assert "GitHub" in refusal(deploy.list_git_hub_account_token_names)[1]
    instances = refusal(deploy.list_deployment_instances, deploymentId="d-000000000")[1]
    assert "ListDeploymentTargets" in instances
