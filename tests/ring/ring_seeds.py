"""Which seeds of service histories are run, where, and what a failing one tells.

A thousand by default.  `HOMEPORT_RING_SEEDS` asks for more of them, `HOMEPORT_RING_FROM` says which
is the first: `make ring SEEDS=20000 FROM=1000`.
"""

import importlib
import os
from collections.abc import Callable

from conftest import SERVICES, CountedIds, TurnedClock, create_tables
from homeport.contracts.peers import Peers
from homeport.store import Store, Tx
from homeport.store.sqlite import SqliteStore
from ring.service_histories import History
from ring.service_watch import story_of
from ring.service_world import ServiceWorld

SEEDS = int(os.environ.get("HOMEPORT_RING_SEEDS", "1000"))
FIRST = int(os.environ.get("HOMEPORT_RING_FROM", "0"))
BLOCKS = 40
"""Tests that share the seeds: enough for each process to have its part of them."""

PeersFactory = Callable[[TurnedClock], Peers]


def seeds_of(block: int) -> range:
    """The seeds of one block."""
    return range(FIRST + block, FIRST + SEEDS, BLOCKS)


class EmptiedStore:
    """One database in memory for many worlds: making the tables anew costs more than a history."""

    def __init__(self) -> None:
        self.store: Store = SqliteStore()
        self.store.write(create_tables)
        self._deletes = [
            table.delete()
            for name in SERVICES
            for table in importlib.import_module(
                f"homeport.services.{name}.tables"
            ).METADATA.sorted_tables
        ]

    def empty(self) -> None:
        """Drop every row."""

        def drop(tx: Tx) -> None:
            for each in self._deletes:
                tx.execute(each)

        self.store.write(drop)


def live_through(seed: int, emptied: EmptiedStore, peers: PeersFactory) -> None:
    """Live through one seed; what fails is told with its story."""
    emptied.empty()
    clock = TurnedClock()
    world = ServiceWorld(
        emptied.store, clock=clock, ids=CountedIds(), peers=peers(clock), seed=seed
    )
    try:
        History(world).go()
    except Exception as failed:
        raise AssertionError(f"seed {seed}: {failed!r}\n{story_of(world.watch)}") from failed
    finally:
        world.plane.end()
