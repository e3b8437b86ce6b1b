"""Remove events that are older than their group keeps them.

Sole remover of events of live streams.  The key is the group's ARN.
"""

from collections.abc import Iterable
from typing import Final

from homeport.kernel import arn
from homeport.runtime import Again, Tick
from homeport.services.logs.plan.retention import DAY_S, expires_before_ms
from homeport.services.logs.queries import events, groups, streams
from homeport.store import ReadTx, Tx

BATCH: Final = 5_000
"""Events removed in one transaction, so that writers never wait for long."""


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Remove one batch; come back at once while there is more."""
    parsed = arn.parse(key)
    _, _, name = parsed.resource.partition(":")
    group = groups.find_group(tx, parsed.account, parsed.region, name)
    if group is None or group.retention_days is None:
        return None
    before_ms = expires_before_ms(tick.now, tick.span(group.retention_days * DAY_S))
    freed, count = events.expire_events(tx, group.id, before_ms, BATCH)
    for stream_id, size in freed.items():
        streams.note_expired(tx, stream_id, size)
    return Again(0.0) if count == BATCH else None


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every group whose events expire."""
    return [group.arn for group in groups.groups_with_retention(tx)]
