"""Forgets invocations a month after they were made.  Sole remover of invocations."""

from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.hooks.queries.invocations import forget_old
from homeport.store import ReadTx, Tx

KEY: Final = "history"
KEPT_S: Final = 30 * 86_400.0
LOOK_AGAIN_S: Final = 3600.0
WATCHES: Final[tuple[str, ...]] = ()


def reconcile(tx: Tx, key: str, tick: Tick) -> Again:
    """Forget what is old, then look again in an hour."""
    forget_old(tx, until=tick.now - KEPT_S)
    return Again(after_s=LOOK_AGAIN_S)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """There is one history."""
    return (KEY,)
