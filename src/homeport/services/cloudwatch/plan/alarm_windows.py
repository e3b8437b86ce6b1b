"""Which spans of time an alarm looks at, and when it looks again.  Pure.

An alarm's period is ECS time: at a time scale of 60 a period of 60 s is one real second.  Points
have whole seconds, so no real period is shorter than that.  Periods longer than a minute slide by
the minute, as CloudWatch's do.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from homeport.services.cloudwatch.plan.alarm_evaluation import (
    EXTRA_PERIODS,
    Datapoint,
    Slot,
    Verdict,
    evaluate,
    is_breaching,
)
from homeport.services.cloudwatch.records.alarms import AlarmState, MetricRule
from homeport.services.cloudwatch.records.metrics import Tally

STEP_S: Final = 60

Series = Mapping[int, tuple[float, Tally | None]]
"""(value, what it was made of) by when its period began."""


class Windows(Struct, frozen=True, kw_only=True):
    """The periods of an evaluation range: `count` of them, the newest ending at `end`."""

    end: int
    period_s: int
    count: int

    @property
    def start(self) -> int:
        """When the oldest begins."""
        return self.end - self.count * self.period_s

    @property
    def begins(self) -> tuple[int, ...]:
        """When each begins, newest first."""
        return tuple(self.end - (back + 1) * self.period_s for back in range(self.count))


class Look(Struct, frozen=True, kw_only=True):
    """The two ranges that an evaluation may use, and when the next step begins."""

    closed: Windows
    """Up to the last whole step."""
    open: Windows
    """Up to the end of the step that is under way."""
    next_step_at: float


def look(rule: MetricRule, now: float, second_s: float) -> Look:
    """What to look at; `second_s` is how long a second of ECS time really is."""
    period_s = max(1, round(rule.period_s * second_s))
    step_s = min(period_s, max(1, round(min(rule.period_s, STEP_S) * second_s)))
    closed_at = math.floor(now / step_s) * step_s
    count = rule.evaluation_periods + EXTRA_PERIODS
    return Look(
        closed=Windows(end=closed_at, period_s=period_s, count=count),
        open=Windows(end=closed_at + step_s, period_s=period_s, count=count),
        next_step_at=float(closed_at + step_s),
    )


def judge(rule: MetricRule, ahead: Look, series_of: Callable[[Windows], Series]) -> Verdict:
    """The verdict now: an alarm trips as soon as nothing that may still come can prevent it.

    Otherwise a period counts once it is over.
    """
    series = series_of(ahead.open)
    newest = series.get(ahead.open.begins[0])
    if newest is not None and _cannot_recover(rule, *newest):
        early = evaluate(rule, _slots(ahead.open, series))
        if early.state == "ALARM":
            return early
    return evaluate(rule, _slots(ahead.closed, series_of(ahead.closed)))


def _cannot_recover(rule: MetricRule, value: float, tally: Tally | None) -> bool:
    """Whether more data of the same period leave it breaching."""
    stat = rule.watched.stat
    if stat is None or tally is None:
        return False
    if not is_breaching(value, rule.comparison, rule.threshold):
        return False
    if rule.comparison.startswith("Greater"):
        return stat.stat in {"Maximum", "SampleCount"} or (stat.stat == "Sum" and tally.low >= 0)
    return stat.stat == "Minimum"


def _slots(windows: Windows, series: Series) -> tuple[Slot, ...]:
    return tuple(Slot(at=at, point=_point(at, series.get(at))) for at in windows.begins)


def _point(at: int, found: tuple[float, Tally | None] | None) -> Datapoint | None:
    if found is None:
        return None
    value, tally = found
    return Datapoint(at=at, value=value, count=None if tally is None else tally.count)


def hold_s(rule: MetricRule | None, second_s: float) -> float:
    """How long (really) a state that was set by hand is left alone: one step."""
    step_s = STEP_S if rule is None else min(rule.period_s, STEP_S)
    return float(max(1, round(step_s * second_s)))


def composite_state(holds: bool) -> AlarmState:
    """The state of a composite alarm whose rule holds, or does not."""
    return "ALARM" if holds else "OK"
