"""A world of schedules for the tests of the scheduler."""

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.store import Store
from scheduler_world import SchedulerWorld


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> SchedulerWorld:
    """Schedules, with the loops that see to them."""
    return SchedulerWorld(store, clock, ids, peers)
