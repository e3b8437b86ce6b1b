"""What tests of events share: operations asked for directly, and firings that are only kept."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conftest import CallFactory, CountedIds, TurnedClock
from homeport.contracts.peers import Peers
from homeport.runtime import Tick
from homeport.services.events.wiring import services
from homeport.store import Store
from services.events.kept_firings import KeptFirings

Ask = Callable[..., Any]


@pytest.fixture
def firings() -> KeptFirings:
    return KeptFirings()


@pytest.fixture
def joined(peers: Peers, firings: KeptFirings) -> Peers:
    """The real providers, but for the firings."""
    return replace(peers, firings=firings)


@pytest.fixture
def ask(store: Store, call: CallFactory, joined: Peers) -> Ask:
    """`ask("PutRule", Name="a", …)` answers as the handler does, in a transaction of its own."""
    [service] = services()

    def asked(name: str, **request: object) -> Any:
        made = call(peers=joined)
        return store.write(lambda tx: service.operations[name].handler(tx, made, request))

    return asked


@pytest.fixture
def look(store: Store, clock: TurnedClock, ids: CountedIds, joined: Peers) -> Callable[..., Any]:
    """`look("event routing")` is one pass of that loop; its answer is when it wants another."""
    [service] = services()
    loops = {each.name: each for each in service.reconcilers}

    def passed(name: str, **changes: float) -> Any:
        tick = Tick(now=clock.now(), ids=ids, clock=clock, peers=joined, **changes)
        [key] = store.read(loops[name].sweep)
        return store.write(lambda tx: loops[name].reconcile(tx, key, tick))

    return passed
