"""Follows the file that Envoy writes health events to, woken by the kernel when it grows."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from homeport.dataplane.envoy.health_events import HealthEvent, parse
from homeport.dataplane.envoy.inotify import forget_news, watch_changes

SIZE_MAX: Final = 1024 * 1024
"""Above, what was read is dropped."""


class HealthLog:
    """Reads each event once, those that were there before it came included."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0
        self._rest = b""

    async def follow(
        self, hear: Callable[[Sequence[HealthEvent]], None], dropped: Callable[[], None]
    ) -> None:
        """Tell of events as they come, until cancelled.

        `dropped` is called when the file was shortened: an event may have gone with it.
        """
        self._path.touch(mode=0o600)
        watch = watch_changes(self._path)
        loop, grown = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(watch, _wake, watch, grown)
        grown.set()
        try:
            while True:
                await grown.wait()
                grown.clear()
                hear(self._read())
                if self._at > SIZE_MAX:
                    os.truncate(self._path, 0)
                    dropped()
        finally:
            loop.remove_reader(watch)
            os.close(watch)

    def _read(self) -> tuple[HealthEvent, ...]:
        with self._path.open("rb") as file:
            if os.fstat(file.fileno()).st_size < self._at:
                self._at, self._rest = 0, b""  # It begins anew.
            file.seek(self._at)
            news = file.read()
        self._at += len(news)
        *lines, self._rest = (self._rest + news).split(b"\n")
        return tuple(event for line in lines if (event := parse(line)) is not None)


def _wake(watch: int, grown: asyncio.Event) -> None:
    forget_news(watch)
    grown.set()
