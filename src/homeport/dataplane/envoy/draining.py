"""Waits for draining targets to be free of connections.

Envoy announces no such thing, so it is asked again and again, but only while targets drain.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from homeport.contracts.routing_table import TargetGroup
from homeport.dataplane.envoy.admin import Admin, AdminAway
from homeport.dataplane.envoy.sightings import Drain, idle

LOOK_EVERY_S: Final = 0.2
"""Between two looks; a target that is free in both is: the first may have come while Envoy's
threads were still sending it requests."""


class Draining:
    """The targets that are being drained and were not found free yet."""

    def __init__(self, admin: Admin, free: Callable[[frozenset[Drain]], None]) -> None:
        """`free` is told of each target once."""
        self._admin = admin
        self._free = free
        self._groups: dict[str, TargetGroup] = {}
        self._clusters: Mapping[str, str] = {}
        self._told: frozenset[Drain] = frozenset()
        self._some = asyncio.Event()

    def know(self, groups: Iterable[TargetGroup], clusters: Mapping[str, str]) -> None:
        """These are all target groups, and all clusters with the group that each stands for."""
        self._clusters = clusters
        self._groups = {each.arn: each for each in groups if _draining(each)}
        self._told &= frozenset(
            drain for each in self._groups.values() for drain in _draining(each)
        )
        if self._untold():
            self._some.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            before: frozenset[Drain] = frozenset()
            while self._untold():
                now = await self._look()
                if free := (before & now) - self._told:
                    self._told |= free
                    self._free(free)
                before = now
                await asyncio.sleep(LOOK_EVERY_S)

    def _untold(self) -> tuple[TargetGroup, ...]:
        """Groups with targets that nothing was told of."""
        return tuple(each for each in self._groups.values() if _draining(each) - self._told)

    async def _look(self) -> frozenset[Drain]:
        groups = {each.arn: each for each in self._untold()}
        names = [name for name, arn in self._clusters.items() if arn in groups]
        try:
            clusters = await self._admin.clusters(names) if names else ()
        except AdminAway:
            return frozenset()
        found: frozenset[Drain] = frozenset()
        for arn, group in groups.items():
            own = [name for name in names if self._clusters.get(name) == arn]
            found |= idle(group, clusters, names=own)
        return found


def _draining(group: TargetGroup) -> frozenset[Drain]:
    return frozenset(
        (group.arn, each.target_id, each.port) for each in group.targets if each.draining
    )
