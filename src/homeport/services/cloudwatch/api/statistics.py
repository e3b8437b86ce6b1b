"""GetMetricStatistics: statistics of one metric, each unit for itself."""

import math

import msgspec

from homeport.runtime import Call, operation
from homeport.services.cloudwatch.plan import data_requests, metric_names, periods
from homeport.services.cloudwatch.plan import statistics as named
from homeport.services.cloudwatch.queries import metrics
from homeport.services.cloudwatch.records.metrics import Metric, Tally
from homeport.services.cloudwatch.records.requests import StatisticsRequest
from homeport.shapes import cloudwatch as shapes
from homeport.store import ReadTx


@operation("GetMetricStatistics")
def get_metric_statistics(
    tx: ReadTx, call: Call, request: shapes.GetMetricStatisticsRequest
) -> shapes.GetMetricStatisticsResponse:
    """The datapoints of the metric, oldest first."""
    asked = msgspec.convert(request, StatisticsRequest)
    data_requests.check_statistics(asked)
    dimensions = metric_names.dimensions(asked.dimensions, "Dimensions")
    metric = Metric(namespace=asked.namespace, name=asked.metric_name, dimensions=dimensions)
    known = metrics.find_metrics(tx, call.account, call.region, [metric]).get(metric)
    start = periods.rounded_start(asked.start_time, asked.period, call.now)
    if known is None or not periods.has_detail(asked.start_time, asked.period, call.now):
        return {"Label": asked.metric_name, "Datapoints": []}
    points = metrics.points_between(tx, known.id, start, math.ceil(asked.end_time))
    shown: list[shapes.Datapoint] = []
    for unit, some in periods.units_of(points).items():
        if asked.unit in {None, unit}:
            tallies = periods.buckets(some, start, asked.period, known.resolution_s)
            shown.extend(_datapoint(asked, at, unit, tally) for at, tally in tallies.items())
    shown.sort(key=lambda each: each["Timestamp"])
    return {"Label": asked.metric_name, "Datapoints": shown}


def _datapoint(asked: StatisticsRequest, at: int, unit: str, tally: Tally) -> shapes.Datapoint:
    shown: shapes.Datapoint = {"Timestamp": float(at), "Unit": unit}
    for name in asked.statistics:
        value = named.compute(tally, named.parse(name))
        if value is not None:
            shown[name] = value  # type: ignore[literal-required]
    if asked.extended_statistics:
        extended = {
            name: named.compute(tally, named.parse(name)) for name in asked.extended_statistics
        }
        shown["ExtendedStatistics"] = {
            name: value for name, value in extended.items() if value is not None
        }
    return shown
