"""Keep a load balancer's state true when its listeners come and go.

What is seen of a listener is written by `facade`, with the state that follows from it.  Here is
the rest: a load balancer without listeners has everything that it needs, and one whose listener
is gone no longer suffers from it.
"""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Tick
from homeport.services.elbv2.plan.load_balancer_states import state_of
from homeport.services.elbv2.queries import listener_sightings, listeners, load_balancers
from homeport.store import ReadTx, Tx

WATCHES: Final = ("load balancer",)


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Bring the load balancer with this ARN to the state that its listeners are in."""
    del tick
    before = load_balancers.find(tx, key)
    if before is None:
        return
    arns = [each.arn for each in listeners.listeners_of(tx, key)]
    seen = listener_sightings.sightings_of(tx, arns)
    state, reason = state_of(before.state, arns, seen)
    after = replace(before, state=state, state_reason=reason)
    if after != before:
        load_balancers.record_state(tx, after)
        tx.changed("load balancer state", key)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every load balancer."""
    return tuple(each.arn for each in load_balancers.every_load_balancer(tx))
