"""Whether a service is what it should be.  Pure."""

from collections.abc import Sequence
from typing import Final

from homeport.services.ecs.records.service_views import Member

TOLD_EVERY_S: Final = 6 * 3600.0
"""ECS repeats that a service is steady so often."""


def is_steady(
    members: Sequence[Member], primary: str, desired: int, *, has_health_check: bool
) -> bool:
    """Whether exactly `desired` tasks of the primary rollout run, and nothing else does.

    With a health check each has to be HEALTHY.  One that is to move to another place is not where
    it should be.
    """
    there = [each for each in members if each.standing != "OVER"]
    fine = ("HEALTHY",) if has_health_check else ("YOUNG", "HEALTHY")
    return len(there) == desired and all(
        each.task.rollout_id == primary and each.standing in fine and not each.leaves
        for each in there
    )


def is_due(told_at: float | None, every_s: float, *, now: float) -> bool:
    """Whether a steady state has to be told (again); `every_s` are real seconds."""
    return told_at is None or now >= told_at + every_s
