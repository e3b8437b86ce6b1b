"""Metrics and their data as the API shows them."""

from collections.abc import Sequence

from homeport.services.cloudwatch.records.alarms import DataQuery
from homeport.services.cloudwatch.records.metrics import Dimensions, Metric
from homeport.shapes import cloudwatch as shapes


def metric(shown: Metric) -> shapes.Metric:
    """A metric by its names."""
    return {
        "Namespace": shown.namespace,
        "MetricName": shown.name,
        "Dimensions": dimensions(shown.dimensions),
    }


def dimensions(shown: Dimensions) -> list[shapes.Dimension]:
    """Dimensions in their order."""
    return [{"Name": name, "Value": value} for name, value in shown]


def queries(shown: Sequence[DataQuery]) -> list[shapes.MetricDataQuery]:
    """The queries of an alarm, as they were put."""
    return [_query(each) for each in shown]


def _query(query: DataQuery) -> shapes.MetricDataQuery:
    wire: shapes.MetricDataQuery = {"Id": query.id}
    if query.stat is not None:
        wire["MetricStat"] = {
            "Metric": metric(query.stat.metric),
            "Period": query.stat.period_s,
            "Stat": query.stat.stat,
        }
        if query.stat.unit is not None:
            wire["MetricStat"]["Unit"] = query.stat.unit
    if query.expression is not None:
        wire["Expression"] = query.expression
    if query.label is not None:
        wire["Label"] = query.label
    wire["ReturnData"] = query.return_data is not False
    if query.period_s is not None:
        wire["Period"] = query.period_s
    if query.account_id is not None:
        wire["AccountId"] = query.account_id
    return wire
