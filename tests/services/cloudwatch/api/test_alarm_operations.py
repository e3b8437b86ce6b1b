"""Alarms: described, deleted, tagged; and what those refuse."""

from typing import Any

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.cloudwatch.plan import alarm_requests
from homeport.services.cloudwatch.queries.alarms import EVALUATION

ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:"


def named(world: Any, **request: Any) -> list[str]:
    found = world.ask("DescribeAlarms", **request)
    return [each["AlarmName"] for each in (*found["MetricAlarms"], *found["CompositeAlarms"])]


def woken(world: Any) -> list[str]:
    return [each.key for each in world.heard if each.kind == EVALUATION]


def test_alarms_are_found_by_each_filter(world: Any) -> None:
    topic = "arn:aws:sns:us-east-1:000000000000:"
    world.alarm("web-high", AlarmActions=[topic + "web"])
    world.alarm("web-low", OKActions=[topic + "ops"])
    world.alarm("db")
    world.ask("PutCompositeAlarm", AlarmName="all", AlarmRule="ALARM(web-high) OR ALARM(db)")
    world.ask("SetAlarmState", AlarmName="db", StateValue="OK", StateReason="x")
    assert named(world) == ["db", "web-high", "web-low"]
    assert named(world, AlarmTypes=["CompositeAlarm"]) == ["all"]
    assert named(world, AlarmNamePrefix="web-") == ["web-high", "web-low"]
    assert named(world, AlarmNames=["web-low", "none", "db"]) == ["db", "web-low"]
    assert named(world, StateValue="OK") == ["db"]
    assert named(world, ActionPrefix=topic + "op") == ["web-low"]
    assert named(world, ChildrenOfAlarmName="all") == ["db", "web-high"]
    assert named(world, ParentsOfAlarmName="db") == ["all"]
    assert named(world, ParentsOfAlarmName="web-low") == []
    with pytest.raises(AwsError, match="cannot be combined"):
        named(world, ParentsOfAlarmName="db", StateValue="OK")
    with pytest.raises(AwsError, match="must not be specified together"):
        named(world, AlarmNames=["a"], AlarmNamePrefix="b")
    with pytest.raises(AwsError, match="at 'alarmTypes' failed"):
        named(world, AlarmTypes=["Any"])


def test_alarms_come_in_pages(world: Any) -> None:
    for index in range(7):
        world.alarm(f"alarm-{index}")
    first = world.ask("DescribeAlarms", MaxRecords=4)
    rest = world.ask("DescribeAlarms", MaxRecords=4, NextToken=first["NextToken"])
    shown = [each["AlarmName"] for each in (*first["MetricAlarms"], *rest["MetricAlarms"])]
    assert shown == [f"alarm-{index}" for index in range(7)]
    assert "NextToken" not in rest


def test_alarms_of_a_metric(world: Any) -> None:
    world.alarm("sum")
    world.alarm("p99", Statistic=None, ExtendedStatistic="p99", Period=300)
    world.alarm("other", MetricName="Other")
    world.alarm("zoned", Dimensions=[{"Name": "zone", "Value": "1"}])

    def found(**request: Any) -> list[str]:
        asked = {"Namespace": "Shop", "MetricName": "Errors"} | request
        shown = world.ask("DescribeAlarmsForMetric", **asked)["MetricAlarms"]
        return [each["AlarmName"] for each in shown]

    assert found() == ["p99", "sum"]
    assert found(Statistic="Sum") == ["sum"]
    assert found(ExtendedStatistic="p99") == ["p99"]
    assert found(Period=300) == ["p99"]
    assert found(Dimensions=[{"Name": "zone", "Value": "1"}]) == ["zoned"]
    assert found(Namespace="Else") == []


def test_an_alarm_watches_what_it_was_put_with_last(world: Any) -> None:
    world.alarm()
    world.alarm(MetricName="Other")
    world.run()
    world.put(5.0)
    assert woken(world) == []
    world.put(5.0, name="Other")
    assert woken(world) == [f"{ARN}errors"]


def test_deleting_passes_over_what_is_not_there(world: Any) -> None:
    world.alarm("a")
    world.ask("DeleteAlarms", AlarmNames=["none", "a"])
    assert named(world) == []
    assert f"{ARN}a" in world.told
    world.put(5.0)


def test_a_child_stays_while_a_rule_names_it(world: Any) -> None:
    world.alarm("child")
    world.ask("PutCompositeAlarm", AlarmName="parent", AlarmRule="ALARM(child)")
    with pytest.raises(AwsError, match="in the rule of the composite alarm parent"):
        world.ask("DeleteAlarms", AlarmNames=["child"])
    world.ask("PutCompositeAlarm", AlarmName="second", AlarmRule="ALARM(child)")
    with pytest.raises(AwsError, match="No more than one composite alarm"):
        world.ask("DeleteAlarms", AlarmNames=["child", "parent", "second"])
    world.ask("DeleteAlarms", AlarmNames=["second"])
    world.ask("DeleteAlarms", AlarmNames=["child", "parent"])


def test_what_composite_alarms_refuse(world: Any) -> None:
    world.alarm("child")
    for request, message in (
        ({"AlarmRule": "ALARM(none)"}, r"as alarms \[none\] in the alarm rule do not exist"),
        ({"AlarmRule": "ALARM(self)"}, "must not be in its own AlarmRule"),
        ({"AlarmRule": "nonsense"}, "AlarmRule contains invalid syntax"),
        ({"AlarmRule": "TRUE", "ActionsSuppressor": "child"}, "are required when"),
    ):
        with pytest.raises(AwsError, match=message):
            world.ask("PutCompositeAlarm", AlarmName="self", **request)
    with pytest.raises(AwsError, match="another type is named child already"):
        world.ask("PutCompositeAlarm", AlarmName="child", AlarmRule="TRUE")


def test_a_set_state_must_make_sense(world: Any) -> None:
    world.alarm()
    asked = {"AlarmName": "errors", "StateReason": "x"}
    with pytest.raises(AwsError, match="at 'stateValue' failed") as raised:
        world.ask("SetAlarmState", **asked, StateValue="BAD")
    assert raised.value.code == "ValidationError"
    with pytest.raises(AwsError) as raised:
        world.ask("SetAlarmState", **asked, StateValue="OK", StateReasonData="{")
    assert raised.value.code == "InvalidFormatFault"
    with pytest.raises(AwsError) as raised:
        world.ask("SetAlarmState", AlarmName="none", StateReason="x", StateValue="OK")
    assert (raised.value.code, raised.value.status) == ("ResourceNotFound", 404)


def test_how_many_alarms_there_may_be(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarm_requests, "ALARMS_MAX", 1)
    world.alarm("a")
    world.alarm("a", Threshold=2.0)
    with pytest.raises(AwsError) as raised:
        world.alarm("b")
    assert raised.value.code == "LimitExceededFault"


def test_tags_come_and_go(world: Any) -> None:
    world.alarm(Tags=[{"Key": "a", "Value": "1"}])
    world.alarm(Tags=[{"Key": "ignored", "Value": "by an update"}])
    arn = f"{ARN}errors"
    world.ask("TagResource", ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    world.ask("UntagResource", ResourceARN=arn, TagKeys=["a", "none"])
    found = world.ask("ListTagsForResource", ResourceARN=arn)["Tags"]
    assert found == [{"Key": "b", "Value": "2"}]
    with pytest.raises(AwsError) as raised:
        world.ask("ListTagsForResource", ResourceARN=arn + "x")
    assert (raised.value.code, raised.value.fields["ResourceType"]) == (
        "ResourceNotFoundException",
        "alarm",
    )
    with pytest.raises(AwsError, match="Invalid arn syntax"):
        world.ask("ListTagsForResource", ResourceARN="alarm")
