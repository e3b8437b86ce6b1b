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
from homeport.store import ReadTx

_TASK: Final = msgspec.json.Decoder(Task)
_INSTANCE: Final = msgspec.json.Decoder(InstanceState)


@dataclass(frozen=True, slots=True)
class EcsEvents:
    """Fulfils `Events` of homeport.contracts."""

    def events_after(self, tx: ReadTx, sequence: int) -> tuple[SequencedEvent, ...]:
        return tuple(
            SequencedEvent(sequence=each.sequence, at=each.at, envelope=_envelope(each))
            for each in queries.events_after(tx, sequence)
        )

    def last_sequence(self, tx: ReadTx) -> int:
        return queries.last_sequence(tx)


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
