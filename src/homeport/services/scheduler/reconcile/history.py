"""Forgets client tokens after a day.  Sole remover of them."""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.scheduler.queries import client_tokens
from homeport.store import ReadTx, Tx

KEY: Final = "history"
LOOK_AGAIN_S: Final = 3600.0
WATCHES: Final[tuple[str, ...]] = ()


def reconcile(tx: Tx, key: str, tick: Tick) -> Again:
    """Forget what is old, then look again in an hour."""
    client_tokens.forget_old(tx, now=tick.now)
    return Again(after_s=LOOK_AGAIN_S)


def sweep(tx: ReadTx) -> Iterable[str]:
    """There is one history."""
    return (KEY,)
