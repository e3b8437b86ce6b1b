"""Have services look again when the data plane has taken weights, or an alarm has changed.

Decides nothing: what their deployments make of it is theirs.
"""

from typing import Final

from homeport.runtime import Tick
from homeport.services.ecs.queries.deployment_watches import watchers
from homeport.store import ReadTx, Tx

WATCHES: Final = ("traffic", "alarm")


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Wake the services whose deployments watch the listener, or the alarm, with this ARN."""
    del tick
    for arn in watchers(tx, key):
        tx.changed("service", arn)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Nothing: every service is swept by itself."""
    return ()
