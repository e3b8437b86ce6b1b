"""DescribeAlarms, DescribeAlarmsForMetric and DescribeAlarmHistory."""

from collections.abc import Iterable
from itertools import islice
from typing import Final

import msgspec

from homeport.kernel import paging
from homeport.runtime import Call, operation
from homeport.services.cloudwatch.errors import InvalidNextToken, ValidationError
from homeport.services.cloudwatch.plan import metric_names
from homeport.services.cloudwatch.plan.alarm_requests import STATES, check_enum
from homeport.services.cloudwatch.queries import alarms
from homeport.services.cloudwatch.records.alarms import (
    Alarm,
    HistoryScope,
    arn_of,
    watch_of_alarm,
    watch_of_metric,
)
from homeport.services.cloudwatch.records.metrics import Metric
from homeport.services.cloudwatch.records.requests import DimensionRequest
from homeport.services.cloudwatch.render import alarms as render
from homeport.shapes import cloudwatch as shapes
from homeport.store import ReadTx

PAGE: Final = 50
HISTORY_PAGE: Final = 100
TYPES: Final = ("CompositeAlarm", "MetricAlarm")
ITEM_TYPES: Final = (
    "ConfigurationUpdate",
    "StateUpdate",
    "Action",
    "AlarmContributorStateUpdate",
    "AlarmContributorAction",
)
ORDERS: Final = ("TimestampDescending", "TimestampAscending")
ALONE: Final = frozenset({"MaxRecords", "NextToken"})


@operation("DescribeAlarms")
def describe_alarms(
    tx: ReadTx, call: Call, request: shapes.DescribeAlarmsRequest
) -> shapes.DescribeAlarmsResponse:
    """A page of the alarms that fit, by name."""
    for name in ("ChildrenOfAlarmName", "ParentsOfAlarmName"):
        if name in request and set(request) - ALONE - {name}:
            raise ValidationError(f"{name} cannot be combined with other filters.")
    found = _relatives(tx, call, request)
    if found is None:
        found = _filtered(tx, call, request)
    limit = request.get("MaxRecords", PAGE)
    after = _key(request.get("NextToken"))
    rest = (each for each in found if after is None or each.name > after)
    shown, token = paging.page(list(islice(rest, limit + 1)), lambda each: each.name, limit)
    response: shapes.DescribeAlarmsResponse = {
        "MetricAlarms": [render.metric_alarm(each) for each in shown if each.metric_rule],
        "CompositeAlarms": [render.composite_alarm(each) for each in shown if each.composite_rule],
    }
    if token is not None:
        response["NextToken"] = token
    return response


@operation("DescribeAlarmsForMetric")
def describe_alarms_for_metric(
    tx: ReadTx, call: Call, request: shapes.DescribeAlarmsForMetricRequest
) -> shapes.DescribeAlarmsForMetricResponse:
    """The alarms that watch one statistic of the metric, without expressions."""
    asked = msgspec.convert(request.get("Dimensions", []), tuple[DimensionRequest, ...])
    metric = Metric(
        namespace=request["Namespace"],
        name=request["MetricName"],
        dimensions=metric_names.dimensions(asked, "Dimensions"),
    )
    watching = alarms.watching_alarms(tx, call.account, call.region, watch_of_metric(metric))
    return {
        "MetricAlarms": [
            render.metric_alarm(each) for each in watching if _watches_so(each, request)
        ]
    }


@operation("DescribeAlarmHistory")
def describe_alarm_history(
    tx: ReadTx, call: Call, request: shapes.DescribeAlarmHistoryRequest
) -> shapes.DescribeAlarmHistoryResponse:
    """A page of what happened to alarms, newest first unless it is asked otherwise."""
    check_enum(request.get("HistoryItemType"), "historyItemType", ITEM_TYPES)
    check_enum(request.get("ScanBy"), "scanBy", ORDERS)
    types = _types(request.get("AlarmTypes", []))
    scope = HistoryScope(
        account=call.account,
        region=call.region,
        types=types,
        alarm_name=request.get("AlarmName"),
        item_type=request.get("HistoryItemType"),
        start=request.get("StartDate"),
        end=request.get("EndDate"),
        newest_first=request.get("ScanBy") != "TimestampAscending",
    )
    limit = request.get("MaxRecords", HISTORY_PAGE)
    after = _position(request.get("NextToken"))
    found = alarms.history_after(tx, scope, after=after, count=limit + 1)
    shown, token = paging.page(found, lambda each: f"{each[0].at!r}:{each[1]}", limit)
    response: shapes.DescribeAlarmHistoryResponse = {
        "AlarmHistoryItems": [render.history_item(item) for item, _ in shown]
    }
    if token is not None:
        response["NextToken"] = token
    return response


def _filtered(tx: ReadTx, call: Call, request: shapes.DescribeAlarmsRequest) -> Iterable[Alarm]:
    names, prefix = request.get("AlarmNames", []), request.get("AlarmNamePrefix", "")
    if names and prefix:
        raise ValidationError("AlarmNames and AlarmNamePrefix must not be specified together.")
    check_enum(request.get("StateValue"), "stateValue", STATES)
    types, state = _types(request.get("AlarmTypes", [])), request.get("StateValue")
    action = request.get("ActionPrefix", "")
    found: Iterable[Alarm]
    if names:
        found = alarms.named_alarms(tx, call.account, call.region, names)
    else:
        found = alarms.alarms_after(
            tx, call.account, call.region, prefix=prefix, types=types, state=state
        )
    return (
        each
        for each in found
        if each.type in types
        and state in {None, each.standing.state}
        and (not action or any(one.startswith(action) for one in _actions(each)))
    )


def _relatives(
    tx: ReadTx, call: Call, request: shapes.DescribeAlarmsRequest
) -> Iterable[Alarm] | None:
    if "ParentsOfAlarmName" in request:
        watched = watch_of_alarm(request["ParentsOfAlarmName"])
        return alarms.watching_alarms(tx, call.account, call.region, watched)
    if "ChildrenOfAlarmName" in request:
        arn = arn_of(call.account, call.region, request["ChildrenOfAlarmName"])
        parent = alarms.find_alarm(tx, arn)
        rule = None if parent is None else parent.composite_rule
        if rule is None:
            return ()
        return alarms.named_alarms(tx, call.account, call.region, rule.children)
    return None


def _types(asked: list[str]) -> tuple[str, ...]:
    for each in asked:
        check_enum(each, "alarmTypes", TYPES)
    return tuple(asked) or ("MetricAlarm",)


def _actions(alarm: Alarm) -> tuple[str, ...]:
    return (*alarm.actions.ok, *alarm.actions.alarm, *alarm.actions.insufficient_data)


def _watches_so(alarm: Alarm, request: shapes.DescribeAlarmsForMetricRequest) -> bool:
    rule = alarm.metric_rule
    stat = rule.queries[0].stat if rule is not None else None
    if rule is None or stat is None or not rule.is_single:
        return False
    named = request.get("Statistic", request.get("ExtendedStatistic"))
    return (
        named in {None, stat.stat}
        and request.get("Period") in {None, stat.period_s}
        and request.get("Unit") in {None, stat.unit}
    )


def _key(token: str | None) -> str | None:
    try:
        return None if token is None else paging.key_of(token)
    except paging.BadToken as error:
        raise InvalidNextToken from error


def _position(token: str | None) -> tuple[float, int] | None:
    key = _key(token)
    if key is None:
        return None
    at, _, row = key.partition(":")
    try:
        return float(at), int(row)
    except ValueError as error:
        raise InvalidNextToken from error
