"""A world of jobs for each test."""

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.store import Store
from jobs_world import JobsWorld


@pytest.fixture
def jobs(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> JobsWorld:
    return JobsWorld(store, clock, ids, peers)
