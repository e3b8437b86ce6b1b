"""Two control planes on one PostgreSQL: the same histories, whoever of the two does what.

Nothing keeps them from doing the same thing at the same time here: in Homeport a lease does, which
saves work.  That nothing is done twice is up to the transactions.
"""

import os
from collections.abc import Iterator

import pytest

from conftest import TurnedClock, create_tables, fresh_database
from homeport.app.services import providers
from homeport.store import Store
from homeport.store.postgres import PostgresStore
from ring.plane_pair import PairWorld
from ring.ring_seeds import FIRST, drop_rows, live
from ring.service_histories import History

POSTGRES = os.environ.get("HOMEPORT_TEST_POSTGRES")
SEEDS = int(os.environ.get("HOMEPORT_RING_SEEDS", "1000")) // 40
"""A database that is really there takes its time."""
BLOCKS = 4
STEPS = 20


@pytest.fixture(scope="module")
def stores() -> Iterator[tuple[Store, Store]]:
    if POSTGRES is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")
    with fresh_database(POSTGRES) as url:
        opened = PostgresStore(url), PostgresStore(url)
        opened[0].write(create_tables)
        yield opened
        for each in opened:
            each.close()


@pytest.mark.postgres
@pytest.mark.parametrize("threads", [False, True], ids=["in turns", "at the same time"])
@pytest.mark.parametrize("block", range(BLOCKS))
def test_two_control_planes_are_as_good_as_one(
    block: int, threads: bool, stores: tuple[Store, Store]
) -> None:
    for seed in range(FIRST + block, FIRST + SEEDS, BLOCKS):
        stores[0].write(drop_rows)
        clock = TurnedClock()
        world = PairWorld(stores, clock=clock, peers=providers(clock), seed=seed, threads=threads)
        live(History(world, steps=STEPS), seed)
