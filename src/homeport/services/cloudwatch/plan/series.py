"""A statistic of a metric over time, out of its points.  Pure."""

from collections.abc import Iterable, Sequence

from homeport.services.cloudwatch.plan import periods, statistics
from homeport.services.cloudwatch.plan.alarm_windows import Windows
from homeport.services.cloudwatch.plan.math_grammar import Node, parse
from homeport.services.cloudwatch.plan.math_series import Grid, Series
from homeport.services.cloudwatch.plan.metric_math import Sheet
from homeport.services.cloudwatch.records.alarms import DataQuery, MetricRule, MetricStat
from homeport.services.cloudwatch.records.metrics import Metric, Point, Tally

Computed = dict[int, tuple[float, Tally | None]]
"""(value, what it was made of) by when its period began."""


def computed(
    points: Iterable[Point], stat: MetricStat, *, start: int, period_s: int, span_s: int = 1
) -> Computed:
    """The statistic by periods that begin at `start`; periods without data are left out."""
    statistic = statistics.parse(stat.stat)
    fitting = (each for each in points if stat.unit in {None, each.unit})
    found: Computed = {}
    for at, tally in periods.buckets(fitting, start, period_s, span_s).items():
        value = statistics.compute(tally, statistic)
        if value is not None:
            found[at] = (value, tally)
    return found


def plain(found: Computed, label: str = "") -> Series:
    """The values alone."""
    return Series({at: value for at, (value, _) in found.items()}, label)


def trees(queries: Sequence[DataQuery]) -> dict[str, Node]:
    """The expressions among the queries, taken apart; raises `BadExpression`."""
    return {each.id: parse(each.expression) for each in queries if each.expression is not None}


def of_rule(
    rule: MetricRule, windows: Windows, points: dict[Metric, tuple[Point, ...]]
) -> Computed:
    """What an alarm watches, by the periods that it looks at; raises `BadExpression`."""
    start, period_s = windows.start, windows.period_s
    measured: dict[str, Computed] = {}
    for query in rule.queries:
        if query.stat is not None:
            within = [
                each for each in points.get(query.stat.metric, ()) if start <= each.at < windows.end
            ]
            measured[query.id] = computed(within, query.stat, start=start, period_s=period_s)
    watched = rule.watched
    if watched.stat is not None:
        return measured[watched.id]
    sheet = Sheet(
        {name: plain(each) for name, each in measured.items()},
        trees(rule.queries),
        Grid(times=tuple(reversed(windows.begins)), period_s=period_s),
    )
    value = sheet.value(watched.id)
    return (
        {at: (each, None) for at, each in value.values.items()} if isinstance(value, Series) else {}
    )
