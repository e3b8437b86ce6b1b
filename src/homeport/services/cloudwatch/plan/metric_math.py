"""Metric math: what an expression over queries comes to.  Pure.

A useful part of CloudWatch's functions; `UNSUPPORTED` words the rest, and nothing is guessed.
"""

import itertools
import math
import statistics as numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from homeport.services.cloudwatch.plan import math_grammar as grammar
from homeport.services.cloudwatch.plan import math_series as series
from homeport.services.cloudwatch.plan.math_grammar import BadExpression, Node
from homeport.services.cloudwatch.plan.math_series import Grid, Series, Value

WORDS: Final = frozenset({"REPEAT", "LINEAR"})


def _mean(values: Iterable[float]) -> float:
    return numbers.fmean(list(values))


def _deviation(values: Iterable[float]) -> float:
    return numbers.pstdev(list(values))


MAPPED: Final[Mapping[str, Callable[[float], float]]] = {
    "ABS": abs,
    "CEIL": lambda value: float(math.ceil(value)),
    "FLOOR": lambda value: float(math.floor(value)),
    "LOG": math.log,
    "LOG10": math.log10,
    "SQRT": math.sqrt,
}
REDUCED: Final[Mapping[str, Callable[[Iterable[float]], float]]] = {
    "AVG": _mean,
    "MAX": max,
    "MIN": min,
    "STDDEV": _deviation,
    "SUM": math.fsum,
}
OTHERS: Final = frozenset(
    {
        "DATAPOINT_COUNT",
        "DIFF",
        "FILL",
        "FIRST",
        "IF",
        "LAST",
        "METRICS",
        "METRIC_COUNT",
        "PERIOD",
        "RATE",
        "RUNNING_SUM",
        "TIME_SERIES",
    }
)
SUPPORTED: Final = frozenset({*MAPPED, *REDUCED, *OTHERS})


class Sheet:
    """Named series and expressions; each expression is worked out once, when it is needed."""

    def __init__(
        self, measured: Mapping[str, Series], expressions: Mapping[str, Node], grid: Grid
    ) -> None:
        """`measured` are the series of metrics by id, `expressions` the trees by id."""
        self._measured = measured
        self._expressions = expressions
        self._grid = grid
        self._known: dict[str, Value] = dict(measured)
        self._open: set[str] = set()

    def value(self, name: str) -> Value:
        """What the query `name` comes to; raises `BadExpression`."""
        known = self._known.get(name)
        if known is not None:
            return known
        tree = self._expressions.get(name)
        if tree is None:
            raise BadExpression(f"Undefined variable '{name}'")
        if name in self._open:
            raise BadExpression("Expressions must not refer to each other in a circle")
        self._open.add(name)
        self._known[name] = self._of(tree)
        return self._known[name]

    def _of(self, node: Node) -> Value:
        match node:
            case grammar.Number() | grammar.Text():
                return node.value
            case grammar.Name():
                return node.name if node.name in WORDS else self.value(node.name)
            case grammar.Listing():
                return self._listed(node.items)
            case grammar.Operation():
                return series.combined(node.sign, self._of(node.left), self._of(node.right))
            case grammar.Function():
                return self._function(node.name, [self._of(each) for each in node.arguments])

    def _listed(self, items: Sequence[Node]) -> tuple[Series, ...]:
        found: list[Series] = []
        for item in items:
            value = self._of(item)
            if isinstance(value, Series):
                found.append(value)
            elif isinstance(value, tuple):
                found.extend(value)
            else:
                raise BadExpression("A list must be of time series")
        return tuple(found)

    def _function(self, name: str, given: list[Value]) -> Value:
        if name not in SUPPORTED:
            raise BadExpression(unsupported(name))
        if name == "METRICS":
            return self._metrics(given)
        if name == "IF" and len(given) in {2, 3}:
            return series.chosen(given[0], given[1], given[2] if len(given) == 3 else None)
        if name == "FILL" and len(given) == 2:
            return self._fill(*given)
        if len(given) != 1 or name in {"IF", "FILL"}:
            raise BadExpression(f"Wrong number of arguments for {name}")
        if name in MAPPED:
            return series.mapped(given[0], MAPPED[name], name)
        if name in REDUCED:
            return series.reduced(given[0], REDUCED[name], name)
        return self._of_series(name, given[0])

    def _of_series(self, name: str, given: Value) -> Value:
        if name == "TIME_SERIES" and isinstance(given, float):
            return Series(dict.fromkeys(self._grid.times, given))
        if isinstance(given, tuple):
            return self._of_several(name, given)
        if not isinstance(given, Series):
            raise BadExpression(f"Unsupported operand type(s) for {name}")
        values = list(given.values.values())
        match name:
            case "DIFF" | "RATE":
                return series.changes(given, per_second=name == "RATE")
            case "RUNNING_SUM":
                sums = dict(zip(given.values, itertools.accumulate(values), strict=True))
                return Series(sums, given.label)
            case "DATAPOINT_COUNT":
                return float(len(values))
            case "METRIC_COUNT":
                return 1.0
            case "PERIOD":
                return float(self._grid.period_s)
            case "FIRST" | "LAST" if values:
                return values[0 if name == "FIRST" else -1]
            case _:
                raise BadExpression(f"Unsupported operand type(s) for {name}")

    def _of_several(self, name: str, given: tuple[Series, ...]) -> Value:
        match name:
            case "METRIC_COUNT":
                return float(len(given))
            case "FIRST" | "LAST" if given:
                return given[0 if name == "FIRST" else -1]
            case "DIFF" | "RATE":
                return tuple(series.changes(each, per_second=name == "RATE") for each in given)
            case _:
                raise BadExpression(f"Unsupported operand type(s) for {name}")

    def _fill(self, given: Value, filler: Value) -> Value:
        if isinstance(given, tuple):
            return tuple(series.filled(each, filler, self._grid) for each in given)
        if isinstance(given, Series):
            return series.filled(given, filler, self._grid)
        raise BadExpression("Unsupported operand type(s) for FILL")

    def _metrics(self, given: list[Value]) -> tuple[Series, ...]:
        part = given[0] if given and isinstance(given[0], str) else ""
        return tuple(each for name, each in self._measured.items() if part in name)


def unsupported(name: str) -> str:
    """The sentence for a function that there is not."""
    return f"Homeport's metric math has no function {name}; it has {', '.join(sorted(SUPPORTED))}"
