"""When a schedule fires: expression, zone, start and end, flexible window.  Pure.

Times of the expression are readings of the schedule's calendar (homeport.kernel.scaled_calendar);
with a time scale of 1 that is the real one.  A rate counts from the start date, or from when the
schedule was made: that moment is its first firing, as on AWS.  Changing expression, zone or start
begins anew; changing anything else, or disabling and enabling it again, leaves the beat as it was,
and what fell into the time in which the schedule was disabled never was.  Another end also sets
the calendar to the real one: who names a date looks at that.
"""

from typing import Final

from msgspec.structs import replace

from homeport.kernel.scaled_calendar import Anchor, calendar_time, real_time
from homeport.kernel.schedule_expressions import At, moment_in_window, next_after, parse
from homeport.services.scheduler.records.schedules import Schedule, Upcoming

NOTHING_S: Final = 0.001
"""Shorter than anything that an expression can name."""


def begun(schedule: Schedule, *, edition: str, now: float, second: float) -> Schedule:
    """The schedule with its timing begun at `now`; `second` is the real length of one of ECS."""
    fresh = replace(
        schedule,
        edition=edition,
        origin=now if schedule.start_at is None else schedule.start_at,
        anchor=Anchor(real_at=now, calendar_at=now),
    )
    # A rate fires in its very origin; a cron expression not in the moment that it is heard of.
    is_at_once = fresh.start_at is None and fresh.origin == now
    return _counted_on(fresh, now, second=second, is_at_once=is_at_once)


def counted_on(schedule: Schedule, *, now: float, second: float) -> Schedule:
    """The schedule as it goes on from `now`, on the beat that it has."""
    reading = calendar_time(schedule.anchor, now, second=second)
    return _counted_on(schedule, reading, second=second, is_at_once=False)


def windowed_anew(schedule: Schedule, *, now: float, second: float) -> Schedule:
    """The schedule with the firing that it waits for in its flexible window as that is now."""
    waiting = schedule.upcoming
    if waiting is None or waiting.due_at <= now:
        return schedule
    due_at = _moment(schedule, waiting.calendar_at, waiting.real_at, second=second)
    return replace(schedule, upcoming=replace(waiting, due_at=max(due_at, now)))


def ended_anew(schedule: Schedule, *, now: float, second: float) -> Schedule:
    """The schedule with another end, on the beat that it has, its calendar the real one at `now`.

    A firing whose time has come is not taken back, unless it is behind the end.
    """
    anchored = replace(schedule, anchor=Anchor(real_at=now, calendar_at=now))
    waiting = schedule.upcoming
    if waiting is not None and waiting.real_at <= now and not _is_behind_end(schedule, waiting):
        return anchored
    return _counted_on(anchored, now, second=second, is_at_once=False)


def _is_behind_end(schedule: Schedule, waiting: Upcoming) -> bool:
    return schedule.end_at is not None and waiting.calendar_at > schedule.end_at


def advanced(schedule: Schedule, fired: Upcoming, *, second: float) -> Schedule:
    """The schedule after this firing, anchored in it."""
    anchored = replace(
        schedule, anchor=Anchor(real_at=fired.real_at, calendar_at=fired.calendar_at)
    )
    return replace(anchored, upcoming=_behind(anchored, fired.calendar_at, second=second))


def is_timed_alike(before: Schedule, after: Schedule) -> bool:
    """Whether the two name the same times, but for when they end."""
    return (before.expression, before.zone, before.start_at) == (
        after.expression,
        after.zone,
        after.start_at,
    )


def _counted_on(schedule: Schedule, reading: float, *, second: float, is_at_once: bool) -> Schedule:
    if schedule.state == "DISABLED":
        return replace(schedule, upcoming=None)
    after = reading
    if is_at_once and schedule.expression.startswith("rate"):
        after = reading - NOTHING_S
    starts = not is_one_time(schedule)
    if starts and schedule.start_at is not None and schedule.start_at >= reading:
        after = schedule.start_at - NOTHING_S
    return replace(schedule, upcoming=_behind(schedule, after, second=second))


def is_one_time(schedule: Schedule) -> bool:
    """Whether it fires once; start and end are nothing to it then."""
    return isinstance(parse(schedule.expression), At)


def _behind(schedule: Schedule, after: float, *, second: float) -> Upcoming | None:
    """The first firing that is later than a reading of the calendar."""
    named = _named(schedule, after)
    if named is None:
        return None
    real_at = real_time(schedule.anchor, named, second=second)
    due_at = _moment(schedule, named, real_at, second=second)
    return Upcoming(calendar_at=named, real_at=real_at, due_at=due_at)


def _moment(schedule: Schedule, named: float, real_at: float, *, second: float) -> float:
    window_s = _window_s(schedule, named) * second
    return moment_in_window(schedule.arn, real_at, window_s) if window_s else real_at


def _named(schedule: Schedule, after: float) -> float | None:
    named = next_after(
        parse(schedule.expression), after, zone=schedule.zone, origin=schedule.origin
    )
    if named is None or is_one_time(schedule):
        return named
    return None if schedule.end_at is not None and named > schedule.end_at else named


def _window_s(schedule: Schedule, named: float) -> float:
    """How much later than named it may happen, in seconds of the calendar.

    A firing happens before the next one is due and before the schedule ends, however long the
    window is: so firings keep their order, and none is done that another would do at once.
    """
    if schedule.window_minutes is None:
        return 0.0
    longest = schedule.window_minutes * 60.0
    following = _named(schedule, named)
    if following is not None:
        longest = min(longest, following - named)
    if schedule.end_at is not None and not is_one_time(schedule):
        longest = min(longest, schedule.end_at - named)
    return max(0.0, longest)
