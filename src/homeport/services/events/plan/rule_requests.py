"""What PutRule asks for, checked.  Pure."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, get_args

from msgspec.structs import replace

from homeport.services.events.errors import InvalidEventPatternException, ValidationException
from homeport.services.events.plan import schedules
from homeport.services.events.plan.names import DEFAULT, rule_arn
from homeport.services.events.plan.patterns import BadPattern, Pattern, compile_pattern
from homeport.services.events.records.buses import Place
from homeport.services.events.records.rules import Rule, RuleState, Timing

RULES_MAX: Final = 300
"""Of one bus."""
PATTERN_CHARACTERS_MAX: Final = 2_048
STATES: Final = get_args(RuleState)


@lru_cache(maxsize=4_096)
def compiled(text: str) -> Pattern:
    """The pattern of this text; raises `BadPattern`."""
    return compile_pattern(text)


def pattern(text: str) -> Pattern:
    """The event pattern of a request; refused as EventBridge does."""
    try:
        return compiled(text)
    except BadPattern as error:
        raise InvalidEventPatternException(f"Event pattern is not valid. Reason: {error}") from None


def check(request: Mapping[str, Any], place: Place) -> None:
    """Refuse what no rule of this bus can be."""
    event_pattern = request.get("EventPattern") or None
    expression = request.get("ScheduleExpression")
    if event_pattern is None and not expression:
        raise ValidationException(
            "Parameter(s) EventPattern or ScheduleExpression must be specified."
        )
    state = request.get("State")
    if state is not None and state not in STATES:
        raise ValidationException(
            f"1 validation error detected: Value '{state}' at 'state' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(STATES)}]"
        )
    if expression is not None and place.bus != DEFAULT:
        raise ValidationException("ScheduleExpression is supported only on the default event bus.")
    if expression:
        schedules.checked(expression)
    if event_pattern is not None:
        if len(event_pattern.encode()) > PATTERN_CHARACTERS_MAX:
            raise ValidationException(
                f"Parameter EventPattern for rule {request['Name']} exceeds limit of "
                f"{PATTERN_CHARACTERS_MAX}."
            )
        pattern(event_pattern)


def wanted(
    request: Mapping[str, Any], place: Place, before: Rule | None, *, now: float, second: float
) -> Rule:
    """The rule as the request has it: what it leaves out is gone, but tags and creation stay."""
    rule = Rule(
        arn=rule_arn(place, request["Name"]),
        place=place,
        name=request["Name"],
        state=request.get("State", "ENABLED"),
        event_pattern=request.get("EventPattern") or None,
        schedule_expression=request.get("ScheduleExpression") or None,
        description=request.get("Description"),
        role_arn=request.get("RoleArn"),
        tags=() if before is None else before.tags,
        created_at=now if before is None else before.created_at,
    )
    return timed(rule, before, now=now, second=second)


def timed(rule: Rule, before: Rule | None, *, now: float, second: float) -> Rule:
    """The rule with its schedule under way if it is enabled; one that was already goes on."""
    return replace(rule, timing=_timing(rule, before, now=now, second=second))


def _timing(rule: Rule, before: Rule | None, *, now: float, second: float) -> Timing | None:
    text = rule.schedule_expression
    if text is None or not rule.is_enabled:
        return None
    if before is not None and before.timing is not None and before.schedule_expression == text:
        return before.timing
    return schedules.begun(text, now=now, second=second)
