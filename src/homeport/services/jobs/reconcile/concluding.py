"""What follows on the end of a run: another one, or the end of its firing.

Sole maker of runs that follow another.
"""

from msgspec.structs import replace

from homeport.runtime import Tick
from homeport.services.jobs.plan.following import following_request
from homeport.services.jobs.plan.retries import backoff_s
from homeport.services.jobs.plan.run_ends import failed_tasks, is_retried
from homeport.services.jobs.queries import firings, runs
from homeport.services.jobs.reconcile.waking import wake
from homeport.services.jobs.records.runs import Run
from homeport.store import Tx


def conclude(tx: Tx, tick: Tick, before: Run, over: Run) -> None:
    """Record a run that is over, and what follows."""
    firing = firings.find_firing(tx, over.firing_id)
    following = _following(tick, over) if is_retried(over) else None
    if following is not None:
        over = replace(over, next=following.id)
    runs.save_run(tx, before, over)
    if following is not None:
        runs.insert_run(tx, following)
    if firing is not None:
        open_still = following is not None
        closed = firing if open_still else replace(firing, closed_at=tick.now)
        outcome = over.outcome if following is None else following.outcome
        firings.save_firing(tx, firing, closed, run_outcome=outcome)
    for each in firings.waiting_for(tx, f"run {over.id}"):
        wake(tx, tick, each)


def _following(tick: Tick, over: Run) -> Run:
    at = tick.now + tick.span(backoff_s(over.number))
    return Run(
        id=tick.ids.uuid(),
        firing_id=over.firing_id,
        source=over.source,
        lane=over.lane,
        account=over.account,
        region=over.region,
        number=over.number + 1,
        requested_at=tick.now,
        previous=over.id,
        request=following_request(over, failed_tasks(over)),
        cluster=over.cluster,
        outcome="PENDING",
        reason=f"The run {over.id} failed, and is tried again.",
        next_attempt_at=at,
        retries_left=over.retries_left - 1,
        retry_exit_codes=over.retry_exit_codes,
        retry_stop_codes=over.retry_stop_codes,
        queue_for_capacity=over.queue_for_capacity,
    )
