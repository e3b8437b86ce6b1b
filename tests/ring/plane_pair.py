"""Two control planes on one database, driven as if they were one.

What is asked goes to either of them, a node is linked to either, and both hear of every commit.
Without `threads` their passes take turns; with it they run at the same time, and so do the nodes.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.store import Store
from ring.driver import PASSES_MAX, Plane
from ring.service_world import ServiceWorld

NAMES = ("left", "right")


@dataclass
class LockedIds(CountedIds):
    """Ids that count up whichever thread asks."""

    lock: threading.RLock = field(default_factory=threading.RLock)

    def hex(self, digits: int) -> str:
        with self.lock:
            return super().hex(digits)

    def number(self, digits: int) -> str:
        with self.lock:
            return super().number(digits)


class PlanePair:
    """What a world needs of a control plane, done by two."""

    def __init__(self, planes: Sequence[Plane], random: Random) -> None:
        self.planes = list(planes)
        self.random = random
        self.at_once: Callable[[Callable[[int], int]], None] | None = None
        """Runs everything that is due, of both and of the nodes, at the same time."""
        self._joined = [self._join(plane) for plane in self.planes]

    def some(self) -> Plane:
        """Either of them."""
        return self.random.choice(self.planes)

    def ask(self, name: str, **request: Any) -> Any:
        return self.some().ask(name, **request)

    def drain(
        self, choose: Callable[[int], int] = lambda count: 0, *, passes: int | None = None
    ) -> int:
        """As a plane's, of both in turns."""
        if passes is None and self.at_once is not None:
            self.at_once(choose)
        for done in range(PASSES_MAX if passes is None else passes):
            first = self.random.randrange(2)
            for plane in (self.planes[first], self.planes[1 - first]):
                if plane.drain(choose, passes=1):
                    break
            else:
                return done
        return passes or 0

    def sweep(self) -> None:
        self.wake_all()
        self.drain()

    def wake_all(self) -> None:
        for plane in self.planes:
            plane.wake_all()

    def lose_wakes(self) -> None:
        self.some().lose_wakes()

    def next_due(self) -> float | None:
        times = [plane.next_due() for plane in self.planes]
        return min((each for each in times if each is not None), default=None)

    def take_news(self) -> frozenset[str]:
        return frozenset[str]().union(*(plane.take_news() for plane in self.planes))

    def replace(self, old: Plane, new: Plane) -> None:
        """One is gone, and another is started in its place."""
        index = self.planes.index(old)
        self._joined[index]()
        old.end()
        self.planes[index] = new
        self._joined[index] = self._join(new)

    def end(self) -> None:
        for stop, plane in zip(self._joined, self.planes, strict=True):
            stop()
            plane.end()

    def _join(self, plane: Plane) -> Callable[[], None]:
        """Have the other hear of what this one commits, at once: the database tells it later."""

        def tell(changes: Sequence[Any]) -> None:
            for other in self.planes:
                if other is not plane:
                    other.hear(changes)

        return plane.store.feed.listen(tell)


class PairWorld(ServiceWorld):
    """A world with two control planes."""

    def __init__(
        self, stores: Sequence[Store], *, clock: TurnedClock, peers: Peers, seed: int, threads: bool
    ) -> None:
        self.stores = stores
        super().__init__(stores[0], clock=clock, ids=LockedIds(), peers=peers, seed=seed)
        if threads:
            self.plane.at_once = self.all_at_once

    def new_plane(self) -> Any:
        planes = [
            self.plane_on(store, name) for store, name in zip(self.stores, NAMES, strict=True)
        ]
        return PlanePair(planes, self.random)

    def crash(self, *, passes: int = 0) -> None:
        """One of the two dies with the links of its nodes, and is started anew."""
        pair: PlanePair = self.plane
        pair.drain(self.random.randrange, passes=passes)
        old = pair.some()
        new = self.plane_on(old.store, old.name)
        pair.replace(old, new)
        fleet, now = self.peers.fleet, self.clock.now()
        new.write(lambda tx: fleet.disconnect_plane(tx, new.name, now=now), ("start", new.name))
        for node in self.fleet.nodes:
            if node.plane is old:
                node.plane, node.connected = new, False
        new.wake_all()

    def all_at_once(self, choose: Callable[[int], int]) -> None:
        """Both planes drain and the nodes do what is due, each in a thread of its own."""
        pair: PlanePair = self.plane
        with self.watch.several_at_once(self.store), ThreadPoolExecutor(3) as threads:
            work = [threads.submit(plane.drain, choose) for plane in pair.planes]
            work.append(threads.submit(self.fleet.settle_once, pair))
            for each in work:
                each.result()
