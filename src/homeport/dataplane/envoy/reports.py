"""Writes what the data plane saw to the store, in batches, and again until it is written.

What was seen is decided elsewhere; what becomes of it too.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final

import structlog

from homeport.contracts.routing import Routing
from homeport.contracts.routing_table import ListenerSighting, TrafficFigures
from homeport.dataplane.envoy.health_book import HealthBook
from homeport.dataplane.envoy.sightings import Drain
from homeport.kernel.clock import Clock
from homeport.store import Store, Tx

AGAIN_MIN_S: Final = 0.5
AGAIN_MAX_S: Final = 30.0
FIGURES_MAX: Final = 10_000

Write = Callable[[Tx], None]

_log = structlog.get_logger("homeport.envoy")


class Reports:
    """Health (from the book), listeners, their weights and drained targets on their way to the
    store."""

    def __init__(self, store: Store, routing: Routing, clock: Clock, book: HealthBook) -> None:
        self._store = store
        self._routing = routing
        self._clock = clock
        self._book = book
        self._some = asyncio.Event()
        self._listeners: dict[str, ListenerSighting] = {}
        self._drained: set[Drain] = set()
        self._shifts: dict[str, int] = {}
        self._figures: tuple[TrafficFigures, ...] = ()

    def listeners(self, sightings: Iterable[ListenerSighting]) -> None:
        """These are to be reported."""
        self._listeners |= {each.listener_arn: each for each in sightings}
        self._some.set()

    def drained(self, targets: Iterable[Drain]) -> None:
        """These are to be reported."""
        self._drained |= set(targets)
        self._some.set()

    def shifts(self, taken: Mapping[str, int]) -> None:
        """That these are taken, by listener, is to be reported."""
        self._shifts |= taken
        self._some.set()

    def traffic(self, figures: tuple[TrafficFigures, ...]) -> None:
        """These are to be reported; the oldest are lost if nothing can be written for long."""
        self._figures = (*self._figures, *figures)[-FIGURES_MAX:]
        self._some.set()

    def health(self) -> None:
        """There may be news in the book."""
        self._some.set()

    async def run(self) -> None:
        """Write what there is as it comes, until cancelled."""
        wait = AGAIN_MIN_S
        while True:
            await self._some.wait()
            self._some.clear()
            try:
                await self._write()
                wait = AGAIN_MIN_S
            except Exception:
                _log.exception("what Envoy shows could not be written", again_in_s=wait)
                self._some.set()
                await asyncio.sleep(wait)
                wait = min(2 * wait, AGAIN_MAX_S)

    async def _write(self) -> None:
        news, now = self._book.take_news(), self._clock.now()
        listeners, self._listeners = self._listeners, {}
        drained, self._drained = self._drained, set()
        shifts, self._shifts = self._shifts, {}
        routing, writes = self._routing, list[Write]()
        if listeners:
            seen = tuple(listeners.values())
            writes.append(partial(routing.saw_listeners, sightings=seen, now=now))
        for arn, shift in sorted(shifts.items()):
            writes.append(partial(routing.saw_shift, listener_arn=arn, shift=shift, now=now))
        for arn, sightings in news.items():
            writes.append(partial(routing.saw_targets, group_arn=arn, sightings=sightings, now=now))
        for arn in sorted({group for group, _, _ in drained}):
            free = tuple((target, port) for group, target, port in drained if group == arn)
            writes.append(partial(routing.saw_drained, group_arn=arn, targets=free, now=now))
        try:
            if writes:
                await self._store.awrite(lambda tx: [write(tx) for write in writes])
        except Exception:
            self._book.give_back(news)
            self._listeners = listeners | self._listeners
            self._drained |= drained
            self._shifts = shifts | self._shifts
            raise
        await self._write_figures()

    async def _write_figures(self) -> None:
        """By themselves: nothing else waits for them."""
        figures, self._figures = self._figures, ()
        if not figures:
            return
        saw, now = self._routing.saw_traffic, self._clock.now()
        try:
            await self._store.awrite(lambda tx: saw(tx, figures, now=now))
        except Exception:
            self._figures = (*figures, *self._figures)[-FIGURES_MAX:]
            raise
