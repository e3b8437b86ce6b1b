"""Let data age: points are put together as they grow old, and go; so do metrics and history.

Sole remover of points, metrics and history.  There is one key, for all of it.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.cloudwatch.plan import ageing, tallies
from homeport.services.cloudwatch.queries import alarms, metrics
from homeport.store import ReadTx, Tx

KEY: Final = "all"
BATCH: Final = 1_000
AGAIN_AFTER_S: Final = 60.0


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """One batch of each; come back at once while there is more."""
    is_more = alarms.forget_history(tx, tick.now - ageing.HISTORY_S, BATCH) == BATCH
    silent = metrics.forget_silent_metrics(tx, tick.now - ageing.METRIC_S, BATCH)
    is_more = is_more or silent == BATCH
    for level in ageing.levels(tick.now):
        found = metrics.oldest_points(tx, level.span_s, level.before, BATCH)
        is_more = is_more or len(found) == BATCH
        for metric_id, start, end in ageing.spans(found, level.wider_s):
            points = metrics.points_between(tx, metric_id, start, end)
            metrics.delete_points(tx, metric_id, start, end)
            if level.wider_s is not None:
                kept = ageing.together(points, level.wider_s, tallies.together)
                metrics.insert_points(tx, metric_id, level.wider_s, kept)
    return Again(0.0 if is_more else AGAIN_AFTER_S)


def sweep(tx: ReadTx) -> Iterable[str]:
    """The one key."""
    return (KEY,)
