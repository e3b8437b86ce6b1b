"""The change feed: who is told which keys were committed.  It carries no state of its own."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from homeport.store.transaction import Change

Listener = Callable[[Sequence[Change]], None]

MISSED: Final = Change("feed", "missed")
"""Published when changes of others may have gone by unheard: look at everything."""


class Feed:
    """Listeners are called on the committing thread, after the commit; they must not block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[Listener, ...] = ()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every later change; answers the function that ends it."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def stop() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        return stop

    def publish(self, changes: Sequence[Change]) -> None:
        """Tell every listener, in the order in which they came."""
        if changes:
            for listener in self._listeners:
                listener(changes)
