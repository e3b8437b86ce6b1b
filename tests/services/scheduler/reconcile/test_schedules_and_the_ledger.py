"""Schedules with the real engine that invokes targets: what it is told, it keeps once."""

import pytest

from homeport.contracts.peers import Peers
from scheduler_world import TO_QUEUE, SchedulerWorld


@pytest.fixture
def kept(world: SchedulerWorld, peers: Peers) -> SchedulerWorld:
    """The world with the firings of the application in the place of what the tests keep."""
    world.peers = peers
    return world


def undelivered(world: SchedulerWorld, arn: str) -> int:
    return world.store.read(lambda tx: world.peers.firings.undelivered(tx, arn))


def test_firings_wait_to_be_delivered_each_once(kept: SchedulerWorld) -> None:
    arn = kept.create("rate(5 minutes)")
    kept.live(11 * 60.0)
    assert undelivered(kept, arn) == 3
    kept.settle()
    assert undelivered(kept, arn) == 3


def test_one_run_stands_for_those_that_were_missed(kept: SchedulerWorld) -> None:
    tags = [{"Key": "homeport:on-missed", "Value": "run"}]
    kept.ask("CreateScheduleGroup", Name="kept", Tags=tags)
    arn = kept.create("rate(5 minutes)", GroupName="kept", Target=TO_QUEUE)
    kept.down(32 * 60.0)
    kept.settle()
    assert undelivered(kept, arn) == 1


def test_a_schedule_waits_for_its_firing_before_it_is_deleted(kept: SchedulerWorld) -> None:
    arn = kept.create("at(2023-11-15T00:00:00)", ActionAfterCompletion="DELETE")
    kept.live(86_400.0)
    assert undelivered(kept, arn) == 1
    assert kept.schedule(arn) is not None


def test_a_job_is_fired_by_hand_each_time_anew(kept: SchedulerWorld) -> None:
    arn = kept.create("rate(1 day)", State="DISABLED")
    jobs = kept.peers.schedules
    for _ in range(2):
        kept.store.write(lambda tx: jobs.fire_now(tx, arn, now=kept.clock.now(), ids=kept.ids))
    assert undelivered(kept, arn) == 2
