"""Hooks as the application joins them: a part of Homeport's own API."""

from homeport.runtime import Reconciler, Service, operations_of
from homeport.services.hooks.api import hooks
from homeport.services.hooks.reconcile import history


def services() -> tuple[Service, ...]:
    """The one service of this package."""
    return (
        Service(
            name="homeport",
            operations=operations_of((hooks,)),
            reconcilers=(
                Reconciler(
                    name="hook history",
                    watches=history.WATCHES,
                    reconcile=history.reconcile,
                    sweep=history.sweep,
                ),
            ),
        ),
    )
