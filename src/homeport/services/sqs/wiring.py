"""SQS as the application joins it."""

from typing import Final

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.sqs.api import (
    attributes,
    lookups,
    queues,
    receipts,
    receiving,
    sending,
    tags,
)
from homeport.services.sqs.reconcile import remains, retention

_NO_MOVES: Final = (
    "Homeport has no message move tasks: receive the messages of the dead-letter queue and send "
    "them to where they belong."
)
UNSUPPORTED: Final = {
    "CancelMessageMoveTask": _NO_MOVES,
    "ListMessageMoveTasks": _NO_MOVES,
    "StartMessageMoveTask": _NO_MOVES,
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="sqs",
            operations=operations_of((attributes, queues, receipts, receiving, sending, tags)),
            reconcilers=(
                Reconciler(
                    name="queue-retention",
                    watches=(lookups.SETTINGS,),
                    reconcile=retention.reconcile,
                    sweep=retention.sweep,
                ),
                Reconciler(
                    name="queue-remains",
                    watches=(lookups.FORMER,),
                    reconcile=remains.reconcile,
                    sweep=remains.sweep,
                ),
            ),
            unsupported=UNSUPPORTED,
        ),
    )
