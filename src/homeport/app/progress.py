"""What happens to tasks, told to the user of the foreground process as it happens."""

import asyncio
from collections.abc import Callable, Sequence

from homeport.app.control import ControlPlane
from homeport.store import Change


class Progress:
    """Says each new line of each task's story: pulls, starts, exits."""

    def __init__(self, plane: ControlPlane, say: Callable[[str], None]) -> None:
        self._plane = plane
        self._say = say

    async def run(self) -> None:
        """Tell until cancelled."""
        loop = asyncio.get_running_loop()
        changed = asyncio.Event()

        def hear(changes: Sequence[Change]) -> None:
            if any(change.kind == "task" for change in changes):
                loop.call_soon_threadsafe(changed.set)

        stop_listening = self._plane.store.feed.listen(hear)
        told = self._plane.clock.now()
        try:
            while True:
                await changed.wait()
                changed.clear()
                told = await self._tell(told)
        finally:
            stop_listening()

    async def _tell(self, after: float) -> float:
        """Say what is newer than `after`; answers the time of the newest line."""
        fleet = self._plane.peers.fleet
        news = await self._plane.store.aread(lambda tx: fleet.news(tx, after))
        for _, arn, sentence in news:
            self._say(f"task {arn.rsplit('/', 1)[1][:8]}  {sentence}")
        return max((at for at, _, _ in news), default=after)
