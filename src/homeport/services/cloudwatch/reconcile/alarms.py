"""Evaluate alarms: observe the datapoints or the other alarms, judge, record another state.

Sole writer of an alarm's state, beside SetAlarmState.  The key is the alarm's ARN.  It looks again
at the end of a step for as long as there are data that may grow too old; an alarm without data
waits until some come.
"""

from collections.abc import Iterable
from typing import Final

from homeport.runtime import Again, Tick
from homeport.services.cloudwatch.plan import (
    alarm_changes,
    alarm_reasons,
    alarm_windows,
    composite_rules,
    series,
)
from homeport.services.cloudwatch.plan.math_grammar import BadExpression
from homeport.services.cloudwatch.queries import alarms, metrics
from homeport.services.cloudwatch.records.alarms import Alarm, CompositeRule, MetricRule
from homeport.services.cloudwatch.records.metrics import Metric, Point
from homeport.services.cloudwatch.render.bus_events import state_change
from homeport.store import ReadTx, Tx

ANCESTRY_MAX: Final = 500
"""Alarms that are looked at to find out whether composite alarms go in a circle."""
FOREVER: Final = 2**62


def reconcile(tx: Tx, key: str, tick: Tick) -> Again | None:
    """Bring the alarm's state to what its data say now."""
    alarm = alarms.find_alarm(tx, key)
    if alarm is None:
        return None
    if tick.now < alarm.held_until:
        return Again(alarm.held_until - tick.now)
    if alarm.metric_rule is not None:
        return _by_metrics(tx, alarm, alarm.metric_rule, tick)
    if alarm.composite_rule is not None:
        _by_alarms(tx, alarm, alarm.composite_rule, tick)
    return None


def sweep(tx: ReadTx) -> Iterable[str]:
    """Every alarm."""
    return alarms.alarm_arns(tx)


def _by_metrics(tx: Tx, alarm: Alarm, rule: MetricRule, tick: Tick) -> Again | None:
    ahead = alarm_windows.look(rule, tick.now, tick.span(1.0))
    points = _points(tx, alarm, rule, ahead.closed.start)

    def series_of(windows: alarm_windows.Windows) -> series.Computed:
        try:
            return series.of_rule(rule, windows, points)
        except BadExpression:
            return {}  # Only what the data make of it: a number where a series is needed.

    verdict = alarm_windows.judge(rule, ahead, series_of)
    state = verdict.state
    if state is not None and state != alarm.standing.state:
        reason = alarm_reasons.reason(rule, verdict, state)
        data = alarm_reasons.reason_data(rule, verdict, tick.now)
        _move(tx, alarm, alarm_changes.moved(alarm, state, reason, data, now=tick.now), tick)
    if any(points.values()):
        return Again(ahead.next_step_at - tick.now)
    return None


def _by_alarms(tx: Tx, alarm: Alarm, rule: CompositeRule, tick: Tick) -> None:
    if _goes_in_a_circle(tx, alarm, rule):
        return
    children = alarms.named_alarms(tx, alarm.account, alarm.region, rule.children)
    states = {each.name: each.standing.state for each in children}
    holds = composite_rules.holds(composite_rules.parse(rule.rule), states)
    state = alarm_windows.composite_state(holds)
    if state == alarm.standing.state:
        return
    last = max(children, key=lambda each: each.standing.transitioned_at, default=alarm)
    reason, data = alarm_changes.composite_reason(last, tick.now)
    _move(tx, alarm, alarm_changes.moved(alarm, state, reason, data, now=tick.now), tick)


def _move(tx: Tx, before: Alarm, after: Alarm, tick: Tick) -> None:
    """Record another state, and tell of it."""
    alarms.save_alarm(tx, before, after)
    alarms.add_history(tx, alarm_changes.state_items(before, after, tick.now))
    event = state_change(before, after, at=tick.now)
    if event is not None:
        tick.peers.bus.put(tx, event, ids=tick.ids)


def _goes_in_a_circle(tx: ReadTx, alarm: Alarm, rule: CompositeRule) -> bool:
    seen: set[str] = set()
    waiting = list(rule.children)
    while waiting and len(seen) < ANCESTRY_MAX:
        some = [each for each in waiting if each not in seen]
        seen.update(some)
        waiting = []
        for child in alarms.named_alarms(tx, alarm.account, alarm.region, some):
            if child.composite_rule is not None:
                waiting.extend(child.composite_rule.children)
        if alarm.name in waiting:
            return True
    return False


def _points(
    tx: ReadTx, alarm: Alarm, rule: MetricRule, start: int
) -> dict[Metric, tuple[Point, ...]]:
    known = metrics.find_metrics(tx, alarm.account, alarm.region, rule.metrics)
    return {
        metric: metrics.points_between(tx, each.id, start, FOREVER)
        for metric, each in known.items()
    }
