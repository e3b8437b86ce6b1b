"""Which of the tasks that should go may go now.  Pure.

Keeps two promises for every plan: a task is stopped only while enough healthy ones remain, and
nothing that is protected is stopped unless its health checks fail.  What should go, and why, is
the plans' to say.
"""

from collections.abc import Callable, Sequence, Set
from typing import Final, TypeAlias

from homeport.services.ecs.records.service_views import Member

FirstOf: TypeAlias = Callable[[list[Member], int, Set[str]], list[Member]]
"""The first of some tasks to go, how many, and which (ARNs) go already."""

_SERVE_NOBODY: Final = frozenset({"UNHEALTHY", "PENDING"})


class Choice:
    """The tasks to stop as they add up."""

    def __init__(self, *, healthy: int, lower: int, first_of: FirstOf) -> None:
        """Of `healthy` tasks `lower` have to remain."""
        self._spare = healthy - lower
        self._first_of = first_of
        self._gone: set[str] = set()
        self.held = 0
        """Stops that nothing but protection holds back."""

    @property
    def taken(self) -> int:
        """How many were chosen up to now."""
        return len(self._gone)

    def take(
        self, candidates: Sequence[Member], most: int, *, is_surplus: bool = False
    ) -> list[Member]:
        """Choose up to `most`; of a surplus those that are YOUNG go whatever remains."""
        if most <= 0 or not candidates:
            return []
        young_too = is_surplus or self._spare >= 0
        free = [
            each for each in candidates if not each.is_protected or each.standing == "UNHEALTHY"
        ]
        at_once, healthy = _split(free, young_too=young_too)
        first, then = self._shares(len(at_once), len(healthy), most)
        if len(free) < len(candidates):
            sooner, later = _split(candidates, young_too=young_too)
            self.held += sum(self._shares(len(sooner), len(later), most)) - first - then
        self._spare -= then
        return self._picked(at_once, first) + self._picked(healthy, then)

    def _shares(self, at_once: int, healthy: int, most: int) -> tuple[int, int]:
        first = min(at_once, most)
        return first, min(healthy, most - first, max(0, self._spare))

    def _picked(self, pool: list[Member], count: int) -> list[Member]:
        # Where all go, no order is asked for: that is most of what a large rollout stops.
        if 0 < count < len(pool):
            pool = self._first_of(pool, count, self._gone)
        elif count == 0:
            return []
        self._gone.update([each.task.arn for each in pool])
        return pool


def _split(members: Sequence[Member], *, young_too: bool) -> tuple[list[Member], list[Member]]:
    """Those that go at once, and the HEALTHY ones."""
    at_once = _SERVE_NOBODY | {"YOUNG"} if young_too else _SERVE_NOBODY
    return (
        [each for each in members if each.standing in at_once],
        [each for each in members if each.standing == "HEALTHY"],
    )
