"""Deletes schedules that were to be deleted after completion, once their last firing is over.

The key is the ARN of whatever a firing was of: a rule's is of no schedule, and nothing is done.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Tick
from homeport.services.scheduler.queries import schedules
from homeport.store import ReadTx, Tx

WATCHES: Final = ("firing over", schedules.ENDING)


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Delete the schedule if nothing of it is left to be done."""
    schedule = schedules.find_schedule(tx, key)
    if schedule is None or not schedule.is_ending:
        return
    if tick.peers.firings.undelivered(tx, key) == 0:
        schedules.delete_schedule(tx, key)


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every schedule that fires no more and is to be deleted."""
    return schedules.ending(tx)
