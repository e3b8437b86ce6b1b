"""Services under a random user and a random world come right in the end, within their bounds.

Each seed is one history (`service_histories`): what a user asks for, mixed with nodes that vanish
and return, reports that are lost, late, repeated and reordered, control planes that crash between
any two passes, images that fail, machines that burn down.  `service_watch` looks on from within
every transaction.
"""

from collections.abc import Iterator

import pytest

from homeport.app.services import providers
from ring.ring_seeds import BLOCKS, EmptiedStore, live_through, seeds_of


@pytest.fixture(scope="module")
def emptied() -> Iterator[EmptiedStore]:
    made = EmptiedStore()
    yield made
    made.store.close()


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_history_stays_within_its_bounds_and_ends_well(
    block: int, emptied: EmptiedStore
) -> None:
    for seed in seeds_of(block):
        live_through(seed, emptied, providers)
