"""Has a firing tried that waited, unless its schedule or rule is gone by now.

That is how somebody calls off what waits for room: by deleting what asked for it.
"""

from homeport.runtime import Tick
from homeport.services.jobs.queries.firings import wake_firing
from homeport.services.jobs.reconcile.ending import skip
from homeport.services.jobs.records.firings import Firing
from homeport.store import Tx


def wake(tx: Tx, tick: Tick, firing: Firing) -> None:
    """Have it tried now, or leave it out."""
    wanted = firing.wanted
    peers = tick.peers
    sources = peers.schedules if wanted.source_kind == "schedule" else peers.rules
    if sources.job(tx, wanted.source) is None:
        skip(tx, tick, firing, f"The {wanted.source_kind} was deleted while it waited.")
    else:
        wake_firing(tx, firing, now=tick.now)
