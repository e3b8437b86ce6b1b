"""Which schedules may be asked for, in AWS's words, and what becomes of a request.  Pure."""

from typing import Final, Literal, cast

from msgspec.structs import replace

from homeport.kernel.scaled_calendar import Anchor
from homeport.kernel.schedule_expressions import (
    At,
    BadExpression,
    Expression,
    is_zone,
    next_after,
    parse,
)
from homeport.services.scheduler.errors import ValidationException
from homeport.services.scheduler.plan import timing
from homeport.services.scheduler.plan.enums import check_word
from homeport.services.scheduler.plan.targets import checked_target
from homeport.services.scheduler.records.requests import ScheduleRequest, WindowRequest
from homeport.services.scheduler.records.schedules import Completion, Schedule

START_GRACE_S: Final = 300.0
"""How long ago the start of a new schedule may be."""
DATE_MAX: Final = 253_402_214_400.0
"""A day before the last moment that a date can say."""


def asked_schedule(
    request: ScheduleRequest,
    *,
    account: str,
    region: str,
    now: float,
    before: Schedule | None = None,
) -> Schedule:
    """The schedule that a request describes, its timing still to be begun.

    Raises ValidationException.  `before` is what it takes the place of.
    """
    check_word(request.state, ("ENABLED", "DISABLED"), "state")
    check_word(request.action_after_completion, ("NONE", "DELETE"), "actionAfterCompletion")
    expression = _checked_expression(request, before, now)
    if not isinstance(expression, At):
        _check_dates(request, before, now)
    if request.kms_key_arn is not None:
        raise ValidationException(
            "Homeport has no KMS yet: a schedule cannot be encrypted with KmsKeyArn."
        )
    return Schedule(
        account=account,
        region=region,
        group=request.group_name,
        name=request.name,
        expression=request.schedule_expression,
        zone=request.schedule_expression_timezone,
        start_at=request.start_date,
        end_at=request.end_date,
        description=request.description,
        state=cast(Literal["ENABLED", "DISABLED"], request.state),
        window_minutes=_window_minutes(request.flexible_time_window),
        completion=cast(Completion, request.action_after_completion),
        target=checked_target(request.target, region),
        created_at=now if before is None else before.created_at,
        modified_at=now,
        anchor=Anchor(real_at=now, calendar_at=now),
    )


def timed(
    asked: Schedule, before: Schedule | None, *, edition: str, now: float, second: float
) -> Schedule:
    """The schedule as it goes on from `now`: begun anew, or on the beat that it had before."""
    if before is None or not timing.is_timed_alike(before, asked):
        return timing.begun(asked, edition=edition, now=now, second=second)
    kept = replace(asked, edition=before.edition, origin=before.origin, anchor=before.anchor)
    goes_on = before.state == asked.state == "ENABLED"
    if goes_on:
        kept = replace(kept, upcoming=before.upcoming, passed=before.passed)
    if before.end_at != asked.end_at:
        kept = timing.ended_anew(replace(kept, edition=edition), now=now, second=second)
    elif not goes_on:
        return timing.counted_on(kept, now=now, second=second)
    if before.window_minutes != asked.window_minutes:
        kept = timing.windowed_anew(kept, now=now, second=second)
    return kept


def _checked_expression(
    request: ScheduleRequest, before: Schedule | None, now: float
) -> Expression:
    text, zone = request.schedule_expression, request.schedule_expression_timezone
    try:
        expression = parse(text)
    except BadExpression as error:
        raise ValidationException(f"Invalid Schedule Expression {text}. {error}") from None
    if not is_zone(zone):
        raise ValidationException(f"Invalid ScheduleExpressionTimezone {zone}.")
    was = None if before is None else (before.expression, before.zone)
    is_new_time = isinstance(expression, At) and was != (text, zone)
    if is_new_time and next_after(expression, now, zone=zone) is None:
        raise ValidationException(
            f"Invalid Schedule Expression {text}. It names no time in the future."
        )
    return expression


def _check_dates(request: ScheduleRequest, before: Schedule | None, now: float) -> None:
    start, end = request.start_date, request.end_date
    for name, date in (("StartDate", start), ("EndDate", end)):
        if date is not None and not 0 <= date <= DATE_MAX:
            raise ValidationException(f"The {name} you specify is not valid.")
    if start is not None and end is not None and start >= end:
        raise ValidationException("The StartDate you specify must come before the EndDate.")
    # A schedule that began long ago can still be updated without another date.
    was = (None, None) if before is None else (before.start_at, before.end_at)
    if start is not None and start < now - START_GRACE_S and start != was[0]:
        raise ValidationException("The StartDate you specify cannot be earlier than 5 minutes ago.")
    if end is not None and end <= now and end != was[1]:
        raise ValidationException("The EndDate you specify must be in the future.")


def _window_minutes(window: WindowRequest) -> int | None:
    check_word(window.mode, ("OFF", "FLEXIBLE"), "flexibleTimeWindow.mode")
    minutes = window.maximum_window_in_minutes
    if window.mode == "OFF" and minutes is not None:
        raise ValidationException(
            "MaximumWindowInMinutes must not be provided when FlexibleTimeWindowMode is set to OFF."
        )
    if window.mode == "FLEXIBLE" and minutes is None:
        raise ValidationException(
            "MaximumWindowInMinutes must be provided when FlexibleTimeWindowMode is set to "
            "FLEXIBLE."
        )
    return minutes
