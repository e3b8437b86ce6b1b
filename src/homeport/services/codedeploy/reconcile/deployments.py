"""Deployments, from Created to their end: what is seen, what follows, what was done.

The only writer of a deployment, but for what clients ask of it: api/deployment_orders.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.codedeploy.plan import lifecycle
from homeport.services.codedeploy.plan.sides import with_sight
from homeport.services.codedeploy.queries import deployments
from homeport.services.codedeploy.reconcile.observing import observe
from homeport.services.codedeploy.reconcile.ordering import carry_out
from homeport.services.codedeploy.render.bus_events import state_changes
from homeport.store import ReadTx, Tx

WATCHES: Final = ("deployment",)
MOVES_AT_ONCE: Final = 32
"""Moves of one pass; what is left comes with the next, which its own change wakes."""


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every deployment that is under way."""
    return deployments.open_ids(tx)


def reconcile(tx: Tx, deployment_id: str, tick: Tick) -> Again | None:
    """Move the deployment as far as it goes now."""
    before = deployments.find_deployment(tx, deployment_id)
    if before is None or before.is_over:
        return None
    deployment, again_at = before, None
    for _ in range(MOVES_AT_ONCE):
        sight = observe(tx, tick, deployment)
        move = lifecycle.next_move(deployment, sight, now=tick.now, span=tick.span)
        again_at = move.again_at
        if not move.orders and move.deployment == deployment:
            break
        deployment = carry_out(tx, tick, deployment, move)
        if deployment.is_over:
            break
    if deployment.is_over:
        # Nobody looks again: what the last orders have made of the two sides is shown from now on.
        deployment = with_sight(deployment, observe(tx, tick, deployment), tick.now)
    if deployment != before:
        deployments.save_deployment(tx, deployment)
        for event in state_changes(before, deployment, at=tick.now):
            tick.peers.bus.put(tx, event, ids=tick.ids)
    if deployment.is_over or again_at is None:
        return None
    return Again(after_s=max(0.0, again_at - tick.now))
