"""What PutMetricAlarm may be asked, and the rule that it makes.  Pure."""

from collections.abc import Sequence
from typing import Final, TypeVar

from homeport.services.cloudwatch.errors import InvalidParameterValueException, ValidationError
from homeport.services.cloudwatch.plan import data_requests, metric_names, statistics
from homeport.services.cloudwatch.plan.periods import DAY_S, HOUR_S, is_alarm_period
from homeport.services.cloudwatch.records.alarms import Actions, DataQuery, MetricRule, MetricStat
from homeport.services.cloudwatch.records.metrics import Metric
from homeport.services.cloudwatch.records.requests import (
    ActionsRequest,
    MetricAlarmRequest,
    TagRequest,
)

COMPARISONS: Final = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
ANOMALY_COMPARISONS: Final = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
TREATMENTS: Final = ("breaching", "notBreaching", "ignore", "missing")
LOW_SAMPLES: Final = ("evaluate", "ignore")
STATES: Final = ("INSUFFICIENT_DATA", "ALARM", "OK")
METRICS_MAX: Final = 10
ALARMS_MAX: Final = 5_000
TAGS_MAX: Final = 50
WEEK_S: Final = 7 * DAY_S

Value = TypeVar("Value")

NO_ANOMALIES: Final = (
    "Homeport has no anomaly detection: compare with a threshold (GreaterThanThreshold and the "
    "like)."
)
NO_PROMQL: Final = "Homeport has no PromQL alarms: name a metric, or a list of metric queries."


def metric_rule(asked: MetricAlarmRequest, account: str) -> MetricRule:
    """The rule that the request describes; raises `ValidationError` for what is wrong."""
    _check_supported(asked)
    comparison = _required(asked.comparison_operator, "ComparisonOperator")
    check_enum(comparison, "comparisonOperator", (*COMPARISONS, *ANOMALY_COMPARISONS))
    if comparison in ANOMALY_COMPARISONS:
        raise ValidationError(NO_ANOMALIES)
    check_enum(asked.treat_missing_data, "treatMissingData", TREATMENTS)
    low_samples = asked.evaluate_low_sample_count_percentile
    check_enum(low_samples, "evaluateLowSampleCountPercentile", LOW_SAMPLES)
    periods = _required(asked.evaluation_periods, "EvaluationPeriods")
    if asked.datapoints_to_alarm is not None and asked.datapoints_to_alarm > periods:
        raise ValidationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    queries = _listed(asked, account) if asked.metrics else (_single(asked),)
    rule = MetricRule(
        queries=queries,
        is_single=not asked.metrics,
        is_extended=asked.extended_statistic is not None,
        comparison=comparison,
        threshold=_required(asked.threshold, "Threshold"),
        evaluation_periods=periods,
        datapoints_to_alarm=asked.datapoints_to_alarm,
        treat_missing=asked.treat_missing_data,
        low_samples=low_samples,
    )
    _check_length(rule.period_s, periods)
    return rule


def actions(asked: ActionsRequest) -> Actions:
    """The actions of any alarm: kept as they are, if they look like ARNs."""
    for each in (*asked.ok_actions, *asked.alarm_actions, *asked.insufficient_data_actions):
        if not each.startswith("arn:") or each.count(":") < 3:
            raise ValidationError(f"Invalid arn syntax: {each}")
    return Actions(
        enabled=asked.actions_enabled,
        ok=asked.ok_actions,
        alarm=asked.alarm_actions,
        insufficient_data=asked.insufficient_data_actions,
    )


def check_name(name: str) -> None:
    """Refuse a name that no alarm can have."""
    if not name.isprintable():
        raise ValidationError("The alarm name must not contain control characters.")


def tags(before: dict[str, str], added: Sequence[TagRequest]) -> dict[str, str]:
    """The tags with those added."""
    for each in added:
        if each.key.lower().startswith("aws:"):
            raise InvalidParameterValueException("Tag keys must not start with 'aws:'.")
    after = before | {each.key: each.value for each in added}
    if len(after) > TAGS_MAX:
        raise InvalidParameterValueException(f"A resource must not have more than {TAGS_MAX} tags.")
    return after


def check_enum(value: str | None, name: str, allowed: Sequence[str]) -> None:
    """Refuse a value that is none of those allowed, in AWS's words."""
    if value is not None and value not in allowed:
        raise ValidationError(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(allowed)}]"
        )


def _check_supported(asked: MetricAlarmRequest) -> None:
    if asked.evaluation_criteria is not None or asked.evaluation_interval is not None:
        raise ValidationError(NO_PROMQL)
    if asked.threshold_metric_id is not None:
        raise ValidationError(NO_ANOMALIES)
    named = (
        asked.metric_name,
        asked.namespace,
        asked.statistic,
        asked.extended_statistic,
        asked.period,
        asked.unit,
        asked.dimensions or None,
    )
    if asked.metrics and any(each is not None for each in named):
        raise ValidationError(
            "Metrics list cannot be used together with MetricName, Namespace, Dimensions, Period, "
            "Unit, Statistic or ExtendedStatistic."
        )
    if not asked.metrics and asked.metric_name is None:
        raise ValidationError("You must specify either a MetricName or a Metrics list.")


def _single(asked: MetricAlarmRequest) -> DataQuery:
    if (asked.statistic is None) == (asked.extended_statistic is None):
        raise ValidationError("Exactly one of Statistic and ExtendedStatistic must be specified.")
    check_enum(asked.statistic, "statistic", statistics.PLAIN)
    stat = asked.statistic or asked.extended_statistic or ""
    if not data_requests.is_statistic(stat):
        raise ValidationError(f"The value {stat} for parameter ExtendedStatistic is not supported.")
    check_enum(asked.unit, "unit", metric_names.UNITS)
    period_s = _required(asked.period, "Period")
    _check_period(period_s)
    metric = Metric(
        namespace=_required(asked.namespace, "Namespace"),
        name=_required(asked.metric_name, "MetricName"),
        dimensions=metric_names.dimensions(asked.dimensions, "Dimensions"),
    )
    named = MetricStat(metric=metric, period_s=period_s, stat=stat, unit=asked.unit)
    return DataQuery(id="m1", stat=named)


def _listed(asked: MetricAlarmRequest, account: str) -> tuple[DataQuery, ...]:
    queries = data_requests.queries(asked.metrics, "Metrics")
    measured = [each.stat for each in queries if each.stat is not None]
    if len(measured) > METRICS_MAX:
        raise ValidationError(f"An alarm cannot look at more than {METRICS_MAX} metrics.")
    if not measured:
        raise ValidationError("The Metrics list must contain at least one MetricStat.")
    for each in measured:
        _check_period(each.period_s)
    if len({each.period_s for each in measured}) > 1:
        raise ValidationError("All metrics of the Metrics list must have the same period.")
    if any(each.account_id not in {None, account} for each in queries):
        raise ValidationError("Homeport has no alarms on metrics of other accounts.")
    returned = [each for each in queries if each.return_data is not False]
    if len(queries) > 1 and len(returned) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    return queries


def _check_period(period_s: int) -> None:
    if not is_alarm_period(period_s):
        raise ValidationError("Period must be 10, 20, 30 or a multiple of 60")


def _check_length(period_s: int, periods: int) -> None:
    whole = period_s * periods
    if period_s < HOUR_S and whole > DAY_S:
        raise ValidationError(
            "Metrics cannot be checked across more than a day "
            f"(EvaluationPeriods * Period must be <= {DAY_S})."
        )
    if whole > WEEK_S:
        raise ValidationError(
            "Metrics cannot be checked across more than a week "
            f"(EvaluationPeriods * Period must be <= {WEEK_S})."
        )


def _required(value: Value | None, name: str) -> Value:
    if value is None:
        raise ValidationError(f"The parameter {name} is required.")
    return value
