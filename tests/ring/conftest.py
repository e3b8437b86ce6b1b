"""The ring: a control plane and nodes, driven step by step."""

import pytest

from conftest import CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.store import Store
from ring.driver import Plane
from ring.service_world import ServiceWorld


@pytest.fixture
def plane(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> Plane:
    return Plane(store, clock=clock, ids=ids, peers=peers)


@pytest.fixture
def world(store: Store, clock: TurnedClock, ids: CountedIds, peers: Peers) -> ServiceWorld:
    """A control plane, two nodes in two zones, and `service_watch` looking on."""
    made = ServiceWorld(store, clock=clock, ids=ids, peers=peers)
    for zone in ("us-east-1a", "us-east-1b"):
        made.fleet.add(made.plane, zone=zone)
    return made
