"""Which tasks move so that the zones have equally many.  Pure.

Whether a service is to be rebalanced at all, and where the replacements run, is decided elsewhere.
"""

from collections.abc import Sequence
from typing import Final

from homeport.services.ecs.records.service_views import Member

_COUNTED: Final = ("PENDING", "YOUNG", "HEALTHY")
_RUNNING: Final = ("YOUNG", "HEALTHY")


def tasks_to_move(members: Sequence[Member], primary: str, zones: Sequence[str]) -> tuple[str, ...]:
    """ARNs of tasks in zones that have too many, given that every one of `zones` can take tasks.

    Nothing when the fullest zone has at most one task more than the emptiest, or while tasks that
    were chosen before are still to be replaced.  As few as possible, the youngest of each zone;
    protected tasks stay.  What is in a zone that is not one of `zones` stays where it is.
    """
    own = [each for each in members if each.task.rollout_id == primary]
    if any(each.leaves and each.standing != "OVER" for each in own):
        return ()
    counts = balance(own, primary, zones)
    fullest = sorted(dict.fromkeys(zones), key=lambda zone: (-counts[zone], zone))
    if not fullest:
        return ()
    each_has, extra = divmod(sum(counts[zone] for zone in fullest), len(fullest))
    moved: list[str] = []
    for position, zone in enumerate(fullest):
        # The zones that have most keep the odd tasks: that moves fewest.
        surplus = counts[zone] - each_has - (position < extra)
        moved += _youngest(own, zone)[: max(0, surplus)]
    return tuple(moved)


def _youngest(own: Sequence[Member], zone: str) -> list[str]:
    """ARNs of a zone's tasks that may be moved."""
    movable = [
        each.task
        for each in own
        if each.task.zone == zone and each.standing in _RUNNING and not each.is_protected
    ]
    return [each.arn for each in sorted(movable, key=lambda task: (-task.created_at, task.arn))]


def balance(members: Sequence[Member], primary: str, zones: Sequence[str]) -> dict[str, int]:
    """How many tasks of the primary rollout each zone has, every one of `zones` included.

    Those that end, that are unhealthy or that have to leave do not count: others come for them.
    """
    counts = dict.fromkeys(sorted(zones), 0)
    for each in members:
        zone = each.task.zone
        if zone is None or each.task.rollout_id != primary:
            continue
        if each.standing in _COUNTED and not each.leaves:
            counts[zone] = counts.get(zone, 0) + 1
    return counts
