"""Why an alarm is in its state, in CloudWatch's words.  Pure."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from homeport.services.cloudwatch.plan.alarm_evaluation import (
    Datapoint,
    Verdict,
    needed_of,
    treatment_of,
)
from homeport.services.cloudwatch.records.alarms import AlarmState, MetricRule

SHOWN_MAX: Final = 5
"""Datapoints that a sentence names."""
TOLD_MAX: Final = 30
"""Datapoints that the JSON tells of: all of it must stay within 4,000 characters."""

_COMPARED: Final = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_FILLED: Final = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


def reason(rule: MetricRule, verdict: Verdict, state: AlarmState) -> str:
    """The sentence for a change to `state`."""
    if state == "INSUFFICIENT_DATA":
        unknown = len(verdict.missing)
        return f"Insufficient Data: {_datapoints(unknown)} {_were(unknown)} unknown."
    filled = _FILLED.get(treatment_of(rule)) if verdict.missing else None
    shown = verdict.crossing if state == "ALARM" else _others(verdict)
    if not verdict.used:
        count = len(verdict.missing)
        periods = f"{count} period" if count == 1 else f"{count} periods"
        said = f"no datapoints were received for {periods} and {_fill(count, filled)}"
        return f"Threshold Crossed: {said}."
    said = _crossed(rule, verdict, shown, state)
    if filled:
        said += f" and {_fill(len(verdict.missing), filled)}"
    if rule.datapoints_to_alarm is None:
        return f"Threshold Crossed: {said}."
    return f"Threshold Crossed: {said} ({_minimum(rule, state)})."


def reason_data(rule: MetricRule, verdict: Verdict, now: float) -> str:
    """What the sentence is about, as JSON."""
    stat = rule.watched.stat
    used = verdict.used[:TOLD_MAX]
    told: dict[str, object] = {"version": "1.0", "queryDate": timestamp(now)}
    if used:
        told["startDate"] = timestamp(used[-1].at)
    if stat is not None:
        if stat.unit is not None:
            told["unit"] = stat.unit
        told["statistic"] = stat.stat
    told["period"] = rule.period_s
    told["recentDatapoints"] = [each.value for each in reversed(used)]
    told["threshold"] = rule.threshold
    told["evaluatedDatapoints"] = _evaluated(verdict)
    return msgspec.json.encode(told).decode()


def timestamp(seconds: float) -> str:
    """``2026-11-23T10:00:00.000+0000``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _crossed(
    rule: MetricRule, verdict: Verdict, shown: tuple[Datapoint, ...], state: AlarmState
) -> str:
    listed = ", ".join(_shown(each) for each in shown[:SHOWN_MAX])
    count = len(shown)
    datapoints = _datapoints(count)
    if rule.datapoints_to_alarm is not None:
        datapoints = f"{count} out of the last {_datapoints(rule.evaluation_periods, many=True)}"
    negation = "" if state == "ALARM" else "not "
    compared = f"{_were(count)} {negation}{_COMPARED[rule.comparison]} the threshold"
    threshold = f"({float(rule.threshold)})"
    if count > SHOWN_MAX:
        most_recent = f"The most recent datapoints which crossed the threshold: [{listed}]"
        if state != "ALARM":
            most_recent = f"The most recent datapoints: [{listed}]"
        return f"{datapoints} {compared} {threshold}. {most_recent}"
    return f"{datapoints} [{listed}] {compared} {threshold}"


def _minimum(rule: MetricRule, state: AlarmState) -> str:
    needed = needed_of(rule)
    if state == "ALARM":
        return f"minimum {_datapoints(needed)} for OK -> ALARM transition"
    enough = rule.evaluation_periods - needed + 1
    return f"minimum {_datapoints(enough)} for ALARM -> OK transition"


def _fill(count: int, filled: str | None) -> str:
    noun = "1 missing datapoint was" if count == 1 else f"{count} missing datapoints were"
    return f"{noun} treated as [{filled or 'Missing'}]"


def _others(verdict: Verdict) -> tuple[Datapoint, ...]:
    others = tuple(each for each in verdict.used if each not in verdict.crossing)
    return others or verdict.used


def _evaluated(verdict: Verdict) -> list[dict[str, object]]:
    told: list[tuple[float, dict[str, object]]] = []
    for point in verdict.used:
        known: dict[str, object] = {"timestamp": timestamp(point.at)}
        if point.count is not None:
            known["sampleCount"] = point.count
        told.append((point.at, {**known, "value": point.value}))
    told.extend((at, {"timestamp": timestamp(at)}) for at in verdict.missing)
    told.sort(key=lambda each: each[0], reverse=True)
    return [each for _, each in told[:TOLD_MAX]]


def _shown(point: Datapoint) -> str:
    moment = datetime.fromtimestamp(point.at, UTC).strftime("%d/%m/%y %H:%M:%S")
    return f"{point.value} ({moment})"


def _datapoints(count: int, *, many: bool = False) -> str:
    return f"{count} datapoint" if count == 1 and not many else f"{count} datapoints"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
