"""What the ecs service provides to the gateway: the events of what happens.  It answers no one."""

from dataclasses import dataclass
from typing import Final

import msgspec

from homeport.contracts.events import SequencedEvent
from homeport.services.ecs.plan.instances import remaining
from homeport.services.ecs.queries import bus_events as queries
from homeport.services.ecs.records.bus_events import BusEvent
from homeport.services.ecs.records.instances import InstanceState
from homeport.services.ecs.records.tasks import Task
from homeport.services.ecs.render import bus_events as render
from homeport.store import ReadTx, Tx

_TASK: Final = msgspec.json.Decoder(Task)
_INSTANCE: Final = msgspec.json.Decoder(InstanceState)


@dataclass(frozen=True, slots=True)
class EcsEvents:
    """Fulfils `Events` of homeport.contracts."""

    def events_after(self, tx: ReadTx, sequence: int) -> tuple[SequencedEvent, ...]:
        return tuple(map(_sequenced, queries.events_after(tx, sequence)))

    def last_sequence(self, tx: ReadTx) -> int:
        return queries.last_sequence(tx)

    def take_unrouted(self, tx: Tx) -> tuple[SequencedEvent, ...]:
        return tuple(map(_sequenced, queries.take_unrouted(tx)))

    def pass_by(self, tx: Tx) -> None:
        queries.pass_by(tx)


def _sequenced(event: BusEvent) -> SequencedEvent:
    return SequencedEvent(sequence=event.sequence, at=event.at, envelope=_envelope(event))


def _envelope(event: BusEvent) -> dict[str, object]:
    match event.kind:
        case "task":
            detail = render.task_detail(_TASK.decode(event.body), at=event.at)
        case "instance":
            state = _INSTANCE.decode(event.body)
            left = remaining(state.instance, state.reserved)
            detail = render.instance_detail(state, left, at=event.at)
        case "service action" | "deployment" | "hook":
            detail = msgspec.json.decode(event.body)
    return render.envelope(event, detail)
