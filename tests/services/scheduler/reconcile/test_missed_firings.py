"""Firings that fell into a time when Homeport was down."""

from typing import Any

import pytest

from scheduler_world import BEGIN, TO_CLUSTER, TO_QUEUE, SchedulerWorld

MINUTE = 60.0
HOUR = 3600.0


def to_queue(age_s: int) -> dict[str, Any]:
    return TO_QUEUE | {"RetryPolicy": {"MaximumEventAgeInSeconds": age_s}}


def group(world: SchedulerWorld, rule: str) -> str:
    tags = [{"Key": "homeport:on-missed", "Value": rule}]
    world.ask("CreateScheduleGroup", Name="kept", Tags=tags)
    return "kept"


def test_each_missed_firing_happens_late_the_oldest_first(world: SchedulerWorld) -> None:
    world.create("rate(10 minutes)")
    world.live(MINUTE)
    world.down(45 * MINUTE)
    world.live(5 * MINUTE)
    assert world.times() == [0.0, 600.0, 1200.0, 1800.0, 2400.0, 3000.0]
    order = [each.scheduled_for - BEGIN for each in world.fired()]
    assert order == sorted(order)
    assert world.firings.told == []


def test_those_older_than_the_target_allows_are_one_line_of_the_ledger(
    world: SchedulerWorld,
) -> None:
    world.create("rate(10 minutes)", Target=to_queue(1200))
    world.live(MINUTE)
    world.down(49 * MINUTE)
    world.settle()
    # It is 3000 s: that firing is just due, those at 1800 and 2400 are no older than 1200 s.
    assert world.times() == [0.0, 1800.0, 2400.0, 3000.0]
    [(last, count, why)] = world.firings.told
    assert count == 2
    assert last.scheduled_for == BEGIN + 1200.0
    assert "maximum event age" in why


@pytest.mark.parametrize(("down_s", "fired"), [(30.0, [0.0, 600.0]), (61.0, [0.0])])
def test_what_is_due_for_less_than_a_minute_is_not_missed(
    world: SchedulerWorld, down_s: float, fired: list[float]
) -> None:
    world.create("rate(10 minutes)", GroupName=group(world, "skip"))
    world.live(MINUTE)
    world.down(9 * MINUTE + down_s)
    world.settle()
    assert world.times() == fired


def test_a_minute_of_fast_time_is_not_less_than_some_real_seconds(world: SchedulerWorld) -> None:
    world.clock.time_scale = 3600.0
    world.create("rate(10 hours)", GroupName=group(world, "skip"))
    world.live(1.0)
    world.down(13.0)
    world.settle()
    assert world.times() == [0.0, 10.0]
    world.down(12.0)
    world.settle()
    assert world.times() == [0.0, 10.0]
    assert [count for _, count, _ in world.firings.told] == [1]


def test_skip_leaves_them_out_and_says_so(world: SchedulerWorld) -> None:
    world.create("rate(10 minutes)", GroupName=group(world, "skip"))
    world.live(MINUTE)
    world.down(49 * MINUTE + 30.0)
    world.live(10 * MINUTE)
    assert world.times() == [0.0, 3000.0, 3600.0]
    [(last, count, why)] = world.firings.told
    assert (last.scheduled_for - BEGIN, count) == (2400.0, 4)
    assert "homeport:on-missed" in why


def test_run_has_one_stand_for_all_however_old(world: SchedulerWorld) -> None:
    world.create("rate(1 hour)", Target=to_queue(60), GroupName=group(world, "run"))
    world.live(MINUTE)
    world.down(10.5 * HOUR)
    world.settle()
    came = world.clock.now()
    assert [(each.due_at, each.scheduled_for - BEGIN) for each in world.fired()] == [
        (BEGIN, 0.0),
        (came, 36_000.0),
    ]
    assert [count for _, count, _ in world.firings.told] == [9]


def test_run_of_a_single_missed_firing_leaves_nothing_to_tell(world: SchedulerWorld) -> None:
    world.create("at(2023-11-15T00:00:00)", Target=to_queue(60), GroupName=group(world, "run"))
    world.down(40 * HOUR)
    assert world.settle() is None
    assert len(world.times()) == 1
    assert world.firings.told == []


def test_the_rule_of_the_task_definition_counts_before_that_of_the_group(
    world: SchedulerWorld,
) -> None:
    define(world, "night", "skip")
    world.create("rate(1 hour)", "night", Target=TO_CLUSTER, GroupName=group(world, "run"))
    universal = {
        "Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask",
        "RoleArn": TO_CLUSTER["RoleArn"],
        "Input": '{"TaskDefinition": "night"}',
    }
    world.create("rate(1 hour)", "universal", Target=universal)
    world.create("rate(1 hour)", "queue")
    world.live(MINUTE)
    world.down(3.5 * HOUR)
    world.settle()
    assert world.times("night") == world.times("universal") == [0.0]
    assert world.times("queue") == [0.0, 3600.0, 7200.0, 10_800.0]
    assert [count for _, count, _ in world.firings.told] == [3, 3]


def test_a_definition_that_is_gone_says_nothing(world: SchedulerWorld) -> None:
    world.create("rate(1 hour)", Target=TO_CLUSTER)
    world.live(MINUTE)
    world.down(2 * HOUR)
    world.settle()
    assert world.times() == [0.0, 3600.0, 7200.0]


def test_a_year_of_minutes_is_counted_over_many_passes(world: SchedulerWorld) -> None:
    world.create("rate(1 minute)")
    world.settle()
    world.down(4 * 86_400.0)
    world.settle()
    [(_, count, _)] = world.firings.told
    fired = world.times()
    assert fired[1] == 3 * 86_400.0
    assert len(fired) == 1 + 1441
    assert len(fired) + count == 4 * 1440 + 1


def test_the_only_firing_of_a_schedule_that_is_deleted_was_missed(world: SchedulerWorld) -> None:
    arn = world.create(
        "at(2023-11-15T00:00:00)", Target=to_queue(60), ActionAfterCompletion="DELETE"
    )
    world.down(10 * HOUR)
    world.settle()
    assert world.times() == []
    assert [count for _, count, _ in world.firings.told] == [1]
    assert world.schedule(arn) is None


def define(world: SchedulerWorld, family: str, rule: str) -> None:
    """A task definition with a reserved tag."""
    from conftest import ACCOUNT, REGION
    from homeport.contracts.operations import Asker

    asker = Asker(
        account=ACCOUNT,
        region=REGION,
        principal=f"arn:aws:iam::{ACCOUNT}:root",
        now=world.clock.now(),
        ids=world.ids,
    )
    request = {
        "family": family,
        "containerDefinitions": [{"name": "a", "image": "busybox", "memory": 16}],
        "tags": [{"key": "homeport:on-missed", "value": rule}],
    }
    ask = world.peers.operations.ask
    world.store.write(lambda tx: ask(tx, asker, "ecs", "RegisterTaskDefinition", request))
