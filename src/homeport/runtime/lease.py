"""Which keys this control plane reconciles: its part of the work, where several share the state.

The loop here only carries out what `shares` decides.  No promise rests on it: transactions are
serializable, and a key that two planes look at is looked at twice.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import structlog

from homeport.runtime import lease_rows as rows
from homeport.runtime.shares import Hearing, divide, heard, shard_of
from homeport.store import AlreadyThere, Change, Store, Tx

BEAT_EVERY_S: Final = 3.0
DEAD_AFTER_S: Final = 10.0
"""A plane is taken for dead when its count stood still for so long, by our own clock."""
LEAVE_WITHIN_S: Final = 5.0

_log = structlog.get_logger("homeport.leases")


class Leases(Protocol):
    """Says which keys are ours."""

    def holds(self, reconciler: str, key: str) -> bool:
        """Whether the reconciler's key is ours now.  Called from any thread."""

    def on_gain(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, on the event loop, when keys became ours."""


class SharedLeases:
    """Our shards among those of all control planes on one database."""

    def __init__(
        self,
        store: Store,
        plane: str,
        *,
        buried: Callable[[Tx, str], None],
        revived: Callable[[], Awaitable[None]],
        failed: Callable[[], None] = lambda: None,
        beat_every_s: float = BEAT_EVERY_S,
        dead_after_s: float = DEAD_AFTER_S,
    ) -> None:
        """`buried` is called in the transaction that forgets a dead plane; `revived` when others
        took this one for dead; `failed` when the database cannot be reached."""
        self._store = store
        self._plane = plane
        self._buried = buried
        self._revived = revived
        self._failed = failed
        self._beat_every_s = beat_every_s
        self._dead_after_s = dead_after_s
        self._held: frozenset[int] = frozenset()
        self._wakes: list[Callable[[], None]] = []
        self._hearing = Hearing(at=0.0)
        self._arrived = False
        self._beat_at = float("-inf")

    @property
    def held(self) -> frozenset[int]:
        """Our shards."""
        return self._held

    def holds(self, reconciler: str, key: str) -> bool:
        return shard_of(reconciler, key) in self._held

    def on_gain(self, wake: Callable[[], None]) -> None:
        self._wakes.append(wake)

    async def run(self) -> None:
        """Hold our part until cancelled; then the others have it at once."""
        loop = asyncio.get_running_loop()
        news = asyncio.Event()

        def hear(_: Sequence[Change]) -> None:
            loop.call_soon_threadsafe(news.set)

        stop_listening = self._store.feed.listen(hear, kinds=(rows.KIND,))
        try:
            while True:
                news.clear()
                await self._round(loop.time())
                left_s = self._beat_at + self._beat_every_s - loop.time()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, left_s)):
                        await news.wait()
        finally:
            stop_listening()
            await asyncio.shield(self._leave())

    async def _round(self, now: float) -> None:
        try:
            if now - self._beat_at >= self._beat_every_s:
                await self._beat()
                self._beat_at = now
            await self._settle(await self._store.aread(rows.look), now)
        except AlreadyThere:
            _log.debug("another control plane was faster")  # It has announced that: we look again.
        except Exception:
            _log.exception("could not see to the leases")
            self._beat_at = now  # Tried again at the usual pace.
            self._failed()

    async def _beat(self) -> None:
        there = await self._store.awrite(lambda tx: rows.beat(tx, self._plane))
        if self._arrived and not there:
            _log.warning("other control planes took this one for dead")
            self._held = frozenset()
            await self._revived()
        self._arrived = True

    async def _settle(self, seen: rows.Seen, now: float) -> None:
        """Do what follows from what was seen; what we change ourselves has us look again."""
        counts = {name: count for name, count in seen.heartbeats.items() if name != self._plane}
        gap_max_s = 2 * self._beat_every_s
        self._hearing = heard(self._hearing, counts, now=now, gap_max_s=gap_max_s)
        if dead := self._hearing.dead(self._dead_after_s):
            for each in dead:
                await self._bury(each, counts[each])
            return  # What is free now is announced, and seen at the next look.
        division = divide(self._plane, seen.holders, counts.keys())
        held = {shard for shard, holder in seen.holders.items() if holder == self._plane}
        if division.give:
            await self._store.awrite(lambda tx: rows.give(tx, self._plane, division.give))
            held -= {*division.give}
        if division.take:
            wanted = {shard: seen.holders.get(shard) for shard in division.take}
            held |= await self._store.awrite(lambda tx: rows.take(tx, self._plane, wanted))
        self._hold(frozenset(held))

    def _hold(self, held: frozenset[int]) -> None:
        gained, lost = held - self._held, self._held - held
        # From here on wakes are ours; the sweep that follows sees what was committed before.
        self._held = held
        if gained or lost:
            _log.info("shards", held=len(held), gained=len(gained), lost=len(lost))
        if gained:
            for wake in self._wakes:
                wake()

    async def _bury(self, plane: str, count: int) -> None:
        def bury(tx: Tx) -> None:
            if rows.bury(tx, plane, count):
                self._buried(tx, plane)

        _log.warning("a control plane is gone", plane=plane)
        await self._store.awrite(bury)

    async def _leave(self) -> None:
        self._held = frozenset()
        try:
            async with asyncio.timeout(LEAVE_WITHIN_S):
                await self._store.awrite(lambda tx: rows.leave(tx, self._plane))
        except Exception:
            _log.warning("the other control planes will take over by themselves")
