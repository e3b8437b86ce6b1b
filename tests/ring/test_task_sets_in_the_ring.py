"""Services that others deploy, under a random deployer and a random world, come right in the end.

Each seed is one history (`task_set_histories`): task sets are created, scaled, made primary and
deleted, mixed with nodes that vanish, reports that are lost and control planes that crash between
any two passes.  `TaskSetWatch` looks on from within every transaction.
"""

from collections.abc import Iterator

import pytest

from conftest import CountedIds, TurnedClock
from homeport.app.services import providers
from ring.ring_seeds import FIRST, SEEDS, EmptiedStore, live
from ring.task_set_histories import TaskSetHistory
from ring.task_set_world import TaskSetWorld

SHARE = 10
"""Of as many seeds as the ring has, a tenth is lived through here."""
BLOCKS = 10


@pytest.fixture(scope="module")
def emptied() -> Iterator[EmptiedStore]:
    made = EmptiedStore()
    yield made
    made.store.close()


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_history_of_task_sets_ends_well(block: int, emptied: EmptiedStore) -> None:
    for seed in range(FIRST + block, FIRST + SEEDS // SHARE, BLOCKS):
        emptied.empty()
        clock = TurnedClock()
        world = TaskSetWorld(
            emptied.store, clock=clock, ids=CountedIds(), peers=providers(clock), seed=seed
        )
        live(TaskSetHistory(world), seed)
