"""Metrics: put, listed, read by periods, and aged."""

from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.runtime import Again
from homeport.services.cloudwatch.reconcile import ageing

HOUR = 3_600
DAY = 24 * HOUR


def stats(world: Any, **changes: Any) -> list[dict[str, Any]]:
    now = world.clock.now()
    request = {
        "Namespace": "Shop",
        "MetricName": "Errors",
        "StartTime": now - 600,
        "EndTime": now + 60,
        "Period": 60,
        "Statistics": ["Sum"],
    } | changes
    asked = {key: value for key, value in request.items() if value is not None}
    found: list[dict[str, Any]] = world.ask("GetMetricStatistics", **asked)["Datapoints"]
    return found


def test_data_of_a_second_come_together(world: Any) -> None:
    for value in (1.0, 2.0, 4.0):
        world.put(value)
    (point,) = stats(world, Statistics=["Sum", "SampleCount", "Maximum"])
    assert point == {
        "Timestamp": world.clock.now(),
        "Unit": "None",
        "Sum": 7.0,
        "SampleCount": 3.0,
        "Maximum": 4.0,
    }


def test_each_unit_is_for_itself(world: Any) -> None:
    world.put(1.0, Unit="Count")
    world.put(2.0, Unit="Bytes")
    assert sorted((each["Unit"], each["Sum"]) for each in stats(world)) == [
        ("Bytes", 2.0),
        ("Count", 1.0),
    ]
    assert [each["Sum"] for each in stats(world, Unit="Count")] == [1.0]
    assert stats(world, Unit="Seconds") == []


def test_periods_begin_at_the_start(world: Any) -> None:
    world.clock.turn(59.9)
    for ago in (0, 30, 61, 125):
        world.put(1.0, ago=ago)
    assert [each["Sum"] for each in stats(world)] == [1.0, 1.0, 2.0]
    first, second = stats(world, Period=300, StartTime=world.clock.now() - 359)
    assert (second["Timestamp"] - first["Timestamp"], first["Timestamp"] % 300) == (300, 240)
    assert (first["Sum"], second["Sum"]) == (2.0, 2.0)
    (whole,) = stats(world, Period=3_600)
    assert whole["Sum"] == 4.0


def test_only_high_resolution_shows_seconds(world: Any) -> None:
    world.clock.turn(30)
    for name, resolution in (("Errors", 60), ("Fine", 1)):
        for ago in (0, 10):
            world.put(1.0, ago=ago, name=name, StorageResolution=resolution)
    minute = world.clock.now() - 30
    assert [each["Timestamp"] for each in stats(world, Period=10)] == [minute]
    assert [each["Timestamp"] for each in stats(world, Period=10, MetricName="Fine")] == [
        minute + 20,
        minute + 30,
    ]


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"Period": 45}, "InvalidParameterValue", "The parameter Period must be a multiple of 60"),
        ({"Statistics": None}, "InvalidParameterCombination", "Must specify either Statistics or"),
        ({"ExtendedStatistics": ["p9"]}, "InvalidParameterCombination", "Must specify either"),
        ({"Statistics": ["Mean"]}, "InvalidParameterValue", "must be a value in the set"),
        (
            {"Statistics": None, "ExtendedStatistics": ["p101"]},
            "InvalidParameterValue",
            "The value p101 for parameter ExtendedStatistics.member.1 is not supported",
        ),
        ({"Unit": "Apples"}, "InvalidParameterValue", "The parameter Unit must be a value in"),
        ({"EndTime": 0.0}, "InvalidParameterCombination", "StartTime must be less than"),
        (
            {"StartTime": 1_700_000_040.0 - 2_880 * 60, "EndTime": 1_700_000_040.0},
            "InvalidParameterCombination",
            "You have requested up to 2,880 datapoints, which exceeds the limit of 1,440.",
        ),
    ],
)
def test_what_statistics_refuses(
    world: Any, changes: dict[str, Any], code: str, message: str
) -> None:
    with pytest.raises(AwsError) as raised:
        stats(world, **changes)
    assert raised.value.code == f"{code}Exception"
    assert message in raised.value.message


def test_metrics_are_listed_by_what_they_have(world: Any) -> None:
    def put(name: str, **dimensions: str) -> None:
        named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        world.put(1.0, name=name, Dimensions=named)

    put("a")
    put("a", zone="1")
    put("a", zone="2", host="x")
    put("b", zone="1")
    world.ask("PutMetricData", Namespace="Other", MetricData=[{"MetricName": "a", "Value": 1.0}])

    def listed(**request: Any) -> list[tuple[str, str, tuple[str, ...]]]:
        return [
            (
                each["Namespace"],
                each["MetricName"],
                tuple(f"{one['Name']}={one['Value']}" for one in each["Dimensions"]),
            )
            for each in world.ask("ListMetrics", **request)["Metrics"]
        ]

    assert len(listed()) == 5
    assert len(listed(Namespace="Shop")) == 4
    assert listed(Namespace="Shop", MetricName="b") == [("Shop", "b", ("zone=1",))]
    assert listed(Dimensions=[{"Name": "zone", "Value": "2"}]) == [
        ("Shop", "a", ("host=x", "zone=2"))
    ]
    assert len(listed(Dimensions=[{"Name": "zone"}])) == 3
    world.clock.turn(4 * HOUR)
    put("c")
    assert [each[1] for each in listed(RecentlyActive="PT3H")] == ["c"]
    world.clock.turn(14 * DAY + 1)
    assert listed() == []


def test_lists_have_pages_of_five_hundred(world: Any) -> None:
    for first in (0, 600):
        data = [{"MetricName": f"m{first + index}", "Value": 1.0} for index in range(600)]
        world.ask("PutMetricData", Namespace="Shop", MetricData=data)
    seen: list[str] = []
    token: dict[str, str] = {}
    sizes = []
    while True:
        page = world.ask("ListMetrics", **token)
        sizes.append(len(page["Metrics"]))
        seen.extend(each["MetricName"] for each in page["Metrics"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sizes == [500, 500, 200]
    assert len(set(seen)) == 1_200


def queries(*names: str) -> list[dict[str, Any]]:
    return [
        {
            "Id": name.lower(),
            "MetricStat": {
                "Metric": {"Namespace": "Shop", "MetricName": name, "Dimensions": []},
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for name in names
    ]


@pytest.mark.parametrize("order", ["TimestampDescending", "TimestampAscending"])
def test_data_come_in_pages_each_point_once(world: Any, order: str) -> None:
    for minute in range(5):
        for name in ("A", "B"):
            world.put(float(minute), name=name, ago=60 * minute)
    now = world.clock.now()
    request = {
        "MetricDataQueries": queries("A", "B", "None"),
        "StartTime": now - 600,
        "EndTime": now + 60,
        "ScanBy": order,
        "MaxDatapoints": 3,
    }
    seen: dict[str, list[float]] = {}
    for _ in range(10):
        page = world.ask("GetMetricData", **request)
        for each in page["MetricDataResults"]:
            seen.setdefault(each["Id"], []).extend(each["Values"])
        if "NextToken" not in page:
            break
        assert page["MetricDataResults"][-1]["StatusCode"] == "PartialData"
        request["NextToken"] = page["NextToken"]
    newest_first = [0.0, 1.0, 2.0, 3.0, 4.0]
    expected = newest_first if order == "TimestampDescending" else newest_first[::-1]
    assert seen == {"a": expected, "b": expected, "none": []}


def test_data_of_the_future_are_read_when_asked_for(world: Any) -> None:
    world.put(1.0, ago=-3_600)
    now = world.clock.now()
    assert stats(world) == []
    assert len(stats(world, StartTime=now, EndTime=now + 7_200)) == 1


def age(world: Any) -> None:
    for _ in range(100):
        again = world.store.write(lambda tx: ageing.reconcile(tx, ageing.KEY, world.tick()))
        assert isinstance(again, Again)
        if again.after_s:
            return
    raise AssertionError("ageing does not come to rest")


def points(world: Any) -> int:
    from sqlalchemy import func, select

    from homeport.services.cloudwatch.tables import metric_points

    count = select(func.count()).select_from(metric_points)
    return int(world.store.read(lambda tx: tx.scalar(count)))


def test_data_lose_detail_as_they_age_and_nothing_else(world: Any) -> None:
    begun = world.clock.now() // HOUR * HOUR
    world.clock.at = begun + 600.0
    for ago in range(600):
        world.put(1.0, ago=ago, StorageResolution=1)
    assert points(world) == 600

    def whole(period: int) -> float:
        found = stats(world, StartTime=begun, EndTime=begun + HOUR, Period=period)
        return sum(each["Sum"] for each in found)

    sizes = []
    for turned in (0, 4 * HOUR, 15 * DAY, 63 * DAY + HOUR):
        world.clock.at = begun + 700.0 + turned
        age(world)
        sizes.append(points(world))
        assert whole(HOUR) == 600.0
    assert sizes == [600, 11, 3, 1]
    assert whole(60) == 0.0, "no longer kept in such detail"
    world.clock.at = begun + 455 * DAY + 2 * HOUR
    age(world)
    assert points(world) == 0
    assert whole(HOUR) == 0.0


def test_history_is_kept_for_thirty_days(world: Any) -> None:
    world.alarm()
    world.clock.turn(30 * DAY - 1)
    age(world)
    assert len(world.ask("DescribeAlarmHistory")["AlarmHistoryItems"]) == 1
    world.clock.turn(2)
    age(world)
    assert world.ask("DescribeAlarmHistory")["AlarmHistoryItems"] == []
