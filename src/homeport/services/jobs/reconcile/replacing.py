"""How a firing takes the place of a run that is under way (`homeport:concurrency` replace).

Sole stopper of runs.
"""

from msgspec.structs import replace

from homeport.kernel.errors import AwsError
from homeport.kernel.job_rules import CONCURRENCY
from homeport.runtime import Tick
from homeport.services.jobs.plan.overlap import TakeOver
from homeport.services.jobs.queries import firings, runs
from homeport.services.jobs.reconcile.asking import ask_ecs
from homeport.services.jobs.reconcile.concluding import conclude
from homeport.services.jobs.reconcile.ending import skip
from homeport.services.jobs.records.firings import Firing
from homeport.services.jobs.records.runs import Run
from homeport.store import Tx


def take_over(tx: Tx, tick: Tick, firing: Firing, step: TakeOver) -> bool:
    """Stop what is under way; whether all of it is over, so that the firing can start now.

    Otherwise it waits for the first that is not.
    """
    for each in step.waiting:
        skip(tx, tick, each, f"The firing {firing.id} takes its place ({CONCURRENCY} replace).")
    still = [run for run in step.runs if not _stopped(tx, tick, firing, run)]
    if not still:
        return True
    waiting = replace(
        firing,
        state="WAITING",
        reason=f"It waits until the run {still[0].id} is over, whose place it takes.",
        next_attempt_at=None,
        waits_for=f"run {still[0].id}",
        waiting_since=tick.now,
    )
    firings.save_firing(tx, firing, waiting)
    return False


def _stopped(tx: Tx, tick: Tick, firing: Firing, run: Run) -> bool:
    """Have a run stop; whether it is over by that."""
    why = f"Replaced by the firing {firing.id} of {firing.wanted.name} ({CONCURRENCY} replace)."
    if run.outcome == "PENDING":
        over = replace(
            run, outcome="STOPPED", reason=why, next_attempt_at=None, stopped_at=tick.now
        )
        conclude(tx, tick, run, replace(over, retries_left=0))
        return True
    for task in run.tasks:
        if task.outcome == "RUNNING":
            _stop(tx, tick, run, task.arn, why)
    if run.retries_left or not run.reason:
        runs.save_run(tx, run, replace(run, retries_left=0, reason=why))
    return False


def _stop(tx: Tx, tick: Tick, run: Run, task: str, why: str) -> None:
    request = {"cluster": run.cluster, "task": task, "reason": why[:255]}
    try:
        ask_ecs(tx, tick, (run.account, run.region), "StopTask", request)
    except AwsError:
        return  # ECS does not know it any more: the next look at the run says so.
