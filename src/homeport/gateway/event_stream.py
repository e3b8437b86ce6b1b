"""``/_homeport/events``: what happens, told as it happens.  What an event is, others know.

Lines of JSON, one for each event, woken by the change feed; nothing is kept but what is about to
be sent, so a reader that is slow costs no memory.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from homeport.contracts.events import Events, SequencedEvent
from homeport.gateway.codec.json_out import encode
from homeport.kernel.clock import Clock
from homeport.store import Change, ReadTx, Store

READERS_MAX: Final = 64
CHUNK_BYTES: Final = 64 * 1024
SETTLED_AFTER_S: Final = 60.0
"""An event as old as that has nothing before it that is still to be committed."""


class TooManyReaders(Exception):
    """As many streams are open as there may be."""


class Order:
    """Lets events through in order, none skipped that may still come.

    Control planes that share a database may commit out of order.  What comes after a gap waits for
    `settle_s`: by then, whoever was given the missing sequence has committed or given up.
    """

    def __init__(self, after: int, settle_s: float) -> None:
        self._after = after
        self._settle_s = settle_s
        self._seen: dict[int, float] = {}

    @property
    def after(self) -> int:
        """The sequence of the last event that was let through."""
        return self._after

    def take(self, read: Sequence[SequencedEvent], now: float) -> Sequence[SequencedEvent]:
        """Those of `read`, all that follows `after`, that may be told now."""
        self._seen = {each.sequence: self._seen.get(each.sequence, now) for each in read}
        for count, each in enumerate(read):
            is_next = each.sequence == self._after + 1
            if not is_next and not self._is_settled(each, now):
                return read[:count]
            self._after = each.sequence
            del self._seen[each.sequence]
        return read

    def due(self) -> float | None:
        """When the first event that waits may be told; None when none waits."""
        return min(self._seen.values()) + self._settle_s if self._seen else None

    def _is_settled(self, event: SequencedEvent, now: float) -> bool:
        return (
            now - event.at >= SETTLED_AFTER_S or now - self._seen[event.sequence] >= self._settle_s
        )


@dataclass(slots=True, kw_only=True)
class EventStream:
    """Every event of every account and region, from wherever a reader wants to begin."""

    store: Store
    events: Events
    clock: Clock
    settle_s: float
    readers: int = 0

    async def last(self) -> int:
        """The sequence of the newest event."""
        return await self.store.aread(self.events.last_sequence)

    async def lines(self, after: int, *, follow: bool) -> AsyncGenerator[bytes, None]:
        """The events after a sequence as lines, up to the newest or, to `follow`, without end.

        Raises `TooManyReaders`.
        """
        if self.readers >= READERS_MAX:
            raise TooManyReaders
        return self._lines(after, None if follow else await self.last())

    async def _lines(self, after: int, until: int | None) -> AsyncGenerator[bytes, None]:
        order, news = Order(after, self.settle_s), asyncio.Event()
        self.readers += 1
        stop_listening = self.store.feed.listen(_setting(news), kinds=("event",))
        try:
            while until is None or order.after < until:
                news.clear()
                read = await self.store.aread(self._reading(order.after))
                told = order.take(read, self.clock.now())
                for chunk in _chunks(told):
                    yield chunk
                if not told:
                    if until is not None and not read:
                        return
                    await self._wait(news, order.due())
        finally:
            stop_listening()
            self.readers -= 1

    def _reading(self, after: int) -> Callable[[ReadTx], tuple[SequencedEvent, ...]]:
        return lambda tx: self.events.events_after(tx, after)

    async def _wait(self, news: asyncio.Event, due: float | None) -> None:
        """Wait for a commit, or until what was read already is due."""
        timeout = None if due is None else max(0.0, due - self.clock.now())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await news.wait()


def _setting(news: asyncio.Event) -> Callable[[Sequence[Change]], None]:
    loop = asyncio.get_running_loop()

    def hear(_: Sequence[Change]) -> None:
        # The loop may be closed by now; the commit that called us must not care.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(news.set)

    return hear


def _chunks(told: Sequence[SequencedEvent]) -> Iterator[bytes]:
    """The lines of the events, some together: encoded no sooner than they are sent."""
    lines: list[bytes] = []
    size = 0
    for each in told:
        lines.append(encode({"sequence": each.sequence, "event": each.envelope}) + b"\n")
        size += len(lines[-1])
        if size >= CHUNK_BYTES:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)
