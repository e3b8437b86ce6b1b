"""Statistics of tallies, by the names that CloudWatch has for them.  Pure.

Percentiles are by nearest rank: the smallest value that so many values do not exceed.
"""

import math
import re
from typing import Final, Literal

from msgspec import Struct

from homeport.services.cloudwatch.records.metrics import Tally

PLAIN: Final = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_NUMBER: Final = r"\d+(?:\.\d{1,10})?"
_SHORT: Final = re.compile(rf"(p|tm|tc|ts|wm)({_NUMBER})")
_RANGE: Final = re.compile(
    rf"(TM|TC|TS|WM|PR)\((-?{_NUMBER})?(%)?:(-?{_NUMBER})?(%)?\)", re.IGNORECASE
)

Kind = Literal["plain", "p", "tm", "tc", "ts", "wm", "pr"]


class Statistic(Struct, frozen=True, kw_only=True):
    """A statistic taken apart.  Bounds are shares of 1 or, when `by_value`, values."""

    kind: Kind
    name: str
    lower: float = 0.0
    upper: float = 1.0
    by_value: bool = False


class BadStatistic(ValueError):
    """The text names no statistic."""


def parse(name: str) -> Statistic:
    """The statistic of this name; raises `BadStatistic`."""
    if name in PLAIN:
        return Statistic(kind="plain", name=name)
    if name.upper() == "IQM":
        return Statistic(kind="tm", name=name, lower=0.25, upper=0.75)
    short = _SHORT.fullmatch(name)
    if short:
        share = float(short.group(2)) / 100
        if share > 1:
            raise BadStatistic(name)
        return Statistic(kind=_kind(short.group(1)), name=name, upper=share)
    found = _RANGE.fullmatch(name)
    if found is None:
        raise BadStatistic(name)
    return _ranged(name, _kind(found.group(1)), found)


def is_percentile(statistic: Statistic) -> bool:
    """Whether few samples make it worth little."""
    return statistic.kind == "p"


def compute(tally: Tally, statistic: Statistic) -> float | None:
    """The statistic of the tally; None when the tally cannot tell."""
    match statistic.kind:
        case "plain":
            return _plain(tally, statistic.name)
        case "p":
            return _percentile(tally, statistic.upper)
        case _:
            return None if tally.values is None else _trimmed(tally.values, statistic)


def _kind(text: str) -> Kind:
    kinds: dict[str, Kind] = {
        "p": "p",
        "tm": "tm",
        "tc": "tc",
        "ts": "ts",
        "wm": "wm",
        "pr": "pr",
    }
    return kinds[text.lower()]


def _ranged(name: str, kind: Kind, found: re.Match[str]) -> Statistic:
    _, low, low_sign, high, high_sign = found.groups()
    if low is None and high is None:
        raise BadStatistic(name)
    signs = {sign for text, sign in ((low, low_sign), (high, high_sign)) if text is not None}
    by_value = signs == {None}
    if len(signs) > 1 or (kind == "pr" and not by_value):
        raise BadStatistic(name)
    scale = 1.0 if by_value else 100.0
    lower = float(low) / scale if low is not None else (-math.inf if by_value else 0.0)
    upper = float(high) / scale if high is not None else (math.inf if by_value else 1.0)
    if lower >= upper or (not by_value and not 0 <= lower < upper <= 1):
        raise BadStatistic(name)
    return Statistic(kind=kind, name=name, lower=lower, upper=upper, by_value=by_value)


def _plain(tally: Tally, name: str) -> float | None:
    match name:
        case "SampleCount":
            return tally.count
        case "Sum":
            return tally.total
        case "Minimum":
            return tally.low
        case "Maximum":
            return tally.high
        case _:
            return tally.total / tally.count if tally.count else None


def _percentile(tally: Tally, share: float) -> float | None:
    if tally.values is None:
        return None
    if share <= 0:
        return tally.low
    if share >= 1:
        return tally.high
    rank, seen = share * tally.count, 0.0
    for value, often in tally.values:
        seen += often
        # A hair less is enough: shares such as 0.9 are not exact.
        if seen >= rank - 1e-9 * max(1.0, rank):
            return min(max(value, tally.low), tally.high)
    return tally.high


def _trimmed(values: tuple[tuple[float, float], ...], statistic: Statistic) -> float | None:
    inside, edges = _inside(values, statistic)
    count = math.fsum(often for _, often in inside)
    total = math.fsum(value * often for value, often in inside)
    everything = math.fsum(often for _, often in values)
    match statistic.kind:
        case "tc":
            return count
        case "ts":
            return total
        case "pr":
            return 100 * count / everything if everything else None
        case "wm" if inside:
            below, above = edges
            low, high = inside[0][0], inside[-1][0]
            return (total + below * low + above * high) / (count + below + above)
        case _:
            return total / count if count else None


def _inside(
    values: tuple[tuple[float, float], ...], statistic: Statistic
) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """The values within the bounds, and how many are below and above them."""
    if statistic.by_value:
        low, high = statistic.lower, statistic.upper
        inside = [each for each in values if low < each[0] <= high]
        below = math.fsum(often for value, often in values if value <= low)
        above = math.fsum(often for value, often in values if value > high)
        return inside, (below, above)
    everything = math.fsum(often for _, often in values)
    first, last = statistic.lower * everything, statistic.upper * everything
    inside, seen = [], 0.0
    for value, often in values:
        part = min(seen + often, last) - max(seen, first)
        if part > 1e-9 * everything:
            inside.append((value, part))
        seen += often
    return inside, (first, everything - last)
