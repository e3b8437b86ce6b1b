"""Alarms and their history as the API shows them."""

from homeport.services.cloudwatch.records.alarms import Alarm, HistoryItem, MetricRule
from homeport.services.cloudwatch.render import metrics
from homeport.shapes import cloudwatch as shapes


def metric_alarm(alarm: Alarm) -> shapes.MetricAlarm:
    """An alarm of DescribeAlarms that watches metrics."""
    standing = alarm.standing
    wire: shapes.MetricAlarm = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured_at,
        "ActionsEnabled": alarm.actions.enabled,
        "OKActions": list(alarm.actions.ok),
        "AlarmActions": list(alarm.actions.alarm),
        "InsufficientDataActions": list(alarm.actions.insufficient_data),
        "StateValue": standing.state,
        "StateReason": standing.reason,
        "StateUpdatedTimestamp": standing.updated_at,
        "StateTransitionedTimestamp": standing.transitioned_at,
        "Dimensions": [],
    }
    if standing.reason_data:
        wire["StateReasonData"] = standing.reason_data
    if alarm.description is not None:
        wire["AlarmDescription"] = alarm.description
    if alarm.metric_rule is not None:
        _add_rule(wire, alarm.metric_rule)
    return wire


def composite_alarm(alarm: Alarm) -> shapes.CompositeAlarm:
    """An alarm of DescribeAlarms that watches other alarms."""
    standing, rule = alarm.standing, alarm.composite_rule
    wire: shapes.CompositeAlarm = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configured_at,
        "ActionsEnabled": alarm.actions.enabled,
        "OKActions": list(alarm.actions.ok),
        "AlarmActions": list(alarm.actions.alarm),
        "InsufficientDataActions": list(alarm.actions.insufficient_data),
        "StateValue": standing.state,
        "StateReason": standing.reason,
        "StateUpdatedTimestamp": standing.updated_at,
        "StateTransitionedTimestamp": standing.transitioned_at,
    }
    if standing.reason_data:
        wire["StateReasonData"] = standing.reason_data
    if alarm.description is not None:
        wire["AlarmDescription"] = alarm.description
    if rule is not None:
        wire["AlarmRule"] = rule.rule
        if rule.suppressor is not None:
            wire["ActionsSuppressor"] = rule.suppressor
        if rule.suppressor_wait_s is not None:
            wire["ActionsSuppressorWaitPeriod"] = rule.suppressor_wait_s
        if rule.suppressor_extension_s is not None:
            wire["ActionsSuppressorExtensionPeriod"] = rule.suppressor_extension_s
    return wire


def history_item(item: HistoryItem) -> shapes.AlarmHistoryItem:
    """A line of DescribeAlarmHistory."""
    return {
        "AlarmName": item.alarm_name,
        "AlarmType": item.alarm_type,
        "Timestamp": item.at,
        "HistoryItemType": item.item_type,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
    }


def _add_rule(wire: shapes.MetricAlarm, rule: MetricRule) -> None:
    wire["EvaluationPeriods"] = rule.evaluation_periods
    wire["Threshold"] = rule.threshold
    wire["ComparisonOperator"] = rule.comparison
    if rule.datapoints_to_alarm is not None:
        wire["DatapointsToAlarm"] = rule.datapoints_to_alarm
    if rule.treat_missing is not None:
        wire["TreatMissingData"] = rule.treat_missing
    if rule.low_samples is not None:
        wire["EvaluateLowSampleCountPercentile"] = rule.low_samples
    stat = rule.queries[0].stat
    if not rule.is_single or stat is None:
        wire["Metrics"] = metrics.queries(rule.queries)
        return
    wire["MetricName"] = stat.metric.name
    wire["Namespace"] = stat.metric.namespace
    wire["Dimensions"] = metrics.dimensions(stat.metric.dimensions)
    wire["Period"] = stat.period_s
    wire["ExtendedStatistic" if rule.is_extended else "Statistic"] = stat.stat
    if stat.unit is not None:
        wire["Unit"] = stat.unit
