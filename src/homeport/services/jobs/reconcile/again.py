"""Starts the tasks of a run that follows one that failed (`homeport:retry-attempts`)."""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Again, Tick
from homeport.services.jobs.plan.following import request_of
from homeport.services.jobs.plan.retries import Policy, after_failure, backoff_s, is_permanent
from homeport.services.jobs.plan.room import is_no_room, is_no_room_error, is_nobody_there, reasons
from homeport.services.jobs.queries import firings, runs
from homeport.services.jobs.reconcile.asking import NOBODY_THERE, Failed, answer_of
from homeport.services.jobs.reconcile.concluding import conclude
from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.runs import Run, RunTask
from homeport.store import Tx

LOOK_FOR_ROOM_S: Final = 30.0
"""Seconds of ECS time after which a run that found no room looks again."""


def start_again(tx: Tx, tick: Tick, run: Run) -> Again | None:
    """Ask for the tasks of a run when it is their time."""
    at = run.next_attempt_at
    if at is not None and at > tick.now:
        return Again(after_s=at - tick.now)
    firing = firings.find_firing(tx, run.firing_id)
    if firing is None:
        return None  # History does not forget a firing before its runs are over.
    try:
        answer = answer_of(tx, tick, firing, [request_of(run)])
    except Failed as failed:
        if run.queue_for_capacity and is_no_room_error(failed.message):
            return _wait(tx, tick, run, failed.message)
        return _failed(tx, tick, firing, run, failed)
    failures = answer.get("failures", ())
    if answer.get("tasks"):
        started = replace(
            run,
            outcome="RUNNING",
            reason="",
            next_attempt_at=None,
            requested_at=tick.now,
            tasks=tuple(RunTask(arn=each["taskArn"]) for each in answer["tasks"]),
        )
        runs.save_run(tx, run, started)
        firings.save_firing(tx, firing, firing, run_outcome=started.outcome)
        return None
    if run.queue_for_capacity and is_no_room(failures):
        return _wait(tx, tick, run, reasons(failures))
    if is_nobody_there(failures):
        return _failed(tx, tick, firing, run, NOBODY_THERE)
    _end(tx, tick, run, reasons(failures))
    return None


def _wait(tx: Tx, tick: Tick, run: Run, why: str) -> Again:
    wait_s = tick.span(LOOK_FOR_ROOM_S)
    waiting = replace(run, reason=f"It waits for room: {why}", next_attempt_at=tick.now + wait_s)
    runs.save_run(tx, run, waiting)
    return Again(after_s=wait_s)


def _failed(tx: Tx, tick: Tick, firing: Firing, run: Run, failed: Failed) -> Again | None:
    made = run.attempts_made + 1
    policy = Policy(
        due_at=run.requested_at + tick.span(backoff_s(run.number - 1)),
        max_age_s=tick.span(firing.wanted.max_age_s),
        max_retries=firing.wanted.max_retries,
    )
    following = after_failure(policy, attempts=made, now=tick.now, second=tick.span(1.0))
    reason = f"{failed.code}: {failed.message}"
    if following.at is None or is_permanent(failed.kind, firing.wanted.source_kind):
        _end(tx, tick, replace(run, attempts_made=made), reason)
        return None
    later = replace(run, attempts_made=made, reason=reason, next_attempt_at=following.at)
    runs.save_run(tx, run, later)
    return Again(after_s=following.at - tick.now)


def _end(tx: Tx, tick: Tick, run: Run, why: str) -> None:
    """It starts nothing: no other run follows a run that had no tasks."""
    over = replace(
        run,
        outcome="FAILED",
        reason=why,
        next_attempt_at=None,
        stopped_at=tick.now,
        retries_left=0,
    )
    conclude(tx, tick, run, over)
