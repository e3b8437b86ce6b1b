"""Wake the services whose targets have news, and let go of targets that stand for no task.

What becomes of the tasks is their services' to decide.
"""

from typing import Final

from homeport.runtime import Tick
from homeport.services.ecs.queries import targets as queries
from homeport.store import ReadTx, Tx

WATCHES: Final = ("target health",)


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Look at the target group with this ARN."""
    stray = queries.stray_targets(tx, key)
    if stray:
        queries.forget(tx, stray)
        queries.deregister(tx, tick.peers.targets, stray, now=tick.now)
    for arn in queries.services_of_group(tx, key):
        tx.changed("service", arn)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every group that a task has a target in."""
    return queries.groups_with_targets(tx)
