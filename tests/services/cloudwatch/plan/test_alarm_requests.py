"""What PutMetricAlarm may be asked, and what is said of the rest."""

from typing import Any

import msgspec
import pytest

from homeport.services.cloudwatch.errors import ValidationError
from homeport.services.cloudwatch.plan import alarm_requests
from homeport.services.cloudwatch.records.alarms import MetricRule
from homeport.services.cloudwatch.records.requests import MetricAlarmRequest

SINGLE = {
    "AlarmName": "a",
    "Namespace": "Shop",
    "MetricName": "Errors",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
STAT = {"Metric": {"Namespace": "Shop", "MetricName": "Errors"}, "Period": 60, "Stat": "p99"}
LISTED: dict[str, Any] = {
    "AlarmName": "a",
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "Metrics": [{"Id": "m1", "MetricStat": STAT}],
}


def rule(request: dict[str, Any]) -> MetricRule:
    asked = msgspec.convert(
        {key: value for key, value in request.items() if value is not None}, MetricAlarmRequest
    )
    alarm_requests.actions(asked)
    return alarm_requests.metric_rule(asked, "000000000000")


def test_a_single_metric() -> None:
    found = rule(SINGLE | {"Statistic": None, "ExtendedStatistic": "p99.9", "Unit": "Count"})
    assert found.is_single
    assert found.is_extended
    stat = found.watched.stat
    assert stat is not None
    assert (stat.metric.name, stat.stat, stat.unit) == ("Errors", "p99.9", "Count")


def test_a_list_of_one() -> None:
    found = rule(LISTED)
    assert not found.is_single
    assert found.period_s == 60
    assert found.watched.id == "m1"


def test_a_list_with_an_expression() -> None:
    queries = [
        {"Id": "m1", "MetricStat": STAT, "ReturnData": False},
        {"Id": "e1", "Expression": "m1 * 2"},
    ]
    assert rule(LISTED | {"Metrics": queries}).watched.id == "e1"


TWO = [{"Id": "m1", "MetricStat": STAT}, {"Id": "m2", "MetricStat": STAT}]


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (SINGLE | {"ComparisonOperator": "x"}, "at 'comparisonOperator' failed to satisfy"),
        (SINGLE | {"ComparisonOperator": None}, "The parameter ComparisonOperator is required."),
        (SINGLE | {"ComparisonOperator": "GreaterThanUpperThreshold"}, "no anomaly detection"),
        (SINGLE | {"ThresholdMetricId": "ad"}, "no anomaly detection"),
        (SINGLE | {"EvaluationInterval": 60}, "no PromQL alarms"),
        (SINGLE | {"Statistic": "p99"}, "Value 'p99' at 'statistic' failed to satisfy"),
        (SINGLE | {"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        (SINGLE | {"ExtendedStatistic": "p99"}, "Exactly one of Statistic and Extended"),
        (SINGLE | {"Period": None}, "The parameter Period is required."),
        (SINGLE | {"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
        (SINGLE | {"Period": 1}, "Period must be 10, 20, 30 or a multiple of 60"),
        (SINGLE | {"Threshold": None}, "The parameter Threshold is required."),
        (SINGLE | {"EvaluationPeriods": None}, "The parameter EvaluationPeriods is required."),
        (SINGLE | {"DatapointsToAlarm": 2}, "DatapointsToAlarm must be less than or equal"),
        (SINGLE | {"EvaluationPeriods": 1441}, "Metrics cannot be checked across more than a day"),
        (
            SINGLE | {"Period": 3600, "EvaluationPeriods": 169},
            "Metrics cannot be checked across more than a week",
        ),
        (SINGLE | {"TreatMissingData": "bad"}, "Value 'bad' at 'treatMissingData' failed"),
        (SINGLE | {"Unit": "Apples"}, "Value 'Apples' at 'unit' failed"),
        (SINGLE | {"AlarmActions": ["mail me"]}, "Invalid arn syntax: mail me"),
        (SINGLE | {"MetricName": None}, "You must specify either a MetricName or a Metrics list"),
        (LISTED | {"Namespace": "Shop"}, "Metrics list cannot be used together"),
        (LISTED | {"Metrics": TWO}, "Exactly one element of the metrics list should return data"),
        (LISTED | {"Metrics": [TWO[0], TWO[0]]}, "The values for parameter id in Metrics are not"),
        (LISTED | {"Metrics": [{"Id": "M", "MetricStat": STAT}]}, "is not matching the expected"),
        (LISTED | {"Metrics": [{"Id": "m"}]}, "Exactly one element of Metrics.member.1.Expression"),
        (
            LISTED | {"Metrics": [{"Id": "m", "MetricStat": STAT, "Expression": "1"}]},
            "are mutually exclusive",
        ),
        (
            LISTED | {"Metrics": [{"Id": "e", "Expression": "1 +"}]},
            "Error in expression 'e': Unexpected end",
        ),
        (
            LISTED | {"Metrics": [{"Id": "e", "Expression": "SELECT AVG(x) FROM y"}]},
            "no Metrics Insights",
        ),
        (
            LISTED | {"Metrics": [{"Id": "e", "Expression": "ANOMALY_DETECTION_BAND(m1)"}]},
            "has no function ANOMALY_DETECTION_BAND",
        ),
        (
            LISTED | {"Metrics": [{"Id": "e", "Expression": "TIME_SERIES(1)"}]},
            "must contain at least one MetricStat",
        ),
        (
            LISTED | {"Metrics": [{"Id": "m", "MetricStat": STAT, "AccountId": "1"}]},
            "metrics of other accounts",
        ),
        (
            LISTED | {"Metrics": [TWO[0], {"Id": "m2", "MetricStat": STAT | {"Period": 120}}]},
            "must have the same period",
        ),
    ],
)
def test_what_is_refused(request_: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        rule(request_)
    assert message in raised.value.message


def test_tags_are_bounded() -> None:
    from homeport.services.cloudwatch.records.requests import TagRequest

    full = {f"k{index}": "v" for index in range(50)}
    assert alarm_requests.tags(full, [TagRequest(key="k0", value="w")])["k0"] == "w"
    with pytest.raises(Exception, match="more than 50 tags"):
        alarm_requests.tags(full, [TagRequest(key="one more", value="w")])
