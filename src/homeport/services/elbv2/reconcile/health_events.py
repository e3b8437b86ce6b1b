"""Tell EventBridge when a target is shown in another state than before.

Sole writer of which state was told last.  AWS tells nobody: the event is Homeport's own, and its
source says so.
"""

from typing import Final

from homeport.runtime import Tick
from homeport.services.elbv2.plan.health_events import changes
from homeport.services.elbv2.plan.target_health import health_of, usage_of
from homeport.services.elbv2.queries import target_groups, targets, told_health, usage
from homeport.services.elbv2.render.bus_events import health_change
from homeport.store import ReadTx, Tx

WATCHES: Final = ("target health",)


def reconcile(tx: Tx, key: str, tick: Tick) -> None:
    """Tell of those targets of the group with this ARN that are otherwise than was told."""
    told = told_health.told_of(tx, key)
    known = targets.targets_of(tx, key)
    group = target_groups.find_group(tx, key)
    if group is None:
        told_health.forget(tx, key, tuple(told))
        return
    users = usage.users_of(tx, key) if group.in_use else ()
    used = usage_of(users)
    shown = {(each.target_id, each.port): health_of(each, group, used) for each in known}
    news = changes(told, shown)
    told_health.forget(tx, key, tuple(each.at for each in news if each.is_gone))
    told_health.tell(
        tx,
        key,
        {each.at: each.health.state for each in news if not each.is_gone},
        known=frozenset(told),
    )
    balancers = tuple(each.arn for each in users)
    for each in news:
        event = health_change(group, balancers, each, at=tick.now)
        tick.peers.bus.put(tx, event, ids=tick.ids)


def sweep(tx: ReadTx) -> tuple[str, ...]:
    """Every group that has targets, or had some when it was told of last."""
    return told_health.groups(tx)
