"""The change feed: who is told which keys were committed.  It carries no state of its own."""

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Final

from homeport.store.transaction import Change

Listener = Callable[[Sequence[Change]], None]

MISSED: Final = Change("feed", "missed")
"""Published when changes of others may have gone by unheard: look at everything."""


class Feed:
    """Listeners are called on the committing thread, after the commit; they must not block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: tuple[_Ear, ...] = ()
        self._of_kind: dict[str, tuple[_Ear, ...]] = {}
        """Who hears changes of a kind, as far as there were any since somebody came or left."""

    def listen(
        self, listener: Listener, *, kinds: Collection[str] | None = None
    ) -> Callable[[], None]:
        """Call `listener` with every later change, or with those of these kinds and `MISSED`.

        Answers the function that ends it.
        """
        ear = _Ear(listener, None if kinds is None else frozenset((*kinds, MISSED.kind)))
        with self._lock:
            self._listeners, self._of_kind = (*self._listeners, ear), {}

        def stop() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not ear)
                self._of_kind = {}

        return stop

    def publish(self, changes: Sequence[Change]) -> None:
        """Tell every listener what it hears, in the order in which it came."""
        told: dict[_Ear, list[Change]] = {}
        for change in changes:
            for ear in self._hearing(change.kind):
                told.setdefault(ear, []).append(change)
        for ear, heard in told.items():
            ear.listener(heard)

    def _hearing(self, kind: str) -> "tuple[_Ear, ...]":
        known = self._of_kind
        ears = known.get(kind)
        if ears is None:
            with self._lock:
                known = self._of_kind  # Not of a moment before somebody came.
                ears = known[kind] = tuple(each for each in self._listeners if each.hears(kind))
        return ears


class _Ear:
    """One listener; the same function may listen twice."""

    __slots__ = ("_kinds", "listener")

    def __init__(self, listener: Listener, kinds: frozenset[str] | None) -> None:
        self.listener = listener
        self._kinds = kinds

    def hears(self, kind: str) -> bool:
        return self._kinds is None or kind in self._kinds
