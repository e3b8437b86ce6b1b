"""CodeDeploy under a random pipeline and a random world: every deployment comes to a good end.

Each seed is one history (`deploying_histories`): deployments, stops, alarms and functions, mixed
with nodes that vanish, weights that are taken late, and control planes that crash between any two
passes.  `DeployWatch` looks on from within every transaction.
"""

from collections.abc import Iterator

import pytest

from conftest import CountedIds, TurnedClock
from homeport.app.services import providers
from ring.deploying_histories import DeployHistory
from ring.deploying_world import DeployingWorld
from ring.ring_seeds import FIRST, SEEDS, EmptiedStore, live

SHARE = 20
"""Of the ring's seeds one in twenty is lived through here."""
BLOCKS = 10


@pytest.fixture(scope="module")
def emptied() -> Iterator[EmptiedStore]:
    made = EmptiedStore()
    yield made
    made.store.close()


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_history_of_deployments_ends_well(block: int, emptied: EmptiedStore) -> None:
    for seed in range(FIRST + block, FIRST + SEEDS // SHARE, BLOCKS):
        emptied.empty()
        clock = TurnedClock()
        world = DeployingWorld(
            emptied.store, clock=clock, ids=CountedIds(), peers=providers(clock), seed=seed
        )
        live(DeployHistory(world), seed)
