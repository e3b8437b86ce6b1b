"""Remove messages that their queue keeps no longer.  The key is the queue's ARN.

Nobody sees when this happens: a message that is too old is gone for every operation.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.sqs.plan.deduplication import REMEMBERED_S
from homeport.services.sqs.queries import fifo, messages, queues
from homeport.services.sqs.records.queues import named_by
from homeport.store import ReadTx, Tx

BATCH: Final = 1_000
"""Messages removed in one transaction, so that writers never wait for long."""


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Remove one batch; come back at once while there is more."""
    named = named_by(key)
    if named is None:
        return None
    queue = queues.find_queue(tx, named.account, named.region, named.name)
    if queue is None:
        return None
    if queue.body.fifo:
        fifo.expire(tx, queue.id, since=tick.now - tick.span(REMEMBERED_S))
    since = tick.now - tick.span(queue.body.retention_s)
    oldest = messages.oldest(tx, queue.id)
    if oldest is None or oldest > since:
        return None
    return Again(0.0) if messages.expire(tx, queue.id, since=since, count=BATCH) else None


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every queue."""
    return [each.arn for each in queues.every_queue(tx)]
