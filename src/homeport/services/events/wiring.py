"""EventBridge as the application joins it."""

from typing import Final

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.events.api import buses, events, permissions, rules, tags, targets
from homeport.services.events.reconcile import routing, schedules

_ARCHIVES: Final = "Homeport keeps no archives of events, so that none can be replayed."
_CONNECTIONS: Final = (
    "Homeport delivers events to ECS, SQS, CloudWatch Logs, event buses and what else it serves: "
    "there are no API destinations and no connections."
)
_ENDPOINTS: Final = "Homeport has no global endpoints: put events on a bus of the region."
_PARTNERS: Final = "Homeport receives no events of partners: it has no partner event sources."
UNSUPPORTED: Final = {
    **dict.fromkeys(
        (
            "CancelReplay",
            "CreateArchive",
            "DeleteArchive",
            "DescribeArchive",
            "DescribeReplay",
            "ListArchives",
            "ListReplays",
            "StartReplay",
            "UpdateArchive",
        ),
        _ARCHIVES,
    ),
    **dict.fromkeys(
        (
            "CreateApiDestination",
            "CreateConnection",
            "DeauthorizeConnection",
            "DeleteApiDestination",
            "DeleteConnection",
            "DescribeApiDestination",
            "DescribeConnection",
            "ListApiDestinations",
            "ListConnections",
            "UpdateApiDestination",
            "UpdateConnection",
        ),
        _CONNECTIONS,
    ),
    **dict.fromkeys(
        (
            "CreateEndpoint",
            "DeleteEndpoint",
            "DescribeEndpoint",
            "ListEndpoints",
            "UpdateEndpoint",
        ),
        _ENDPOINTS,
    ),
    **dict.fromkeys(
        (
            "ActivateEventSource",
            "CreatePartnerEventSource",
            "DeactivateEventSource",
            "DeletePartnerEventSource",
            "DescribeEventSource",
            "DescribePartnerEventSource",
            "ListEventSources",
            "ListPartnerEventSourceAccounts",
            "ListPartnerEventSources",
            "PutPartnerEvents",
        ),
        _PARTNERS,
    ),
}


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="events",
            operations=operations_of((buses, events, permissions, rules, tags, targets)),
            reconcilers=(
                Reconciler(
                    name="event routing",
                    watches=routing.WATCHES,
                    reconcile=routing.reconcile,
                    sweep=routing.sweep,
                    gathers=True,
                ),
                Reconciler(
                    name="rule schedules",
                    watches=schedules.WATCHES,
                    reconcile=schedules.reconcile,
                    sweep=schedules.sweep,
                ),
            ),
            unsupported=UNSUPPORTED,
        ),
    )
