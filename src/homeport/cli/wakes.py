"""Hears that something changed, so that a command which watches need not ask all the time."""

import http.client
import threading
import time
from collections.abc import Callable
from typing import Final

from homeport.app.state_dir import NotRunning
from homeport.cli.client import NEWEST, CallRefused, Client

QUIET_S: Final = 2.0
"""How long to wait for an event before looking anyway: a task's health is no event of ECS."""
APART_S: Final = 0.1
"""Events come in bursts; looks are at least so far apart."""
AGAIN_S: Final = 1.0

TROUBLE: Final = (ConnectionError, TimeoutError, http.client.HTTPException, NotRunning)
"""What asking a Homeport that stops, or starts again, may raise."""


class Wakes:
    """Follows the events of ECS on a thread that ends with the process."""

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client
        self._heard = threading.Event()
        self._looked_at = 0.0
        threading.Thread(target=self._follow, name="events", daemon=True).start()

    def wait(self, at_most_s: float = QUIET_S) -> None:
        """Return when something happened since the last wait, or when the time is over."""
        self._heard.wait(max(0.0, at_most_s))
        rest = self._looked_at + APART_S - time.monotonic()
        if rest > 0:
            time.sleep(rest)
        self._heard.clear()
        self._looked_at = time.monotonic()

    def _follow(self) -> None:
        last: int | str = NEWEST
        while True:
            try:
                for event in self._client().events(after=last, follow=True):
                    last = int(event["sequence"])
                    self._heard.set()
            except CallRefused:
                return  # The waits that nothing interrupts are enough.
            except TROUBLE:
                pass
            time.sleep(AGAIN_S)
