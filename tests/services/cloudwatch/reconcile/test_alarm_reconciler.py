"""Alarms over real data: they trip, recover and run dry."""

import json
from typing import Any

import pytest

from homeport.contracts.metrics import Datum
from homeport.services.cloudwatch.facade import CloudWatchAlarms, CloudWatchMetrics

ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors"


def test_an_alarm_without_data_stays_as_it_was_made_and_says_so_once(world: Any) -> None:
    world.alarm()
    world.run()
    assert world.state() == "INSUFFICIENT_DATA"
    assert world.shown()["StateReason"] == "Unchecked: Initial alarm creation"
    assert world.due == {}, "nothing can change until data come"


def test_an_alarm_trips_at_once_when_nothing_can_undo_it(world: Any) -> None:
    world.alarm()
    world.run()
    world.clock.turn(5)
    world.put(1.0)
    world.run()
    assert world.state() == "INSUFFICIENT_DATA"
    world.clock.turn(1)
    world.put(1.5)
    world.run()
    shown = world.shown()
    assert shown["StateValue"] == "ALARM"
    assert shown["StateReason"] == (
        "Threshold Crossed: 1 datapoint [2.5 (14/11/23 22:14:00)] was greater than the threshold "
        "(1.0)."
    )
    assert shown["StateTransitionedTimestamp"] == world.clock.now()
    assert json.loads(shown["StateReasonData"])["recentDatapoints"] == [2.5]
    assert ARN in world.told


def test_a_sum_that_may_shrink_again_is_judged_when_its_period_is_over(world: Any) -> None:
    world.alarm()
    world.put(-1.0)
    world.put(5.0)
    world.run()
    assert world.state() == "INSUFFICIENT_DATA"
    world.turn(60)
    assert world.state() == "ALARM"


def test_a_new_breach_does_not_hide_that_an_old_one_still_counts(world: Any) -> None:
    world.alarm(EvaluationPeriods=3)
    world.put(5.0, ago=300)
    world.run()
    assert world.state() == "ALARM", "the oldest of the range breaches, and nothing came after"
    world.put(5.0)
    world.run()
    assert world.state() == "ALARM"


def test_an_average_is_judged_when_its_period_is_over(world: Any) -> None:
    world.alarm(Statistic="Average")
    world.put(5.0)
    world.run()
    assert world.state() == "INSUFFICIENT_DATA"
    world.turn(59)
    assert world.state() == "INSUFFICIENT_DATA"
    world.turn(1)
    assert world.state() == "ALARM"


def test_too_few_is_judged_when_the_period_is_over(world: Any) -> None:
    world.alarm(ComparisonOperator="LessThanThreshold", Threshold=10.0)
    world.put(1.0)
    world.run()
    assert world.state() == "INSUFFICIENT_DATA", "more may come"
    world.put(20.0)
    world.turn(60)
    assert world.state() == "OK"


def test_two_of_three_periods(world: Any) -> None:
    world.alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
    world.put(5.0, ago=180)
    world.put(0.0, ago=120)
    world.put(0.0, ago=60)
    world.run()
    assert world.state() == "OK"
    world.put(5.0)
    world.run()
    assert world.state() == "OK", "the first breach is no longer among the last three"
    world.turn(60)
    world.put(3.0)
    world.run()
    assert world.state() == "ALARM"


def test_silence_ends_an_alarm_as_missing_data_are_treated(world: Any) -> None:
    for treatment in ("missing", "ignore", "breaching", "notBreaching"):
        world.alarm(treatment, TreatMissingData=treatment)
    world.put(5.0)
    world.run()
    world.turn(239)
    names = ("missing", "ignore", "breaching", "notBreaching")
    assert [world.state(each) for each in names] == ["ALARM"] * 4, "still the newest datapoint"
    world.turn(1)
    assert [world.state(each) for each in names] == ["INSUFFICIENT_DATA", "ALARM", "ALARM", "OK"]
    assert world.due == {}


def test_a_set_state_lasts_until_the_next_evaluation(world: Any) -> None:
    world.alarm(TreatMissingData="notBreaching")
    world.run()
    assert world.state() == "OK"
    world.ask("SetAlarmState", AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    world.run()
    shown = world.shown()
    assert (shown["StateValue"], shown["StateReason"]) == ("ALARM", "a drill")
    world.turn(59)
    assert world.state() == "ALARM"
    world.turn(2)
    assert world.state() == "OK"


def test_a_set_state_stays_when_the_data_say_nothing(world: Any) -> None:
    world.alarm(TreatMissingData="ignore")
    world.ask("SetAlarmState", AlarmName="errors", StateValue="ALARM", StateReason="a drill")
    world.run()
    world.turn(600, step=30)
    assert world.state() == "ALARM"


def test_a_changed_threshold_is_looked_at_at_once(world: Any) -> None:
    world.alarm()
    world.put(5.0, ago=60)
    world.run()
    assert world.state() == "ALARM"
    world.alarm(Threshold=10.0)
    assert world.state() == "ALARM", "putting it anew leaves its state"
    world.run()
    assert world.state() == "OK"


def test_a_minute_of_an_alarm_passes_in_a_second_at_a_time_scale_of_sixty(world: Any) -> None:
    world.clock.time_scale = 60.0
    world.alarm(EvaluationPeriods=2, Statistic="Average")
    world.put(5.0)
    world.turn(1, step=0.5)
    assert world.state() == "INSUFFICIENT_DATA"
    world.put(5.0)
    world.turn(1, step=0.5)
    assert world.state() == "ALARM"
    world.put(0.0)
    world.turn(1, step=0.5)
    assert world.state() == "OK"


@pytest.mark.parametrize("scale", [0.5, 7.0, 60.0, 5_000.0])
def test_evaluation_comes_to_rest_at_any_time_scale(world: Any, scale: float) -> None:
    world.clock.time_scale = scale
    world.alarm(EvaluationPeriods=2, Statistic="Average")
    world.put(5.0)
    world.turn(700 / scale + 10, step=max(0.25, 20 / scale))
    assert world.state() == "INSUFFICIENT_DATA"
    assert world.due == {}


def test_a_longer_period_slides_by_the_minute(world: Any) -> None:
    world.clock.turn(120)
    assert world.clock.now() % 300 == 60
    world.alarm(Period=300, Threshold=9.0)
    for ago in (240, 120, 0):
        world.put(4.0, ago=ago)
    world.run()
    assert world.state() == "ALARM", "12 within five minutes that begin at no fifth minute"


def test_what_services_measure_trips_alarms(world: Any) -> None:
    world.alarm(
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=[
            {"Name": "TargetGroup", "Value": "targetgroup/green/1"},
            {"Name": "LoadBalancer", "Value": "app/web/2"},
        ],
    )
    world.run()
    datum = Datum(
        namespace="AWS/ApplicationELB",
        name="HTTPCode_Target_5XX_Count",
        dimensions=(("LoadBalancer", "app/web/2"), ("TargetGroup", "targetgroup/green/1")),
        unit="Count",
        at=world.clock.now(),
        values=((1.0, 7.0),),
    )
    place = ("000000000000", "us-east-1")
    world.store.write(lambda tx: CloudWatchMetrics().put(tx, *place, (datum,)))
    world.run()
    found = world.store.read(
        lambda tx: CloudWatchAlarms().states(tx, *place, ["errors", "unknown"])
    )
    assert found == {"errors": "ALARM"}


def test_an_alarm_on_an_expression(world: Any) -> None:
    def stat(name: str) -> dict[str, Any]:
        metric = {"Namespace": "Shop", "MetricName": name, "Dimensions": []}
        return {"Metric": metric, "Period": 60, "Stat": "Sum"}

    queries = [
        {"Id": "e", "MetricStat": stat("Errors"), "ReturnData": False},
        {"Id": "r", "MetricStat": stat("Requests"), "ReturnData": False},
        {"Id": "rate", "Expression": "IF(r > 0, 100 * FILL(e, 0) / r, 0)", "ReturnData": True},
    ]
    world.ask(
        "PutMetricAlarm",
        AlarmName="errors",
        Metrics=queries,
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    world.put(100.0, name="Requests", ago=60)
    world.run()
    assert world.state() == "OK"
    world.put(100.0, name="Requests")
    world.put(6.0)
    world.turn(60)
    assert world.state() == "ALARM"
    assert "[6.0 (" in world.shown()["StateReason"]
    assert world.shown()["Metrics"][2]["Expression"] == queries[2]["Expression"]


def test_history_tells_of_changes_and_of_actions_that_nobody_received(world: Any) -> None:
    topic = "arn:aws:sns:us-east-1:000000000000:oncall"
    world.alarm(AlarmActions=[topic], OKActions=[topic])
    world.put(5.0)
    world.run()
    items = world.ask("DescribeAlarmHistory", AlarmName="errors")["AlarmHistoryItems"]
    assert [each["HistoryItemType"] for each in items] == [
        "Action",
        "StateUpdate",
        "ConfigurationUpdate",
    ]
    action = json.loads(items[0]["HistoryData"])
    assert (action["actionState"], action["notificationResource"]) == ("Failed", topic)
    assert "does not deliver" in items[0]["HistorySummary"] or "not deliver" in action["error"]
    change = json.loads(items[1]["HistoryData"])
    assert change["oldState"]["stateValue"] == "INSUFFICIENT_DATA"
    assert change["newState"]["stateReasonData"]["recentDatapoints"] == [5.0]
    world.ask("DisableAlarmActions", AlarmNames=["errors"])
    world.put(0.0)
    world.turn(240)
    world.ask("DeleteAlarms", AlarmNames=["errors"])
    kept = world.ask("DescribeAlarmHistory", AlarmName="errors", MaxRecords=1)
    assert kept["AlarmHistoryItems"][0]["HistorySummary"] == 'Alarm "errors" deleted'
    more = world.ask("DescribeAlarmHistory", AlarmName="errors", NextToken=kept["NextToken"])
    assert "Action" not in [each["HistoryItemType"] for each in more["AlarmHistoryItems"][:2]]


def test_a_composite_alarm_follows_its_children(world: Any) -> None:
    world.alarm("high", TreatMissingData="notBreaching")
    world.alarm("quiet", TreatMissingData="notBreaching", MetricName="Deploying")
    world.ask("PutCompositeAlarm", AlarmName="both", AlarmRule='ALARM("high") AND NOT ALARM(quiet)')
    world.run()
    assert world.state("both") == "OK"
    world.put(5.0)
    world.run()
    shown = world.shown("both")
    assert shown["StateValue"] == "ALARM"
    assert shown["StateReason"].startswith(
        "arn:aws:cloudwatch:us-east-1:000000000000:alarm:high transitioned to ALARM at Tuesday 14"
    )
    assert ARN.replace("errors", "both") in world.told
    world.put(5.0, name="Deploying")
    world.run()
    assert world.state("both") == "OK"


def test_composite_alarms_in_a_circle_come_to_rest(world: Any) -> None:
    world.alarm("high", TreatMissingData="notBreaching")
    world.ask("PutCompositeAlarm", AlarmName="a", AlarmRule="ALARM(high)")
    world.ask("PutCompositeAlarm", AlarmName="b", AlarmRule="NOT ALARM(a)")
    world.ask("PutCompositeAlarm", AlarmName="a", AlarmRule="ALARM(b)")
    world.run()
