"""What happens to tasks, told to the user of the foreground process as it happens."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from homeport.app.control import ControlPlane
from homeport.store import Change

LATE_S: Final = 5.0
"""A node may report a line this long after lines of the control plane that are younger."""

Line = tuple[float, str, str]
"""When, of which task (ARN), and what."""


def unsaid(news: Sequence[Line], said: frozenset[Line]) -> tuple[Line, ...]:
    """The lines that were not said yet, each once, in order."""
    return tuple(line for line in dict.fromkeys(news) if line not in said)


class Progress:
    """Says each new line of each task's story: pulls, starts, exits."""

    def __init__(self, plane: ControlPlane, say: Callable[[str], None]) -> None:
        self._plane = plane
        self._say = say
        self._begun = plane.clock.now()
        self._said: frozenset[Line] = frozenset()

    async def run(self) -> None:
        """Tell until cancelled."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def hear(changes: Sequence[Change]) -> None:
            if any(change.kind == "task" for change in changes):
                loop.call_soon_threadsafe(changed.set)

        stop_listening = self._plane.store.feed.listen(hear)
        try:
            while True:
                await changed.wait()
                changed.clear()
                await self._tell()
        finally:
            stop_listening()

    async def _tell(self) -> None:
        """Say what is new.  Lines older than some that were said may still come, and are said."""
        fleet = self._plane.peers.fleet
        after = max(self._begun, self._plane.clock.now() - LATE_S)
        news = await self._plane.store.aread(lambda tx: fleet.news(tx, after))
        for _, arn, sentence in unsaid(news, self._said):
            self._say(f"task {arn.rsplit('/', 1)[1][:8]}  {sentence}")
        self._said = frozenset(news)  # What is older is never asked for again.
