"""Event buses: created, updated, deleted, described, listed."""

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace

from homeport.runtime import Call, operation
from homeport.services.events.api import listing
from homeport.services.events.api.lookups import default_bus, the_bus
from homeport.services.events.errors import (
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
)
from homeport.services.events.plan import names, tags
from homeport.services.events.plan.bus_requests import settings
from homeport.services.events.plan.names import DEFAULT
from homeport.services.events.queries import buses, rules
from homeport.services.events.records.buses import Bus, Place
from homeport.services.events.render import buses as render
from homeport.shapes import events as shapes
from homeport.store import ReadTx, Tx

BUSES_MAX: Final = 100
"""Of one account and region."""
SETTINGS_SHOWN: Final = (
    "There is no KMS and no log delivery: the key, the dead-letter queue and the logging of a bus "
    "are kept and shown, and nothing is done with them."
)


@operation("CreateEventBus", partial=SETTINGS_SHOWN)
def create_event_bus(
    tx: Tx, call: Call, request: shapes.CreateEventBusRequest
) -> shapes.CreateEventBusResponse:
    """Add a custom bus."""
    if "EventSourceName" in request:
        raise ResourceNotFoundException(
            f"Event source {request['EventSourceName']} does not exist."
        )
    place = Place(call.account, call.region, names.custom_name(request["Name"]))
    if place.bus == DEFAULT or buses.find_bus(tx, place) is not None:
        raise ResourceAlreadyExistsException(f"Event bus {place.bus} already exists.")
    if buses.count_of(tx, call.account, call.region) >= BUSES_MAX:
        raise LimitExceededException
    bus = Bus(
        place=place,
        arn=names.bus_arn(place),
        tags=tags.added((), request.get("Tags", []), to_rule=False),
        created_at=call.now,
        modified_at=call.now,
    )
    bus = settings(bus, request)
    buses.save_bus(tx, bus)
    response: shapes.CreateEventBusResponse = {"EventBusArn": bus.arn}
    response.update(render.settings(bus))  # type: ignore[typeddict-item]
    return response


@operation("UpdateEventBus", partial=SETTINGS_SHOWN)
def update_event_bus(
    tx: Tx, call: Call, request: shapes.UpdateEventBusRequest
) -> shapes.UpdateEventBusResponse:
    """Replace what is set on a bus; a description that is not mentioned stays."""
    before = the_bus(tx, call, request.get("Name"))
    after = replace(settings(before, request), modified_at=call.now)
    buses.save_bus(tx, after)
    response: shapes.UpdateEventBusResponse = {"Arn": after.arn, "Name": after.name}
    response.update(render.settings(after))  # type: ignore[typeddict-item]
    return response


@operation("DeleteEventBus")
def delete_event_bus(tx: Tx, call: Call, request: shapes.DeleteEventBusRequest) -> None:
    """Remove a custom bus without rules; one that is gone already is fine."""
    place = Place(call.account, call.region, request["Name"])
    if place.bus == DEFAULT:
        raise ValidationException("Cannot delete event bus default.")
    found = buses.find_bus(tx, place)
    if found is None:
        return
    if rules.count_of(tx, place):
        raise ValidationException("EventBus can't be deleted since it has rules.")
    buses.delete_bus(tx, found)


@operation("DescribeEventBus")
def describe_event_bus(
    tx: ReadTx, call: Call, request: shapes.DescribeEventBusRequest
) -> shapes.DescribeEventBusResponse:
    """The bus of this name or ARN."""
    return render.described(the_bus(tx, call, request.get("Name")))


@operation("ListEventBuses")
def list_event_buses(
    tx: ReadTx, call: Call, request: shapes.ListEventBusesRequest
) -> shapes.ListEventBusesResponse:
    """The buses by name, the default one among them."""
    after = listing.after(request.get("NextToken"))
    prefix = request.get("NamePrefix", "")
    found = [
        bus
        for bus in _every_bus(tx, call).values()
        if bus.name.startswith(prefix) and bus.name > after
    ]
    found.sort(key=lambda bus: bus.name)
    shown, token = listing.page(found, request.get("Limit"), lambda bus: bus.name)
    response: shapes.ListEventBusesResponse = {"EventBuses": [render.listed(bus) for bus in shown]}
    if token is not None:
        response["NextToken"] = token
    return response


def _every_bus(tx: ReadTx, call: Call) -> Mapping[str, Bus]:
    always = default_bus(Place(call.account, call.region, DEFAULT))
    stored = buses.buses_of(tx, call.account, call.region)
    return {bus.name: bus for bus in (always, *stored)}
