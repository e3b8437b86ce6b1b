"""Which seeds of service histories are run, where, and what a failing one tells.

A thousand by default.  `HOMEPORT_RING_SEEDS` asks for more of them, `HOMEPORT_RING_FROM` says which
is the first: `make ring SEEDS=20000 FROM=1000`.
"""

import importlib
import os
from collections.abc import Callable
from functools import cache

from sqlalchemy import Table

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

    def empty(self) -> None:
        """Drop every row."""
        self.store.write(drop_rows)


def drop_rows(tx: Tx) -> None:
    """Drop every row of every table that a world fills."""
    for name in SERVICES:
        for table in _tables_of(name):
            tx.execute(table.delete())


@cache
def _tables_of(service: str) -> list[Table]:
    module = importlib.import_module(f"homeport.services.{service}.tables")
    tables: list[Table] = module.METADATA.sorted_tables
    return tables


def live_through(seed: int, emptied: EmptiedStore, peers: PeersFactory) -> None:
    """Live through one seed."""
    emptied.empty()
    clock = TurnedClock()
    world = ServiceWorld(
        emptied.store, clock=clock, ids=CountedIds(), peers=peers(clock), seed=seed
    )
    live(History(world), seed)


def live(history: History, seed: int) -> None:
    """Live through a history; what fails is told with its story."""
    world = history.world
    try:
        history.go()
    except Exception as failed:
        raise AssertionError(f"seed {seed}: {failed!r}\n{story_of(world.watch)}") from failed
    finally:
        world.plane.end()
