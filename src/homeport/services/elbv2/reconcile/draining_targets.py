"""Take deregistered targets away when their deregistration delay is over.

Sole remover of targets that load balancers use.  Whether their connections are gone earlier is
the data plane's to see: they are free then, and shown as draining until the delay is over.
"""

from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.elbv2.plan import draining
from homeport.services.elbv2.plan.target_group_attributes import delay_s
from homeport.services.elbv2.queries import target_groups, targets
from homeport.store import ReadTx, Tx

WATCHES: Final = ("target group",)


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Remove those targets of the group with this ARN whose delay is over."""
    found = targets.draining_targets(tx, key)
    group = target_groups.find_group(tx, key) if found else None
    if group is None:
        return None
    leaving = draining.expire(found, delay_s=tick.span(delay_s(group)), now=tick.now)
    targets.delete_targets(tx, leaving.gone)
    return None if leaving.next_s is None else Again(after_s=leaving.next_s)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """The groups of which a target drains."""
    return targets.groups_with_draining(tx)
