"""Which firings of a schedule happen, and which are missed: worked numbers, properties, mutants."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.kernel.scaled_calendar import Anchor
from homeport.services.scheduler.plan import due, timing
from homeport.services.scheduler.records.schedules import Schedule, Target
from mutants import Mutant, mutated

BEGIN = 1_700_000_000.0
RULES = st.sampled_from(["", "run", "skip"])


def a_schedule(expression: str = "rate(1 minute)", age_s: int = 3600, **members: Any) -> Schedule:
    asked = Schedule(
        account="000000000000",
        region="us-east-1",
        group="default",
        name="job",
        expression=expression,
        target=Target(arn="arn", role_arn="role", max_age_s=age_s),
        created_at=BEGIN,
        modified_at=BEGIN,
        anchor=Anchor(real_at=BEGIN, calendar_at=BEGIN),
        **members,
    )
    return timing.begun(asked, edition="e", now=BEGIN, second=1.0)


def all_steps(plan: Any, schedule: Schedule, *, now: float, rule: str, at_most: int = 7) -> Any:
    """What all passes together do, until nothing is due: firings, counts of missed, the end."""
    fired: list[float] = []
    missed: list[int] = []
    for _ in range(20_000):
        upcoming = schedule.upcoming
        if schedule.passed is None and (upcoming is None or upcoming.due_at > now):
            return fired, missed, schedule
        step = plan.next_step(schedule, now=now, second=1.0, rule=rule, at_most=at_most)
        assert len(step.firings) <= at_most
        fired += [each.calendar_at - BEGIN for each in step.firings]
        if step.missed is not None:
            missed.append(step.missed.count)
            never = step.missed.last.calendar_at - BEGIN
            assert never not in fired
        schedule = step.schedule
    raise AssertionError("there is no end of it")


CASES: tuple[tuple[str, float, int, list[float], list[int]], ...] = (
    # (rule, seconds since the beginning, maximum age, fired, missed)
    ("", 0.0, 3600, [0.0], []),
    ("", 59.9, 3600, [0.0], []),
    ("", 300.0, 3600, [0.0, 60.0, 120.0, 180.0, 240.0, 300.0], []),
    ("", 300.0, 120, [180.0, 240.0, 300.0], [3]),
    ("", 301.0, 120, [240.0, 300.0], [4]),
    ("", 300.0, 60, [240.0, 300.0], [4]),
    ("run", 300.0, 60, [180.0, 240.0, 300.0], [3]),
    ("run", 60.0, 60, [0.0, 60.0], []),
    ("run", 61.0, 60, [0.0, 60.0], []),
    ("skip", 60.0, 60, [0.0, 60.0], []),
    ("skip", 61.0, 60, [60.0], [1]),
    ("skip", 300.0, 86_400, [240.0, 300.0], [4]),
)


@pytest.mark.parametrize(("rule", "age", "max_age_s", "fired", "missed"), CASES)
def test_worked_numbers(
    rule: str, age: float, max_age_s: int, fired: list[float], missed: list[int]
) -> None:
    schedule = a_schedule(age_s=max_age_s)
    assert all_steps(due, schedule, now=BEGIN + age, rule=rule)[:2] == (fired, missed)


@given(
    age=st.floats(0.0, 20_000.0),
    rule=RULES,
    max_age_s=st.integers(60, 86_400),
    at_most=st.integers(1, 50),
)
def test_each_time_is_fired_or_missed_exactly_once(
    age: float, rule: str, max_age_s: int, at_most: int
) -> None:
    schedule = a_schedule(age_s=max_age_s)
    fired, missed, after = all_steps(due, schedule, now=BEGIN + age, rule=rule, at_most=at_most)
    assert len(fired) + sum(missed) == int(age // 60) + 1
    assert fired == sorted(set(fired))
    assert len(missed) <= 1
    assert after.upcoming is not None
    assert after.upcoming.due_at > BEGIN + age
    assert after.passed is None
    if rule == "":
        assert all(age - each <= max(60.0, max_age_s) for each in fired)
    if rule == "skip":
        assert all(age - each <= 60.0 for each in fired)
    if rule == "run":
        assert sum(age - each > 60.0 for each in fired) == (age > 60.0)


@given(age=st.floats(0.0, 5_000.0), rule=RULES, cut=st.integers(1, 100))
def test_it_is_the_same_in_however_many_passes(age: float, rule: str, cut: int) -> None:
    schedule = a_schedule(age_s=600)
    at_once = all_steps(due, schedule, now=BEGIN + age, rule=rule, at_most=1_000)
    assert all_steps(due, schedule, now=BEGIN + age, rule=rule, at_most=cut) == at_once


def test_what_was_missed_is_counted_on_over_passes() -> None:
    schedule = a_schedule(age_s=60)
    step = due.next_step(schedule, now=BEGIN + 90_000.0, second=1.0, rule="", at_most=5)
    assert step.schedule.passed is not None
    assert step.schedule.passed.count == due.LOOKED_AT_MAX
    assert step.missed is None
    fired, missed, _ = all_steps(due, step.schedule, now=BEGIN + 90_000.0, rule="")
    assert missed == [1_499]
    assert fired == [89_940.0, 90_000.0]


@pytest.mark.parametrize(("second", "late_s"), [(1.0, 60.0), (1 / 12, 5.0), (1 / 60, 5.0)])
def test_when_a_firing_is_late(second: float, late_s: float) -> None:
    assert due.late_after_s(second) == pytest.approx(late_s)


MUTANTS = (
    Mutant(due, "due.due_at <= now", "due.due_at < now"),
    Mutant(due, "upcoming.due_at > late_after_s", "upcoming.due_at >= late_after_s"),
    Mutant(due, "age_s > schedule.target", "age_s >= schedule.target"),
    Mutant(due, 'return rule != "" or age_s', "return age_s"),
    Mutant(due, "passed.count + 1, due", "passed.count, due"),
    Mutant(due, "Missed(passed.count - 1", "Missed(passed.count"),
    Mutant(due, "told = replace(schedule, passed=None)", "told = schedule"),
    Mutant(due, 'if rule != "run":', 'if rule != "skip":'),
    Mutant(due, "if passed.before is None:", "if False:"),
    Mutant(due, "len(firings) >= at_most", "len(firings) > at_most"),
    Mutant(due, "LATE_AFTER_S: Final = 60.0", "LATE_AFTER_S: Final = 61.5"),
    Mutant(due, "second=second), passed=passed)", "second=second), passed=schedule.passed)"),
)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.new)
def test_these_tests_notice_a_mistake(mutant: Mutant) -> None:
    plan: ModuleType = mutated(due, mutant)
    with pytest.raises((AssertionError, AttributeError, ValueError)):
        _worked(plan)


def _worked(plan: Any) -> None:
    for rule, age, max_age_s, fired, missed in CASES:
        schedule = a_schedule(age_s=max_age_s)
        for at_most in (2, 7):
            done = all_steps(plan, schedule, now=BEGIN + age, rule=rule, at_most=at_most)
            assert done[:2] == (fired, missed)
