"""What EventBridge hears of alarms: a change of state, and what the alarm is like."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bus_recorder import RecordedBus
from homeport.contracts.bus import BusEvent
from homeport.contracts.peers import Peers

ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:errors"
MADE = "Unchecked: Initial alarm creation"


@pytest.fixture
def bus(peers: Peers) -> RecordedBus:
    return RecordedBus(peers.bus)


@pytest.fixture
def heard(world: Any, peers: Peers, bus: RecordedBus) -> list[BusEvent]:
    """What is put on the bus from now on."""
    call, tick, known = world.call, world.tick, replace(peers, bus=bus)
    world.call = lambda: call(peers=known)
    world.tick = lambda: replace(tick(), peers=known)
    return bus.put_so_far


def test_a_change_of_state_is_told_with_the_state_before_and_the_alarm(
    world: Any, heard: list[BusEvent]
) -> None:
    dimensions = [{"Name": "Shop", "Value": "north"}]
    world.alarm(AlarmDescription="Too many", Dimensions=dimensions)
    made_at = world.clock.now()
    world.run()
    assert heard == []
    world.clock.turn(5.25)
    world.put(2.5, Dimensions=dimensions)
    world.run()
    shown = world.shown()
    (event,) = heard
    assert (event.source, event.detail_type) == ("aws.cloudwatch", "CloudWatch Alarm State Change")
    assert (event.account, event.region) == ("000000000000", "us-east-1")
    assert (event.resources, event.at) == ((ARN,), world.clock.now())
    configuration = event.detail["configuration"]
    name = configuration["metrics"][0].pop("id")
    assert event.detail == {
        "alarmName": "errors",
        "state": {
            "value": "ALARM",
            "reason": shown["StateReason"],
            "reasonData": shown["StateReasonData"],
            "timestamp": "2023-11-14T22:14:05.250+0000",
        },
        "previousState": {
            "value": "INSUFFICIENT_DATA",
            "reason": MADE,
            "timestamp": "2023-11-14T22:14:00.000+0000",
        },
        "configuration": {
            "description": "Too many",
            "metrics": [
                {
                    "metricStat": {
                        "metric": {
                            "namespace": "Shop",
                            "name": "Errors",
                            "dimensions": {"Shop": "north"},
                        },
                        "period": 60,
                        "stat": "Sum",
                    },
                    "returnData": True,
                }
            ],
        },
    }
    assert made_at == 1_700_000_040.0
    world.turn(600)
    assert [each.detail["state"]["value"] for each in heard] == ["ALARM", "INSUFFICIENT_DATA"]
    assert heard[1].detail["previousState"] == event.detail["state"]
    assert heard[1].detail["configuration"]["metrics"][0]["id"] == name  # The same each time.


def test_a_state_that_is_set_by_hand_is_told_once(world: Any, heard: list[BusEvent]) -> None:
    world.alarm()
    data = json.dumps({"by": "hand"})
    asked = {"AlarmName": "errors", "StateReason": "a drill", "StateReasonData": data}
    world.ask("SetAlarmState", StateValue="ALARM", **asked)
    world.ask("SetAlarmState", StateValue="ALARM", **asked)
    (event,) = heard
    state = dict(event.detail["state"])
    assert (state["value"], state["reason"], state["reasonData"]) == ("ALARM", "a drill", data)


def test_an_expression_is_told_with_everything_that_it_is_made_of(
    world: Any, heard: list[BusEvent]
) -> None:
    stat = {"Metric": {"Namespace": "Shop", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    queries = [
        {"Id": "double", "Expression": "m * 2", "Label": "Twice", "ReturnData": True},
        {"Id": "m", "MetricStat": {**stat, "Unit": "Count"}, "ReturnData": False},
    ]
    named = ("Namespace", "MetricName", "Statistic", "Period")
    world.alarm(Metrics=queries, **dict.fromkeys(named))
    asked = {"AlarmName": "errors", "StateValue": "OK", "StateReason": "r"}
    world.ask("SetAlarmState", **asked)
    (event,) = heard
    assert event.detail["configuration"] == {
        "metrics": [
            {"id": "double", "expression": "m * 2", "label": "Twice", "returnData": True},
            {
                "id": "m",
                "metricStat": {
                    "metric": {"namespace": "Shop", "name": "Errors", "dimensions": {}},
                    "period": 60,
                    "stat": "Sum",
                    "unit": "Count",
                },
                "returnData": False,
            },
        ]
    }


def test_a_composite_alarm_is_told_with_its_rule_after_the_alarm_that_moved_it(
    world: Any, heard: list[BusEvent]
) -> None:
    world.alarm()
    world.ask(
        "PutCompositeAlarm",
        AlarmName="all",
        AlarmRule="ALARM(errors)",
        ActionsSuppressor="errors",
        ActionsSuppressorWaitPeriod=20,
        ActionsSuppressorExtensionPeriod=30,
    )
    world.run()
    heard.clear()
    world.put(5.0)
    world.run()
    assert [each.detail["alarmName"] for each in heard] == ["errors", "all"]
    assert heard[1].detail["configuration"] == {
        "alarmRule": "ALARM(errors)",
        "actionsSuppressor": "errors",
        "actionsSuppressorWaitPeriod": 20,
        "actionsSuppressorExtensionPeriod": 30,
    }
    assert ARN in heard[1].detail["state"]["reason"]


def test_what_is_configured_anew_without_another_state_is_not_told(
    world: Any, heard: list[BusEvent]
) -> None:
    world.alarm()
    world.alarm(Threshold=9.0)
    world.ask("DisableAlarmActions", AlarmNames=["errors"])
    world.ask("DeleteAlarms", AlarmNames=["errors"])
    assert heard == []
