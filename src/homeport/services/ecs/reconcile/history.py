"""Forget what is old: stopped tasks and deleted services after `--task-history`, client tokens and
events after a day, the deployments of services after 90 days.

Sole remover of tasks and of services.
"""

from collections.abc import Callable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.ecs.queries import bus_events, client_tokens
from homeport.services.ecs.queries.service_history import FORGOTTEN_AT_ONCE as SERVICES_AT_ONCE
from homeport.services.ecs.queries.service_history import (
    forget_old_deployments,
    forget_old_services,
)
from homeport.services.ecs.queries.task_lists import FORGOTTEN_AT_ONCE, forget_old_tasks
from homeport.store import ReadTx, Tx

KEY: Final = "history"
LOOK_AGAIN_S: Final = 60.0
EVENTS_KEPT_S: Final = 86_400.0
EVENTS_KEPT_MAX: Final = 200_000
"""However young they are, no more events are kept."""
DEPLOYMENTS_KEPT_S: Final = 90 * 86_400.0


def reconciling(history_s: float) -> Callable[[Tx, str, Tick], Again | None]:
    """A pass that keeps stopped tasks for `history_s` seconds (real ones: nobody waits for it)."""

    def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
        client_tokens.forget_old(tx, now=tick.now)
        is_more = (
            forget_old_tasks(tx, until=tick.now - history_s) == FORGOTTEN_AT_ONCE,
            forget_old_services(tx, until=tick.now - history_s) == SERVICES_AT_ONCE,
            forget_old_deployments(tx, until=tick.now - DEPLOYMENTS_KEPT_S) == SERVICES_AT_ONCE,
            bus_events.forget_events(tx, until=tick.now - EVENTS_KEPT_S, kept=EVENTS_KEPT_MAX),
        )
        return Again(after_s=0.0 if any(is_more) else LOOK_AGAIN_S)

    return reconcile


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """There is one history."""
    return (KEY,)
