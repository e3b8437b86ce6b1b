"""When a schedule's next firing is: beats that begin, go on and are kept; flexible windows."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from homeport.kernel.scaled_calendar import Anchor
from homeport.services.scheduler.plan import requests, timing
from homeport.services.scheduler.records.schedules import Schedule, Target
from mutants import Mutant, mutated

BEGIN = 1_700_000_000.0
HOUR = 3600.0


def asked(expression: str = "rate(1 hour)", **members: Any) -> Schedule:
    return Schedule(
        account="000000000000",
        region="us-east-1",
        group="default",
        name=members.pop("name", "job"),
        expression=expression,
        target=Target(arn="arn", role_arn="role"),
        created_at=BEGIN,
        modified_at=BEGIN,
        anchor=Anchor(real_at=BEGIN, calendar_at=BEGIN),
        **members,
    )


def begun(plan: Any, schedule: Schedule, second: float = 1.0) -> Schedule:
    made: Schedule = plan.begun(schedule, edition="e", now=BEGIN, second=second)
    return made


def next_of(schedule: Schedule) -> tuple[float, float] | None:
    """The time named and when it is due, in seconds since the beginning."""
    upcoming = schedule.upcoming
    if upcoming is None:
        return None
    return round(upcoming.calendar_at - BEGIN, 3), round(upcoming.due_at - BEGIN, 3)


def run(plan: Any, schedule: Schedule, count: int, second: float = 1.0) -> list[float]:
    """The next times that are named, one after the other."""
    named: list[float] = []
    while schedule.upcoming is not None and len(named) < count:
        named.append(round(schedule.upcoming.calendar_at - BEGIN, 3))
        schedule = plan.advanced(schedule, schedule.upcoming, second=second)
    return named


def check_beginnings(plan: Any) -> None:
    assert next_of(begun(plan, asked())) == (0.0, 0.0)
    assert next_of(begun(plan, asked(start_at=BEGIN + 50.0))) == (50.0, 50.0)
    assert next_of(begun(plan, asked(start_at=BEGIN - 50.0))) == (3550.0, 3550.0)
    assert next_of(begun(plan, asked(start_at=BEGIN))) == (0.0, 0.0)
    # 1 700 000 000 is 22:13:20.
    assert next_of(begun(plan, asked("cron(14 22 * * ? *)"))) == (40.0, 40.0)
    on_the_minute = asked("cron(* * * * ? *)", start_at=BEGIN + 40.0)
    assert next_of(begun(plan, on_the_minute)) == (40.0, 40.0)
    assert next_of(begun(plan, asked(state="DISABLED"))) is None
    assert next_of(begun(plan, asked("at(2023-11-14T22:14:00)"))) == (40.0, 40.0)
    far = asked("at(2023-11-14T22:14:00)", start_at=BEGIN + 90.0, end_at=BEGIN + 20.0)
    assert next_of(begun(plan, far)) == (40.0, 40.0)


def check_ends(plan: Any) -> None:
    assert run(plan, begun(plan, asked(end_at=BEGIN + 2 * HOUR)), 9) == [0.0, 3600.0, 7200.0]
    assert run(plan, begun(plan, asked(end_at=BEGIN + 2 * HOUR - 1)), 9) == [0.0, 3600.0]
    assert run(plan, begun(plan, asked("at(2023-11-14T22:14:00)")), 9) == [40.0]


def check_fast_time(plan: Any) -> None:
    fast = begun(plan, asked("cron(13,14 22 * * ? *)"), second=1 / 60)
    assert next_of(fast) == (40.0, round(40 / 60, 3))
    assert fast.upcoming is not None
    second = plan.advanced(fast, fast.upcoming, second=1 / 60)
    assert next_of(second) == (86_380.0, round(86_380 / 60, 3))
    # Another scale goes on from the last firing.
    other = plan.advanced(fast, fast.upcoming, second=1.0)
    assert next_of(other) == (86_380.0, round(40 / 60 + 86_340.0, 3))
    later = plan.counted_on(second, now=BEGIN + 1500.0, second=1 / 60)
    assert next_of(later) == (172_780.0, round(172_780 / 60, 3))


def check_windows(plan: Any) -> None:
    due: list[float] = []
    for number in range(60):
        one = begun(plan, asked(name=f"job-{number}", window_minutes=30))
        assert one.upcoming is not None
        assert one.upcoming.real_at == BEGIN
        due.append(one.upcoming.due_at - BEGIN)
        short = next_of(begun(plan, asked("rate(1 minute)", name=str(number), window_minutes=30)))
        assert short is not None
        assert 0.0 <= short[1] < 60.0
        ending = asked(name=str(number), window_minutes=30, end_at=BEGIN + 10.0)
        last = next_of(begun(plan, ending))
        assert last is not None
        assert 0.0 <= last[1] < 10.0
        fast = begun(plan, asked(name=str(number), window_minutes=30), second=1 / 60)
        assert fast.upcoming is not None
        assert 0.0 <= fast.upcoming.due_at - BEGIN < 30.0
    assert 0.0 <= min(due) < 400.0
    assert 1400.0 < max(due) < 1800.0


def check_narrower_windows(plan: Any) -> None:
    wide = begun(plan, asked(window_minutes=50))
    assert wide.upcoming is not None
    assert wide.upcoming.due_at > BEGIN + 10.0
    none = plan.windowed_anew(replace(wide, window_minutes=None), now=BEGIN + 9.0, second=1.0)
    assert next_of(none) == (0.0, 9.0)
    overdue = wide.upcoming.due_at + 1.0
    kept = plan.windowed_anew(replace(wide, window_minutes=None), now=overdue, second=1.0)
    assert kept.upcoming == wide.upcoming


def check_other_ends(plan: Any) -> None:
    wide = begun(plan, asked(window_minutes=50))
    assert wide.upcoming is not None
    later = replace(wide, end_at=BEGIN + HOUR)
    assert plan.ended_anew(later, now=BEGIN + 9.0, second=1.0).upcoming == wide.upcoming
    before = replace(wide, end_at=BEGIN - 1.0)
    assert next_of(plan.ended_anew(before, now=BEGIN + 9.0, second=1.0)) is None
    to_come = plan.advanced(wide, wide.upcoming, second=1.0)
    shorter = replace(to_come, end_at=BEGIN + 100.0)
    assert next_of(plan.ended_anew(shorter, now=BEGIN + 9.0, second=1.0)) is None
    # An hour of fast time in, an end that is named by the real clock is still to come.
    fast = begun(plan, asked("rate(1 minute)"), second=1 / 60)
    while fast.upcoming is not None and fast.upcoming.due_at <= BEGIN + 60.0:
        fast = plan.advanced(fast, fast.upcoming, second=1 / 60)
    ends = plan.ended_anew(replace(fast, end_at=BEGIN + 200.0), now=BEGIN + 60.5, second=1 / 60)
    assert run(plan, ends, 9, second=1 / 60) == [120.0, 180.0]
    far = replace(fast, end_at=BEGIN + 90_000.0)
    again = plan.ended_anew(far, now=BEGIN + 60.5, second=1 / 60)
    assert next_of(again) == (120.0, round(60.5 + 59.5 / 60, 3))


CHECKS = (
    check_beginnings,
    check_ends,
    check_fast_time,
    check_windows,
    check_narrower_windows,
    check_other_ends,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda each: each.__name__)
def test_the_timing_of_schedules(check: Any) -> None:
    check(timing)


@given(
    at_s=st.floats(0.0, 50_000.0),
    state=st.sampled_from(["ENABLED", "DISABLED"]),
    between=st.sampled_from(["ENABLED", "DISABLED"]),
)
def test_what_names_the_same_times_keeps_its_beat(at_s: float, state: str, between: str) -> None:
    now = BEGIN + at_s

    def update(before: Schedule, **members: Any) -> Schedule:
        return requests.timed(asked(**members), before, edition="f", now=now, second=1.0)

    before = begun(timing, asked())
    while before.upcoming is not None and before.upcoming.due_at <= now:
        before = timing.advanced(before, before.upcoming, second=1.0)
    after = update(update(before, state=between), state=state)
    assert after.edition == "e"
    assert after.upcoming == (before.upcoming if state == "ENABLED" else None)
    longer = update(before, end_at=now + 9 * HOUR)
    assert longer.edition == "f"
    assert longer.upcoming == before.upcoming
    assert update(before, end_at=now + 1.0, state="DISABLED").upcoming is None
    anew = update(before, expression="rate(2 hours)")
    assert anew.edition == "f"
    assert next_of(anew) == (round(at_s, 3), round(at_s, 3))


MUTANTS = (
    Mutant(timing, "reading - NOTHING_S", "reading"),
    Mutant(timing, "schedule.start_at - NOTHING_S", "schedule.start_at"),
    Mutant(timing, "schedule.start_at >= reading", "True"),
    Mutant(timing, "named > schedule.end_at", "named >= schedule.end_at"),
    Mutant(timing, "named is None or is_one_time(schedule)", "named is None"),
    Mutant(timing, "min(longest, following - named)", "longest"),
    Mutant(timing, "min(longest, schedule.end_at - named)", "longest"),
    Mutant(timing, "window_minutes * 60.0", "window_minutes * 1.0"),
    Mutant(timing, "_window_s(schedule, named) * second", "_window_s(schedule, named)"),
    Mutant(timing, "due_at=max(due_at, now)", "due_at=due_at"),
    Mutant(timing, "waiting is None or waiting.due_at <= now", "waiting is None"),
    Mutant(timing, "waiting.real_at <= now and", "True and"),
    Mutant(timing, "and not _is_behind_end(schedule, waiting)", ""),
    Mutant(timing, "_counted_on(anchored, now", "_counted_on(schedule, now"),
    Mutant(timing, "real_at=fired.real_at, calendar_at", "real_at=fired.due_at + 1, calendar_at"),
    Mutant(timing, "now if schedule.start_at is None else schedule.start_at", "now"),
    Mutant(timing, "starts = not is_one_time(schedule)", "starts = True"),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.new)
def test_these_tests_notice_a_mistake(mutant: Mutant) -> None:
    plan: ModuleType = mutated(timing, mutant)

    def notices(check: Any) -> bool:
        try:
            check(plan)
        except (AssertionError, TypeError):
            return True
        return False

    assert any(notices(check) for check in CHECKS)
