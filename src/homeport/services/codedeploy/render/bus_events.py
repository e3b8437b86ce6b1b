"""What EventBridge is told of deployments: changes of state, in CodeDeploy's words."""

from typing import Final

from homeport.contracts.bus import BusEvent
from homeport.services.codedeploy.records.deployments import Deployment, Status

DETAIL_TYPE: Final = "CodeDeploy Deployment State-change Notification"
_STATES: Final[dict[Status, str]] = {
    "Ready": "READY",
    "Succeeded": "SUCCESS",
    "Failed": "FAILURE",
    "Stopped": "STOP",
}


def state_changes(before: Deployment, after: Deployment, *, at: float) -> tuple[BusEvent, ...]:
    """The states that the deployment has reached between the two; a start comes first."""
    states = []
    if before.started_at is None and after.started_at is not None:
        states.append("START")
    if after.status != before.status and after.status in _STATES:
        states.append(_STATES[after.status])
    return tuple(_event(after, state, at=at) for state in states)


def _event(deployment: Deployment, state: str, *, at: float) -> BusEvent:
    home = f"arn:aws:codedeploy:{deployment.region}:{deployment.account}"
    application, group = deployment.application, deployment.group
    return BusEvent(
        account=deployment.account,
        region=deployment.region,
        source="aws.codedeploy",
        detail_type=DETAIL_TYPE,
        resources=(
            f"{home}:application:{application}",
            f"{home}:deploymentgroup:{application}/{group}",
        ),
        detail={
            "region": deployment.region,
            "application": application,
            "deploymentId": deployment.id,
            "state": state,
            "deploymentGroup": group,
        },
        at=at,
    )
