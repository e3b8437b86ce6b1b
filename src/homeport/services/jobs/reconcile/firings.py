"""Invokes targets: the due firings of one lane, in their order.

One that fails is tried again later; those after it need not wait for it.
"""

from homeport.runtime import Again, Tick
from homeport.services.jobs.queries import firings
from homeport.services.jobs.reconcile.attempts import attempt
from homeport.store import ReadTx, Tx

WATCHES = ("firing",)


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Try what is due in a lane, and say when to look again."""
    for number, each in enumerate(firings.due_firings(tx, key, now=tick.now)):
        # One before it in the lane may have made something else of it.
        firing = firings.find_firing(tx, each.id) if number else each
        if firing is not None and firing.state == "PENDING":
            attempt(tx, tick, firing)
    at = firings.next_attempt_at(tx, key)
    return None if at is None else Again(after_s=max(0.0, at - tick.now))


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every lane with something to try."""
    return firings.pending_lanes(tx)
