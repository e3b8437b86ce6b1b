"""Events as EventBridge delivers them: made, and checked when a client brings one.  Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import Struct

from homeport.services.events.errors import ValidationException
from homeport.services.events.plan.documents import NotJson, read
from homeport.services.events.records.buses import Place

MANDATORY: Final = ("id", "account", "source", "time", "region", "detail-type")
"""What an event to be tested must have.  The model's documentation also says ``resources``, but
EventBridge does not insist."""


class Happening(Struct, frozen=True, kw_only=True):
    """What an event tells."""

    source: str
    detail_type: str
    at: float
    """Seconds since the epoch."""
    resources: Sequence[str] = ()
    detail: Mapping[str, Any]


def moment(at: float) -> str:
    """A time as events have it; ValueError when no date can say it."""
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, OSError) as error:
        raise ValueError(str(error)) from None


def envelope(happening: Happening, place: Place, *, event_id: str) -> dict[str, Any]:
    """The event as rules match it and targets get it."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": happening.detail_type,
        "source": happening.source,
        "account": place.account,
        "time": moment(happening.at),
        "region": place.region,
        "resources": list(happening.resources),
        "detail": happening.detail,
    }


def scheduled(rule_arn: str, *, reading: float) -> Happening:
    """What a rule's schedule tells its targets."""
    return Happening(
        source="aws.events",
        detail_type="Scheduled Event",
        at=reading,
        resources=(rule_arn,),
        detail={},
    )


def to_test(text: str) -> Mapping[str, Any]:
    """The event that TestEventPattern is given."""
    try:
        event = read(text)
    except NotJson:
        event = None
    if not isinstance(event, dict) or not all(name in event for name in MANDATORY):
        raise ValidationException("Parameter Event is not valid.")
    return event
