"""What time is, to code that is handed a clock.  The one real clock is `runtime.system`."""

from typing import Protocol


class Clock(Protocol):
    """Wall-clock time, and how long a wait that AWS words in seconds lasts here."""

    def now(self) -> float:
        """Seconds since the epoch, in real time (never scaled)."""

    def span(self, seconds: float) -> float:
        """Real seconds that stand for `seconds` of ECS time: `seconds / --time-scale`."""
