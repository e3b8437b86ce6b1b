"""When the rules with a schedule expression fire.  Pure.

A rule's calendar is in UTC.  It is anchored where the rule was made, enabled or last fired, and
runs as fast as `--time-scale` says from there on.
"""

from typing import Final

from msgspec import Struct

from homeport.kernel.job_rules import OnMissed
from homeport.kernel.scaled_calendar import Anchor, real_time
from homeport.kernel.schedule_expressions import BadExpression, Expression, next_after, parse
from homeport.services.events.errors import ValidationException
from homeport.services.events.records.rules import Due, Timing

LATE_MAX_S: Final = 60.0
"""Seconds of ECS time: what is later was missed.  EventBridge does not catch up either."""
LATE_MIN_S: Final = 5.0
"""Real seconds: so late is nothing missed, however fast the calendar runs."""
STEPS_MAX: Final = 1_000
"""Firings that one look goes through; the next goes on."""


class Look(Struct, frozen=True, kw_only=True):
    """What is to be done with a rule whose time has come."""

    fire: tuple[Due, ...] = ()
    """In their order."""
    missed: int = 0
    last_missed: Due | None = None
    """The last of those that were missed."""
    timing: Timing


class Lateness(Struct, frozen=True, kw_only=True):
    """By what a firing counts as missed."""

    second: float
    """The real length of a second of ECS time."""
    on_missed: OnMissed = ""
    awake_since: float = 0.0
    """Since when Homeport has been there, in real seconds since the epoch."""


def checked(text: str) -> Expression:
    """The schedule expression of a rule; refused as EventBridge does."""
    try:
        if text.startswith("at("):
            raise BadExpression(text)
        return parse(text, strict_units=True)
    except BadExpression:
        raise ValidationException("Parameter ScheduleExpression is not valid.") from None


def begun(text: str, *, now: float, second: float) -> Timing:
    """Where a schedule stands that begins now."""
    anchor = Anchor(now, now)
    return Timing(
        anchor=anchor,
        origin=now,
        due=_after(parse(text), anchor, now, now, second),
    )


def looked(text: str, timing: Timing, *, now: float, lateness: Lateness) -> Look:
    """What is due now, what was missed, and when to look again.

    With the tag ``homeport:on-missed`` saying ``run``, one firing makes up for all that were
    missed, unless another is due anyway.
    """
    expression = parse(text)
    late_s = max(LATE_MAX_S * lateness.second, LATE_MIN_S)
    fire: list[Due] = []
    missed = 0
    last_missed: tuple[Due, ...] = ()
    anchor, due = timing.anchor, timing.due
    for _ in range(STEPS_MAX):
        if due is None or due.at > now:
            break
        asleep = lateness.on_missed == "skip" and due.at < lateness.awake_since
        if asleep or now - due.at > late_s:
            missed, last_missed = missed + 1, (*last_missed[-1:], due)
        else:
            fire.append(due)
        anchor = Anchor(due.at, due.reading)
        due = _after(expression, anchor, timing.origin, due.reading, lateness.second)
    caught_up = due is None or due.at > now
    if lateness.on_missed == "run" and last_missed and caught_up and not fire:
        fire, missed, last_missed = [last_missed[-1]], missed - 1, last_missed[:-1]
    return Look(
        fire=tuple(fire),
        missed=missed,
        last_missed=last_missed[-1] if last_missed else None,
        timing=Timing(anchor=anchor, origin=timing.origin, due=due),
    )


def _after(
    expression: Expression, anchor: Anchor, origin: float, reading: float, second: float
) -> Due | None:
    found = next_after(expression, reading, origin=origin)
    if found is None:
        return None
    return Due(at=real_time(anchor, found, second=second), reading=found)
