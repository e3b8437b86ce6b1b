"""Schedules as the API shows them."""

from typing import Any

import msgspec

from homeport.services.scheduler.records.schedules import Schedule, Target
from homeport.shapes import scheduler as shapes


def schedule(record: Schedule) -> shapes.GetScheduleOutput:
    """All of a schedule."""
    shown: shapes.GetScheduleOutput = {
        "ActionAfterCompletion": record.completion,
        "Arn": record.arn,
        "CreationDate": record.created_at,
        "FlexibleTimeWindow": _window(record),
        "GroupName": record.group,
        "LastModificationDate": record.modified_at,
        "Name": record.name,
        "ScheduleExpression": record.expression,
        "ScheduleExpressionTimezone": record.zone,
        "State": record.state,
        "Target": _target(record.target),
    }
    if record.description is not None:
        shown["Description"] = record.description
    if record.start_at is not None:
        shown["StartDate"] = record.start_at
    if record.end_at is not None:
        shown["EndDate"] = record.end_at
    return shown


def summary(record: Schedule) -> shapes.ScheduleSummary:
    """What a list shows of a schedule."""
    return {
        "Arn": record.arn,
        "CreationDate": record.created_at,
        "GroupName": record.group,
        "LastModificationDate": record.modified_at,
        "Name": record.name,
        "State": record.state,
        "Target": {"Arn": record.target.arn},
    }


def _window(record: Schedule) -> shapes.FlexibleTimeWindow:
    if record.window_minutes is None:
        return {"Mode": "OFF"}
    return {"MaximumWindowInMinutes": record.window_minutes, "Mode": "FLEXIBLE"}


def _target(record: Target) -> shapes.Target:
    blocks: dict[str, Any] = msgspec.json.decode(record.parameters)
    shown: dict[str, Any] = {
        "Arn": record.arn,
        "RoleArn": record.role_arn,
        "RetryPolicy": {
            "MaximumEventAgeInSeconds": record.max_age_s,
            "MaximumRetryAttempts": record.max_retries,
        },
        **blocks,
    }
    if record.input is not None:
        shown["Input"] = record.input
    if record.dead_letter_arn is not None:
        shown["DeadLetterConfig"] = {"Arn": record.dead_letter_arn}
    return msgspec.convert(shown, shapes.Target)
