"""Forgets firings that are over, with their runs, after the time that `--task-history` says.

Sole remover of firings and runs.
"""

from collections.abc import Callable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.jobs.queries.firings import FORGOTTEN_AT_ONCE, forget_closed
from homeport.store import ReadTx, Tx

KEY: Final = "job history"
LOOK_AGAIN_S: Final = 60.0


def reconciling(history_s: float) -> Callable[[Tx, str, Tick], Again | None]:
    """A pass that keeps firings for `history_s` real seconds after they and their runs ended."""

    def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
        is_more = forget_closed(tx, until=tick.now - history_s) == FORGOTTEN_AT_ONCE
        return Again(after_s=0.0 if is_more else LOOK_AGAIN_S)

    return reconcile


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """There is one ledger."""
    return (KEY,)
