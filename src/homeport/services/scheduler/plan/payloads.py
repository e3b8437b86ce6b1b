"""What a firing hands to its target.  Pure.

Of the words that stand for something in a schedule's input, those of the schedule are replaced
here; ``<aws.scheduler.execution-id>`` and ``<aws.scheduler.attempt-number>`` at the attempt.
"""

from datetime import UTC, datetime
from typing import Final

from homeport.services.scheduler.records.schedules import Schedule

SCHEDULE_ARN: Final = "<aws.scheduler.schedule-arn>"
SCHEDULED_TIME: Final = "<aws.scheduler.scheduled-time>"


def payload(schedule: Schedule, calendar_at: float) -> str:
    """The input of a firing at this time; empty when the schedule has none."""
    text = schedule.target.input or ""
    if "<aws.scheduler." not in text:
        return text
    named = datetime.fromtimestamp(int(calendar_at), tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return text.replace(SCHEDULE_ARN, schedule.arn).replace(SCHEDULED_TIME, named)
