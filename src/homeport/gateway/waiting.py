"""Clients that wait for an answer: who is asked again, and when.

What they wait for is the services' matter (`NotYet`); here is only the queue of those who wait.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from homeport.kernel.clock import Clock
from homeport.runtime import NotYet
from homeport.store import MISSED, Change, Feed

WAITERS_MAX: Final = 2_000
"""Who comes when so many wait already is answered at once, as if the time were over."""

Ask = Callable[[], Awaitable[Any]]
Gone = Callable[[], Awaitable[None]]
"""Returns when the client is gone."""


async def never() -> None:
    """A client of which it cannot be told when it is gone."""
    await asyncio.Event().wait()


@dataclass(slots=True)
class Line:
    """Those who wait for the same thing."""

    waiters: int = 0
    news: int = 0
    """Counts what was announced, and what came to pass of itself."""
    dry: int = -1
    """The news after which somebody was asked and had nothing to say."""
    again_at: float | None = None
    """When something comes to pass of itself, as the last who was asked said."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def tell(self) -> None:
        """There is news."""
        self.news += 1
        self.again_at = None
        self.changed.set()
        self.changed = asyncio.Event()

    def nothing(self, said: NotYet, news: int) -> None:
        """Somebody who was asked after this news had nothing to say."""
        self.dry = news
        if self.news == news:
            self.again_at = said.again_at


class Waiting:
    """Everybody who waits at this gateway."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock
        self._lines: dict[Change, Line] = {}
        self._count = 0
        self._stop_listening: Callable[[], None] | None = None
        self._closed = asyncio.Event()

    def close(self) -> None:
        """Answer everybody with what there is: the server is about to stop."""
        self._closed.set()

    async def settle(self, answer: NotYet, ask: Ask, gone: Gone) -> Any:
        """The answer in the end: what `ask` says at last, or what there was at the beginning."""
        if self._count >= WAITERS_MAX:
            return answer.answer
        line = self._join(answer.of)
        leaving = [asyncio.ensure_future(gone()), asyncio.ensure_future(self._closed.wait())]
        try:
            return await self._wait(line, answer, ask, leaving)
        finally:
            for each in leaving:
                each.cancel()
            await asyncio.gather(*leaving, return_exceptions=True)
            self._leave(answer.of, line)

    async def _wait(
        self, line: Line, answer: NotYet, ask: Ask, leaving: Sequence[asyncio.Future[Any]]
    ) -> Any:
        await asyncio.sleep(0)  # Who is gone already is known then.
        while not any(each.done() for each in leaving):
            async with line.turn:
                # Whoever found nothing before we joined may have been asked before it came.
                while line.dry < line.news and not any(each.done() for each in leaving):
                    news = line.news
                    said = await ask()
                    if not isinstance(said, NotYet):
                        return said
                    line.nothing(said, news)
            if self._clock.now() >= answer.until:
                break
            await self._news(line, answer.until, leaving)
        return answer.answer

    async def _news(self, line: Line, until: float, leaving: Sequence[asyncio.Future[Any]]) -> None:
        """Return when there is news, when something came to pass, or when the time is over."""
        wake_at = until if line.again_at is None else min(until, line.again_at)
        left = wake_at - self._clock.now()
        if left > 0 and line.dry == line.news:
            changed = asyncio.ensure_future(line.changed.wait())
            await asyncio.wait(
                (changed, *leaving), timeout=left, return_when=asyncio.FIRST_COMPLETED
            )
            changed.cancel()
        if line.again_at is not None and self._clock.now() >= line.again_at:
            line.tell()

    def _join(self, of: Change) -> Line:
        if self._stop_listening is None:
            loop = asyncio.get_running_loop()

            def hear(changes: Sequence[Change]) -> None:
                news = [each for each in changes if each in self._lines or each == MISSED]
                if news:
                    loop.call_soon_threadsafe(self._hear, news)

            self._stop_listening = self._feed.listen(hear)
        line = self._lines.setdefault(of, Line())
        line.waiters += 1
        self._count += 1
        return line

    def _leave(self, of: Change, line: Line) -> None:
        line.waiters -= 1
        self._count -= 1
        if not line.waiters:
            del self._lines[of]
        if not self._count and self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    def _hear(self, changes: Sequence[Change]) -> None:
        told = tuple(self._lines) if MISSED in changes else changes
        for each in told:
            line = self._lines.get(each)
            if line is not None:
                line.tell()
