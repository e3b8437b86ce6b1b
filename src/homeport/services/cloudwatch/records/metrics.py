"""What is kept of metrics, as the rest of the service sees it.  Times are seconds."""

import hashlib

from msgspec import Struct

Dimensions = tuple[tuple[str, str], ...]
"""(name, value), ordered by name."""


class Metric(Struct, frozen=True, kw_only=True):
    """What identifies a metric within an account's region."""

    namespace: str
    name: str
    dimensions: Dimensions = ()

    @property
    def digest(self) -> str:
        """Equal for equal metrics, and short: thirty dimensions are too long for an index."""
        told = hashlib.sha256()
        for text in (
            self.namespace,
            self.name,
            *(part for pair in self.dimensions for part in pair),
        ):
            told.update(f"{len(text)}:{text}".encode())
        return told.hexdigest()


class KnownMetric(Struct, frozen=True, kw_only=True):
    """A metric that data were put to."""

    id: int
    metric: Metric
    resolution_s: int
    """1 when any of its data came as high-resolution, else 60."""
    last_put_at: float
    """Within a minute."""


class Tally(Struct, frozen=True, kw_only=True):
    """What was measured within a span of time, put together.

    Its `values` are how often each value was seen, by value.  They are exact as long as there are
    few; of many, neighbours share one (`plan/tallies.py`).  They are None when somebody put only
    a sum, or any value was negative: then there are no percentiles.
    """

    count: float
    total: float
    low: float
    high: float
    values: tuple[tuple[float, float], ...] | None = None


class Point(Struct, frozen=True, kw_only=True):
    """A tally of a metric at one time, in one unit."""

    at: int
    unit: str
    tally: Tally


class NewPoint(Struct, frozen=True, kw_only=True):
    """A point that somebody puts."""

    metric: Metric
    resolution_s: int
    point: Point
