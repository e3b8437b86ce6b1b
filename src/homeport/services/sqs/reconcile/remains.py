"""Remove what a deleted or purged queue held, a batch at a time.  The key is the id that it had.

A deleted queue is known until its name may be given again.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.sqs.plan.names import NAME_RESTS_S
from homeport.services.sqs.queries import messages, queues
from homeport.store import ReadTx, Tx

BATCH: Final = 1_000


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Remove one batch; come back at once while there is more."""
    former = queues.former_queue(tx, int(key))
    if former is None:
        return None
    if messages.discard(tx, former.queue_id, BATCH) == BATCH:
        return Again(0.0)
    if former.deleted_at is not None:
        left = former.deleted_at + tick.span(NAME_RESTS_S) - tick.now
        if left > 0:
            return Again(left)
    queues.forget_former(tx, former.queue_id)
    return None


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every former queue that is still known."""
    return [str(each) for each in queues.former_ids(tx)]
