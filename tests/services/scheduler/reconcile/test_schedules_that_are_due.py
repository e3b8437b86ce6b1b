"""Schedules fire when they should: the loops with the clock that tests turn."""

from datetime import UTC, datetime

import pytest

from homeport.runtime import Again
from scheduler_world import BEGIN, TO_QUEUE, SchedulerWorld

MINUTE = 60.0
HOUR = 3600.0
DAY = 86_400.0


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_a_rate_fires_when_it_is_made_and_then_in_its_beat(world: SchedulerWorld) -> None:
    world.create("rate(5 minutes)")
    world.live(16 * MINUTE)
    assert world.times() == [0.0, 300.0, 600.0, 900.0]
    assert all(each.scheduled_for == each.due_at for each in world.fired())


def test_a_rate_with_a_start_date_fires_in_it_first(world: SchedulerWorld) -> None:
    world.create("rate(1 hour)", StartDate=BEGIN + 90.0)
    world.live(2 * HOUR)
    assert world.times() == [90.0, 3690.0]


def test_a_rate_that_began_some_minutes_ago_is_on_its_beat(world: SchedulerWorld) -> None:
    world.create("rate(3 minutes)", StartDate=BEGIN - 240.0)
    world.live(10 * MINUTE)
    assert world.times() == [120.0, 300.0, 480.0]


def test_cron_fires_at_local_times_of_its_zone(world: SchedulerWorld) -> None:
    world.create("cron(30 9 ? * MON-FRI *)", ScheduleExpressionTimezone="America/New_York")
    world.live(4 * DAY)
    named = [each.scheduled_for for each in world.fired()]
    assert named == [
        utc("2023-11-15T14:30:00"),
        utc("2023-11-16T14:30:00"),
        utc("2023-11-17T14:30:00"),
    ]


def test_cron_heeds_start_and_end(world: SchedulerWorld) -> None:
    world.create(
        "cron(0 * * * ? *)",
        StartDate=utc("2023-11-15T02:00:00"),
        EndDate=utc("2023-11-15T04:00:00"),
    )
    world.live(DAY)
    assert [each.scheduled_for for each in world.fired()] == [
        utc(f"2023-11-15T0{hour}:00:00") for hour in (2, 3, 4)
    ]
    assert world.settle() is None


def test_a_one_time_schedule_fires_once_and_stays(world: SchedulerWorld) -> None:
    arn = world.create("at(2023-11-15T08:00:00)", ScheduleExpressionTimezone="Asia/Tokyo")
    world.live(DAY)
    assert [each.scheduled_for for each in world.fired()] == [utc("2023-11-14T23:00:00")]
    schedule = world.schedule(arn)
    assert schedule is not None
    assert schedule.upcoming is None
    assert world.ask("GetSchedule", Name="job")["State"] == "ENABLED"


def test_start_and_end_are_nothing_to_a_one_time_schedule(world: SchedulerWorld) -> None:
    world.create("at(2023-11-15T00:00:00)", StartDate=BEGIN - DAY, EndDate=BEGIN - HOUR)
    world.live(DAY)
    assert world.times() == [6400.0]


def test_a_firing_says_who_asks_for_what(world: SchedulerWorld) -> None:
    world.ask("CreateScheduleGroup", Name="nightly", Tags=[{"Key": "team", "Value": "a"}])
    arn = world.create(
        "at(2023-11-15T00:00:00)",
        GroupName="nightly",
        Target=TO_QUEUE
        | {
            "Input": "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> "
            "<aws.scheduler.execution-id> <aws.scheduler.attempt-number>",
            "RetryPolicy": {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 2},
            "DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:dead"},
        },
    )
    world.live(DAY)
    [fired] = world.fired()
    assert fired.source == arn == "arn:aws:scheduler:us-east-1:000000000000:schedule/nightly/job"
    assert (fired.source_kind, fired.group, fired.name) == ("schedule", "nightly", "job")
    assert fired.payload == (
        f"{arn} 2023-11-15T00:00:00Z <aws.scheduler.execution-id> <aws.scheduler.attempt-number>"
    )
    assert (fired.max_age_s, fired.max_retries) == (300.0, 2)
    assert fired.dead_letter_arn == "arn:aws:sqs:us-east-1:000000000000:dead"
    assert fired.target.role_arn == TO_QUEUE["RoleArn"]
    assert fired.tags == (("team", "a"),)
    assert not fired.by_hand


def test_a_firing_in_a_flexible_window_happens_within_it(world: SchedulerWorld) -> None:
    for number in range(20):
        world.create(
            "at(2023-11-15T00:00:00)",
            f"job-{number}",
            FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30},
        )
    world.live(DAY)
    late = [each.due_at - each.scheduled_for for each in world.fired()]
    assert len(late) == 20
    assert all(0 <= each < 30 * MINUTE for each in late)
    assert len(set(late)) == 20
    assert max(late) > 15 * MINUTE


def test_windows_longer_than_the_beat_leave_firings_in_their_order(world: SchedulerWorld) -> None:
    world.create(
        "rate(1 minute)", FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}
    )
    world.live(30 * MINUTE)
    fired = list(world.fired())
    assert [each.scheduled_for - BEGIN for each in fired] == [60.0 * n for n in range(30)]
    assert all(0 <= each.due_at - each.scheduled_for < MINUTE for each in fired)


def test_a_window_ends_with_the_schedule(world: SchedulerWorld) -> None:
    for number in range(20):
        world.create(
            "cron(0 0 * * ? *)",
            f"job-{number}",
            EndDate=utc("2023-11-15T00:02:00"),
            FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 600},
        )
    world.live(2 * DAY)
    late = [each.due_at - each.scheduled_for for each in world.fired()]
    assert len(late) == 20
    assert all(0 <= each < 2 * MINUTE for each in late)


def test_a_disabled_schedule_fires_nothing_and_goes_on_where_time_is(
    world: SchedulerWorld,
) -> None:
    world.create("rate(5 minutes)", State="DISABLED")
    assert world.settle() is None
    world.live(7 * MINUTE)
    world.update("rate(5 minutes)", State="ENABLED")
    world.live(6 * MINUTE)
    assert world.times() == [600.0]
    world.update("rate(5 minutes)", State="DISABLED")
    world.live(20 * MINUTE)
    world.update("rate(5 minutes)")
    world.live(4 * MINUTE)
    assert world.times() == [600.0, 2100.0]


def test_another_target_leaves_the_beat_as_it_is(world: SchedulerWorld) -> None:
    world.create("rate(10 minutes)")
    world.live(7 * MINUTE)
    world.update("rate(10 minutes)", Target=TO_QUEUE | {"Input": "other"})
    world.live(14 * MINUTE)
    assert world.times() == [0.0, 600.0, 1200.0]
    assert [each.payload for each in world.fired()] == ["hello", "other", "other"]


def test_another_expression_begins_anew(world: SchedulerWorld) -> None:
    world.create("rate(10 minutes)")
    world.live(7 * MINUTE)
    world.update("rate(2 minutes)")
    world.live(5 * MINUTE)
    assert world.times() == [0.0, 420.0, 540.0, 660.0]


def test_a_deleted_schedule_fires_no_more_and_its_successor_is_another(
    world: SchedulerWorld,
) -> None:
    world.create("cron(0 0 * * ? *)", FlexibleTimeWindow={"Mode": "OFF"})
    world.live(HOUR)
    world.ask("DeleteSchedule", Name="job")
    world.create("cron(0 0 * * ? *)")
    world.live(2 * HOUR)
    assert world.times() == [6400.0]
    world.ask("DeleteSchedule", Name="job")
    world.live(2 * DAY)
    assert world.times() == [6400.0]


def test_a_schedule_deleted_within_its_window_fires_nothing(world: SchedulerWorld) -> None:
    arn = world.create(
        "at(2023-11-15T00:00:00)",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 600},
    )
    schedule = world.schedule(arn)
    assert schedule is not None
    assert schedule.upcoming is not None
    world.live(schedule.upcoming.due_at - BEGIN - 1.0)
    assert world.clock.now() > schedule.upcoming.calendar_at
    world.ask("DeleteSchedule", Name="job")
    world.live(DAY)
    assert world.times() == []


def test_a_shorter_window_takes_in_the_firing_that_waits(world: SchedulerWorld) -> None:
    arn = world.create(
        "at(2023-11-15T00:00:00)",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 600},
    )
    waits = world.schedule(arn)
    assert waits is not None
    assert waits.upcoming is not None
    world.live(6400.0 + 60.0)
    assert world.times() == []
    world.update("at(2023-11-15T00:00:00)")
    world.settle()
    assert world.times() == [6460.0]


def test_time_that_runs_fast_runs_through_the_calendar(world: SchedulerWorld) -> None:
    world.clock.time_scale = 60.0
    world.create("cron(0 12 * * ? *)", "daily")
    world.create("rate(1 hour)", "hourly")
    world.create("at(2023-11-15T00:00:00)", "once")
    world.live(2 * 24 * MINUTE)
    noon = (utc("2023-11-15T12:00:00") - BEGIN) / 60.0
    assert world.times("daily") == [round(noon, 3), round(noon + 24 * MINUTE, 3)]
    assert [each.scheduled_for for each in world.fired("daily")] == [
        utc("2023-11-15T12:00:00"),
        utc("2023-11-16T12:00:00"),
    ]
    assert world.times("hourly") == [60.0 * n for n in range(49)]
    assert world.times("once") == [round(6400.0 / 60.0, 3)]


def test_dates_are_of_the_calendar_when_time_runs_fast(world: SchedulerWorld) -> None:
    world.clock.time_scale = 60.0
    world.create("rate(1 minute)", StartDate=BEGIN + 120.0, EndDate=BEGIN + 240.0)
    world.live(HOUR)
    assert world.times() == [2.0, 3.0, 4.0]


def test_windows_are_spans_of_fast_time(world: SchedulerWorld) -> None:
    world.clock.time_scale = 60.0
    for number in range(10):
        world.create(
            "at(2023-11-15T00:00:00)",
            f"job-{number}",
            FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 30},
        )
    world.live(HOUR)
    late = [each.due_at - BEGIN - 6400.0 / 60.0 for each in world.fired()]
    assert len(late) == 10
    assert all(-0.001 <= each < 30.0 for each in late)
    assert max(late) > 5.0


@pytest.mark.parametrize("count", [1_000])
def test_a_thousand_schedules_are_fired_in_batches(world: SchedulerWorld, count: int) -> None:
    for number in range(count):
        world.create("at(2023-11-15T00:00:00)", f"job-{number}")
    world.clock.turn(6400.0)
    assert world.settle() is None
    assert len(list(world.fired())) == count
    assert {each.due_at for each in world.fired()} == {BEGIN + 6400.0}


def test_a_schedule_is_deleted_once_its_last_firing_is_over(world: SchedulerWorld) -> None:
    arn = world.create("at(2023-11-15T00:00:00)", ActionAfterCompletion="DELETE")
    world.firings.waiting.add(arn)
    world.live(DAY)
    assert len(world.times()) == 1
    assert world.schedule(arn) is not None
    assert world.one_pass("schedule endings", arn) == Again(30.0)
    world.firings.waiting.clear()
    assert world.one_pass("schedule endings", arn) is None
    assert world.schedule(arn) is None


def test_only_firings_of_a_schedule_that_is_to_go_are_awaited(world: SchedulerWorld) -> None:
    world.create("at(2023-11-15T00:00:00)", ActionAfterCompletion="DELETE")
    world.live(DAY)
    world.create("rate(1 hour)")
    world.live(1.0)
    assert [each.is_awaited for each in world.fired()] == [True, False]


def test_a_recurring_schedule_is_deleted_behind_its_end(world: SchedulerWorld) -> None:
    arn = world.create("rate(1 hour)", EndDate=BEGIN + 2.5 * HOUR, ActionAfterCompletion="DELETE")
    world.live(2 * HOUR - 1.0)
    assert world.schedule(arn) is not None
    world.live(2.0)
    assert world.times() == [0.0, 3600.0, 7200.0]
    assert world.schedule(arn) is None


def test_a_disabled_schedule_is_not_taken_for_a_completed_one(world: SchedulerWorld) -> None:
    arn = world.create("rate(1 hour)", ActionAfterCompletion="DELETE", State="DISABLED")
    world.live(DAY)
    world.one_pass("schedule endings", arn)
    assert world.schedule(arn) is not None


def test_what_is_over_of_a_rule_is_nothing_to_schedules(world: SchedulerWorld) -> None:
    assert world.one_pass("schedule endings", "arn:aws:events:us-east-1:0:rule/a") is None


def test_a_group_goes_with_its_schedules_a_batch_at_a_time(world: SchedulerWorld) -> None:
    world.ask("CreateScheduleGroup", Name="nightly")
    for number in range(501):
        world.create("rate(1 day)", f"job-{number}", GroupName="nightly", State="DISABLED")
    kept = world.create("rate(1 day)", State="DISABLED")
    world.ask("DeleteScheduleGroup", Name="nightly")
    assert world.ask("GetScheduleGroup", Name="nightly")["State"] == "DELETING"
    [arn] = world.store.read(lambda tx: tuple(world.loop("schedule group removal").sweep(tx)))
    again = world.one_pass("schedule group removal", arn)
    assert again is not None
    assert len(world.ask("ListSchedules", GroupName="nightly")["Schedules"]) == 1
    assert world.one_pass("schedule group removal", arn) is None
    assert [each["Name"] for each in world.ask("ListScheduleGroups")["ScheduleGroups"]] == [
        "default"
    ]
    assert world.schedule(kept) is not None
    assert world.one_pass("schedule group removal", arn) is None
