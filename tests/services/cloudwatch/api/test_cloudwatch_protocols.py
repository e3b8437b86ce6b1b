"""CloudWatch over each protocol that its clients speak, with stock botocore."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from homeport.services.cloudwatch import wiring
from homeport.store import Store
from root_asking import served


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def test_data_go_in_and_come_out(speaking: Any) -> None:
    now = _now()
    start = now.replace(second=0)
    speaking.put_metric_data(
        Namespace="Shop/Web",
        MetricData=[
            {
                "MetricName": "Latency",
                "Dimensions": [{"Name": "Path", "Value": "/a&b"}],
                "Timestamp": now,
                "Values": [1.0, 2.5, 10.0],
                "Counts": [1.0, 2.0, 1.0],
                "Unit": "Milliseconds",
            }
        ],
    )
    listed = speaking.list_metrics(Namespace="Shop/Web")
    dimensions = [{"Name": "Path", "Value": "/a&b"}]
    assert listed["Metrics"] == [
        {"Namespace": "Shop/Web", "MetricName": "Latency", "Dimensions": dimensions}
    ]
    found = speaking.get_metric_statistics(
        Namespace="Shop/Web",
        MetricName="Latency",
        Dimensions=dimensions,
        StartTime=start,
        EndTime=start + timedelta(minutes=2),
        Period=60,
        Statistics=["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
    )
    assert found["Label"] == "Latency"
    assert found["Datapoints"] == [
        {
            "Timestamp": start,
            "Unit": "Milliseconds",
            "SampleCount": 4.0,
            "Sum": 16.0,
            "Average": 4.0,
            "Minimum": 1.0,
            "Maximum": 10.0,
        }
    ]
    extended = speaking.get_metric_statistics(
        Namespace="Shop/Web",
        MetricName="Latency",
        Dimensions=dimensions,
        StartTime=start,
        EndTime=start + timedelta(minutes=2),
        Period=60,
        ExtendedStatistics=["p50", "p99"],
    )
    assert extended["Datapoints"][0]["ExtendedStatistics"] == {"p50": 2.5, "p99": 10.0}


def test_get_metric_data_works_out_expressions(speaking: Any) -> None:
    now = _now()
    start = now.replace(second=0)
    speaking.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {"MetricName": "Errors", "Timestamp": now, "Value": 3.0},
            {"MetricName": "Requests", "Timestamp": now, "Value": 12.0},
        ],
    )

    def stat(name: str, **more: Any) -> dict[str, Any]:
        metric = {"Namespace": "Shop", "MetricName": name}
        return {"MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, **more}

    found = speaking.get_metric_data(
        MetricDataQueries=[
            {"Id": "e", **stat("Errors", ReturnData=False)},
            {"Id": "r", **stat("Requests")},
            {"Id": "rate", "Expression": "100 * e / r", "Label": "error rate"},
        ],
        StartTime=start,
        EndTime=start + timedelta(minutes=2),
    )
    shown = {each["Id"]: each for each in found["MetricDataResults"]}
    assert set(shown) == {"r", "rate"}
    assert shown["rate"]["Label"] == "error rate"
    assert shown["rate"]["Timestamps"] == [start]
    assert shown["rate"]["Values"] == [25.0]
    assert shown["rate"]["StatusCode"] == "Complete"


def test_an_alarm_comes_back_as_it_was_put(speaking: Any) -> None:
    put = {
        "AlarmName": "too many: 5xx <errors>",
        "AlarmDescription": "“Fünf”",
        "ActionsEnabled": True,
        "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:oncall"],
        "OKActions": [],
        "InsufficientDataActions": [],
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Dimensions": [{"Name": "LoadBalancer", "Value": "app/web/50dc6c495c0c9188"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    speaking.put_metric_alarm(**put, Tags=[{"Key": "team", "Value": "web"}])
    (shown,) = speaking.describe_alarms(AlarmNamePrefix="too many")["MetricAlarms"]
    assert {key: shown[key] for key in put} == put
    assert shown["StateValue"] == "INSUFFICIENT_DATA"
    assert shown["StateReason"] == "Unchecked: Initial alarm creation"
    assert isinstance(shown["StateUpdatedTimestamp"], datetime)
    tags = speaking.list_tags_for_resource(ResourceARN=shown["AlarmArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "web"}]
    speaking.set_alarm_state(
        AlarmName=put["AlarmName"], StateValue="ALARM", StateReason="a test", StateReasonData="{}"
    )
    history = speaking.describe_alarm_history(HistoryItemType="StateUpdate")
    assert [each["HistorySummary"] for each in history["AlarmHistoryItems"]] == [
        "Alarm updated from INSUFFICIENT_DATA to ALARM"
    ]
    speaking.delete_alarms(AlarmNames=[put["AlarmName"]])
    assert speaking.describe_alarms()["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("name", "request_", "code", "message"),
    [
        (
            "put_metric_data",
            {"MetricData": [{"MetricName": "m", "Value": 1.0}]},
            "MissingParameter",
            "The parameter Namespace is required.",
        ),
        (
            "put_metric_data",
            {"Namespace": "Shop", "MetricData": [{"Value": 1.0}]},
            "MissingParameter",
            "The parameter MetricData.member.1.MetricName is required.",
        ),
        (
            "put_metric_data",
            {"Namespace": "Shop", "MetricData": [{"MetricName": "m"}]},
            "MissingParameter",
            "The parameter MetricData.member.1.Value is required.",
        ),
        (
            "put_metric_data",
            {"Namespace": "Shop", "MetricData": [{"MetricName": "m", "Value": 1, "Unit": "x"}]},
            "InvalidParameterValue",
            "The parameter MetricData.member.1.Unit must be a value in the set [ Seconds,",
        ),
        (
            "set_alarm_state",
            {"AlarmName": "none", "StateValue": "OK", "StateReason": "a"},
            "ResourceNotFound",
            "The named resource does not exist.",
        ),
        (
            "put_metric_alarm",
            {
                "AlarmName": "a",
                "EvaluationPeriods": 1,
                "ComparisonOperator": "Above",
                "MetricName": "m",
            },
            "ValidationError",
            "1 validation error detected: Value 'Above' at 'comparisonOperator' failed to satisfy",
        ),
        (
            "describe_alarms",
            {"NextToken": "nonsense"},
            "InvalidNextToken",
            "The next token specified is invalid.",
        ),
        (
            "put_metric_alarm",
            {"AlarmName": "a" * 256, "EvaluationPeriods": 1, "ComparisonOperator": "x"},
            "ValidationError",
            "1 validation error detected: Value '" + "a" * 256 + "' at 'alarmName'",
        ),
    ],
)
def test_errors_have_the_codes_that_query_clients_always_knew(
    speaking: Any, name: str, request_: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(ClientError) as raised:
        getattr(speaking, name)(**request_)
    error = raised.value.response["Error"]
    assert error["Code"] == code
    assert error["Message"].startswith(message)


def test_what_is_not_built_says_so_in_every_protocol(speaking: Any) -> None:
    with pytest.raises(ClientError, match="Homeport has no anomaly detection"):
        speaking.put_anomaly_detector(Namespace="a", MetricName="b", Stat="Average")


def test_a_compressed_body_is_read(speaking: Any) -> None:
    # botocore packs PutMetricData from 10 KiB on by itself.
    data = [{"MetricName": f"metric-{index:04}", "Value": 1.0} for index in range(1000)]
    sent: list[Any] = []
    speaking.meta.events.register(
        "before-send.cloudwatch.PutMetricData", lambda request, **_: sent.append(request)
    )
    speaking.put_metric_data(Namespace="Many", MetricData=data)
    assert sent[0].headers["Content-Encoding"] == b"gzip"
    pages = speaking.get_paginator("list_metrics").paginate(Namespace="Many")
    assert sum(len(page["Metrics"]) for page in pages) == 1000


def test_a_number_that_is_none_is_refused(store: Store, speaking: Any) -> None:
    with pytest.raises(ClientError) as raised:
        speaking.put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "m", "Value": math.inf}]
        )
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_stock_boto3_speaks_one_of_them(store: Store) -> None:
    with served(store, wiring.services()) as client:
        cloudwatch = client("cloudwatch")
        assert cloudwatch.meta.service_model.resolved_protocol == "json"
        cloudwatch.put_metric_data(
            Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 1.0}]
        )
        assert cloudwatch.list_metrics()["Metrics"][0]["MetricName"] == "Errors"
