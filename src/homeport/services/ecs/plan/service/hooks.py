"""Lifecycle hooks of a deployment: when they begin, what they are told, what answers mean.  Pure.

Nobody is asked here.  Hooks of one turn run side by side; all of them have to succeed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from homeport.kernel.ids import Ids
from homeport.services.ecs.records.shifting import HookRun
from homeport.services.ecs.records.strategies import HookTimeout, LifecycleHook

STAGES: Final = (
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)
"""Where hooks may run."""

PAUSABLE: Final = tuple(
    each for each in STAGES if each not in ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
)
"""Where a deployment may pause: not where its rollback would have to pause too."""

OPEN: Final = ("AWAITING_ACTION", "IN_PROGRESS")
STATUSES: Final = ("SUCCEEDED", "FAILED", "IN_PROGRESS")
"""What a function may answer."""

ASK_AGAIN_S: Final = 30.0
ENDED_KEPT_MAX: Final = 100
"""Hooks that are over and still told of: the newest of them."""


class Heard(Struct, frozen=True, kw_only=True):
    """What came of asking a function."""

    failed: bool = False
    diagnostic: str = ""
    """Why it failed."""
    body: str = ""
    is_task: bool = False
    """Nothing but its exit code speaks for it."""


def begun(
    hooks: Sequence[LifecycleHook],
    stage: str,
    *,
    turn: int,
    ids: Ids,
    now: float,
    span: Callable[[float], float],
) -> tuple[HookRun, ...]:
    """The hooks that run at a stage, as they begin."""
    runs = []
    for each in hooks:
        if stage not in each.lifecycle_stages:
            continue
        timeout = each.timeout_configuration or HookTimeout()
        pauses = each.target_type == "PAUSE"
        runs.append(
            HookRun(
                id=f"ecs-{'pause' if pauses else 'lambda'}-{ids.hex(43)}",
                target_type=each.target_type,
                target_arn=each.hook_target_arn,
                stage=stage,
                turn=turn,
                status="AWAITING_ACTION" if pauses else "IN_PROGRESS",
                expires_at=now + span(60.0 * timeout.timeout_in_minutes),
                timeout_action=timeout.action,
                details=each.hook_details,
                execution_id=ids.uuid(),
                ask_at=None if pauses else now,
            )
        )
    return tuple(runs)


def heeded(run: HookRun, heard: Heard, *, now: float, span: Callable[[float], float]) -> HookRun:
    """The hook once its function has answered, or could not be asked."""
    arn = run.target_arn or ""
    if heard.failed:
        why = f"ECS was unable to invoke hook target {arn} due to {heard.diagnostic}"
        return ended(run, "FAILED", now=now, why=why)
    if heard.is_task:
        return ended(run, "SUCCEEDED", now=now)
    said = _said(heard.body)
    status = said.get("hookStatus")
    if status == "SUCCEEDED":
        return ended(run, "SUCCEEDED", now=now)
    if status == "FAILED":
        why = f"Lifecycle hook target {arn} returned FAILED status."
        return ended(run, "FAILED", now=now, why=why)
    if status != "IN_PROGRESS":
        what = "must not be null" if status is None else f"must be one of {', '.join(STATUSES)}"
        why = f"ECS was unable to parse the response from {arn} due to: HookStatus {what}."
        return ended(run, "FAILED", now=now, why=why)
    told = said.get("hookDetails")
    return replace(
        run,
        invocation_id="",
        ask_at=now + span(_delay(said.get("callBackDelay"))),
        details=msgspec.json.encode(told).decode() if isinstance(told, dict) else run.details,
    )


def overdue(run: HookRun, *, now: float) -> HookRun:
    """The hook once its time is over, or somebody has said what should become of it."""
    if run.status not in OPEN:
        return run
    if run.action == "CONTINUE":
        return ended(run, "SUCCEEDED", now=now)
    if run.action == "ROLLBACK":
        return ended(run, "FAILED", now=now, why="The pause hook was rolled back by user.")
    return ended(run, "TIMED_OUT", now=now) if now >= run.expires_at else run


def ended(run: HookRun, status: str, *, now: float, why: str = "") -> HookRun:
    """The hook over."""
    return replace(run, status=status, ended_at=now, diagnostic=why, invocation_id="", ask_at=None)


def closed(runs: Sequence[HookRun], *, now: float) -> tuple[HookRun, ...]:
    """Nobody waits for any of them any more."""
    why = "The deployment did not wait for it."
    return tuple(
        ended(each, "FAILED", now=now, why=why) if each.status in OPEN else each for each in runs
    )


def failure(runs: Sequence[HookRun]) -> str:
    """Why a deployment has to turn back: a `statusReason`; empty when it has not to."""
    for each in runs:
        because = f"Service deployment rolled back because {each.stage}"
        if each.status == "FAILED" and each.target_type == "PAUSE":
            return f"{because} pause hook failed. {each.diagnostic}"
        if each.status == "FAILED":
            return f"{because} lifecycle hook(s) failed. {each.diagnostic}"
        if each.status == "TIMED_OUT" and each.timeout_action != "CONTINUE":
            kind = "pause" if each.target_type == "PAUSE" else "lifecycle"
            return f"{because} {kind} hook timed out."
    return ""


def kept(runs: Sequence[HookRun], turn: int) -> tuple[HookRun, ...]:
    """Those that are still told of: those of this turn, and the newest of the others."""
    old = [each for each in runs if each.turn != turn]
    return (*old[-ENDED_KEPT_MAX:], *(each for each in runs if each.turn == turn))


def next_time(runs: Sequence[HookRun]) -> float | None:
    """When a hook that is open has to be looked at next."""
    times = [each.expires_at for each in runs if each.status in OPEN]
    times += [each.ask_at for each in runs if each.status in OPEN and each.ask_at is not None]
    return min(times, default=None)


def payload(
    run: HookRun,
    *,
    service_arn: str,
    deployment_arn: str,
    target_revision_arn: str,
    test: Mapping[str, float],
    production: Mapping[str, float],
) -> str:
    """What the function is told, as JSON; weights are percentages by revision ARN."""
    told: dict[str, Any] = {
        "executionDetails": {
            "testTrafficWeights": dict(test),
            "productionTrafficWeights": dict(production),
            "serviceArn": service_arn,
            "targetServiceRevisionArn": target_revision_arn,
        },
        "executionId": run.execution_id,
        "lifecycleStage": run.stage,
        "resourceArn": deployment_arn,
    }
    if run.details is not None:
        told["hookDetails"] = msgspec.json.decode(run.details)
    return msgspec.json.encode(told).decode()


def _said(body: str) -> dict[str, Any]:
    """The object that was answered; empty when there is none."""
    try:
        said = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def _delay(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, int | float) or said < 0:
        return ASK_AGAIN_S
    return float(said)
