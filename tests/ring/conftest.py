"""The ring: a control plane and nodes, driven step by step."""

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.store import Store
from ring.driver import Plane


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    return Plane(store, clock=clock, ids=ids, peers=peers)
