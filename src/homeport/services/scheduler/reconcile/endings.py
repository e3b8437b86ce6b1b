"""Deletes schedules that were to be deleted after completion, once their last firing is over.

The end of a firing is announced where it was known to be awaited when it was asked for.  What was
asked for before the schedule was told to go is looked for again.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.scheduler.queries import schedules
from homeport.store import ReadTx, Tx

WATCHES: Final = ("firing over", schedules.ENDING)
LOOKS_AGAIN_AFTER_S: Final = 30.0


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Delete the schedule if nothing of it is left to be done."""
    schedule = schedules.find_schedule(tx, key)
    if schedule is None or not schedule.is_ending:
        return None
    if tick.peers.firings.undelivered(tx, key):
        return Again(LOOKS_AGAIN_AFTER_S)
    schedules.delete_schedule(tx, key)
    return None


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every schedule that fires no more and is to be deleted."""
    return schedules.ending(tx)
