"""The ledger as the application joins it: a part of Homeport's own API."""

from typing import Final

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.jobs.api import ledger
from homeport.services.jobs.reconcile import firings, history, room, runs

HISTORY_S: Final = 7 * 86_400.0
"""How long the ledger keeps a firing that is over, unless a setting says otherwise."""


def services(*, history_s: float = HISTORY_S) -> tuple[Service, ...]:
    """The one service of this package; firings are kept for `history_s` once they are over."""
    return (
        Service(
            name="homeport",
            operations=operations_of((ledger,)),
            reconcilers=(
                Reconciler(
                    name="firings",
                    watches=firings.WATCHES,
                    reconcile=firings.reconcile,
                    sweep=firings.sweep,
                    starts_tasks=True,
                ),
                Reconciler(
                    name="runs",
                    watches=runs.WATCHES,
                    reconcile=runs.reconcile,
                    sweep=runs.sweep,
                    starts_tasks=True,
                ),
                Reconciler(
                    name="room for firings",
                    watches=room.WATCHES,
                    reconcile=room.reconcile,
                    sweep=room.sweep,
                    gathers=True,
                ),
                Reconciler(
                    name="job history",
                    watches=(),
                    reconcile=history.reconciling(history_s),
                    sweep=history.sweep,
                ),
            ),
        ),
    )
