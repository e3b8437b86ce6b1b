"""The service scheduler: brings each service to its revision and its count, and keeps it there.

Sole starter of services' tasks, sole stopper of them on its own account, and sole writer of
rollouts and service deployments once an operation has begun them.  What is to be done is planned
in plan/service; how healthy tasks are is only ever observed.
"""

from collections.abc import Callable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.ecs.queries.services import find_service, live_arns
from homeport.services.ecs.reconcile.service_look import ServiceLook
from homeport.services.ecs.reconcile.service_pass import look_after
from homeport.store import ReadTx, Tx

WATCHES: Final = ("service",)


def reconciling(healthy_after_s: float) -> Callable[[Tx, str, Tick], Again | None]:
    """A pass over a service; tasks without a health check are healthy after so many seconds."""

    def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
        service = find_service(tx, key)
        if service is None or service.status == "INACTIVE":
            return None
        return look_after(ServiceLook(tx, tick, service, healthy_after_s))

    return reconcile


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every service that is not over."""
    return live_arns(tx)
