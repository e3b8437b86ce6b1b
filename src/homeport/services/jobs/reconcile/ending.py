"""How a firing ends that its target did not take: tried again later, given up, left out.

Sole sender of dead letters.
"""

from msgspec.structs import replace

from homeport.runtime import Tick
from homeport.services.jobs.plan.asks import BadTarget
from homeport.services.jobs.plan.dead_letters import dead_letter
from homeport.services.jobs.plan.retries import Policy, after_failure, is_permanent
from homeport.services.jobs.queries.firings import save_firing
from homeport.services.jobs.reconcile.asking import Failed, answer_of
from homeport.services.jobs.records.firings import ATTEMPTS_KEPT, Attempt, Exhausted, Firing
from homeport.store import Tx


def policy_of(tick: Tick, firing: Firing) -> Policy:
    """How long and how often a firing is tried."""
    wanted = firing.wanted
    return Policy(
        due_at=wanted.due_at,
        max_age_s=tick.span(wanted.max_age_s),
        max_retries=wanted.max_retries,
        waited_s=firing.waited_s,
    )


def attempted(firing: Firing, attempt: Attempt) -> Firing:
    """The firing with one attempt more."""
    kept = (*firing.attempts, attempt)[-ATTEMPTS_KEPT:]
    return replace(firing, attempts=kept, attempts_made=attempt.number)


def fail(tx: Tx, tick: Tick, firing: Firing, failed: Failed) -> None:
    """Record an attempt that failed; the firing is tried again as its policy says, or given up."""
    number = firing.attempts_made + 1
    attempt = Attempt(
        number=number, at=tick.now, error_code=failed.code, error_message=failed.message
    )
    after = attempted(firing, attempt)
    if is_permanent(failed.kind, firing.wanted.source_kind):
        give_up(tx, tick, (firing, after), failed, exhausted="")
        return
    policy = policy_of(tick, firing)
    following = after_failure(policy, attempts=number, now=tick.now, second=tick.span(1.0))
    if following.at is None:
        give_up(tx, tick, (firing, after), failed, exhausted=following.exhausted)
        return
    reason = f"{failed.code}: {failed.message}"
    save_firing(tx, firing, replace(after, next_attempt_at=following.at, reason=reason))


def give_up(
    tx: Tx, tick: Tick, change: tuple[Firing, Firing], failed: Failed, *, exhausted: Exhausted
) -> None:
    """End a firing that is not tried any more; its dead-letter queue is told."""
    before, after = change
    over = replace(
        after,
        state="FAILED",
        reason=f"{failed.code}: {failed.message}",
        exhausted=exhausted,
        next_attempt_at=None,
        ended_at=tick.now,
        closed_at=tick.now,
    )
    if over.wanted.dead_letter_arn:
        over = _dead_lettered(tx, tick, over, failed)
    save_firing(tx, before, over)


def skip(tx: Tx, tick: Tick, firing: Firing, reason: str) -> None:
    """Leave a firing out."""
    over = replace(
        firing,
        state="SKIPPED",
        reason=reason,
        next_attempt_at=None,
        waits_for="",
        waiting_since=None,
        ended_at=tick.now,
        closed_at=tick.now,
    )
    save_firing(tx, firing, over)


def _dead_lettered(tx: Tx, tick: Tick, firing: Firing, failed: Failed) -> Firing:
    try:
        letter = dead_letter(
            firing,
            code=failed.code,
            message=failed.message,
            exhausted=firing.exhausted,
            now=tick.now,
        )
        answer_of(tx, tick, firing, [letter])
    except BadTarget as bad:
        return replace(firing, dead_letter_problem=str(bad))
    except Failed as problem:
        return replace(firing, dead_letter_problem=f"{problem.code}: {problem.message}")
    return replace(firing, dead_lettered_to=firing.wanted.dead_letter_arn)
