"""What the ledger says of a firing: one word for it and all its runs."""

from typing import Final, Literal

from homeport.services.jobs.records.firings import FiringState
from homeport.services.jobs.records.runs import Outcome

LedgerOutcome = Literal[
    "PENDING",
    "WAITING",
    "RUNNING",
    "RETRYING",
    "SUCCEEDED",
    "DELIVERED",
    "FAILED",
    "STOPPED",
    "TIMED_OUT",
    "LOST",
    "SKIPPED",
    "MISSED",
]
"""It is to be tried; it waits for room or for another run; its tasks are not over; they failed and
are to be started again; they succeeded; its target starts no tasks, and took it; it was given up,
or its tasks failed; somebody stopped them; they took longer than they may; nothing is known of
them any more; a reserved tag left it out; it never came to it."""

UNDER_WAY: Final = frozenset[LedgerOutcome]({"PENDING", "WAITING", "RUNNING", "RETRYING"})
GOOD: Final = frozenset[LedgerOutcome]({"SUCCEEDED", "DELIVERED"})
BAD: Final = frozenset[LedgerOutcome]({"FAILED", "TIMED_OUT", "LOST"})
OUTCOMES: Final[tuple[LedgerOutcome, ...]] = LedgerOutcome.__args__  # type: ignore[attr-defined]


def ledger_outcome(state: FiringState, newest_run: Outcome | None) -> LedgerOutcome:
    """The word for a firing in this state, with the outcome of its newest run if it has one."""
    if state != "DELIVERED":
        return state
    if newest_run is None:
        return "DELIVERED"
    return "RETRYING" if newest_run == "PENDING" else newest_run
