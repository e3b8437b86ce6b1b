"""What `homeport deployments` makes of the API's answers."""

from typing import Any

from homeport.cli.deployment_courses import lines, of_codedeploy, of_ecs, overview

OLD, NEW = (f"arn:aws:ecs:us-east-1:000000000000:service-revision/default/web/{n}" for n in (1, 2))
DEFINITIONS = {
    OLD: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:1",
    NEW: "arn:aws:ecs:us-east-1:000000000000:task-definition/web:2",
}


def native(**changes: Any) -> dict[str, Any]:
    target = {"requestedTaskCount": 2, "runningTaskCount": 1, "pendingTaskCount": 1}
    source = {"requestedTaskCount": 2, "runningTaskCount": 2, "pendingTaskCount": 0}
    weights = {"requestedProductionTrafficWeight": 10.0, "requestedTestTrafficWeight": 100.0}
    rest = {"requestedProductionTrafficWeight": 90.0, "requestedTestTrafficWeight": 0.0}
    return {
        "serviceDeploymentArn": "arn:aws:ecs:us-east-1:000000000000:service-deployment/d/web/xyz",
        "status": "IN_PROGRESS",
        "createdAt": 1000.0,
        "lifecycleStage": "PRODUCTION_TRAFFIC_SHIFT",
        "deploymentConfiguration": {"strategy": "CANARY"},
        "targetServiceRevision": {"arn": NEW} | target | weights,
        "sourceServiceRevisions": [{"arn": OLD} | source | rest],
    } | changes


def codedeploy(status: str = "InProgress", **changes: Any) -> dict[str, Any]:
    return {
        "deploymentId": "d-1",
        "deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce",
        "status": status,
        "createTime": 1000.0,
    } | changes


TARGET = {
    "lifecycleEvents": [
        {
            "lifecycleEventName": "BeforeInstall",
            "status": "Succeeded",
            "startTime": 1.0,
            "endTime": 3.5,
        },
        {
            "lifecycleEventName": "Install",
            "status": "Failed",
            "diagnostics": {"message": "it took too long"},
        },
        {"lifecycleEventName": "AfterInstall", "status": "Pending"},
    ],
    "taskSetsInfo": [
        {
            "identifer": "ecs-svc/7",
            "taskSetLabel": "Green",
            "desiredCount": 1,
            "runningCount": 1,
            "trafficWeight": 0.0,
        }
    ],
}


def test_a_native_deployment_shows_its_stage_its_sides_and_their_shares() -> None:
    status, stage, sides = lines(None, of_ecs(native(), DEFINITIONS))
    assert (status, stage) == ("IN_PROGRESS", "stage PRODUCTION_TRAFFIC_SHIFT")
    assert sides.split(" · ") == [
        "new web:2: 1 of 2 tasks, 1 pending, 10 % of the traffic, 100 % of the test traffic",
        "old web:1: 2 of 2 tasks, 90 % of the traffic",
    ]


def test_only_what_is_new_is_told() -> None:
    before = of_ecs(native(), DEFINITIONS)
    assert lines(before, before) == ()
    baking = of_ecs(native(lifecycleStage="BAKE_TIME"), DEFINITIONS)
    assert lines(before, baking) == ("stage BAKE_TIME",)


def test_a_pause_shows_the_id_that_ends_it() -> None:
    hook = {"hookId": "h-1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}
    paused = of_ecs(native(lifecycleHookDetails=[hook]), DEFINITIONS)
    before = of_ecs(native(), DEFINITIONS)
    assert lines(before, paused) == ("hook PAUSE AWAITING_ACTION: h-1",)


def test_a_deployment_of_codedeploy_shows_its_events_as_they_begin_and_end() -> None:
    error = {"code": "TIMEOUT", "message": "no"}
    failed = of_codedeploy(codedeploy("Failed", errorInformation=error), TARGET)
    assert lines(of_codedeploy(codedeploy(), None), failed) == (
        "Failed: TIMEOUT: no",
        "BeforeInstall Succeeded (2.5 s)",
        "Install Failed: it took too long",
        "new 7: 1 of 1 task, 0 % of the traffic",
    )
    assert failed.is_over


def test_the_list_has_a_row_for_each() -> None:
    ended = of_codedeploy(codedeploy("Succeeded", completeTime=1004.0), None)
    rows = overview([ended, of_ecs(native(), DEFINITIONS)])
    assert [(row[0], row[1], row[2], row[4]) for row in rows] == [
        ("d-1", "ECSAllAtOnce", "Succeeded", "took 4.0 s"),
        ("xyz", "CANARY", "IN_PROGRESS", ""),
    ]
