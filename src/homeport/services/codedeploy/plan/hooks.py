"""What came of asking a function at a lifecycle event.  Pure."""

from typing import Final, Literal

import msgspec
from msgspec import Struct

from homeport.services.codedeploy.records.deployments import Diagnostics, LifecycleEvent
from homeport.services.codedeploy.records.sights import HookSight

TIMEOUT_S: Final = 3600.0
"""So long a function may take to report, in seconds of ECS time."""
LOG_TAIL: Final = 4096


class Verdict(Struct, frozen=True, kw_only=True):
    """How an event's function has judged."""

    status: Literal["Succeeded", "Failed"]
    diagnostics: Diagnostics


def payload(deployment_id: str, execution_id: str) -> str:
    """What the function is handed: JSON."""
    told = {"DeploymentId": deployment_id, "LifecycleEventHookExecutionId": execution_id}
    return msgspec.json.encode(told).decode()


def judge(
    event: LifecycleEvent, function: str, seen: HookSight | None, *, is_late: bool
) -> Verdict | None:
    """What has become of the function that was asked at `event`; None while nobody knows.

    What was reported counts most: a command may exit as it likes after it has called back.
    """
    tail = "" if seen is None else seen.body[-LOG_TAIL:]
    if event.reported is not None:
        said = f"The function reported {event.reported}."
        return _verdict(event.reported == "Succeeded", function, said, tail)
    if seen is None or seen.status == "UNKNOWN":
        return _verdict(False, function, "The function was asked, and nobody knows of it.", "")
    if seen.status == "FAILED":
        return _verdict(False, function, seen.diagnostic or "The function failed.", tail)
    if seen.status == "ANSWERED":
        said_status = _status_in(seen.body)
        if seen.is_task:
            return _verdict(True, function, "The task ended with exit code 0.", tail)
        if said_status is not None:
            return _verdict(
                said_status == "Succeeded", function, f"The function answered {said_status}.", tail
            )
    if is_late:
        late = Diagnostics(
            error_code="ScriptTimedOut",
            script_name=function,
            message="The function did not report a status within one hour.",
            log_tail=tail,
        )
        return Verdict(status="Failed", diagnostics=late)
    return None


def _verdict(is_good: bool, function: str, message: str, tail: str) -> Verdict:
    return Verdict(
        status="Succeeded" if is_good else "Failed",
        diagnostics=Diagnostics(
            error_code="Success" if is_good else "ScriptFailed",
            script_name=function,
            message=message,
            log_tail=tail,
        ),
    )


def _status_in(body: str) -> str | None:
    """`Succeeded` or `Failed` where a JSON object says so by its member `status` or `Status`."""
    try:
        told: object = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        return None
    if not isinstance(told, dict):
        return None
    said = told.get("status", told.get("Status"))
    return said if isinstance(said, str) and said in {"Succeeded", "Failed"} else None
