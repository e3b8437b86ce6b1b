"""Rules that fire by their schedules, with the clock turned."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from conftest import ACCOUNT, REGION, CountedIds, TurnedClock
from homeport.runtime import Again
from homeport.services.events.facade import RuleJobs
from homeport.store import Store
from services.events.kept_firings import KeptFirings

Ask = Callable[..., Any]
Look = Callable[..., Any]

QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"


@pytest.fixture
def pass_by(look: Look) -> Look:
    return lambda **changes: look("rule schedules", **changes)


def schedule(ask: Ask, text: str = "rate(5 minutes)", name: str = "r", **rule: Any) -> None:
    ask("PutRule", Name=name, ScheduleExpression=text, **rule)
    ask("PutTargets", Rule=name, Targets=[{"Id": "t", "Arn": QUEUE}])


def test_a_rule_fires_when_its_time_has_come_and_says_so(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    schedule(ask)
    assert pass_by() == Again(300.0)
    clock.turn(299.5)
    assert pass_by() == Again(0.5)
    assert firings.fired == []
    clock.turn(0.5)
    assert pass_by() == Again(300.0)
    [wanted] = firings.fired
    assert (wanted.due_at, wanted.scheduled_for) == (clock.at, clock.at)
    assert json.loads(wanted.payload) == {
        "version": "0",
        "id": wanted.token,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": "2023-11-14T22:18:20Z",
        "region": REGION,
        "resources": [RULE],
        "detail": {},
    }


def test_each_firing_is_another_event(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    schedule(ask)
    for _ in range(12):
        clock.turn(100)
        pass_by()
    assert len({each.token for each in firings.fired}) == 4
    assert [each.due_at for each in firings.fired] == sorted(
        1_700_000_000 + 300 * count for count in (1, 2, 3, 4)
    )


def test_rules_that_are_due_fire_and_the_others_wait(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    schedule(ask, "rate(1 minute)", "a")
    schedule(ask, "rate(1 hour)", "b")
    schedule(ask, "rate(1 minute)", "off", State="DISABLED")
    clock.turn(60)
    pass_by()
    assert [each.name for each in firings.fired] == ["a"]


def test_a_rule_without_targets_only_goes_on(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    ask("PutRule", Name="r", ScheduleExpression="rate(1 minute)")
    clock.turn(60)
    assert pass_by() == Again(60.0)
    assert firings.fired == []


def test_with_a_time_scale_the_calendar_runs_faster(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    clock.time_scale = 60.0
    schedule(ask, "cron(0 0 * * ? *)")
    # The clock reads 22:13:20: an hour and 46 minutes and 40 seconds are 106⅔ seconds here.
    clock.turn(106.67)
    pass_by()
    clock.turn(1_440)
    pass_by()
    times = [json.loads(each.payload)["time"] for each in firings.fired]
    assert times == ["2023-11-15T00:00:00Z", "2023-11-16T00:00:00Z"]


def test_an_enabled_rule_begins_anew(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    schedule(ask)
    ask("DisableRule", Name="r")
    assert pass_by() is None
    clock.turn(1_000)
    assert pass_by() is None
    ask("EnableRule", Name="r")
    assert pass_by() == Again(300.0)
    assert (firings.fired, firings.lost) == ([], [])


def test_a_change_of_something_else_does_not_move_the_schedule(
    ask: Ask, pass_by: Look, clock: TurnedClock
) -> None:
    schedule(ask)
    clock.turn(100)
    ask("PutRule", Name="r", ScheduleExpression="rate(5 minutes)", Description="new")
    ask("TagResource", ResourceARN=RULE, Tags=[{"Key": "a", "Value": "b"}])
    assert pass_by() == Again(200.0)
    ask("PutRule", Name="r", ScheduleExpression="rate(10 minutes)")
    assert pass_by() == Again(600.0)
    ask("PutRule", Name="r", EventPattern='{"source":["a"]}')
    assert pass_by() is None


def test_what_was_missed_is_in_the_ledger(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    schedule(ask)
    clock.turn(3_000 + 120)
    pass_by()
    assert firings.fired == []
    [(last, count, why)] = firings.lost
    assert (count, last.due_at) == (10, 1_700_003_000.0)
    assert why == "Homeport was not there to fire it within a minute of its time."
    assert pass_by() == Again(180.0)
    assert len(firings.lost) == 1


def test_a_tag_has_one_run_make_up_for_what_was_missed(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    schedule(ask, Tags=[{"Key": "homeport:on-missed", "Value": "run"}])
    clock.turn(3_000 + 120)
    pass_by()
    pass_by()
    assert [each.scheduled_for for each in firings.fired] == [1_700_003_000.0]
    assert [(each[1], each[0].scheduled_for) for each in firings.lost] == [(9, 1_700_002_700.0)]


def test_a_tag_has_everything_skipped_that_fell_into_the_time_when_nobody_was_there(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    schedule(ask, Tags=[{"Key": "homeport:on-missed", "Value": "skip"}])
    clock.turn(310)
    pass_by(awake_since=clock.at - 1)
    assert firings.fired == []
    assert len(firings.lost) == 1


def test_the_loop_hears_of_rules_that_are_due_at_another_time(store: Store, ask: Ask) -> None:
    heard: list[str] = []
    stop = store.feed.listen(lambda changes: heard.extend(each.kind for each in changes))
    schedule(ask)
    ask("PutRule", Name="r", ScheduleExpression="rate(5 minutes)", Description="new")
    ask("PutRule", Name="p", EventPattern='{"source":["a"]}')
    stop()
    assert heard.count("rule schedule") == 1


def test_the_ledger_is_told_of_rules(
    store: Store, ask: Ask, clock: TurnedClock, firings: KeptFirings
) -> None:
    schedule(ask, Tags=[{"Key": "homeport:concurrency", "Value": "forbid"}])
    ask("CreateEventBus", Name="orders")
    ask("PutRule", Name="a", EventPattern='{"source":["a"]}', EventBusName="orders")
    ask("DisableRule", Name="a", EventBusName="orders")
    jobs = RuleJobs(firings)
    first, second = store.read(lambda tx: jobs.jobs(tx, ACCOUNT, REGION))
    assert (first.arn, first.kind, first.group, first.name) == (RULE, "rule", "default", "r")
    assert (first.state, first.expression, first.zone) == ("ENABLED", "rate(5 minutes)", "UTC")
    assert (first.next_at, first.target_arns) == (clock.at + 300, (QUEUE,))
    assert first.tags == (("homeport:concurrency", "forbid"),)
    assert (second.group, second.state, second.expression) == ("orders", "DISABLED", "")
    assert (second.next_at, second.target_arns) == (None, ())
    assert store.read(lambda tx: jobs.job(tx, RULE)) == first
    assert store.read(lambda tx: jobs.job(tx, f"{RULE}2")) is None


def test_a_rule_is_fired_by_hand_whatever_its_state(
    store: Store, ask: Ask, firings: KeptFirings, clock: TurnedClock, ids: CountedIds
) -> None:
    schedule(ask)
    ask("DisableRule", Name="r")
    jobs = RuleJobs(firings)

    def by_hand(arn: str) -> tuple[str, ...]:
        return store.write(lambda tx: jobs.fire_now(tx, arn, now=clock.at, ids=ids))

    assert len(by_hand(RULE)) == 1
    by_hand(RULE)
    assert len(firings.fired) == 2
    assert all(each.by_hand and each.due_at == clock.at for each in firings.fired)
    assert json.loads(firings.fired[0].payload)["detail-type"] == "Scheduled Event"
    ask("PutRule", Name="p", EventPattern='{"source":["a"]}')
    assert by_hand(RULE[:-1] + "p") == ()
    with pytest.raises(KeyError):
        by_hand(f"{RULE}2")


def test_a_target_that_can_make_nothing_of_the_event_does_not_hold_up_the_loop(
    ask: Ask, pass_by: Look, firings: KeptFirings, clock: TurnedClock
) -> None:
    schedule(ask)
    target = {
        "Id": "bad",
        "Arn": QUEUE,
        "InputTransformer": {
            "InputPathsMap": {"a": "$.detail.none"},
            "InputTemplate": '{"a": <a>}',
        },
    }
    ask("PutTargets", Rule="r", Targets=[target])
    clock.turn(300)
    assert pass_by() == Again(300.0)
    assert len(firings.fired) + len(firings.lost) == 2
