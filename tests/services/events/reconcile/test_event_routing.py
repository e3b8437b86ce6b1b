"""Events find the rules that match them: in order, once, on their bus alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from conftest import ACCOUNT, REGION, CountedIds, TurnedClock
from homeport.contracts.bus import BusEvent
from homeport.runtime import Again
from homeport.services.events.facade import StoredBus
from homeport.services.events.plan.deliveries import NO_THIRD_BUS
from homeport.services.events.queries import inbox
from homeport.services.events.reconcile.routing import AT_ONCE
from homeport.store import Store
from services.events.kept_firings import KeptFirings

Ask = Callable[..., Any]
Look = Callable[..., Any]

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
PATTERN = '{"source":["shop"]}'
TAG = {"Key": "homeport:concurrency", "Value": "forbid"}


def listen(ask: Ask, name: str, *, pattern: str = PATTERN, **target: Any) -> None:
    """A rule on the default bus with one target."""
    ask("PutRule", Name=name, EventPattern=pattern)
    ask("PutTargets", Rule=name, Targets=[{"Id": "t", "Arn": QUEUE, **target}])


def put(ask: Ask, *details: object, source: str = "shop", bus: str = "default") -> None:
    entries = [
        {
            "Source": source,
            "DetailType": "sold",
            "Detail": json.dumps({"what": each}),
            "EventBusName": bus,
        }
        for each in details
    ]
    for start in range(0, len(entries), 10):
        answer = ask("PutEvents", Entries=entries[start : start + 10])
        assert answer["FailedEntryCount"] == 0


def waiting(store: Store) -> int:
    return len(store.read(lambda tx: inbox.oldest(tx, 10_000)))


def told(firings: KeptFirings) -> list[object]:
    return [json.loads(each.payload)["detail"]["what"] for each in firings.fired]


def test_a_target_is_given_the_whole_event(
    ask: Ask, look: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    listen(ask, "r", RetryPolicy={"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 60})
    ask("TagResource", ResourceARN=f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r", Tags=[TAG])
    put(ask, 1)
    clock.turn(2)
    assert look("event routing") is None
    [wanted] = firings.fired
    assert (wanted.source, wanted.source_kind) == (
        f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r",
        "rule",
    )
    assert (wanted.group, wanted.name, wanted.target_id) == ("default", "r", "t")
    assert (wanted.max_retries, wanted.max_age_s, wanted.dead_letter_arn) == (3, 60.0, "")
    assert (wanted.due_at, wanted.scheduled_for) == (clock.at, clock.at - 2)
    assert wanted.tags == (("homeport:concurrency", "forbid"),)
    event = json.loads(wanted.payload)
    assert event == {
        "version": "0",
        "id": wanted.token,
        "detail-type": "sold",
        "source": "shop",
        "account": ACCOUNT,
        "time": "2023-11-14T22:13:20Z",
        "region": REGION,
        "resources": [],
        "detail": {"what": 1},
    }


def test_each_target_of_each_rule_that_matches_is_fired(
    ask: Ask, look: Look, firings: KeptFirings
) -> None:
    listen(ask, "a")
    ask("PutTargets", Rule="a", Targets=[{"Id": "u", "Arn": QUEUE, "InputPath": "$.detail.what"}])
    listen(ask, "b", Input='"constant"')
    listen(ask, "other", pattern='{"source":["elsewhere"]}')
    ask("PutRule", Name="aimless", EventPattern=PATTERN)
    put(ask, "x")
    look("event routing")
    assert [(each.name, each.target_id) for each in firings.fired] == [
        ("a", "t"),
        ("a", "u"),
        ("b", "t"),
    ]
    assert [each.payload for each in firings.fired[1:]] == ['"x"', '"constant"']


def test_events_are_fired_in_the_order_in_which_they_were_put(
    store: Store, ask: Ask, look: Look, firings: KeptFirings
) -> None:
    listen(ask, "r")
    count = AT_ONCE + 30
    put(ask, *range(count))
    assert look("event routing") == Again(0.0)
    assert told(firings) == list(range(AT_ONCE))
    assert look("event routing") is None
    assert told(firings) == list(range(count))
    assert waiting(store) == 0


def test_another_pass_fires_nothing_again(ask: Ask, look: Look, firings: KeptFirings) -> None:
    listen(ask, "r")
    put(ask, 1, 2)
    for _ in range(3):
        look("event routing")
    assert told(firings) == [1, 2]


def test_a_pass_that_is_undone_leaves_its_events_where_they_were(
    store: Store, ask: Ask, look: Look, firings: KeptFirings
) -> None:
    listen(ask, "a")
    put(ask, 1, 2)
    firings.away = True
    with pytest.raises(ConnectionError):
        look("event routing")
    assert waiting(store) == 2
    firings.away = False
    look("event routing")
    assert (told(firings), waiting(store)) == ([1, 2], 0)


def test_a_disabled_rule_fires_nothing_and_an_enabled_one_does_again(
    store: Store, ask: Ask, look: Look, firings: KeptFirings
) -> None:
    listen(ask, "r")
    ask("DisableRule", Name="r")
    put(ask, 1)
    assert waiting(store) == 0
    look("event routing")
    ask("EnableRule", Name="r")
    put(ask, 2)
    look("event routing")
    assert told(firings) == [2]


def test_a_rule_that_is_disabled_before_its_event_is_looked_at_fires_nothing(
    store: Store, ask: Ask, look: Look, firings: KeptFirings
) -> None:
    listen(ask, "r")
    put(ask, 1)
    ask("DisableRule", Name="r")
    look("event routing")
    assert (firings.fired, waiting(store)) == ([], 0)


def test_events_of_a_custom_bus_reach_its_rules_alone(
    ask: Ask, look: Look, firings: KeptFirings
) -> None:
    listen(ask, "everywhere")
    ask("CreateEventBus", Name="orders")
    ask("PutRule", Name="r", EventPattern=PATTERN, EventBusName="orders")
    target = {"Id": "t", "Arn": QUEUE}
    ask("PutTargets", Rule="r", EventBusName="orders", Targets=[target])
    put(ask, 1, bus="orders")
    put(ask, 2)
    put(ask, 3, bus="nowhere")
    look("event routing")
    assert [(each.group, each.name) for each in firings.fired] == [
        ("orders", "r"),
        ("default", "everywhere"),
    ]
    assert told(firings) == [1, 2]


def test_a_change_of_the_pattern_counts_for_the_next_event(
    ask: Ask, look: Look, firings: KeptFirings
) -> None:
    listen(ask, "r")
    put(ask, 1)
    look("event routing")
    ask("PutRule", Name="r", EventPattern='{"source":["market"]}')
    put(ask, 2)
    put(ask, 3, source="market")
    look("event routing")
    assert told(firings) == [1, 3]


def test_a_task_is_given_nothing_of_the_event_unless_the_target_says_what(
    ask: Ask, look: Look, firings: KeptFirings
) -> None:
    cluster = {
        "Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/c",
        "RoleArn": ROLE,
        "EcsParameters": {"TaskDefinitionArn": "d"},
    }
    listen(ask, "plain", **cluster)
    template = '{"containerOverrides":[{"name":"a","command":["<what>"]}]}'
    paths = {"what": "$.detail.what"}
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    listen(ask, "told", **cluster, InputTransformer=transformer)
    put(ask, "x")
    look("event routing")
    assert firings.fired[0].payload == ""
    assert json.loads(firings.fired[1].payload) == {
        "containerOverrides": [{"name": "a", "command": ["x"]}]
    }
    assert json.loads(firings.fired[1].target.parameters) == {
        "EcsParameters": {"TaskDefinitionArn": "d"}
    }


def test_events_of_services_come_on_the_default_bus(
    store: Store, ask: Ask, look: Look, firings: KeptFirings, ids: CountedIds
) -> None:
    listen(ask, "r", pattern='{"source":["aws.codedeploy"]}')
    happened = BusEvent(
        account=ACCOUNT,
        region=REGION,
        source="aws.codedeploy",
        detail_type="CodeDeploy Deployment State-change Notification",
        resources=("arn",),
        detail={"what": "SUCCESS"},
        at=1_700_000_000.5,
    )
    store.write(lambda tx: StoredBus().put(tx, happened, ids=ids))
    look("event routing")
    [wanted] = firings.fired
    event = json.loads(wanted.payload)
    assert event["detail-type"] == "CodeDeploy Deployment State-change Notification"
    assert (event["resources"], event["detail"]) == (["arn"], {"what": "SUCCESS"})
    assert wanted.scheduled_for == 1_700_000_000.5


def test_nothing_is_kept_where_no_rule_listens(store: Store, ask: Ask, ids: CountedIds) -> None:
    happened = BusEvent(
        account=ACCOUNT,
        region="eu-west-1",
        source="aws.codedeploy",
        detail_type="a",
        resources=(),
        detail={},
        at=0.0,
    )
    listen(ask, "r", pattern='{"source":["aws.codedeploy"]}')
    store.write(lambda tx: StoredBus().put(tx, happened, ids=ids))
    assert waiting(store) == 0


def test_an_event_is_sent_on_to_another_bus_as_it_is_but_not_to_a_third(
    store: Store, ask: Ask, look: Look, firings: KeptFirings
) -> None:
    buses = {name: ask("CreateEventBus", Name=name)["EventBusArn"] for name in ("two", "three")}
    listen(ask, "on", Arn=buses["two"], RoleArn=ROLE)
    ask("PutRule", Name="keep", EventPattern=PATTERN, EventBusName="two")
    aims = [
        {"Id": "bus", "Arn": buses["three"], "RoleArn": ROLE},
        {"Id": "queue", "Arn": QUEUE},
    ]
    ask("PutTargets", Rule="keep", EventBusName="two", Targets=aims)
    put(ask, 1)
    look("event routing")
    [first] = firings.fired

    def forwarded(bus: str) -> bool:
        return store.write(
            lambda tx: StoredBus().forward(tx, bus, first.payload, at=first.scheduled_for)
        )

    assert forwarded(buses["two"])
    assert not forwarded(buses["two"].replace("two", "four"))
    look("event routing")
    [_, second] = firings.fired
    assert (second.target_id, second.payload) == ("queue", first.payload)
    [(lost, count, why)] = firings.lost
    assert (lost.target_id, count, why) == ("bus", 1, NO_THIRD_BUS)


def test_events_put_while_no_pass_is_made_are_announced(store: Store, ask: Ask) -> None:
    heard: list[str] = []
    stop = store.feed.listen(lambda changes: heard.extend(each.kind for each in changes))
    listen(ask, "r")
    put(ask, 1)
    put(ask, 2, source="elsewhere", bus="nowhere")
    stop()
    assert heard.count(inbox.NEWS) == 1
