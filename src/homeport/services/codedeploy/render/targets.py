"""Targets of deployments as the API shows them: a deployment has one, its service."""

from homeport.services.codedeploy.records.deployments import (
    Deployment,
    Diagnostics,
    LifecycleEvent,
    Side,
)
from homeport.shapes import codedeploy as shapes


def status(of: Deployment) -> str:
    """How the deployment's one target is."""
    match of.status:
        case "Created" | "Queued":
            return "Pending"
        case "Stopped":
            failed = any(event.status == "Failed" for event in of.events)
            return "Failed" if failed else "Skipped"
        case other:
            return other


def target(of: Deployment) -> shapes.DeploymentTarget:
    """A target of GetDeploymentTarget."""
    updated_at = of.created_at if of.updated_at is None else of.updated_at
    sides = (("Blue", of.progress.original), ("Green", of.progress.replacement))
    return {
        "deploymentTargetType": "ECSTarget",
        "ecsTarget": {
            "deploymentId": of.id,
            "targetId": of.target_id,
            "targetArn": of.service_arn,
            "lastUpdatedAt": updated_at,
            "lifecycleEvents": [_event(event) for event in of.events],
            "status": status(of),
            "taskSetsInfo": [
                _side(label, side)
                for label, side in sides
                if side is not None and side.status != "GONE"
            ],
        },
    }


def _event(of: LifecycleEvent) -> shapes.LifecycleEvent:
    shown: shapes.LifecycleEvent = {"lifecycleEventName": of.name, "status": of.status}
    if of.started_at is not None:
        shown["startTime"] = of.started_at
    if of.ended_at is not None:
        shown["endTime"] = of.ended_at
    if of.diagnostics is not None:
        shown["diagnostics"] = _diagnostics(of.diagnostics)
    return shown


def _diagnostics(of: Diagnostics) -> shapes.Diagnostics:
    return {
        "errorCode": of.error_code,
        "scriptName": of.script_name,
        "message": of.message,
        "logTail": of.log_tail,
    }


def _side(label: str, of: Side) -> shapes.ECSTaskSet:
    shown: shapes.ECSTaskSet = {
        "identifer": of.task_set_id,
        "desiredCount": of.desired,
        "pendingCount": of.pending,
        "runningCount": of.running,
        "status": of.status,
        "targetGroup": {"name": of.target_group.name},
        "taskSetLabel": label,
    }
    if of.traffic_tenths is not None:
        shown["trafficWeight"] = of.traffic_tenths / 10
    return shown
