"""How often each caller may ask: token buckets.  Pure: they are told the time."""

from typing import Final

CALLERS_KEPT_MAX: Final = 4096


class Throttle:
    """Lets each key through `rate` times a second, and `burst` times at once."""

    def __init__(self, *, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._buckets: dict[str, tuple[float, float]] = {}
        """(tokens left, when that was)."""

    def admits(self, key: str, now: float) -> bool:
        """Whether `key` may pass at `now`; passing costs it a token."""
        tokens, at = self._buckets.get(key, (self._burst, now))
        tokens = min(self._burst, tokens + max(0.0, now - at) * self._rate)
        if key not in self._buckets and len(self._buckets) >= CALLERS_KEPT_MAX:
            self._forget_the_full(now)
        admitted = tokens >= 1.0
        self._buckets[key] = (tokens - 1.0 if admitted else tokens, now)
        return admitted

    def _forget_the_full(self, now: float) -> None:
        """Who has not asked for a while has a full bucket: the same as none."""
        refill_s = self._burst / self._rate
        self._buckets = {
            key: bucket for key, bucket in self._buckets.items() if now - bucket[1] < refill_s
        }
