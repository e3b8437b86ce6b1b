"""Removes groups that are being deleted, their schedules first, a batch at a time.

Sole remover of groups.  The key is the group's ARN.
"""

from collections.abc import Iterable
from typing import Final

from homeport.kernel import arn as arns
from homeport.runtime import Again, Tick
from homeport.services.scheduler.queries import groups, schedules
from homeport.store import ReadTx, Tx

WATCHES: Final = (groups.DELETING,)
SCHEDULES_AT_ONCE: Final = 500


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Remove some of the group's schedules, and the group with the last of them."""
    parsed = arns.parse(key)
    place = (parsed.account, parsed.region, parsed.rest)
    group = groups.find_group(tx, *place)
    if group is None or not group.is_deleting:
        return None
    if schedules.delete_some_of_group(tx, *place, most=SCHEDULES_AT_ONCE) == SCHEDULES_AT_ONCE:
        return Again(0.0)
    groups.delete_group(tx, group)
    return None


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every group that is being deleted."""
    return tuple(each.arn for each in groups.deleting(tx))
