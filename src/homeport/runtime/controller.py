"""The loop that runs one reconciler: queue, transaction, back-off.  It decides nothing."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

import structlog

from homeport.contracts.peers import Peers
from homeport.kernel.clock import Clock
from homeport.kernel.ids import Ids
from homeport.runtime.call import Tick
from homeport.runtime.lease import Leases
from homeport.runtime.queue import KeyQueue
from homeport.runtime.service import Reconciler
from homeport.runtime.wakefulness import Wakefulness
from homeport.store import MISSED, Change, Store

SWEEP_EVERY_S: Final = 300.0
GATHER_S: Final = 0.05
"""How long news of a key waits for more, where the reconciler gathers it."""
SWEEP_AGAIN_AFTER_S: Final = 5.0
"""When a sweep failed: the database may be away for a moment."""


class Controller:
    """Feeds a reconciler with keys, one at a time: from the change feed and from the sweep."""

    def __init__(
        self,
        reconciler: Reconciler,
        *,
        store: Store,
        clock: Clock,
        ids: Ids,
        peers: Peers,
        leases: Leases | None = None,
        wakefulness: Wakefulness | None = None,
    ) -> None:
        """Without `leases` every key is ours; without `wakefulness` this process never slept."""
        self._reconciler = reconciler
        self._leases = leases
        self._wakefulness = wakefulness
        self._store = store
        self._clock = clock
        self._ids = ids
        self._peers = peers
        self._queue = KeyQueue()
        self._woken = asyncio.Event()
        self._sweep_now = asyncio.Event()
        self._rests = asyncio.Event()
        self._pausing = asyncio.Lock()
        """Held during a pass."""
        self._log = structlog.get_logger(reconciler=reconciler.name)

    async def run(self) -> None:
        """Reconcile until cancelled.  A pass that raises is logged and tried again later."""
        loop = asyncio.get_running_loop()

        def hear(changes: Sequence[Change]) -> None:
            keys = [each.key for each in changes if each != MISSED and self._holds(each.key)]
            if keys:
                loop.call_soon_threadsafe(self._add, keys)
            if MISSED in changes:
                loop.call_soon_threadsafe(self._sweep_now.set)

        if self._leases is not None:
            self._leases.on_gain(self._sweep_now.set)
        stop_listening = self._store.feed.listen(hear, kinds=self._reconciler.watches)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sweep())
                group.create_task(self._work())
        finally:
            stop_listening()

    async def rest(self) -> None:
        """Begin no pass any more; returns when none is under way."""
        self._rests.set()
        async with self._pausing:
            return

    def _add(self, keys: Sequence[str]) -> None:
        due = self._clock.now() + (GATHER_S if self._reconciler.gathers else 0.0)
        for key in keys:
            self._queue.add(key, due)
        self._woken.set()

    def _holds(self, key: str) -> bool:
        return self._leases is None or self._leases.holds(self._reconciler.name, key)

    async def _sweep(self) -> None:
        while True:
            self._sweep_now.clear()
            wait = SWEEP_EVERY_S
            try:
                keys = await self._store.aread(lambda tx: tuple(self._reconciler.sweep(tx)))
            except Exception:
                wait = SWEEP_AGAIN_AFTER_S
                self._log.exception("sweep failed", again_in_s=wait)
            else:
                self._add([key for key in keys if self._holds(key)])
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._sweep_now.wait()

    async def _work(self) -> None:
        while True:
            key = self._queue.take(self._clock.now())
            if key is None:
                await self._wait()
            elif self._rests.is_set():
                return
            elif self._holds(key):
                async with self._pausing:
                    await self._pass(key)
            else:
                self._queue.done(key)  # Who holds it now has swept.

    async def _wait(self) -> None:
        due = self._queue.next_due()
        timeout = None if due is None else max(0.0, due - self._clock.now())
        try:
            async with asyncio.timeout(timeout):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    async def _pass(self, key: str) -> None:
        tick = Tick(
            now=self._clock.now(),
            ids=self._ids,
            clock=self._clock,
            peers=self._peers,
            awake_since=0.0 if self._wakefulness is None else self._wakefulness.since(),
        )
        try:
            again = await self._store.awrite(lambda tx: self._reconciler.reconcile(tx, key, tick))
        except Exception:
            wait = self._queue.failed(key, self._clock.now())
            self._log.exception("reconcile failed", key=key, again_in_s=wait)
            return
        self._queue.done(key)
        if again is not None:
            self._queue.add(key, self._clock.now() + again.after_s)
