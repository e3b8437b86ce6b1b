"""CloudWatch Logs as the application joins it."""

from typing import Final

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.logs.api import events, groups, streams, tags
from homeport.services.logs.reconcile import discards, retention

UNSUPPORTED: Final = {
    "StartLiveTail": "Homeport has no live tail sessions yet: use FilterLogEvents, as "
    "`aws logs tail --follow` does.",
    "StartQuery": "Homeport has no CloudWatch Logs Insights: use FilterLogEvents.",
    "PutMetricFilter": "Homeport has no metric filters yet.",
    "PutSubscriptionFilter": "Homeport has no subscription filters yet.",
    "AssociateKmsKey": "Homeport has no KMS yet: log groups cannot be encrypted.",
    "CreateExportTask": "Homeport does not export log groups to S3.",
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="logs",
            operations=operations_of((events, groups, streams, tags)),
            reconcilers=(
                Reconciler(
                    name="log-retention",
                    watches=(groups.CHANGED,),
                    reconcile=retention.reconcile,
                    sweep=retention.sweep,
                ),
                Reconciler(
                    name="log-discards",
                    watches=("log-discard",),
                    reconcile=discards.reconcile,
                    sweep=discards.sweep,
                ),
            ),
            unsupported=UNSUPPORTED,
        ),
    )
