"""Firings with all that came of them, as Homeport's own API shows them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from homeport.services.jobs.records.firings import Attempt, Firing
from homeport.services.jobs.records.outcomes import ledger_outcome
from homeport.services.jobs.records.runs import Run, RunTask
from homeport.shapes import homeport as shapes

NOTHING: Final = ("", None)


def run(of: Firing, attempts: Sequence[Run]) -> shapes.JobRun:
    """The model's `JobRun`: a firing, and each time that its tasks were started."""
    last = attempts[-1] if attempts else None
    wanted = of.wanted
    shown = _present(
        {
            "id": of.id,
            "jobArn": wanted.source,
            "targetId": wanted.target_id,
            "targetArn": wanted.target.arn,
            "reason": of.reason if last is None else _reason(last),
            "scheduledFor": wanted.scheduled_for,
            "dueAt": wanted.due_at,
            "deliveredAt": of.delivered_at,
            "latenessSeconds": _lateness(of),
            "startedAt": next((each.started_at for each in attempts if each.started_at), None),
            "finishedAt": _finished(of, last),
            "durationSeconds": None if last is None else last.duration_s,
            "exitCode": None if last is None else last.exit_code,
            "answer": of.answer,
            "nextAttemptAt": of.next_attempt_at if last is None else last.next_attempt_at,
            "deadLetterQueueArn": of.dead_lettered_to,
            "deadLetterProblem": of.dead_letter_problem,
            "missedCount": of.missed_count or None,
        }
    )
    shown |= {
        "outcome": ledger_outcome(of.state, None if last is None else last.outcome),
        "byHand": wanted.by_hand,
        "deadLettered": bool(of.dead_lettered_to),
        "taskArns": [task.arn for each in attempts for task in each.tasks],
        "deliveryAttemptCount": of.attempts_made,
        "deliveryAttempts": [_delivery(each) for each in of.attempts],
        "attempts": [_attempt(each) for each in attempts],
    }
    return cast(shapes.JobRun, shown)


def _reason(of: Run) -> str:
    """Why it ended as it did; what ECS says of its task when there is nothing to add."""
    return of.reason or ("" if of.outcome == "SUCCEEDED" else of.stopped_reason)


def _lateness(of: Firing) -> float | None:
    """Between when it was due and when its target took it."""
    return None if of.delivered_at is None else max(0.0, of.delivered_at - of.wanted.due_at)


def _finished(of: Firing, last: Run | None) -> float | None:
    """When it was over: with its last task, or with the last try to invoke its target."""
    if last is None:
        return of.ended_at
    if not last.is_over:
        return None
    return last.stopped_at or of.closed_at


def _delivery(of: Attempt) -> shapes.DeliveryAttempt:
    shown = _present(
        {"errorCode": of.error_code, "errorMessage": of.error_message, "outcome": of.outcome}
    )
    return cast(shapes.DeliveryAttempt, {"number": of.number, "at": of.at} | shown)


def _attempt(of: Run) -> shapes.JobAttempt:
    shown = _present(
        {
            "id": of.id,
            "number": of.number,
            "previousId": of.previous,
            "nextId": of.next,
            "outcome": of.outcome,
            "reason": _reason(of),
            "requestedAt": of.requested_at,
            "nextAttemptAt": of.next_attempt_at,
            "startedAt": of.started_at,
            "stoppedAt": of.stopped_at,
            "durationSeconds": of.duration_s,
            "exitCode": of.exit_code,
            "stopCode": of.stop_code,
            "stoppedReason": of.stopped_reason,
            "clusterArn": of.cluster,
        }
    )
    return cast(shapes.JobAttempt, shown | {"tasks": [_task(each) for each in of.tasks]})


def _task(of: RunTask) -> shapes.JobTask:
    shown = _present(
        {
            "taskArn": of.arn,
            "outcome": of.outcome,
            "startedAt": of.started_at,
            "stoppedAt": of.stopped_at,
            "stopCode": of.stop_code,
            "stoppedReason": of.stopped_reason,
        }
    )
    shown["containers"] = [
        _present({"name": each.name, "exitCode": each.exit_code, "reason": each.reason})
        for each in of.containers
    ]
    return cast(shapes.JobTask, shown)


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in NOTHING}
