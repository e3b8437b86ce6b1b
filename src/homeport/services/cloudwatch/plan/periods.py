"""Periods: which there are, how times are rounded to them, and how long which detail is kept.

Pure.  Times are whole seconds since the epoch.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from homeport.services.cloudwatch.plan import tallies
from homeport.services.cloudwatch.records.metrics import Point, Tally

SHORT_PERIODS: Final = (1, 5, 10, 20, 30)
ALARM_SHORT_PERIODS: Final = (10, 20, 30)
HOUR_S: Final = 3_600
DAY_S: Final = 86_400

LEVELS: Final = (
    (1, 3 * HOUR_S),
    (60, 15 * DAY_S),
    (300, 63 * DAY_S),
    (3_600, 455 * DAY_S),
)
"""(span of a point, age up to which points of that span are kept)."""


def is_period(period_s: int) -> bool:
    """Whether data can be asked for by this period."""
    return period_s in SHORT_PERIODS or (period_s > 0 and period_s % 60 == 0)


def is_alarm_period(period_s: int) -> bool:
    """Whether an alarm can have this period."""
    return period_s in ALARM_SHORT_PERIODS or (period_s > 0 and period_s % 60 == 0)


def rounded_start(start: float, period_s: int, now: float) -> int:
    """The start of a read as CloudWatch rounds it: by its age, or by a short period."""
    if period_s in SHORT_PERIODS:
        step = period_s
    elif now - start < 15 * DAY_S:
        step = 60
    elif now - start < 63 * DAY_S:
        step = 300
    else:
        step = HOUR_S
    return int(start // step) * step


def has_detail(start: float, period_s: int, now: float) -> bool:
    """Whether data from `start` on is still kept in such detail."""
    age = now - start
    if age <= 3 * HOUR_S:
        return True
    if age <= 15 * DAY_S:
        return period_s % 60 == 0
    if age <= 63 * DAY_S:
        return period_s % 300 == 0
    return period_s % HOUR_S == 0


def buckets(points: Iterable[Point], start: int, period_s: int, span_s: int) -> dict[int, Tally]:
    """The points by periods that begin at `start`; each point counts where its span begins.

    `span_s` is the metric's resolution: a point of a whole minute is at the minute's beginning.
    """
    found: dict[int, list[Tally]] = {}
    for point in points:
        at = point.at // span_s * span_s
        if at >= start:
            found.setdefault(start + (at - start) // period_s * period_s, []).append(point.tally)
    return {at: tallies.merged(each) for at, each in sorted(found.items())}


def units_of(points: Iterable[Point]) -> Mapping[str, tuple[Point, ...]]:
    """The points by their units: data of different units are not put together."""
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.unit, []).append(point)
    return {unit: tuple(each) for unit, each in found.items()}


def span_after(span_s: int) -> int | None:
    """The span that points of `span_s` get when they are too old for it; None: they go."""
    spans = [span for span, _ in LEVELS]
    later = spans.index(span_s) + 1
    return spans[later] if later < len(spans) else None
