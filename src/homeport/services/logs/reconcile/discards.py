"""Remove the events of deleted streams, a batch at a time.  The key is the stream's id.

Deleting a group must answer quickly however much it holds, so it only notes what to discard.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.logs.queries import events, streams
from homeport.store import ReadTx, Tx

BATCH: Final = 5_000


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Remove one batch; come back at once while there is more."""
    stream_id = int(key)
    if events.discard_events(tx, stream_id, BATCH) == BATCH:
        return Again(0.0)
    streams.forget_discarded(tx, stream_id)
    return None


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every deleted stream that may have left events."""
    return [str(stream_id) for stream_id in streams.streams_to_discard(tx)]
