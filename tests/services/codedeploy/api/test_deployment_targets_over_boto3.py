"""Targets of deployments as stock boto3 sees them."""

from typing import Any

from codedeploy_asking import deployed, refusal
from homeport.services.codedeploy.records.deployments import (
    Diagnostics,
    LifecycleEvent,
    Progress,
    Side,
)
from homeport.services.codedeploy.records.group_options import TargetGroup

EVENTS = (
    LifecycleEvent(name="BeforeInstall", status="Succeeded", started_at=1.0, ended_at=2.0),
    LifecycleEvent(
        name="Install",
        status="Failed",
        started_at=2.0,
        ended_at=3.0,
        diagnostics=Diagnostics(error_code="ScriptFailed", script_name="f", message="No."),
    ),
    LifecycleEvent(name="AfterInstall"),
)


def side(name: str, group: TargetGroup, status: str, tenths: int) -> Side:
    return Side(
        task_set_arn=f"arn:{name}",
        task_set_id=f"ecs-svc/{name}",
        target_group=group,
        status=status,
        desired=2,
        pending=1,
        running=1,
        traffic_tenths=tenths,
    )


def test_a_target_is_shown_with_its_events_and_task_sets(shop: Any, change: Any) -> None:
    deployment_id = deployed(shop)
    of = {"deploymentId": deployment_id}
    before = refusal(shop.deploy.list_deployment_targets, **of)
    assert before[0] == "DeploymentNotStartedException"
    kept = change(deployment_id, status="InProgress")
    change(
        deployment_id,
        events=EVENTS,
        updated_at=3.0,
        progress=Progress(
            original=side("1", kept.balancing.target_groups[0], "PRIMARY", 901),
            replacement=side("2", kept.balancing.target_groups[1], "ACTIVE", 99),
        ),
    )
    assert shop.deploy.list_deployment_targets(**of)["targetIds"] == ["default:web"]
    found = shop.deploy.get_deployment_target(**of, targetId="default:web")["deploymentTarget"]
    together = shop.deploy.batch_get_deployment_targets(**of, targetIds=["default:web"])
    assert together["deploymentTargets"] == [found]
    assert found["deploymentTargetType"] == "ECSTarget"
    target = found["ecsTarget"]
    assert target["targetArn"] == "arn:aws:ecs:us-east-1:000000000000:service/default/web"
    assert (target["status"], target["targetId"]) == ("InProgress", "default:web")
    assert target["lastUpdatedAt"].timestamp() == 3.0
    shown_events = [
        (each["lifecycleEventName"], each["status"], each.get("diagnostics"))
        for each in target["lifecycleEvents"]
    ]
    failed = {"errorCode": "ScriptFailed", "scriptName": "f", "message": "No.", "logTail": ""}
    assert shown_events == [
        ("BeforeInstall", "Succeeded", None),
        ("Install", "Failed", failed),
        ("AfterInstall", "Pending", None),
    ]
    assert "startTime" not in target["lifecycleEvents"][2]
    common = {"desiredCount": 2, "pendingCount": 1, "runningCount": 1}
    assert target["taskSetsInfo"] == [
        common
        | {
            "identifer": "ecs-svc/1",
            "status": "PRIMARY",
            "trafficWeight": 90.1,
            "targetGroup": {"name": "blue"},
            "taskSetLabel": "Blue",
        },
        common
        | {
            "identifer": "ecs-svc/2",
            "status": "ACTIVE",
            "trafficWeight": 9.9,
            "targetGroup": {"name": "green"},
            "taskSetLabel": "Green",
        },
    ]


def test_targets_are_filtered_and_refused(shop: Any, change: Any) -> None:
    deployment_id = deployed(shop)
    change(deployment_id, status="Ready")
    deploy, of = shop.deploy, {"deploymentId": deployment_id}

    def listed(**filters: list[str]) -> list[str]:
        return list(deploy.list_deployment_targets(**of, targetFilters=filters)["targetIds"])

    assert listed(TargetStatus=["Ready", "Failed"]) == ["default:web"]
    assert listed(TargetStatus=["Failed"]) == listed(ServerInstanceLabel=["Blue"]) == []
    named = {**of, "targetFilters": {"Colour": ["red"]}}
    assert refusal(deploy.list_deployment_targets, **named)[0] == (
        "InvalidTargetFilterNameException"
    )
    get, batch = deploy.get_deployment_target, deploy.batch_get_deployment_targets
    assert refusal(get, **of, targetId="web")[0] == "InvalidDeploymentTargetIdException"
    assert refusal(get, **of, targetId="default:no")[0] == "DeploymentTargetDoesNotExistException"
    assert refusal(batch, **of, targetIds=[])[0] == "DeploymentTargetIdRequiredException"
    two = ["default:web", "default:no"]
    assert refusal(batch, **of, targetIds=two)[0] == "DeploymentTargetListSizeExceededException"
