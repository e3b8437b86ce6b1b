"""Control planes that share a database: each key is one's, and the living take over."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest

from conftest import fresh_database
from homeport.contracts.peers import Peers
from homeport.runtime import Again, Reconciler, Tick
from homeport.runtime import lease_rows as rows
from homeport.runtime.controller import Controller
from homeport.runtime.lease import SharedLeases
from homeport.runtime.shares import SHARDS
from homeport.runtime.system import SystemClock, SystemIds
from homeport.runtime.tables import METADATA
from homeport.store import ReadTx, Store, Tx
from homeport.store.postgres import PostgresStore

POSTGRES = os.environ.get("HOMEPORT_TEST_POSTGRES")
BEAT_S = 0.05
DEAD_AFTER_S = 0.5
KEYS = tuple(f"key-{n}" for n in range(50))


@dataclass
class Plane:
    """A control plane with one reconciler, which remembers what it was told."""

    store: Store
    name: str
    seen: list[str] = field(default_factory=list)
    buried: list[str] = field(default_factory=list)
    revivals: int = 0
    work: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.leases = SharedLeases(
            self.store,
            self.name,
            buried=lambda tx, name: self.buried.append(name),
            revived=self._revived,
            beat_every_s=BEAT_S,
            dead_after_s=DEAD_AFTER_S,
        )

    def start(self, peers: Peers) -> "Plane":
        reconciler = Reconciler(
            name="recorder", watches=("thing",), reconcile=self._reconcile, sweep=self._sweep
        )
        controller = Controller(
            reconciler,
            store=self.store,
            clock=SystemClock(),
            ids=SystemIds(),
            peers=peers,
            leases=self.leases,
        )
        self.work = [asyncio.create_task(each.run()) for each in (self.leases, controller)]
        return self

    async def stop(self) -> None:
        """In order: it leaves."""
        for each in self.work:
            each.cancel()
        await asyncio.gather(*self.work, return_exceptions=True)

    async def _revived(self) -> None:
        self.revivals += 1

    def _reconcile(self, tx: Tx, key: str, tick: Tick) -> Again | None:
        self.seen.append(key)
        return None

    def _sweep(self, tx: ReadTx) -> tuple[str, ...]:
        return KEYS


async def until(holds: Callable[[], Any]) -> None:
    """Wait for what the planes do in their own time."""
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0)


def play(test: Coroutine[Any, Any, None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await test

    asyncio.run(bounded())


@contextlib.asynccontextmanager
async def running(peers: Peers, *planes: Plane) -> AsyncIterator[None]:
    for each in planes:
        each.start(peers)
    try:
        yield
    finally:
        for each in planes:
            await each.stop()


def shares(*planes: Plane) -> list[int]:
    return [len(each.leases.held) for each in planes]


def all_held_once(*planes: Plane) -> bool:
    held = [shard for each in planes for shard in each.leases.held]
    return sorted(held) == list(range(SHARDS))


def test_alone_a_plane_holds_everything_and_sees_all_keys(store: Store, peers: Peers) -> None:
    async def test() -> None:
        plane = Plane(store, "a")
        async with running(peers, plane):
            await until(lambda: set(plane.seen) == {*KEYS})
            assert shares(plane) == [SHARDS]
        assert store.read(rows.look) == rows.Seen({}, {})

    play(test())


def test_planes_share_evenly_as_they_come_and_go(store: Store, peers: Peers) -> None:
    async def test() -> None:
        a, b, c = (Plane(store, name) for name in "abc")
        async with running(peers, a):
            await until(lambda: shares(a) == [SHARDS])
            async with running(peers, b, c):
                await until(lambda: sorted(shares(a, b, c)) == [21, 21, 22])
                await until(lambda: all_held_once(a, b, c))
            await until(lambda: shares(a, b, c) == [SHARDS, 0, 0])
        assert (a.buried, b.buried, c.buried) == ([], [], [])

    play(test())


def test_a_wake_is_for_the_one_who_holds_the_key(store: Store, peers: Peers) -> None:
    async def test() -> None:
        a, b = Plane(store, "a"), Plane(store, "b")
        async with running(peers, a, b):
            await until(lambda: all_held_once(a, b) and shares(a, b) == [32, 32])
            await until(lambda: {*a.seen} | {*b.seen} == {*KEYS})
            await asyncio.gather(*(each.leases._store.aread(rows.look) for each in (a, b)))
            mine = [key for key in KEYS if a.leases.holds("recorder", key)]
            a.seen.clear()
            b.seen.clear()
            for key in KEYS:
                await store.awrite(lambda tx, key=key: tx.changed("thing", key))
            await until(lambda: len(a.seen) + len(b.seen) >= len(KEYS))
            assert a.seen == mine
            assert b.seen == [key for key in KEYS if key not in mine]

    play(test())


def test_one_that_was_taken_for_dead_says_so_and_comes_back(store: Store, peers: Peers) -> None:
    async def test() -> None:
        a, b = Plane(store, "a"), Plane(store, "b")
        async with running(peers, a, b):
            await until(lambda: shares(a, b) == [32, 32])
            assert store.write(lambda tx: rows.bury(tx, "b", rows.look(tx).heartbeats["b"]))
            await until(lambda: b.revivals == 1)
            await until(lambda: all_held_once(a, b) and shares(a, b) == [32, 32])

    play(test())


def test_a_restart_under_the_same_name_holds_what_it_held(store: Store, peers: Peers) -> None:
    async def test() -> None:
        store.write(lambda tx: rows.beat(tx, "a"))
        store.write(lambda tx: rows.take(tx, "a", dict.fromkeys(range(SHARDS))))
        plane = Plane(store, "a")
        async with running(peers, plane):
            await until(lambda: shares(plane) == [SHARDS])
            assert plane.revivals == 0

    play(test())


def test_taking_what_another_took_meanwhile_takes_nothing_from_it(store: Store) -> None:
    store.write(lambda tx: rows.take(tx, "b", {1: None}))
    assert store.write(lambda tx: rows.take(tx, "a", {1: "dead"})) == frozenset()
    assert store.write(lambda tx: rows.take(tx, "a", {1: "b", 2: None})) == {1, 2}


@pytest.mark.postgres
def test_when_a_plane_dies_the_other_takes_over_and_says_that_its_nodes_are_gone(
    peers: Peers,
) -> None:
    if POSTGRES is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")

    async def test(url: str) -> None:
        stores = [PostgresStore(url), PostgresStore(url)]
        stores[0].write(lambda tx: METADATA.create_all(tx._connection))
        a, b = Plane(stores[0], "a"), Plane(stores[1], "b")
        async with running(peers, a, b):
            await until(lambda: all_held_once(a, b) and shares(a, b) == [32, 32])
            # Wakes reach the other plane: whoever holds the key hears of what this one commits.
            theirs = next(key for key in KEYS if b.leases.holds("recorder", key))
            b.seen.clear()
            await stores[0].awrite(lambda tx: tx.changed("thing", theirs))
            await until(lambda: theirs in b.seen)
            b.store.close()  # It says nothing more, as after kill -9.
            await b.stop()
            a.seen.clear()
            await until(lambda: shares(a) == [SHARDS])
            assert a.buried == ["b"]
            await until(lambda: theirs in a.seen)
        stores[0].close()

    with fresh_database(POSTGRES) as url:
        play(test(url))


@pytest.mark.postgres
def test_a_listener_that_lost_its_connection_says_that_it_missed_something() -> None:
    if POSTGRES is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")

    async def test(url: str) -> None:
        store = PostgresStore(url)
        heard: list[str] = []
        store.feed.listen(lambda changes: heard.extend(each.kind for each in changes))
        other = PostgresStore(url)
        store._listener.pgconn.finish()
        await until(lambda: "feed" in heard)
        other.write(lambda tx: tx.changed("thing", "x"))
        await until(lambda: "thing" in heard)
        other.close()
        store.close()

    with fresh_database(POSTGRES) as url:
        play(test(url))
