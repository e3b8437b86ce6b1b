"""The reconcile loop against a real store: woken by commits, by the sweep, and after failures."""

import asyncio
from collections.abc import Iterable

from conftest import TurnedClock
from homeport.contracts.peers import Peers
from homeport.runtime import Again, Reconciler, Tick
from homeport.runtime.controller import GATHER_S, Controller
from homeport.runtime.system import SystemClock, SystemIds
from homeport.runtime.wakefulness import Wakefulness
from homeport.store import MISSED, ReadTx, Store, Tx


class Recorder:
    """A reconciler that remembers which keys it was told."""

    def __init__(self, *, fail: int = 0, again: float | None = None, swept: Iterable[str] = ()):
        self.seen: list[str] = []
        self.fail = fail
        self.again = again
        self.swept = tuple(swept)
        self.reached = asyncio.Event()
        self.target = 1

    def reconcile(self, tx: Tx, key: str, tick: Tick) -> Again | None:
        self.seen.append(key)
        if self.fail:
            self.fail -= 1
            raise RuntimeError("first passes fail")
        if len(self.seen) >= self.target:
            self.loop.call_soon_threadsafe(self.reached.set)
            return None
        return None if self.again is None else Again(self.again)

    def sweep(self, tx: ReadTx) -> Iterable[str]:
        return self.swept

    async def until(self, store: Store, peers: Peers, target: int, *commits: str) -> None:
        self.loop = asyncio.get_running_loop()
        self.target = target
        controller = Controller(
            Reconciler(
                name="recorder", watches=("thing",), reconcile=self.reconcile, sweep=self.sweep
            ),
            store=store,
            clock=SystemClock(),
            ids=SystemIds(),
            peers=peers,
        )
        running = asyncio.create_task(controller.run())
        await asyncio.sleep(0)
        for key in commits:
            await store.awrite(lambda tx, key=key: tx.changed("thing", key))
            await store.awrite(lambda tx, key=key: tx.changed("other", key))
        async with asyncio.timeout(10):
            await self.reached.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_a_commit_wakes_the_key_and_only_kinds_it_watches(store: Store, peers: Peers) -> None:
    async def scenario() -> list[str]:
        recorder = Recorder()
        await recorder.until(store, peers, 2, "a", "b")
        return recorder.seen

    assert asyncio.run(scenario()) == ["a", "b"]


def test_news_of_a_key_is_gathered_for_a_moment(
    store: Store, clock: TurnedClock, peers: Peers
) -> None:
    async def scenario() -> list[str]:
        recorder = Recorder()
        recorder.loop = asyncio.get_running_loop()
        gathering = Reconciler(
            name="gathering",
            watches=("thing",),
            reconcile=recorder.reconcile,
            sweep=recorder.sweep,
            gathers=True,
        )
        parts = {"store": store, "clock": clock, "ids": SystemIds(), "peers": peers}
        running = asyncio.create_task(Controller(gathering, **parts).run())
        await asyncio.sleep(0)
        for number, key in enumerate("aaab"):
            await store.awrite(lambda tx, key=key: tx.changed("thing", key))
            if number == 2:
                assert recorder.seen == []
                clock.turn(GATHER_S)
        async with asyncio.timeout(10):
            await recorder.reached.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return recorder.seen

    assert asyncio.run(scenario()) == ["a"]


def test_a_start_is_a_sweep(store: Store, peers: Peers) -> None:
    async def scenario() -> list[str]:
        recorder = Recorder(swept=("x", "y"))
        await recorder.until(store, peers, 2)
        return recorder.seen

    assert sorted(asyncio.run(scenario())) == ["x", "y"]


def test_when_changes_may_have_been_missed_everything_is_swept(store: Store, peers: Peers) -> None:
    async def scenario() -> list[str]:
        recorder = Recorder(swept=("x",))
        watching = asyncio.create_task(recorder.until(store, peers, 2))
        while not recorder.seen:
            await asyncio.sleep(0)
        store.feed.publish([MISSED])
        await watching
        return recorder.seen

    assert asyncio.run(scenario()) == ["x", "x"]


def test_a_pass_is_told_since_when_the_process_has_been_awake(store: Store, peers: Peers) -> None:
    async def scenario() -> tuple[float, float]:
        told: list[Tick] = []
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def reconcile(tx: Tx, key: str, tick: Tick) -> None:
            told.append(tick)
            loop.call_soon_threadsafe(done.set)

        wakefulness = Wakefulness(SystemClock())
        controller = Controller(
            Reconciler(name="x", watches=(), reconcile=reconcile, sweep=lambda tx: ("key",)),
            store=store,
            clock=SystemClock(),
            ids=SystemIds(),
            peers=peers,
            wakefulness=wakefulness,
        )
        running = asyncio.create_task(controller.run())
        async with asyncio.timeout(10):
            await done.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return told[0].awake_since, wakefulness.since()

    awake_since, expected = asyncio.run(scenario())
    assert awake_since == expected


def test_a_pass_that_fails_comes_back(store: Store, peers: Peers) -> None:
    async def scenario() -> list[str]:
        recorder = Recorder(fail=2)
        await recorder.until(store, peers, 3, "a")
        return recorder.seen

    assert asyncio.run(scenario()) == ["a", "a", "a"]


def test_a_pass_can_ask_to_be_called_again(store: Store, peers: Peers) -> None:
    async def scenario() -> list[str]:
        recorder = Recorder(again=0.01)
        await recorder.until(store, peers, 3, "a")
        return recorder.seen

    assert asyncio.run(scenario()) == ["a", "a", "a"]
