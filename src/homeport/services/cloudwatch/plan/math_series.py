"""What metric math computes with: series of values by time, and how two of them meet.  Pure."""

import math
import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct

from homeport.services.cloudwatch.plan.math_grammar import BadExpression


class Series(Struct, frozen=True):
    """Values by time, oldest first."""

    values: dict[int, float]
    label: str = ""


Value: TypeAlias = float | str | Series | tuple[Series, ...]

Unary = Callable[[float], float]


class Grid(Struct, frozen=True, kw_only=True):
    """The times that a result may have, oldest first, and how far apart they are."""

    times: tuple[int, ...]
    period_s: int


def combined(sign: str, left: Value, right: Value) -> Value:
    """Two values with an operator between them; a time that one lacks is left out."""
    if isinstance(left, str) or isinstance(right, str):
        raise BadExpression(f"Unsupported operand type(s) for {sign}")
    compute = OPERATORS[sign]
    if isinstance(left, tuple):
        if isinstance(right, tuple):
            raise BadExpression(f"Unsupported operand type(s) for {sign}")
        return tuple(_paired(compute, each, right) for each in left)
    if isinstance(right, tuple):
        return tuple(_paired(compute, left, each) for each in right)
    if isinstance(left, Series) or isinstance(right, Series):
        return _paired(compute, left, right)
    return _finite(compute, left, right) or 0.0


def mapped(value: Value, compute: Unary, name: str) -> Value:
    """A function of each value."""
    if isinstance(value, str):
        raise BadExpression(f"Unsupported operand type(s) for {name}")
    if isinstance(value, tuple):
        return tuple(_mapped(each, compute) for each in value)
    if isinstance(value, Series):
        return _mapped(value, compute)
    return compute(value)


def reduced(value: Value, compute: Callable[[Iterable[float]], float], name: str) -> Value:
    """A number from one series; a series from several, time by time."""
    if isinstance(value, Series):
        return compute(value.values.values()) if value.values else 0.0
    if not isinstance(value, tuple):
        raise BadExpression(f"Unsupported operand type(s) for {name}")
    times = sorted({at for each in value for at in each.values})
    return Series(
        {at: compute([each.values[at] for each in value if at in each.values]) for at in times}
    )


def filled(series: Series, filler: Value, grid: Grid) -> Series:
    """The series with a value at every time of the grid that `filler` has an answer for."""
    values: dict[int, float] = {}
    for at in grid.times:
        found = series.values.get(at)
        if found is None:
            found = _filling(series, filler, at)
        if found is not None:
            values[at] = found
    return Series(values, series.label)


def changes(series: Series, *, per_second: bool) -> Series:
    """How much each value differs from the one before it."""
    values: dict[int, float] = {}
    before: tuple[int, float] | None = None
    for at, value in series.values.items():
        if before is not None:
            difference = value - before[1]
            values[at] = difference / (at - before[0]) if per_second else difference
        before = (at, value)
    return Series(values, series.label)


def chosen(condition: Value, yes: Value, no: Value | None) -> Value:
    """Of `yes` and `no` the one that the condition says, time by time."""
    if isinstance(condition, (str, tuple)) or isinstance(yes, (str, tuple)):
        raise BadExpression("Unsupported operand type(s) for IF")
    if isinstance(no, (str, tuple)):
        raise BadExpression("Unsupported operand type(s) for IF")
    if isinstance(condition, float):
        return yes if condition else (Series({}) if no is None else no)
    values: dict[int, float] = {}
    for at, holds in condition.values.items():
        source = yes if holds else no
        found = source.values.get(at) if isinstance(source, Series) else source
        if found is not None:
            values[at] = found
    return Series(values, condition.label)


def _filling(series: Series, filler: Value, at: int) -> float | None:
    if isinstance(filler, Series):
        return filler.values.get(at)
    if isinstance(filler, float):
        return filler
    earlier = max((each for each in series.values if each < at), default=None)
    if earlier is None:
        return None
    if filler == "REPEAT":
        return series.values[earlier]
    later = min((each for each in series.values if each > at), default=None)
    if filler != "LINEAR":
        raise BadExpression("FILL takes a number, a time series, REPEAT or LINEAR")
    if later is None:
        return None
    share = (at - earlier) / (later - earlier)
    return series.values[earlier] * (1 - share) + series.values[later] * share


def _paired(
    compute: Callable[[float, float], float], left: float | Series, right: float | Series
) -> Series:
    if isinstance(left, Series) and isinstance(right, Series):
        times: Iterable[int] = [at for at in left.values if at in right.values]
    else:
        times = _values_of(left) or _values_of(right)
    values = {}
    for at in times:
        found = _finite(
            compute,
            left.values[at] if isinstance(left, Series) else left,
            right.values[at] if isinstance(right, Series) else right,
        )
        if found is not None:
            values[at] = found
    label = left.label if isinstance(left, Series) else ""
    return Series(values, label or (right.label if isinstance(right, Series) else ""))


def _values_of(value: float | Series) -> Mapping[int, float]:
    return value.values if isinstance(value, Series) else {}


def _mapped(series: Series, compute: Unary) -> Series:
    values = {}
    for at, value in series.values.items():
        try:
            values[at] = compute(value)
        except (ValueError, OverflowError):
            continue  # Such as the logarithm of zero: there is no datapoint.
    return Series(values, series.label)


def _finite(compute: Callable[[float, float], float], left: float, right: float) -> float | None:
    """None where there is no number, as for a division by zero."""
    try:
        found = compute(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return found if isinstance(found, float) and math.isfinite(found) else None


def _power(base: float, exponent: float) -> float:
    return float(math.pow(base, exponent)) if base >= 0 or exponent == int(exponent) else math.nan


def _truth(compare: Callable[[float, float], bool]) -> Callable[[float, float], float]:
    return lambda left, right: 1.0 if compare(left, right) else 0.0


OPERATORS: Final[Mapping[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": _power,
    "<": _truth(operator.lt),
    ">": _truth(operator.gt),
    "<=": _truth(operator.le),
    ">=": _truth(operator.ge),
    "==": _truth(operator.eq),
    "!=": _truth(operator.ne),
    "AND": _truth(lambda left, right: bool(left) and bool(right)),
    "OR": _truth(lambda left, right: bool(left) or bool(right)),
}
