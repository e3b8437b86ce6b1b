"""Which key is due when.  Pure: it is told the time and never waits.

A key waits at most once however often it is added; a key that fails comes back later and later.
"""

import heapq
from typing import Final

BACKOFF_FIRST_S: Final = 0.1
BACKOFF_MAX_S: Final = 60.0


class KeyQueue:
    """Keys with the time at which each is due; adding a key only ever makes it due sooner."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._failures: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._due)

    def add(self, key: str, due: float) -> None:
        """Have `key` looked at no later than `due`."""
        known = self._due.get(key)
        if known is None or due < known:
            self._due[key] = due
            heapq.heappush(self._heap, (due, key))

    def take(self, now: float) -> str | None:
        """The key that has been due longest, or None when none is due."""
        self._drop_stale()
        if not self._heap or self._heap[0][0] > now:
            return None
        _, key = heapq.heappop(self._heap)
        del self._due[key]
        return key

    def next_due(self) -> float | None:
        """When the next key is due, or None when the queue is empty."""
        self._drop_stale()
        return self._heap[0][0] if self._heap else None

    def failed(self, key: str, now: float) -> float:
        """Bring back a key whose pass failed; answers the seconds that it waits."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        wait = min(BACKOFF_FIRST_S * 2.0 ** min(failures, 30), BACKOFF_MAX_S)
        self.add(key, now + wait)
        return wait

    def done(self, key: str) -> None:
        """Forget the failures of a key whose pass succeeded."""
        self._failures.pop(key, None)

    def _drop_stale(self) -> None:
        """Entries superseded by an earlier due time are left in the heap until they surface."""
        while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
