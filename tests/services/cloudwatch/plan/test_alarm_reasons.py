"""The sentences of alarms, in CloudWatch's words."""

import json
from typing import Any

import pytest

from homeport.services.cloudwatch.plan.alarm_evaluation import Datapoint, Slot, evaluate
from homeport.services.cloudwatch.plan.alarm_reasons import reason, reason_data
from homeport.services.cloudwatch.records.alarms import DataQuery, MetricRule, MetricStat
from homeport.services.cloudwatch.records.metrics import Metric

NEWEST = 1_795_428_000.0  # 23 November 2026, 10:00:00.


def told(values: str, **changes: Any) -> tuple[MetricRule, tuple[Slot, ...]]:
    """Values newest first; ``-`` is missing."""
    stat = MetricStat(metric=Metric(namespace="a", name="b"), period_s=60, stat="Average")
    parts = values.split()
    known = {
        "queries": (DataQuery(id="m1", stat=stat),),
        "is_single": True,
        "comparison": "GreaterThanThreshold",
        "threshold": 1,
        "evaluation_periods": 1,
    } | changes
    slots = []
    for index, text in enumerate(parts):
        at = NEWEST - 60 * index
        point = None if text == "-" else Datapoint(at=at, value=float(text), count=4.0)
        slots.append(Slot(at=at, point=point))
    return MetricRule(**known), tuple(slots)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "changes", "sentence"),
    [
        (
            "5",
            {"datapoints_to_alarm": 1},
            (
                "Threshold Crossed: 1 out of the last 1 datapoints [5.0 (23/11/26 10:00:00)] was "
                "greater than the threshold (1.0) (minimum 1 datapoint for OK -> ALARM transition)."
            ),
        ),
        (
            "5",
            {},
            (
                "Threshold Crossed: 1 datapoint [5.0 (23/11/26 10:00:00)] was greater than the "
                "threshold (1.0)."
            ),
        ),
        (
            "0.5 0.25",
            {"evaluation_periods": 2, "comparison": "GreaterThanOrEqualToThreshold"},
            (
                "Threshold Crossed: 2 datapoints [0.5 (23/11/26 10:00:00), 0.25 (23/11/26 "
                "09:59:00)] "
                "were not greater than or equal to the threshold (1.0)."
            ),
        ),
        (
            "0 5 5",
            {"evaluation_periods": 3, "datapoints_to_alarm": 2},
            (
                "Threshold Crossed: 2 out of the last 3 datapoints [5.0 (23/11/26 09:59:00), 5.0 "
                "(23/11/26 09:58:00)] were greater than the threshold (1.0) (minimum 2 "
                "datapoints for "
                "OK -> ALARM transition)."
            ),
        ),
        (
            "0 0 5",
            {"evaluation_periods": 3, "datapoints_to_alarm": 2},
            (
                "Threshold Crossed: 2 out of the last 3 datapoints [0.0 (23/11/26 10:00:00), 0.0 "
                "(23/11/26 09:59:00)] were not greater than the threshold (1.0) (minimum 2 "
                "datapoints "
                "for ALARM -> OK transition)."
            ),
        ),
        ("- - -", {}, "Insufficient Data: 1 datapoint was unknown."),
        ("- - -", {"evaluation_periods": 3}, "Insufficient Data: 3 datapoints were unknown."),
        (
            "- - -",
            {"treat_missing": "notBreaching"},
            (
                "Threshold Crossed: no datapoints were received for 1 period and 1 missing "
                "datapoint "
                "was treated as [NonBreaching]."
            ),
        ),
        (
            "- - - -",
            {"treat_missing": "breaching", "evaluation_periods": 2},
            (
                "Threshold Crossed: no datapoints were received for 2 periods and 2 missing "
                "datapoints were treated as [Breaching]."
            ),
        ),
        (
            "9 8 7 6 5 4",
            {"evaluation_periods": 6},
            (
                "Threshold Crossed: 6 datapoints were greater than the threshold (1.0). The most "
                "recent datapoints which crossed the threshold: [9.0 (23/11/26 10:00:00), 8.0 "
                "(23/11/26 09:59:00), 7.0 (23/11/26 09:58:00), 6.0 (23/11/26 09:57:00), 5.0 "
                "(23/11/26 "
                "09:56:00)]."
            ),
        ),
        (
            "0.5",
            {"comparison": "LessThanThreshold"},
            (
                "Threshold Crossed: 1 datapoint [0.5 (23/11/26 10:00:00)] was less than the "
                "threshold "
                "(1.0)."
            ),
        ),
    ],
)
def test_the_sentence(values: str, changes: dict[str, Any], sentence: str) -> None:
    rule, slots = told(values, **changes)
    verdict = evaluate(rule, slots)
    assert verdict.state is not None
    assert reason(rule, verdict, verdict.state) == sentence


def test_the_data_of_a_sentence() -> None:
    rule, slots = told("- 5 4", evaluation_periods=3, treat_missing="breaching")
    data = json.loads(reason_data(rule, evaluate(rule, slots), NEWEST + 61.25))
    assert data == {
        "version": "1.0",
        "queryDate": "2026-11-23T10:01:01.250+0000",
        "startDate": "2026-11-23T09:58:00.000+0000",
        "statistic": "Average",
        "period": 60,
        "recentDatapoints": [4.0, 5.0],
        "threshold": 1,
        "evaluatedDatapoints": [
            {"timestamp": "2026-11-23T10:00:00.000+0000"},
            {"timestamp": "2026-11-23T09:59:00.000+0000", "sampleCount": 4.0, "value": 5.0},
            {"timestamp": "2026-11-23T09:58:00.000+0000", "sampleCount": 4.0, "value": 4.0},
        ],
    }


def test_the_data_stay_within_what_a_client_may_be_sent() -> None:
    values = " ".join(["123456.789012345"] * 1440)
    rule, slots = told(values, evaluation_periods=1440)
    assert len(reason_data(rule, evaluate(rule, slots), NEWEST)) <= 4_000
    assert len(reason(rule, evaluate(rule, slots), "ALARM")) <= 1_023
