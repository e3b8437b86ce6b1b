"""What clients ask of a deployment that is under way: stop it, let it go on, judge for a hook.

Only the wish is recorded here.  What follows on it the reconciler decides.
"""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.codedeploy.api.lookups import the_deployment
from homeport.services.codedeploy.errors import (
    DeploymentAlreadyCompleted,
    DeploymentIsNotInReadyState,
    InvalidDeploymentWaitType,
    InvalidLifecycleEventHookExecutionId,
    InvalidLifecycleEventHookExecutionStatus,
    LifecycleEventAlreadyCompleted,
    UnsupportedActionForDeploymentType,
)
from homeport.services.codedeploy.queries.deployments import save_deployment
from homeport.services.codedeploy.records.deployments import Deployment
from homeport.shapes import codedeploy as shapes
from homeport.store import ReadTx, Tx

STOPPING: Final = "The deployment is being stopped."
_ROLLS_BACK: Final = "The deployment {} is a rollback: it waits for nothing."


@operation("StopDeployment")
def stop_deployment(
    tx: Tx, call: Call, request: shapes.StopDeploymentInput
) -> shapes.StopDeploymentOutput:
    """Have the deployment stopped; the first call says whether it is rolled back, too."""
    deployment = _under_way(tx, call, request["deploymentId"])
    if deployment.wishes.stop_at is None:
        rolls_back = request.get("autoRollbackEnabled")
        if rolls_back is None:
            rolls_back = deployment.auto_rollback.is_on("DEPLOYMENT_STOP_ON_REQUEST")
        wishes = replace(deployment.wishes, stop_at=call.now, stop_rolls_back=rolls_back)
        save_deployment(tx, replace(deployment, wishes=wishes))
    return {"status": "Pending", "statusMessage": STOPPING}


@operation("ContinueDeployment")
def continue_deployment(
    tx: Tx, call: Call, request: shapes.ContinueDeploymentInput
) -> shapes.ContinueDeploymentResponse:
    """End one of the deployment's two waits."""
    kind = request.get("deploymentWaitType") or "READY_WAIT"
    if kind not in {"READY_WAIT", "TERMINATION_WAIT"}:
        raise InvalidDeploymentWaitType
    deployment = _under_way(tx, call, request.get("deploymentId"))
    if kind == "READY_WAIT":
        _continue(tx, deployment)
    else:
        _terminate(tx, deployment)
    return {}


@operation("SkipWaitTimeForInstanceTermination")
def skip_wait_time_for_instance_termination(
    tx: Tx, call: Call, request: shapes.SkipWaitTimeForInstanceTerminationInput
) -> shapes.SkipWaitTimeForInstanceTerminationResponse:
    """End the wait before the original task set is terminated: the older name of it."""
    _terminate(tx, _under_way(tx, call, request.get("deploymentId")))
    return {}


@operation("PutLifecycleEventHookExecutionStatus")
def put_lifecycle_event_hook_execution_status(
    tx: Tx, call: Call, request: shapes.PutLifecycleEventHookExecutionStatusInput
) -> shapes.PutLifecycleEventHookExecutionStatusOutput:
    """Record what the function that was asked at a lifecycle event has found."""
    deployment = the_deployment(tx, call, request.get("deploymentId"))
    execution_id = request.get("lifecycleEventHookExecutionId")
    status = request.get("status")
    if status not in {"Succeeded", "Failed"}:
        raise InvalidLifecycleEventHookExecutionStatus
    asked = [event for event in deployment.events if event.execution_id is not None]
    event = next((each for each in asked if each.execution_id == execution_id), None)
    if event is None or execution_id is None:
        raise InvalidLifecycleEventHookExecutionId
    if deployment.is_over or event.status != "InProgress" or event.reported is not None:
        raise LifecycleEventAlreadyCompleted
    judged = replace(event, reported=status)
    events = tuple(judged if each is event else each for each in deployment.events)
    save_deployment(tx, replace(deployment, events=events))
    return {"lifecycleEventHookExecutionId": execution_id}


def _under_way(tx: ReadTx, call: Call, deployment_id: str | None) -> Deployment:
    deployment = the_deployment(tx, call, deployment_id)
    if deployment.is_over:
        raise DeploymentAlreadyCompleted(f"The deployment {deployment.id} is already complete")
    return deployment


def _continue(tx: Tx, deployment: Deployment) -> None:
    if deployment.is_rollback:
        raise UnsupportedActionForDeploymentType(_ROLLS_BACK.format(deployment.id))
    if deployment.status != "Ready":
        raise DeploymentIsNotInReadyState(
            f"The deployment {deployment.id} does not have a status of Ready and can't continue yet"
        )
    save_deployment(tx, replace(deployment, wishes=replace(deployment.wishes, shift=True)))


def _terminate(tx: Tx, deployment: Deployment) -> None:
    if deployment.is_rollback:
        raise UnsupportedActionForDeploymentType(_ROLLS_BACK.format(deployment.id))
    if deployment.progress.terminating_since is None:
        raise DeploymentIsNotInReadyState(
            f"The deployment {deployment.id} does not wait yet for the termination of the original "
            "task set"
        )
    save_deployment(tx, replace(deployment, wishes=replace(deployment.wishes, terminate=True)))
