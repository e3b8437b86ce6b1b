"""What a schedule's calendar reads while ECS time runs faster than real time (``--time-scale``).

Pure.  With a scale of 1 the calendar is the real one.  A schedule is anchored where it was made
or last fired: from there on its calendar runs `scale` times as fast, so that "every day at nine"
can be seen within a minute, and a restart with another scale goes on from the last anchor.
"""

from msgspec import Struct


class Anchor(Struct, frozen=True):
    """A real moment and what the calendar reads in it; both in seconds since the epoch."""

    real_at: float
    calendar_at: float


def real_time(anchor: Anchor, calendar_at: float, *, second: float) -> float:
    """When the calendar reads `calendar_at`; `second` is the real length of one of its seconds."""
    return anchor.real_at + (calendar_at - anchor.calendar_at) * second


def calendar_time(anchor: Anchor, real_at: float, *, second: float) -> float:
    """What the calendar reads at a real moment."""
    return anchor.calendar_at + (real_at - anchor.real_at) / second
