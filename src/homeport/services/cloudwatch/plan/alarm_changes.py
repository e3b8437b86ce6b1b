"""Alarms as they become: new, configured anew, in another state; and what history says.  Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from homeport.services.cloudwatch.plan.alarm_reasons import timestamp
from homeport.services.cloudwatch.records.alarms import (
    INITIAL_REASON,
    Alarm,
    AlarmState,
    HistoryItem,
    ItemType,
    Standing,
)

NOT_DELIVERED: Final = (
    "Homeport keeps the actions of alarms and does not deliver them: nothing stands behind this "
    "ARN here."
)
DATA_MAX: Final = 4_095


def initial(now: float) -> Standing:
    """How an alarm is when it was created."""
    return Standing(
        state="INSUFFICIENT_DATA", reason=INITIAL_REASON, updated_at=now, transitioned_at=now
    )


def moved(alarm: Alarm, state: AlarmState, reason: str, reason_data: str, *, now: float) -> Alarm:
    """The alarm with another state, or with the same for another reason."""
    same = state == alarm.standing.state
    standing = Standing(
        state=state,
        reason=reason[:1_023],
        reason_data=reason_data,
        updated_at=now,
        transitioned_at=alarm.standing.transitioned_at if same else now,
    )
    return replace(alarm, standing=standing)


def state_items(before: Alarm, after: Alarm, now: float) -> tuple[HistoryItem, ...]:
    """What history says of a change of state: the change, and each action that was due."""
    old, new = before.standing, after.standing
    if old.state == new.state:
        return ()
    data = {"version": "1.0", "oldState": _state(old), "newState": _state(new)}
    summary = f"Alarm updated from {old.state} to {new.state}"
    items = [_item(after, now, "StateUpdate", summary, data)]
    if after.actions.enabled:
        items.extend(_undelivered(after, action, now) for action in after.actions.at(new.state))
    return tuple(items)


def created_item(alarm: Alarm, now: float) -> HistoryItem:
    """What history says of a new alarm."""
    data = {"version": "1.0", "type": "Create", "createdAlarm": _configuration(alarm)}
    return _item(alarm, now, "ConfigurationUpdate", f'Alarm "{alarm.name}" created', data)


def updated_item(alarm: Alarm, now: float) -> HistoryItem:
    """What history says of an alarm that was put again."""
    data = {"version": "1.0", "type": "Update", "updatedAlarm": _configuration(alarm)}
    return _item(alarm, now, "ConfigurationUpdate", f'Alarm "{alarm.name}" updated', data)


def deleted_item(alarm: Alarm, now: float) -> HistoryItem:
    """What history says of an alarm that was deleted."""
    data = {"version": "1.0", "type": "Delete", "deletedAlarm": _configuration(alarm)}
    return _item(alarm, now, "ConfigurationUpdate", f'Alarm "{alarm.name}" deleted', data)


def actions_item(alarm: Alarm, now: float) -> HistoryItem:
    """What history says when actions were switched on or off."""
    summary = "Alarm actions enabled" if alarm.actions.enabled else "Alarm actions disabled"
    data = {"version": "1.0", "type": "Update", "updatedAlarm": _configuration(alarm)}
    return _item(alarm, now, "ConfigurationUpdate", f'{summary} for "{alarm.name}"', data)


def composite_reason(child: Alarm, now: float) -> tuple[str, str]:
    """Why a composite alarm is in another state: the child that changed last; and the JSON."""
    standing = child.standing
    at = datetime.fromtimestamp(standing.transitioned_at, UTC)
    when = f"{at:%A} {at.day:02d} {at:%B}, {at:%Y} {at:%H:%M:%S} UTC"
    data = {
        "triggeringAlarms": [
            {
                "arn": child.arn,
                "state": {
                    "value": standing.state,
                    "timestamp": timestamp(standing.transitioned_at),
                },
            }
        ]
    }
    reason = f"{child.arn} transitioned to {standing.state} at {when}"
    return reason, msgspec.json.encode(data).decode()


def _undelivered(alarm: Alarm, action: str, now: float) -> HistoryItem:
    data = {
        "actionState": "Failed",
        "stateUpdateTimestamp": round(now * 1000),
        "notificationResource": action,
        "error": NOT_DELIVERED,
    }
    summary = f"Failed to execute action {action}. {NOT_DELIVERED}"
    return _item(alarm, now, "Action", summary, data)


def _item(
    alarm: Alarm, now: float, item_type: ItemType, summary: str, data: Mapping[str, object]
) -> HistoryItem:
    told = msgspec.json.encode(data).decode()
    if len(told) > DATA_MAX:
        told = msgspec.json.encode({"version": "1.0", "truncated": True}).decode()
    return HistoryItem(
        account=alarm.account,
        region=alarm.region,
        alarm_name=alarm.name,
        alarm_type=alarm.type,
        at=now,
        item_type=item_type,
        summary=summary[:255],
        data=told,
    )


def _state(standing: Standing) -> dict[str, object]:
    told: dict[str, object] = {"stateValue": standing.state, "stateReason": standing.reason}
    if standing.reason_data:
        told["stateReasonData"] = msgspec.Raw(standing.reason_data.encode())
    return told


def _configuration(alarm: Alarm) -> dict[str, object]:
    told: dict[str, object] = {
        "alarmName": alarm.name,
        "alarmArn": alarm.arn,
        "actionsEnabled": alarm.actions.enabled,
        "okactions": alarm.actions.ok,
        "alarmActions": alarm.actions.alarm,
        "insufficientDataActions": alarm.actions.insufficient_data,
        "stateValue": alarm.standing.state,
        "stateUpdatedTimestamp": timestamp(alarm.standing.updated_at),
        "alarmConfigurationUpdatedTimestamp": timestamp(alarm.configured_at),
    }
    if alarm.description is not None:
        told["alarmDescription"] = alarm.description
    if alarm.composite_rule is not None:
        return told | {"alarmRule": alarm.composite_rule.rule}
    return told | _metric_configuration(alarm)


def _metric_configuration(alarm: Alarm) -> dict[str, object]:
    rule = alarm.metric_rule
    if rule is None:
        return {}
    told: dict[str, object] = {
        "evaluationPeriods": rule.evaluation_periods,
        "threshold": rule.threshold,
        "comparisonOperator": rule.comparison,
        "treatMissingData": rule.treat_missing,
        "datapointsToAlarm": rule.datapoints_to_alarm,
        "evaluateLowSampleCountPercentile": rule.low_samples,
    }
    stat = rule.queries[0].stat
    if rule.is_single and stat is not None:
        pairs = [{"name": name, "value": value} for name, value in stat.metric.dimensions]
        told |= {
            "namespace": stat.metric.namespace,
            "metricName": stat.metric.name,
            "dimensions": pairs,
            "period": stat.period_s,
            "extendedStatistic" if rule.is_extended else "statistic": stat.stat,
            "unit": stat.unit,
        }
    else:
        told["metrics"] = [_query(each.id, each.expression) for each in rule.queries]
    return {name: value for name, value in told.items() if value is not None}


def _query(name: str, expression: str | None) -> dict[str, object]:
    return {"id": name} if expression is None else {"id": name, "expression": expression}
