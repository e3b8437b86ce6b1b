"""Measurements put together: exact while there are few values, within 1 % when there are many.

Pure: what is merged in any order gives the same count, sum, extremes, and (to rounding) values.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final

from homeport.services.cloudwatch.records.metrics import Tally

EXACT_MAX: Final = 200
"""Different values that one stored point keeps as they are."""
GRID: Final = 1.02
"""Each cell of the first grid is so much wider than the one below: its middle is within 1 %."""

Weighted = tuple[tuple[float, float], ...]


def of_values(pairs: Iterable[tuple[float, float]]) -> Tally:
    """The tally of (value, how often); at least one, each at least a little often."""
    told = tuple(pairs)
    count = math.fsum(often for _, often in told)
    low = min(value for value, _ in told)
    return Tally(
        count=count,
        total=math.fsum(value * often for value, often in told),
        low=low,
        high=max(value for value, _ in told),
        values=_united(told) if low >= 0 else None,
    )


def of_statistics(*, count: float, total: float, low: float, high: float) -> Tally:
    """The tally of a statistic set.  Its values are known only when all are the same."""
    known = low == high and low >= 0 and (count == 1 or math.isclose(total, low * count))
    return Tally(
        count=count,
        total=total,
        low=low,
        high=high,
        values=((low, count),) if known and count > 0 else None,
    )


def merged(tallies: Iterable[Tally]) -> Tally:
    """All of them together; at least one."""
    told = tuple(tallies)
    if len(told) == 1:
        return told[0]
    pairs: list[tuple[float, float]] | None = []
    for each in told:
        if each.values is None or pairs is None:
            pairs = None
        else:
            pairs.extend(each.values)
    return Tally(
        count=math.fsum(each.count for each in told),
        total=math.fsum(each.total for each in told),
        low=min(each.low for each in told),
        high=max(each.high for each in told),
        values=None if pairs is None else _united(pairs),
    )


def compact(tally: Tally) -> Tally:
    """The tally as it is stored: with no more values than `EXACT_MAX`.

    Too many are rounded to a grid whose cells grow with the values, as wide as is needed.
    """
    values, grid = tally.values, GRID
    if values is None or len(values) <= EXACT_MAX:
        return tally
    while len(values) > EXACT_MAX:
        values = _united((_rounded(value, grid), often) for value, often in values)
        grid *= grid
    return Tally(
        count=tally.count, total=tally.total, low=tally.low, high=tally.high, values=values
    )


def together(found: Sequence[Tally]) -> Tally:
    """All of them as one stored point keeps them."""
    return compact(merged(found))


def _rounded(value: float, grid: float) -> float:
    """The middle of the value's cell; zero is a cell of its own."""
    if value <= 0:
        return 0.0
    cell = math.floor(math.log(value) / math.log(grid))
    return math.exp((cell + 0.5) * math.log(grid))


def _united(pairs: Iterable[tuple[float, float]]) -> Weighted:
    found: dict[float, float] = {}
    for value, often in pairs:
        if often > 0:
            found[value] = found.get(value, 0.0) + often
    return tuple(sorted(found.items()))
