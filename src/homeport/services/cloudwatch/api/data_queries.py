"""GetMetricData: many metrics, and expressions over them, in pages."""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.cloudwatch.errors import InvalidNextToken, ValidationError
from homeport.services.cloudwatch.plan import data_requests, periods, series
from homeport.services.cloudwatch.plan.math_grammar import BadExpression
from homeport.services.cloudwatch.plan.math_series import Grid, Series
from homeport.services.cloudwatch.plan.metric_math import Sheet
from homeport.services.cloudwatch.queries import metrics
from homeport.services.cloudwatch.records.alarms import DataQuery
from homeport.services.cloudwatch.records.requests import QueryRequest
from homeport.shapes import cloudwatch as shapes
from homeport.store import ReadTx

POINTS_MAX: Final = 100_800

Result = tuple[DataQuery, Series]


@operation(
    "GetMetricData",
    partial="No Metrics Insights queries, SEARCH, anomaly bands or dynamic labels; other metric "
    "math is a common part of CloudWatch's.",
)
def get_metric_data(
    tx: ReadTx, call: Call, request: shapes.GetMetricDataRequest
) -> shapes.GetMetricDataResponse:
    """The values that the queries ask for, newest first unless it is asked otherwise."""
    asked = msgspec.convert(request["MetricDataQueries"], tuple[QueryRequest, ...])
    queries = data_requests.queries(asked, "MetricDataQueries")
    start, end = request["StartTime"], request["EndTime"]
    if start >= end:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    limit = request.get("MaxDatapoints", POINTS_MAX)
    if not 1 <= limit <= POINTS_MAX:
        raise ValidationError(f"The parameter MaxDatapoints must be between 1 and {POINTS_MAX}.")
    order = request.get("ScanBy", "TimestampDescending")
    if order not in {"TimestampDescending", "TimestampAscending"}:
        raise ValidationError(
            f"1 validation error detected: Value '{order}' at 'scanBy' failed to satisfy "
            "constraint: Member must satisfy enum value set: "
            "[TimestampDescending, TimestampAscending]"
        )
    results = _results(tx, call, queries, start, end)
    return _page(results, request.get("NextToken"), limit, order == "TimestampDescending")


def _results(
    tx: ReadTx, call: Call, queries: Sequence[DataQuery], start: float, end: float
) -> list[Result]:
    wanted = [each.stat.metric for each in queries if each.stat is not None]
    known = metrics.find_metrics(tx, call.account, call.region, wanted)
    measured: dict[str, Series] = {}
    for query in queries:
        stat = query.stat
        if stat is None:
            continue
        found = known.get(stat.metric)
        computed: series.Computed = {}
        if found is not None and periods.has_detail(start, stat.period_s, call.now):
            first = periods.rounded_start(start, stat.period_s, call.now)
            points = metrics.points_between(tx, found.id, first, math.ceil(end))
            computed = series.computed(
                points, stat, start=first, period_s=stat.period_s, span_s=found.resolution_s
            )
        measured[query.id] = series.plain(computed, query.label or stat.metric.name)
    sheet = Sheet(measured, series.trees(queries), _grid(queries, start, end, call.now))
    return [
        (query, each)
        for query in queries
        if query.return_data is not False
        for each in _values(sheet, query)
    ]


def _grid(queries: Sequence[DataQuery], start: float, end: float, now: float) -> Grid:
    period_s = max((each.stat.period_s for each in queries if each.stat is not None), default=60)
    first = periods.rounded_start(start, period_s, now)
    if all(each.expression is None for each in queries):
        return Grid(times=(), period_s=period_s)
    if (end - first) / period_s > POINTS_MAX:
        raise ValidationError(f"An expression cannot have more than {POINTS_MAX} datapoints.")
    return Grid(times=tuple(range(first, math.ceil(end), period_s)), period_s=period_s)


def _values(sheet: Sheet, query: DataQuery) -> tuple[Series, ...]:
    try:
        value = sheet.value(query.id)
    except BadExpression as error:
        raise data_requests.in_expression(query.id, str(error)) from error
    if isinstance(value, Series):
        return (Series(value.values, query.label or _label(query)),)
    if isinstance(value, tuple):
        return value
    raise data_requests.in_expression(query.id, "The expression must be a time series")


def _label(query: DataQuery) -> str:
    return query.id if query.stat is None else query.stat.metric.name


def _page(
    results: Sequence[Result], token: str | None, limit: int, newest_first: bool
) -> shapes.GetMetricDataResponse:
    index, last = _position(token)
    shown: list[shapes.MetricDataResult] = []
    room = limit
    for place in range(index, len(results)):
        query, found = results[place]
        times = sorted(found.values, reverse=newest_first)
        if place == index and last is not None:
            times = [at for at in times if (at < last if newest_first else at > last)]
        some = times[:room]
        room -= len(some)
        whole = len(some) == len(times)
        shown.append(
            {
                "Id": query.id,
                "Label": found.label,
                "Timestamps": [float(at) for at in some],
                "Values": [found.values[at] for at in some],
                "StatusCode": "Complete" if whole else "PartialData",
            }
        )
        if not whole:
            following = paging.token_after(f"{place}:{some[-1] if some else last or ''}")
            return {"MetricDataResults": shown, "NextToken": following, "Messages": []}
    return {"MetricDataResults": shown, "Messages": []}


def _position(token: str | None) -> tuple[int, int | None]:
    if token is None:
        return 0, None
    try:
        place, _, at = paging.key_of(token).partition(":")
        return int(place), int(at) if at else None
    except ValueError as error:
        raise InvalidNextToken from error
