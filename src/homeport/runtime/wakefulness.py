"""Since when this process has been awake without a break: a laptop sleeps, a machine is paused.

Silence of others means nothing while one could not hear.  Nothing is decided here.
"""

import asyncio
from typing import Final

from homeport.kernel.clock import Clock

LOOK_EVERY_S: Final = 5.0
BREAK_S: Final = 15.0
"""Longer between two looks than this, and there was a break: the process stood still, or the
clock was set forward, which cannot be told apart."""


class Wakefulness:
    """Looks at the clock again and again, and so notices when it could not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen = self._since = clock.now()

    def since(self) -> float:
        """Since when there has been no break."""
        now = self._clock.now()
        if now - self._seen > BREAK_S:
            self._since = now
        self._seen = now
        return self._since

    def interrupt(self) -> None:
        """There is a break now, of another kind: nothing that is said can be recorded."""
        self._seen = self._since = self._clock.now()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.since()
            await asyncio.sleep(LOOK_EVERY_S)
