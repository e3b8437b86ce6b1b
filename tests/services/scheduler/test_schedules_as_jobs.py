"""Schedules as the ledger sees them."""

import pytest

from conftest import ACCOUNT, REGION
from homeport.contracts.job_sources import Job
from homeport.services.scheduler.facade import ScheduleJobs
from scheduler_world import BEGIN, QUEUE, TO_QUEUE, SchedulerWorld


@pytest.fixture
def jobs(world: SchedulerWorld) -> ScheduleJobs:
    return ScheduleJobs(world.firings)


def test_jobs_are_listed_by_group_and_name(world: SchedulerWorld, jobs: ScheduleJobs) -> None:
    assert world.store.read(lambda tx: jobs.jobs(tx, ACCOUNT, REGION)) == ()
    tags = [{"Key": "homeport:concurrency", "Value": "forbid"}, {"Key": "a", "Value": "b"}]
    world.ask("CreateScheduleGroup", Name="a-group", Tags=tags)
    world.create("at(2023-11-15T00:00:00)", "z", ScheduleExpressionTimezone="Etc/GMT+1")
    world.create("rate(1 day)", "y", State="DISABLED")
    arn = world.create("rate(1 day)", "x", GroupName="a-group")
    found = world.store.read(lambda tx: jobs.jobs(tx, ACCOUNT, REGION))
    assert [f"{each.group}/{each.name}" for each in found] == [
        "a-group/x",
        "default/y",
        "default/z",
    ]
    assert found[0] == Job(
        arn=arn,
        kind="schedule",
        group="a-group",
        name="x",
        state="ENABLED",
        expression="rate(1 day)",
        next_at=BEGIN,
        target_arns=(QUEUE,),
        tags=(("a", "b"), ("homeport:concurrency", "forbid")),
    )
    assert (found[1].state, found[1].next_at) == ("DISABLED", None)
    assert (found[2].zone, found[2].next_at) == ("Etc/GMT+1", BEGIN + 6400.0 + 3600.0)
    assert world.store.read(lambda tx: jobs.job(tx, arn)) == found[0]
    assert world.store.read(lambda tx: jobs.jobs(tx, ACCOUNT, "eu-west-1")) == ()
    assert world.store.read(lambda tx: jobs.job(tx, f"{arn}-none")) is None


def test_a_job_is_fired_by_hand_whatever_its_state(
    world: SchedulerWorld, jobs: ScheduleJobs
) -> None:
    target = TO_QUEUE | {"Input": "<aws.scheduler.scheduled-time>"}
    arn = world.create("rate(1 day)", State="DISABLED", Target=target)
    world.clock.turn(100.0)

    def fire() -> tuple[str, ...]:
        now = world.clock.now()
        return world.store.write(lambda tx: jobs.fire_now(tx, arn, now=now, ids=world.ids))

    assert len({*fire(), *fire()}) == 2
    first, second = world.fired()
    assert first.by_hand
    assert second.by_hand
    assert (first.due_at, first.scheduled_for) == (BEGIN + 100.0, BEGIN + 100.0)
    assert first.payload == "2023-11-14T22:15:00Z"
    schedule = world.schedule(arn)
    assert schedule is not None
    assert schedule.upcoming is None


def test_firing_by_hand_leaves_the_next_firing_as_it_is(
    world: SchedulerWorld, jobs: ScheduleJobs
) -> None:
    arn = world.create("rate(10 minutes)")
    world.live(60.0)
    before = world.schedule(arn)
    world.store.write(lambda tx: jobs.fire_now(tx, arn, now=world.clock.now(), ids=world.ids))
    assert world.schedule(arn) == before
    world.live(600.0)
    assert world.times() == [0.0, 60.0, 600.0]


def test_nobody_fires_a_schedule_that_is_not_there(
    world: SchedulerWorld, jobs: ScheduleJobs
) -> None:
    with pytest.raises(KeyError):
        world.store.write(lambda tx: jobs.fire_now(tx, "arn", now=BEGIN, ids=world.ids))
