"""How data age: which points are too old for their detail, and what becomes of them.  Pure."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from homeport.services.cloudwatch.plan.periods import DAY_S, LEVELS, span_after
from homeport.services.cloudwatch.records.metrics import Point, Tally

HISTORY_S: Final = 30 * DAY_S
"""How long the history of alarms is kept."""
METRIC_S: Final = 455 * DAY_S
"""After how long without data a metric is forgotten; its last point is gone by then."""


class Level(Struct, frozen=True, kw_only=True):
    """Points of `span_s` from before `before` become points of `wider_s`, or go."""

    span_s: int
    before: int
    wider_s: int | None


def levels(now: float) -> tuple[Level, ...]:
    """What is too old now.  Only whole wider spans are: none is put together in halves."""
    found = []
    for span_s, kept_s in LEVELS:
        wider_s = span_after(span_s)
        step = wider_s or span_s
        before = math.floor((now - kept_s) / step) * step
        found.append(Level(span_s=span_s, before=before, wider_s=wider_s))
    return tuple(found)


def spans(found: Iterable[tuple[int, int]], wider_s: int | None) -> Iterator[tuple[int, int, int]]:
    """(metric, start, end) that cover the points (metric, time), each once."""
    seen: dict[tuple[int, int], None] = {}
    for metric_id, at in found:
        step = wider_s or 1
        seen[metric_id, at // step * step] = None
    for metric_id, start in seen:
        yield metric_id, start, start + (wider_s or 1)


def together(
    points: Sequence[Point], wider_s: int, put_together: Callable[[Sequence[Tally]], Tally]
) -> tuple[Point, ...]:
    """The points of a wider span: one for each unit, at its beginning."""
    found: dict[tuple[int, str], list[Tally]] = {}
    for point in points:
        found.setdefault((point.at // wider_s * wider_s, point.unit), []).append(point.tally)
    return tuple(
        Point(at=at, unit=unit, tally=put_together(tallies))
        for (at, unit), tallies in found.items()
    )
