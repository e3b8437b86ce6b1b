"""Deployments as stock boto3 sees them, before anything of them is carried out."""

from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from codedeploy_asking import deployed, deployment, refusal, revision, shown
from homeport.services.codedeploy.records.deployments import Failure

AT_ONCE = {"Delay": 0, "MaxAttempts": 1}


def test_a_deployment_is_shown_as_it_was_asked_for(shop: Any) -> None:
    deployment_id = deployed(shop, description="the second one")
    assert deployment_id.startswith("d-")
    found = shown(shop, deployment_id)
    assert found.pop("createTime")
    digest = sha256(shop.app_spec().encode()).hexdigest()
    assert found == {
        "applicationName": "shop",
        "deploymentGroupName": "web",
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "deploymentId": deployment_id,
        "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": digest}},
        "status": "Created",
        "deploymentOverview": overview("Pending"),
        "description": "the second one",
        "creator": "user",
        "ignoreApplicationStopFailures": False,
        "autoRollbackConfiguration": {"enabled": False},
        "updateOutdatedInstancesOnly": False,
        "deploymentStyle": {
            "deploymentType": "BLUE_GREEN",
            "deploymentOption": "WITH_TRAFFIC_CONTROL",
        },
        "instanceTerminationWaitTimeStarted": False,
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
        "loadBalancerInfo": shop.info(),
        "fileExistsBehavior": "DISALLOW",
        "deploymentStatusMessages": [],
        "computePlatform": "ECS",
    }


def overview(status: str) -> dict[str, int]:
    names = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
    return {name: int(name == status) for name in names}


def test_a_deployment_may_override_what_its_group_says(shop: Any) -> None:
    alarms = {"enabled": True, "ignorePollAlarmFailure": False, "alarms": [{"name": "a"}]}
    rollback = {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
    found = shown(
        shop,
        deployed(
            shop,
            deploymentConfigName="CodeDeployDefault.ECSCanary10Percent5Minutes",
            autoRollbackConfiguration=rollback,
            overrideAlarmConfiguration=alarms,
            fileExistsBehavior="OVERWRITE",
        ),
    )
    assert found["deploymentConfigName"] == "CodeDeployDefault.ECSCanary10Percent5Minutes"
    assert found["autoRollbackConfiguration"] == rollback
    assert found["overrideAlarmConfiguration"] == alarms
    group = shop.deploy.get_deployment_group(applicationName="shop", deploymentGroupName="web")
    assert group["deploymentGroupInfo"]["alarmConfiguration"]["enabled"] is False


def test_how_a_deployment_went_is_shown(shop: Any, change: Any) -> None:
    deployment_id = deployed(shop)
    change(
        deployment_id,
        status="Failed",
        started_at=10.0,
        completed_at=20.0,
        failure=Failure(code="HOOK_EXECUTION_FAILURE", message="It said no."),
        rolled_back_by="d-000000009",
        rollback_message="Rolling back.",
        status_messages=("One.",),
    )
    found = shown(shop, deployment_id)
    assert found["errorInformation"] == {"code": "HOOK_EXECUTION_FAILURE", "message": "It said no."}
    assert found["rollbackInfo"] == {
        "rollbackDeploymentId": "d-000000009",
        "rollbackMessage": "Rolling back.",
    }
    assert found["deploymentOverview"] == overview("Failed")
    assert found["deploymentStatusMessages"] == ["One."]
    assert found["completeTime"] > found["startTime"]


def test_a_group_shows_its_last_deployments(shop: Any, change: Any) -> None:
    def group() -> Any:
        found = shop.deploy.get_deployment_group(applicationName="shop", deploymentGroupName="web")
        return found["deploymentGroupInfo"]

    first = deployed(shop)
    change(first, status="Succeeded", completed_at=20.0)
    second = deployed(shop, revision=revision(shop.app_spec(port="'80'")))
    assert group()["lastSuccessfulDeployment"]["deploymentId"] == first
    assert group()["lastSuccessfulDeployment"]["status"] == "Succeeded"
    assert group()["lastAttemptedDeployment"]["deploymentId"] == second
    assert "endTime" not in group()["lastAttemptedDeployment"]
    assert group()["targetRevision"] == shown(shop, second)["revision"]
    assert shown(shop, second)["previousRevision"] == shown(shop, first)["revision"]


def test_one_deployment_at_a_time(shop: Any, change: Any) -> None:
    first = deployed(shop)
    assert refusal(shop.deploy.create_deployment, **deployment(shop)) == (
        "DeploymentLimitExceededException",
        f"The Deployment Group 'web' already has an active Deployment '{first}'",
    )
    change(first, status="Stopped")
    assert deployed(shop) != first


def test_a_service_is_not_deployed_to_twice_by_a_group_that_was_made_anew(shop: Any) -> None:
    first = deployed(shop)
    shop.deploy.delete_deployment_group(applicationName="shop", deploymentGroupName="web")
    shop.deploy.create_deployment_group(**shop.group(deploymentGroupName="anew"))
    again = deployment(shop, deploymentGroupName="anew")
    code, said = refusal(shop.deploy.create_deployment, **again)
    assert (code, first in said) == ("DeploymentLimitExceededException", True)
    assert shown(shop, first)["deploymentGroupName"] == "web"
    listed = {"applicationName": "shop", "deploymentGroupName": "anew"}
    assert shop.deploy.list_deployments(**listed)["deployments"] == []


def test_a_deployment_shows_the_names_that_its_group_has_now(shop: Any) -> None:
    deployment_id = deployed(shop)
    shop.deploy.update_application(applicationName="shop", newApplicationName="store")
    shop.deploy.update_deployment_group(
        applicationName="store", currentDeploymentGroupName="web", newDeploymentGroupName="site"
    )
    found = shown(shop, deployment_id)
    assert (found["applicationName"], found["deploymentGroupName"]) == ("store", "site")
    listed = {"applicationName": "store", "deploymentGroupName": "site"}
    assert shop.deploy.list_deployments(**listed)["deployments"] == [deployment_id]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"applicationName": "no"}, "ApplicationDoesNotExist", "No application found for name: no"),
    ({"deploymentGroupName": None}, "DeploymentGroupNameRequired", "is required"),
    ({"deploymentGroupName": "no"}, "DeploymentGroupDoesNotExist", "for name: no"),
    ({"revision": None}, "RevisionRequired", "RevisionLocation must be specified"),
    ({"revision": {"appSpecContent": {"content": "a"}}}, "InvalidRevision", "revisionType must"),
    ({"revision": {"revisionType": "Tape"}}, "InvalidRevision", "Tape is not a revision type"),
    (
        {"revision": {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k"}}},
        "InvalidRevision",
        "Homeport has no Amazon S3",
    ),
    ({"revision": {"revisionType": "GitHub"}}, "InvalidRevision", "GitHub"),
    ({"revision": {"revisionType": "AppSpecContent"}}, "InvalidRevision", "must have content"),
    (
        {"revision": revision("version: 0.0", sha256="0" * 64)},
        "InvalidRevision",
        f"is {'0' * 64}, but that of its content is",
    ),
    (
        {"revision": {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": "0" * 64}}},
        "RevisionDoesNotExist",
        "does not exist in the application shop",
    ),
    (
        {"revision": revision("version: 0.0\nResources: [\n")},
        "InvalidRevision",
        (
            "The deployment failed because the AppSpec file that specifies the deployment "
            "configuration is missing or has an invalid configuration. Line 3: "
        ),
    ),
    ({"deploymentConfigName": "no"}, "DeploymentConfigDoesNotExist", "for name: no"),
    ({"deploymentConfigName": "a b"}, "InvalidDeploymentConfigName", "a b is not valid"),
    (
        {"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"},
        "InvalidDeploymentConfigName",
        "must be of the compute platform ECS",
    ),
    ({"description": "d" * 257}, "DescriptionTooLong", "at most 256"),
    (
        {"targetInstances": {"autoScalingGroups": ["a"]}},
        "InvalidTargetInstances",
        "targetInstances can not be specified",
    ),
    (
        {"ignoreApplicationStopFailures": True},
        "InvalidIgnoreApplicationStopFailuresValue",
        "For ECS deployments, false is expected",
    ),
    (
        {"updateOutdatedInstancesOnly": True},
        "InvalidUpdateOutdatedInstancesOnlyValue",
        "For ECS deployments, false is expected",
    ),
    ({"fileExistsBehavior": "BURN"}, "InvalidFileExistsBehavior", "DISALLOW"),
    (
        {"autoRollbackConfiguration": {"enabled": True}},
        "InvalidAutoRollbackConfig",
        "no event types",
    ),
    ({"overrideAlarmConfiguration": {"enabled": True}}, "InvalidAlarmConfig", "list is empty"),
]


def test_a_bad_deployment_is_refused(shop: Any) -> None:
    for changes, code, said in REFUSED:
        found = refusal(shop.deploy.create_deployment, **deployment(shop, **changes))
        assert (found[0], said in found[1]) == (f"{code}Exception", True), (changes, found)
    assert shop.deploy.list_deployments()["deployments"] == []
    assert shop.deploy.list_application_revisions(applicationName="shop")["revisions"] == []


def test_deployments_are_listed_the_newest_first_and_by_what_they_are(
    shop: Any, change: Any
) -> None:
    of = {"applicationName": "shop", "deploymentGroupName": "web"}
    first, second, third = ("", "", "")
    for at, status in ((10.0, "Succeeded"), (20.0, "Failed"), (30.0, "Stopped")):
        first, second, third = second, third, deployed(shop)
        change(third, status=status, created_at=at)

    def listed(**request: Any) -> list[str]:
        return list(shop.deploy.list_deployments(**request)["deployments"])

    assert listed() == listed(**of) == [third, second, first]
    assert listed(**of, includeOnlyStatuses=["Succeeded", "Stopped"]) == [third, first]
    assert listed(createTimeRange={"end": 20}) == [second, first]
    assert listed(createTimeRange={"start": 20}) == [third, second]
    assert listed(createTimeRange={"start": 11, "end": 29}) == [second]
    assert listed(externalId="none") == []
    deploy = shop.deploy.list_deployments
    refused = (
        ({"applicationName": "shop"}, "DeploymentGroupNameRequiredException"),
        ({"deploymentGroupName": "web"}, "ApplicationNameRequiredException"),
        ({"includeOnlyStatuses": ["Lost"]}, "InvalidDeploymentStatusException"),
        ({"createTimeRange": {"start": 2, "end": 1}}, "InvalidTimeRangeException"),
        ({"nextToken": "x"}, "InvalidNextTokenException"),
    )
    assert [refusal(deploy, **request)[0] for request, _ in refused] == [
        each for _, each in refused
    ]
    found = shop.deploy.batch_get_deployments(deploymentIds=[third, "d-ZZZZZZZZZ", first])
    assert [each["deploymentId"] for each in found["deploymentsInfo"]] == [third, first]


def test_a_deployment_that_is_none_is_refused(deploy: Any) -> None:
    assert refusal(deploy.get_deployment, deploymentId="d-ZZZZZZZZZ") == (
        "DeploymentDoesNotExistException",
        "The deployment d-ZZZZZZZZZ could not be found",
    )
    assert refusal(deploy.get_deployment, deploymentId="web")[0] == "InvalidDeploymentIdException"
    asked = deploy.batch_get_deployments
    assert refusal(asked, deploymentIds=[])[0] == "DeploymentIdRequiredException"
    assert refusal(asked, deploymentIds=["web"])[0] == "InvalidDeploymentIdException"
    many = [f"d-{number:09d}" for number in range(26)]
    assert refusal(asked, deploymentIds=many)[0] == "BatchLimitExceededException"


def test_the_waiter_waits_for_the_end(shop: Any, change: Any) -> None:
    deployment_id = deployed(shop)
    waiter = shop.deploy.get_waiter("deployment_successful")
    with pytest.raises(WaiterError, match="Max attempts exceeded"):
        waiter.wait(deploymentId=deployment_id, WaiterConfig=AT_ONCE)
    change(deployment_id, status="Succeeded")
    waiter.wait(deploymentId=deployment_id, WaiterConfig=AT_ONCE)
    change(deployment_id, status="Failed")
    with pytest.raises(WaiterError, match="terminal failure"):
        waiter.wait(deploymentId=deployment_id, WaiterConfig=AT_ONCE)


def test_what_cloudformation_would_delete_is_nothing(deploy: Any) -> None:
    deploy.delete_resources_by_external_id(externalId="stack")
