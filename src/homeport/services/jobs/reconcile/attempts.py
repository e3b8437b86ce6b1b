"""One firing's turn: its target is invoked, and what came of it is recorded.

What its target did is committed with the firing's row, or undone: no crash doubles or loses it.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from homeport.runtime import Tick
from homeport.services.jobs.plan.asks import BadTarget
from homeport.services.jobs.plan.retries import is_too_old
from homeport.services.jobs.plan.targets import asks_of
from homeport.services.jobs.queries.firings import save_firing
from homeport.services.jobs.reconcile.asking import Failed, answer_of
from homeport.services.jobs.reconcile.ending import attempted, fail, give_up, policy_of
from homeport.services.jobs.reconcile.starting import start_tasks
from homeport.services.jobs.records.firings import Attempt, Firing
from homeport.store import Tx

GRACE_S: Final = 5.0
"""Real seconds by which a turn may come late without being called too old."""
TOO_OLD: Final = Failed(
    "EventTooOld", "It was older than its maximum event age when its turn came."
)
BAD_TARGET: Final = "ValidationException"


def attempt(tx: Tx, tick: Tick, firing: Firing) -> None:
    """Invoke a firing's target once, or give it up."""
    if is_too_old(policy_of(tick, firing), at=tick.now - GRACE_S):
        give_up(tx, tick, (firing, firing), _last(firing), exhausted="MaximumEventAgeInSeconds")
        return
    try:
        asks = asks_of(firing, attempt=firing.attempts_made + 1, now=tick.now)
    except BadTarget as bad:
        refused = Failed(BAD_TARGET, str(bad))
        give_up(tx, tick, (firing, _refused(tick, firing, refused)), refused, exhausted="")
        return
    if asks[-1].starts_tasks:
        start_tasks(tx, tick, firing, asks[-1])
        return
    try:
        answer = answer_of(tx, tick, firing, asks)
    except Failed as failed:
        fail(tx, tick, firing, failed)
        return
    took = Attempt(number=firing.attempts_made + 1, at=tick.now, outcome="The target took it.")
    delivered = replace(
        attempted(firing, took),
        state="DELIVERED",
        reason="",
        next_attempt_at=None,
        delivered_at=tick.now,
        ended_at=tick.now,
        closed_at=tick.now,
        answer=_in_short(answer),
    )
    save_firing(tx, firing, delivered)


def _last(firing: Firing) -> Failed:
    """Why its last attempt failed; that it is too old when it had none."""
    last = firing.attempts[-1] if firing.attempts else None
    if last is None or not last.error_code:
        return TOO_OLD
    return Failed(last.error_code, last.error_message)


def _refused(tick: Tick, firing: Firing, why: Failed) -> Firing:
    made = Attempt(
        number=firing.attempts_made + 1,
        at=tick.now,
        error_code=why.code,
        error_message=why.message,
    )
    return attempted(firing, made)


def _in_short(answer: Mapping[str, Any]) -> str:
    """An id that the target gave to what it took, if it gave one."""
    for name in ("MessageId", "EventId"):
        if answer.get(name):
            return str(answer[name])
    entries = answer.get("Entries") or ()
    return str(entries[0].get("EventId", "")) if entries else ""
