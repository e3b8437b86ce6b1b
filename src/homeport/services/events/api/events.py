"""PutEvents: events of clients, put on a bus.  What rules make of them comes later."""

from typing import Final

from homeport.runtime import Call, operation
from homeport.services.events.errors import ResourceNotFoundException, ValidationException
from homeport.services.events.plan import entries, names
from homeport.services.events.plan.documents import write
from homeport.services.events.plan.entries import BadEntry
from homeport.services.events.plan.envelopes import envelope
from homeport.services.events.queries import inbox
from homeport.services.events.records.buses import Place, PutEvent
from homeport.shapes import events as shapes
from homeport.store import Tx

NO_ENDPOINTS: Final = "Homeport has no global endpoints: leave EndpointId out."


@operation("PutEvents")
def put_events(tx: Tx, call: Call, request: shapes.PutEventsRequest) -> shapes.PutEventsResponse:
    """Put each entry that is whole; one for a bus that does not exist goes nowhere."""
    if "EndpointId" in request:
        raise ValidationException(NO_ENDPOINTS)
    entries.check_size(request["Entries"])
    results = [_put(tx, call, entry) for entry in request["Entries"]]
    failed = sum("ErrorCode" in each for each in results)
    return {"FailedEntryCount": failed, "Entries": results}


def _put(tx: Tx, call: Call, entry: shapes.PutEventsRequestEntry) -> shapes.PutEventsResultEntry:
    told = entries.happening(entry, now=call.now)
    if isinstance(told, BadEntry):
        return {"ErrorCode": told.code, "ErrorMessage": told.message}
    event_id = call.ids.uuid()
    place = _place(call, entry.get("EventBusName"))
    if place is not None:
        whole = write(envelope(told, place, event_id=event_id))
        inbox.put(tx, PutEvent(place=place, at=told.at, envelope=whole))
    return {"EventId": event_id}


def _place(call: Call, bus: str | None) -> Place | None:
    try:
        return names.place_of(bus, call.account, call.region)
    except ResourceNotFoundException:
        return None
