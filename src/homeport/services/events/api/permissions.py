"""The policy of an event bus: statements added and removed."""

from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.events.api.lookups import the_bus
from homeport.services.events.errors import ValidationException
from homeport.services.events.plan import permissions
from homeport.services.events.queries import buses
from homeport.services.events.records.buses import Bus
from homeport.shapes import events as shapes
from homeport.store import Tx

KEPT: Final = "The policy is kept and shown; no other account is let in by it."


@operation("PutPermission", partial=KEPT)
def put_permission(tx: Tx, call: Call, request: shapes.PutPermissionRequest) -> None:
    """Add a statement to the bus's policy, or replace the policy."""
    bus = the_bus(tx, call, request.get("EventBusName"))
    if "Policy" in request:
        policy = permissions.replaced(request["Policy"])
    else:
        policy = permissions.put(bus.policy, request, bus_arn=bus.arn)
    _save(tx, call, bus, policy)


@operation("RemovePermission", partial=KEPT)
def remove_permission(tx: Tx, call: Call, request: shapes.RemovePermissionRequest) -> None:
    """Remove a statement of the bus's policy, or all of it."""
    bus = the_bus(tx, call, request.get("EventBusName"))
    if "StatementId" in request:
        policy = permissions.removed(bus.policy, request["StatementId"])
    elif request.get("RemoveAllPermissions"):
        policy = ""
    else:
        raise ValidationException("Parameter StatementId is required.")
    _save(tx, call, bus, "" if request.get("RemoveAllPermissions") else policy)


def _save(tx: Tx, call: Call, bus: Bus, policy: str) -> None:
    buses.save_bus(tx, replace(bus, policy=policy, modified_at=call.now))
