"""What EventBridge is told of alarms: changes of state, in CloudWatch's words."""

from datetime import UTC, datetime
from typing import Any, Final

from homeport.contracts.bus import BusEvent
from homeport.kernel.ids import named_uuid
from homeport.services.cloudwatch.records.alarms import (
    Alarm,
    CompositeRule,
    DataQuery,
    MetricRule,
    MetricStat,
    Standing,
)

DETAIL_TYPE: Final = "CloudWatch Alarm State Change"


def state_change(before: Alarm, after: Alarm, *, at: float) -> BusEvent | None:
    """The event of a change to another state; None where the state is the same."""
    if before.standing.state == after.standing.state:
        return None
    return BusEvent(
        account=after.account,
        region=after.region,
        source="aws.cloudwatch",
        detail_type=DETAIL_TYPE,
        resources=(after.arn,),
        detail={
            "alarmName": after.name,
            "state": _state(after.standing),
            "previousState": _state(before.standing),
            "configuration": _configuration(after),
        },
        at=at,
    )


def _state(standing: Standing) -> dict[str, Any]:
    shown = {"value": standing.state, "reason": standing.reason}
    if standing.reason_data:
        shown["reasonData"] = standing.reason_data
    return shown | {"timestamp": _moment(standing.updated_at)}


def _moment(seconds: float) -> str:
    """``2026-11-23T10:00:00.000+0000``."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def _configuration(alarm: Alarm) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if alarm.description is not None:
        shown["description"] = alarm.description
    if alarm.metric_rule is not None:
        return shown | {"metrics": _metrics(alarm, alarm.metric_rule)}
    if alarm.composite_rule is not None:
        return shown | _composite(alarm.composite_rule)
    return shown


def _composite(rule: CompositeRule) -> dict[str, Any]:
    shown = {
        "alarmRule": rule.rule,
        "actionsSuppressor": rule.suppressor,
        "actionsSuppressorWaitPeriod": rule.suppressor_wait_s,
        "actionsSuppressorExtensionPeriod": rule.suppressor_extension_s,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _metrics(alarm: Alarm, rule: MetricRule) -> list[dict[str, Any]]:
    shown = [_query(each) for each in rule.queries]
    if rule.is_single:
        # The client gave it no name: the alarm's one query has always the same.
        shown[0] |= {"id": named_uuid(alarm.arn), "returnData": True}
    return shown


def _query(query: DataQuery) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": query.id,
        "expression": query.expression,
        "label": query.label,
        "metricStat": None if query.stat is None else _stat(query.stat),
        "period": query.period_s,
        "accountId": query.account_id,
        "returnData": query.return_data is not False,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _stat(stat: MetricStat) -> dict[str, Any]:
    metric = stat.metric
    shown: dict[str, Any] = {
        "metric": {
            "namespace": metric.namespace,
            "name": metric.name,
            "dimensions": dict(metric.dimensions),
        },
        "period": stat.period_s,
        "stat": stat.stat,
    }
    return shown if stat.unit is None else shown | {"unit": stat.unit}
