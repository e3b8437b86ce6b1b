"""What GetMetricStatistics and GetMetricData may be asked, and lists of queries.  Pure."""

import re
from collections.abc import Sequence
from typing import Final

from homeport.services.cloudwatch.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    ValidationError,
)
from homeport.services.cloudwatch.plan import math_grammar, metric_math, metric_names, statistics
from homeport.services.cloudwatch.plan import periods as terms
from homeport.services.cloudwatch.records.alarms import DataQuery, MetricStat
from homeport.services.cloudwatch.records.metrics import Metric
from homeport.services.cloudwatch.records.requests import (
    MetricStatRequest,
    QueryRequest,
    StatisticsRequest,
)

POINTS_MAX: Final = 1_440
QUERIES_MAX: Final = 500
ID: Final = re.compile(r"[a-z][a-zA-Z0-9_]*")
_LISTS: Final = ", ".join(statistics.PLAIN)


def check_statistics(asked: StatisticsRequest) -> None:
    """Refuse a request of GetMetricStatistics that makes no sense."""
    _check_named(asked)
    metric_names.check_unit(asked.unit, "Unit")
    if not terms.is_period(asked.period):
        raise InvalidParameterValueException("The parameter Period must be a multiple of 60.")
    if asked.start_time >= asked.end_time:
        raise InvalidParameterCombinationException(
            "The parameter StartTime must be less than the parameter EndTime."
        )
    count = int((asked.end_time - asked.start_time) // asked.period)
    if count > POINTS_MAX:
        raise InvalidParameterCombinationException(
            f"You have requested up to {count:,} datapoints, which exceeds the limit of "
            f"{POINTS_MAX:,}. You may reduce the datapoints requested by increasing Period, or "
            "decreasing the time range."
        )


def queries(asked: Sequence[QueryRequest], where: str) -> tuple[DataQuery, ...]:
    """The queries of a list; raises `ValidationError` for the first that is wrong."""
    if len(asked) > QUERIES_MAX:
        raise ValidationError(
            f"The collection {where} must not have a size greater than {QUERIES_MAX}."
        )
    if len({each.id for each in asked}) < len(asked):
        raise ValidationError(f"The values for parameter id in {where} are not unique.")
    found = tuple(_query(each, f"{where}.member.{index}") for index, each in enumerate(asked, 1))
    _check_expressions(found)
    return found


def _check_named(asked: StatisticsRequest) -> None:
    if bool(asked.statistics) == bool(asked.extended_statistics):
        raise InvalidParameterCombinationException(
            "Must specify either Statistics or ExtendedStatistics"
        )
    for index, name in enumerate(asked.statistics, 1):
        if name not in statistics.PLAIN:
            raise InvalidParameterValueException(
                f"The parameter Statistics.member.{index} must be a value in the set [ {_LISTS} ]"
            )
    for index, name in enumerate(asked.extended_statistics, 1):
        if not is_statistic(name) or name in statistics.PLAIN:
            raise InvalidParameterValueException(
                f"The value {name} for parameter ExtendedStatistics.member.{index} "
                "is not supported."
            )


def is_statistic(name: str) -> bool:
    """Whether there is a statistic of this name."""
    try:
        statistics.parse(name)
    except statistics.BadStatistic:
        return False
    return True


def _query(asked: QueryRequest, where: str) -> DataQuery:
    if not ID.fullmatch(asked.id):
        raise ValidationError(
            f"The value {asked.id} for parameter {where}.Id is not matching the expected pattern "
            f"^{ID.pattern}$."
        )
    if asked.metric_stat is not None and asked.expression is not None:
        raise ValidationError(
            f"The parameters {where}.Expression and {where}.MetricStat are mutually exclusive "
            "and you have specified both."
        )
    if asked.metric_stat is None and asked.expression is None:
        raise ValidationError(
            f"Exactly one element of {where}.Expression and {where}.MetricStat must be specified."
        )
    stat = None
    if asked.metric_stat is not None:
        stat = metric_stat(asked.metric_stat, f"{where}.MetricStat")
    return DataQuery(
        id=asked.id,
        stat=stat,
        expression=asked.expression,
        label=asked.label,
        return_data=asked.return_data,
        period_s=asked.period,
        account_id=asked.account_id,
    )


def metric_stat(asked: MetricStatRequest, where: str) -> MetricStat:
    """A statistic of a metric; raises for what is wrong with it."""
    if asked.metric.namespace is None or asked.metric.metric_name is None:
        missing = "Namespace" if asked.metric.namespace is None else "MetricName"
        raise ValidationError(f"The parameter {where}.Metric.{missing} is required.")
    if not terms.is_period(asked.period):
        raise ValidationError(f"The parameter {where}.Period must be a multiple of 60.")
    if not is_statistic(asked.stat):
        raise ValidationError(
            f"The value {asked.stat} for parameter {where}.Stat is not supported."
        )
    metric_names.check_unit(asked.unit, f"{where}.Unit")
    dimensions = metric_names.dimensions(asked.metric.dimensions, f"{where}.Metric.Dimensions")
    metric = Metric(
        namespace=asked.metric.namespace, name=asked.metric.metric_name, dimensions=dimensions
    )
    return MetricStat(metric=metric, period_s=asked.period, stat=asked.stat, unit=asked.unit)


def _check_expressions(found: Sequence[DataQuery]) -> None:
    known = {each.id for each in found}
    for query in found:
        if query.expression is None:
            continue
        if query.expression.lstrip().upper().startswith("SELECT "):
            raise ValidationError("Homeport has no Metrics Insights queries: name the metrics.")
        try:
            tree = math_grammar.parse(query.expression)
        except math_grammar.BadExpression as error:
            raise in_expression(query.id, str(error)) from error
        for name in sorted(math_grammar.functions(tree) - metric_math.SUPPORTED):
            raise in_expression(query.id, metric_math.unsupported(name))
        unknown = math_grammar.names(tree) - known - metric_math.WORDS
        if unknown:
            raise in_expression(query.id, f"Undefined variable '{min(unknown)}'")


def in_expression(name: str, why: str) -> ValidationError:
    """The error for an expression that cannot be worked out."""
    return ValidationError(f"Error in expression '{name}': {why}")
