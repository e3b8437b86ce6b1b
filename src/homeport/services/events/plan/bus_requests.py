"""What may be set on an event bus.  Pure."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from homeport.services.events.errors import ValidationException
from homeport.services.events.plan.target_requests import check_dead_letter_queue
from homeport.services.events.records.buses import Bus

LEVELS: Final = ("OFF", "ERROR", "INFO", "TRACE")
DETAILS: Final = ("NONE", "FULL")


def settings(bus: Bus, request: Mapping[str, Any]) -> Bus:
    """The bus with what a request sets: what it leaves out is gone, but for the description."""
    queue = (request.get("DeadLetterConfig") or {}).get("Arn")
    if queue is not None:
        check_dead_letter_queue(queue, region=bus.place.region)
    log = request.get("LogConfig") or {}
    _check_enum(log.get("Level"), "logConfig.level", LEVELS)
    _check_enum(log.get("IncludeDetail"), "logConfig.includeDetail", DETAILS)
    return replace(
        bus,
        description=request.get("Description", bus.description) or None,
        kms_key=request.get("KmsKeyIdentifier") or None,
        dead_letter_arn=queue,
        log_level=log.get("Level"),
        log_detail=log.get("IncludeDetail"),
    )


def _check_enum(value: str | None, name: str, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise ValidationException(
            f"1 validation error detected: Value '{value}' at '{name}' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(allowed)}]"
        )
