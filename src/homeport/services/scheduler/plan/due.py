"""What a schedule that is due does: which firings happen, which are missed, what comes next.  Pure.

A firing is *late* when it is due for more than 60 seconds of ECS time, and for more than 5 real
ones: nothing is called late only because time runs fast.  Firings that are late were missed while
Homeport was down.  Each of them happens after all, the oldest first, unless it is older than the
target's maximum event age; of those that are, the ledger is told once how many they were.  The
reserved tag ``homeport:on-missed`` says otherwise: ``run`` has one run stand for all that are
late, however old, ``skip`` has none.
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from homeport.kernel.job_rules import OnMissed
from homeport.services.scheduler.plan.timing import advanced
from homeport.services.scheduler.records.schedules import Passed, Schedule, Upcoming

LATE_AFTER_S: Final = 60.0
"""Seconds of ECS time; a minute is what AWS promises, too."""
LATE_AFTER_REAL_S: Final = 5.0
LOOKED_AT_MAX: Final = 1_000
"""Firings of one schedule that one pass looks at."""

WHY: Final[dict[OnMissed, str]] = {
    "": "Homeport was down, and they are older than the target's maximum event age.",
    "run": "Homeport was down; one run stands for all of them (homeport:on-missed run).",
    "skip": "Homeport was down, and missed firings are left out (homeport:on-missed skip).",
}


class Missed(Struct, frozen=True):
    """Firings that never happen."""

    count: int
    last: Upcoming
    why: str


class Step(Struct, frozen=True):
    """What one pass does with one schedule."""

    schedule: Schedule
    """As it is afterwards."""
    firings: tuple[Upcoming, ...] = ()
    missed: Missed | None = None


def late_after_s(span_of_a_second: float) -> float:
    """For how many real seconds a firing may be due before it is late."""
    return max(LATE_AFTER_S * span_of_a_second, LATE_AFTER_REAL_S)


def is_late(schedule: Schedule, *, now: float, second: float) -> bool:
    """Whether the schedule has a firing that was missed."""
    upcoming = schedule.upcoming
    return upcoming is not None and now - upcoming.due_at > late_after_s(second)


def next_step(
    schedule: Schedule, *, now: float, second: float, rule: OnMissed, at_most: int
) -> Step:
    """Take what is due, the oldest first: at most so many firings; what is left is due still."""
    firings: list[Upcoming] = []
    for _ in range(LOOKED_AT_MAX):
        due = schedule.upcoming
        is_due = due is not None and due.due_at <= now
        is_passed = is_due and _is_passed(schedule, now=now, second=second, rule=rule)
        if schedule.passed is not None and not is_passed:
            return _told(schedule, schedule.passed, now=now, rule=rule)
        if due is None or not is_due or (not is_passed and len(firings) >= at_most):
            break
        passed = None
        if is_passed:
            passed = _one_more(schedule.passed, due)
        else:
            firings.append(due)
        schedule = replace(advanced(schedule, due, second=second), passed=passed)
    return Step(schedule, tuple(firings))


def _is_passed(schedule: Schedule, *, now: float, second: float, rule: OnMissed) -> bool:
    """Whether the firing that is due is one that does not happen by itself any more."""
    if schedule.upcoming is None or not is_late(schedule, now=now, second=second):
        return False
    age_s = now - schedule.upcoming.due_at
    return rule != "" or age_s > schedule.target.max_age_s * second


def _one_more(passed: Passed | None, due: Upcoming) -> Passed:
    if passed is None:
        return Passed(1, due)
    return Passed(passed.count + 1, due, passed.last)


def _told(schedule: Schedule, passed: Passed, *, now: float, rule: OnMissed) -> Step:
    """The ledger is told of those that were passed over: the last of them may happen for all."""
    told = replace(schedule, passed=None)
    if rule != "run":
        return Step(told, missed=Missed(passed.count, passed.last, WHY[rule]))
    firings = (replace(passed.last, due_at=now),)
    if passed.before is None:
        return Step(told, firings)
    return Step(told, firings, Missed(passed.count - 1, passed.before, WHY[rule]))
