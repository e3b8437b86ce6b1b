"""Forget stopped tasks after `--task-history`, and client tokens after a day.

Sole remover of tasks.
"""

from collections.abc import Callable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.ecs.queries import client_tokens
from homeport.services.ecs.queries.task_lists import FORGOTTEN_AT_ONCE, forget_old_tasks
from homeport.store import ReadTx, Tx

KEY: Final = "history"
LOOK_AGAIN_S: Final = 60.0


def reconciling(history_s: float) -> Callable[[Tx, str, Tick], Again | None]:
    """A pass that keeps stopped tasks for `history_s` seconds (real ones: nobody waits for it)."""

    def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
        client_tokens.forget_old(tx, now=tick.now)
        forgotten = forget_old_tasks(tx, until=tick.now - history_s)
        return Again(after_s=0.0 if forgotten == FORGOTTEN_AT_ONCE else LOOK_AGAIN_S)

    return reconcile


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """There is one history."""
    return (KEY,)
