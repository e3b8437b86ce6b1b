"""How an alarm's state follows from its datapoints.  Pure.

CloudWatch looks at more datapoints than it needs (the evaluation range), takes the newest that are
there, and fills in what is missing only as far as it must.  The tables of its user guide ("How
alarm state is evaluated when data is missing") are the tests.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from homeport.services.cloudwatch.plan import statistics
from homeport.services.cloudwatch.records.alarms import AlarmState, MetricRule

EXTRA_PERIODS: Final = 2
"""By how many periods the evaluation range is longer than what is evaluated."""
ALWAYS_IGNORES: Final = "AWS/DynamoDB"
"""Alarms on metrics of this namespace ignore missing data, whatever they say."""
SAMPLES_MIN: Final = 10


class Datapoint(Struct, frozen=True, kw_only=True):
    """The watched statistic of one period."""

    at: float
    """When the period began."""
    value: float
    count: float | None = None
    """How many samples it is made of; None for the result of an expression."""


class Slot(Struct, frozen=True, kw_only=True):
    """A period of the evaluation range, and its datapoint if there is one."""

    at: float
    point: Datapoint | None = None


class Verdict(Struct, frozen=True, kw_only=True):
    """What an evaluation comes to."""

    state: AlarmState | None
    """None: the alarm stays as it is."""
    used: tuple[Datapoint, ...]
    """The datapoints that counted, newest first."""
    crossing: tuple[Datapoint, ...]
    """Those of them that breach the threshold."""
    missing: tuple[float, ...]
    """The periods that had to be filled in, newest first."""


def is_breaching(value: float, comparison: str, threshold: float) -> bool:
    """Whether the value is on the bad side of the threshold."""
    match comparison:
        case "GreaterThanThreshold":
            return value > threshold
        case "GreaterThanOrEqualToThreshold":
            return value >= threshold
        case "LessThanThreshold":
            return value < threshold
        case _:
            return value <= threshold


def evaluate(rule: MetricRule, slots: Sequence[Slot]) -> Verdict:
    """The verdict on the evaluation range, newest period first."""
    there = [slot.point for slot in slots if slot.point is not None]
    used = tuple(there[: rule.evaluation_periods])
    crossing = tuple(
        each for each in used if is_breaching(each.value, rule.comparison, rule.threshold)
    )
    filled = rule.evaluation_periods - len(used)
    empty = [slot.at for slot in slots if slot.point is None]
    return Verdict(
        state=None if _too_few_samples(rule, used) else _state(rule, slots, used, crossing),
        used=used,
        crossing=crossing,
        missing=tuple(empty[:filled]) if filled else (),
    )


def treatment_of(rule: MetricRule) -> str:
    """How missing data are taken."""
    if any(metric.namespace == ALWAYS_IGNORES for metric in rule.metrics):
        return "ignore"
    return rule.treat_missing or "missing"


def needed_of(rule: MetricRule) -> int:
    """How many datapoints must breach the threshold."""
    return rule.datapoints_to_alarm or rule.evaluation_periods


def _state(
    rule: MetricRule,
    slots: Sequence[Slot],
    used: tuple[Datapoint, ...],
    crossing: tuple[Datapoint, ...],
) -> AlarmState | None:
    needed = needed_of(rule)
    filled = rule.evaluation_periods - len(used)
    treatment = treatment_of(rule)
    if len(crossing) >= needed:
        return "ALARM"
    if filled == 0 or treatment == "notBreaching":
        return "OK"
    if treatment == "breaching":
        return "ALARM" if len(crossing) + filled >= needed else "OK"
    if len(crossing) < len(used):
        return "OK"  # Something was within the threshold, and too little was not.
    if treatment == "ignore":
        return None
    return "ALARM" if used and _age(slots, used[-1]) >= needed else "INSUFFICIENT_DATA"


def _age(slots: Sequence[Slot], point: Datapoint) -> int:
    """How many periods ago it was: the newest is 1."""
    return 1 + next(index for index, slot in enumerate(slots) if slot.point == point)


def _too_few_samples(rule: MetricRule, used: tuple[Datapoint, ...]) -> bool:
    """Whether the alarm waits until a percentile is worth something."""
    watched = rule.watched.stat
    if rule.low_samples != "ignore" or watched is None:
        return False
    statistic = statistics.parse(watched.stat)
    if not statistics.is_percentile(statistic):
        return False
    share = statistic.upper
    tail = 1 - share if share >= 0.5 else share
    return any(each.count is not None and each.count * tail < SAMPLES_MIN - 1e-9 for each in used)
