"""Alarms: put, delete, set, switch their actions.  Their state is evaluated elsewhere."""

import json

import msgspec
from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.cloudwatch.errors import (
    InvalidFormatFault,
    LimitExceededFault,
    ResourceNotFound,
    ValidationError,
)
from homeport.services.cloudwatch.plan import alarm_changes, alarm_requests, composite_rules
from homeport.services.cloudwatch.plan.alarm_windows import hold_s
from homeport.services.cloudwatch.queries import alarms
from homeport.services.cloudwatch.records.alarms import (
    Alarm,
    AlarmState,
    CompositeRule,
    MetricRule,
    arn_of,
    watch_of_alarm,
)
from homeport.services.cloudwatch.records.requests import (
    ActionsRequest,
    CompositeAlarmRequest,
    MetricAlarmRequest,
)
from homeport.services.cloudwatch.render.bus_events import state_change
from homeport.shapes import cloudwatch as shapes
from homeport.store import ReadTx, Tx

NOT_DELIVERED = (
    "Actions are kept and shown, but not delivered: the history says so for each that was due."
)


@operation(
    "PutMetricAlarm",
    partial=f"{NOT_DELIVERED} No anomaly detection, PromQL, Metrics Insights or other accounts.",
)
def put_metric_alarm(
    tx: Tx, call: Call, request: shapes.PutMetricAlarmRequest
) -> shapes.PutMetricAlarmResponse:
    """Create an alarm, or configure it anew; its state stays then."""
    asked = msgspec.convert(request, MetricAlarmRequest)
    rule = alarm_requests.metric_rule(asked, call.account)
    _put(tx, call, asked, metric_rule=rule)
    return {}


@operation("PutCompositeAlarm", partial=f"{NOT_DELIVERED} So nothing is suppressed.")
def put_composite_alarm(
    tx: Tx, call: Call, request: shapes.PutCompositeAlarmRequest
) -> shapes.PutCompositeAlarmResponse:
    """Create a composite alarm, or configure it anew; its state stays then."""
    asked = msgspec.convert(request, CompositeAlarmRequest)
    children = composite_rules.children(composite_rules.parse(asked.alarm_rule))
    suppressor = asked.actions_suppressor
    _check_children(tx, call, asked.alarm_name, children)
    if suppressor is not None:
        waits = (asked.actions_suppressor_wait_period, asked.actions_suppressor_extension_period)
        if None in waits:
            raise ValidationError(
                "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required "
                "when ActionsSuppressor is specified."
            )
        _check_exist(tx, call, [composite_rules.name_of(suppressor)])
    rule = CompositeRule(
        rule=asked.alarm_rule,
        children=children,
        suppressor=suppressor,
        suppressor_wait_s=asked.actions_suppressor_wait_period,
        suppressor_extension_s=asked.actions_suppressor_extension_period,
    )
    _put(tx, call, asked, composite_rule=rule)
    return {}


@operation("DeleteAlarms")
def delete_alarms(
    tx: Tx, call: Call, request: shapes.DeleteAlarmsRequest
) -> shapes.DeleteAlarmsResponse:
    """Delete alarms; names that there are not are passed over."""
    names = list(dict.fromkeys(request["AlarmNames"]))
    found = alarms.named_alarms(tx, call.account, call.region, names)
    if sum(1 for each in found if each.type == "CompositeAlarm") > 1:
        raise ValidationError("No more than one composite alarm can be deleted in a request.")
    for alarm in found:
        parents = alarms.watching_alarms(tx, call.account, call.region, watch_of_alarm(alarm.name))
        others = [each.name for each in parents if each.name not in names]
        if others:
            raise ValidationError(
                f"Unable to delete alarm {alarm.name}: it is in the rule of the composite alarm "
                f"{others[0]}."
            )
    for alarm in found:
        alarms.delete_alarm(tx, alarm)
    alarms.add_history(tx, [alarm_changes.deleted_item(each, call.now) for each in found])
    return {}


@operation("SetAlarmState")
def set_alarm_state(
    tx: Tx, call: Call, request: shapes.SetAlarmStateRequest
) -> shapes.SetAlarmStateResponse:
    """Set the state until the next evaluation: a minute of ECS time later at the earliest."""
    alarm_requests.check_enum(request["StateValue"], "stateValue", alarm_requests.STATES)
    data = request.get("StateReasonData", "")
    if data:
        _check_json(data)
    before = _find(tx, call, request["AlarmName"])
    state = msgspec.convert(request["StateValue"], AlarmState)
    after = alarm_changes.moved(before, state, request["StateReason"], data, now=call.now)
    after = replace(after, held_until=call.now + hold_s(before.metric_rule, call.clock.span(1.0)))
    alarms.save_alarm(tx, before, after)
    alarms.add_history(tx, alarm_changes.state_items(before, after, call.now))
    event = state_change(before, after, at=call.now)
    if event is not None:
        call.peers.bus.put(tx, event, ids=call.ids)
    return {}


@operation("EnableAlarmActions")
def enable_alarm_actions(
    tx: Tx, call: Call, request: shapes.EnableAlarmActionsRequest
) -> shapes.EnableAlarmActionsResponse:
    """Switch the actions of alarms on."""
    _switch(tx, call, request["AlarmNames"], enabled=True)
    return {}


@operation("DisableAlarmActions")
def disable_alarm_actions(
    tx: Tx, call: Call, request: shapes.DisableAlarmActionsRequest
) -> shapes.DisableAlarmActionsResponse:
    """Switch the actions of alarms off."""
    _switch(tx, call, request["AlarmNames"], enabled=False)
    return {}


def _put(
    tx: Tx,
    call: Call,
    asked: ActionsRequest,
    *,
    metric_rule: MetricRule | None = None,
    composite_rule: CompositeRule | None = None,
) -> None:
    alarm_requests.check_name(asked.alarm_name)
    arn = arn_of(call.account, call.region, asked.alarm_name)
    before = alarms.find_alarm(tx, arn)
    after = Alarm(
        arn=arn,
        account=call.account,
        region=call.region,
        name=asked.alarm_name,
        description=asked.alarm_description,
        actions=alarm_requests.actions(asked),
        metric_rule=metric_rule,
        composite_rule=composite_rule,
        standing=alarm_changes.initial(call.now) if before is None else before.standing,
        configured_at=call.now,
        tags=alarm_requests.tags({}, asked.tags) if before is None else before.tags,
    )
    if before is None:
        if alarms.count_alarms(tx, call.account, call.region) >= alarm_requests.ALARMS_MAX:
            raise LimitExceededFault
        alarms.insert_alarm(tx, after)
        alarms.add_history(tx, [alarm_changes.created_item(after, call.now)])
        return
    if before.type != after.type:
        raise ValidationError(f"An alarm of another type is named {asked.alarm_name} already.")
    alarms.save_alarm(tx, before, after)
    alarms.add_history(tx, [alarm_changes.updated_item(after, call.now)])


def _switch(tx: Tx, call: Call, names: list[str], *, enabled: bool) -> None:
    for before in alarms.named_alarms(tx, call.account, call.region, names):
        if before.actions.enabled != enabled:
            after = replace(before, actions=replace(before.actions, enabled=enabled))
            alarms.save_alarm(tx, before, after)
            alarms.add_history(tx, [alarm_changes.actions_item(after, call.now)])


def _find(tx: ReadTx, call: Call, name: str) -> Alarm:
    found = alarms.find_alarm(tx, arn_of(call.account, call.region, name))
    if found is None:
        raise ResourceNotFound
    return found


def _check_children(tx: ReadTx, call: Call, name: str, children: tuple[str, ...]) -> None:
    if name in children:
        raise ValidationError("A composite alarm must not be in its own AlarmRule.")
    _check_exist(tx, call, list(children))


def _check_exist(tx: ReadTx, call: Call, names: list[str]) -> None:
    found = alarms.states_of(tx, call.account, call.region, names)
    missing = [each for each in names if each not in found]
    if missing:
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm "
            "rule do not exist"
        )


def _check_json(text: str) -> None:
    try:
        json.loads(text)
    except ValueError as error:
        raise InvalidFormatFault("StateReasonData is not valid JSON") from error
