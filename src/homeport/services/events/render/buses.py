"""Event buses as the API shows them."""

from typing import Any

from homeport.services.events.records.buses import Bus
from homeport.shapes import events as shapes


def described(bus: Bus) -> shapes.DescribeEventBusResponse:
    """A bus of DescribeEventBus."""
    shown: shapes.DescribeEventBusResponse = {"Name": bus.name, "Arn": bus.arn}
    shown.update(settings(bus))  # type: ignore[typeddict-item]
    shown.update(_times(bus))  # type: ignore[typeddict-item]
    if bus.policy:
        shown["Policy"] = bus.policy
    return shown


def listed(bus: Bus) -> shapes.EventBus:
    """A bus of ListEventBuses."""
    shown: shapes.EventBus = {"Name": bus.name, "Arn": bus.arn}
    shown.update(_times(bus))  # type: ignore[typeddict-item]
    if bus.description is not None:
        shown["Description"] = bus.description
    if bus.policy:
        shown["Policy"] = bus.policy
    return shown


def settings(bus: Bus) -> dict[str, Any]:
    """What was set on the bus when it was created or updated."""
    shown: dict[str, Any] = {}
    if bus.description is not None:
        shown["Description"] = bus.description
    if bus.kms_key is not None:
        shown["KmsKeyIdentifier"] = bus.kms_key
    if bus.dead_letter_arn is not None:
        shown["DeadLetterConfig"] = {"Arn": bus.dead_letter_arn}
    log = {"Level": bus.log_level, "IncludeDetail": bus.log_detail}
    if any(log.values()):
        shown["LogConfig"] = {name: value for name, value in log.items() if value is not None}
    return shown


def _times(bus: Bus) -> dict[str, float]:
    times = {"CreationTime": bus.created_at, "LastModifiedTime": bus.modified_at}
    return {name: at for name, at in times.items() if at is not None}
