"""What may be put, and what is said of the rest."""

from typing import Any

import msgspec
import pytest

from homeport.kernel.errors import AwsError
from homeport.services.cloudwatch.plan import put_data
from homeport.services.cloudwatch.records.requests import DatumRequest

NOW = 1_700_000_000.5
DAY = 86_400
ONE = "MetricData.member.1"


def put(*data: dict[str, Any]) -> Any:
    wire = [{"MetricName": "m", **each} for each in data]
    return put_data.points("Shop", msgspec.convert(wire, tuple[DatumRequest, ...]), NOW)


def test_a_value_is_a_point_of_its_second() -> None:
    (point,) = put({"Value": 2, "Unit": "Count", "StorageResolution": 1})
    assert (point.point.at, point.point.unit, point.resolution_s) == (1_700_000_000, "Count", 1)
    assert (point.point.tally.count, point.point.tally.total) == (1, 2)
    assert point.metric.namespace == "Shop"


def test_the_order_of_dimensions_does_not_matter() -> None:
    names = [{"Name": "b", "Value": "1"}, {"Name": "a", "Value": "2"}]
    one, other = put({"Value": 1, "Dimensions": names}, {"Value": 1, "Dimensions": names[::-1]})
    assert one.metric == other.metric
    assert one.metric.digest == other.metric.digest


def test_values_are_counted() -> None:
    (point,) = put({"Values": [1, 2, 2], "Counts": [1, 2, 3]})
    assert point.point.tally.values == ((1, 1), (2, 5))
    (point,) = put({"Values": [1, 2, 2]})
    assert point.point.tally.values == ((1, 1), (2, 2))


SET = {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}


@pytest.mark.parametrize(
    ("datum", "code", "message"),
    [
        ({}, "MissingRequiredParameter", f"The parameter {ONE}.Value is required."),
        (
            {"Value": 1, "Values": [1]},
            "InvalidParameterCombination",
            (
                f"The parameters {ONE}.Value and {ONE}.Values are mutually exclusive and you have "
                "specified both."
            ),
        ),
        (
            {"Value": 1, "StatisticValues": SET},
            "InvalidParameterCombination",
            (
                f"The parameters {ONE}.Value and {ONE}.StatisticValues are mutually exclusive and "
                "you have specified both."
            ),
        ),
        (
            {"Values": [1, 2], "Counts": [1]},
            "InvalidParameterValue",
            f"The parameters {ONE}.Values and {ONE}.Counts must be of the same size.",
        ),
        (
            {"Values": [float(each) for each in range(151)]},
            "InvalidParameterValue",
            f"The collection {ONE}.Values must not have a size greater than 150.",
        ),
        (
            {"Values": [1], "Counts": [0]},
            "InvalidParameterValue",
            f"The value 0.0 for parameter {ONE}.Counts.member.1 must be greater than 0.",
        ),
        (
            {"Value": float("nan")},
            "InvalidParameterValue",
            f"The value NaN for parameter {ONE}.Value is invalid.",
        ),
        (
            {"Value": float("-inf")},
            "InvalidParameterValue",
            f"The value -Infinity for parameter {ONE}.Value is invalid.",
        ),
        ({"Value": 2.0**361}, "InvalidParameterValue", f"parameter {ONE}.Value is invalid."),
        (
            {"Value": 1, "Timestamp": NOW - 14 * DAY - 1},
            "InvalidParameterValue",
            f"The parameter {ONE}.Timestamp must specify a time within the past two weeks.",
        ),
        (
            {"Value": 1, "Timestamp": NOW + 7_201},
            "InvalidParameterValue",
            (
                f"The parameter {ONE}.Timestamp must specify a time no more than 2 hours in the "
                "future."
            ),
        ),
        (
            {"Value": 1, "StorageResolution": 5},
            "InvalidParameterValue",
            f"The parameter {ONE}.StorageResolution must be a value in the set [ 1, 60 ]",
        ),
        (
            {"StatisticValues": SET | {"SampleCount": 0}},
            "InvalidParameterValue",
            f"The value 0.0 for parameter {ONE}.StatisticValues.SampleCount must be greater",
        ),
        (
            {"StatisticValues": SET | {"Minimum": 3}},
            "InvalidParameterValue",
            f"The parameter {ONE}.StatisticValues.Maximum must be greater than or equal to",
        ),
        (
            {"Value": 1, "Dimensions": [{"Name": "n", "Value": "ü"}]},
            "InvalidParameterValue",
            f"The value ü for parameter {ONE}.Dimensions.member.1.Value contains non-ASCII",
        ),
        (
            {"Value": 1, "Dimensions": [{"Name": "n", "Value": "1"}, {"Name": "n", "Value": "2"}]},
            "InvalidParameterValue",
            f"The collection {ONE}.Dimensions must not name a dimension twice.",
        ),
        (
            {"Value": 1, "Dimensions": [{"Name": f"n{i}", "Value": "1"} for i in range(31)]},
            "InvalidParameterValue",
            f"The collection {ONE}.Dimensions must not have a size greater than 30.",
        ),
    ],
)
def test_what_is_refused(datum: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(AwsError) as raised:
        put(datum)
    assert raised.value.code == f"{code}Exception"
    assert message in raised.value.message


def test_the_edges_of_time_are_taken() -> None:
    put({"Value": 1, "Timestamp": NOW - 14 * DAY}, {"Value": 2.0**360, "Timestamp": NOW + 7_200})


def test_how_many_may_be_put() -> None:
    assert len(put(*[{"Value": 1}] * 1_000)) == 1_000
    with pytest.raises(AwsError, match="must not have a size greater than 1000"):
        put(*[{"Value": 1}] * 1_001)
    with pytest.raises(AwsError, match="The parameter MetricData is required"):
        put()
