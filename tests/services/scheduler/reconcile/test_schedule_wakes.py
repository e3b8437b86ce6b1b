"""Who is woken by schedules, and what is forgotten of them."""

from collections.abc import Sequence

import pytest

from homeport.kernel.errors import AwsError
from homeport.services.scheduler.queries.schedules import shard_of
from homeport.store import Change
from scheduler_world import SchedulerWorld


def heard(world: SchedulerWorld) -> list[Change]:
    """What is announced from now on."""
    changes: list[Change] = []

    def hear(some: Sequence[Change]) -> None:
        changes.extend(some)

    world.store.feed.listen(hear)
    return changes


def test_a_schedule_wakes_the_loop_that_fires_it(world: SchedulerWorld) -> None:
    changes = heard(world)
    arn = world.create("at(2023-11-15T00:00:00)", ActionAfterCompletion="DELETE")
    shard = Change("schedule", str(shard_of(arn)))
    assert changes == [shard]
    assert world.loop("schedules").watches == ("schedule",)
    world.update("at(2023-11-15T00:00:00)", State="DISABLED")
    assert changes == [shard]
    world.update("at(2023-11-15T01:00:00)", ActionAfterCompletion="DELETE")
    assert changes == [shard, shard]
    world.clock.turn(10_000.0)
    world.one_pass("schedules", shard.key)
    assert changes == [shard, shard, Change("schedule ending", arn)]
    assert world.loop("schedule endings").watches == ("firing over", "schedule ending")


def test_a_group_that_is_to_go_wakes_who_removes_it(world: SchedulerWorld) -> None:
    arn = world.ask("CreateScheduleGroup", Name="nightly")["ScheduleGroupArn"]
    changes = heard(world)
    world.ask("DeleteScheduleGroup", Name="nightly")
    assert changes == [Change("schedule group", arn)]
    assert world.loop("schedule group removal").watches == ("schedule group",)


def test_the_loop_sleeps_until_the_next_firing(world: SchedulerWorld) -> None:
    arn = world.create("at(2023-11-15T00:00:00)")
    again = world.one_pass("schedules", str(shard_of(arn)))
    assert again is not None
    assert again.after_s == 6400.0
    world.ask("DeleteSchedule", Name="job")
    assert world.one_pass("schedules", str(shard_of(arn))) is None


def test_client_tokens_are_forgotten_after_a_day(world: SchedulerWorld) -> None:
    world.create("rate(1 day)", ClientToken="one")
    world.clock.turn(86_399.0)
    again = world.one_pass("scheduler history", "history")
    assert again is not None
    assert again.after_s == 3600.0
    with pytest.raises(AwsError, match="ClientToken"):
        world.create("rate(2 days)", "other", ClientToken="one")
    world.clock.turn(1.0)
    world.create("rate(2 days)", "other", ClientToken="one")
    world.clock.turn(86_400.0)
    world.one_pass("scheduler history", "history")
    world.create("rate(1 day)", "third", ClientToken="one")
