"""Takes note of what services put on the event bus, and hands it on to the real one."""

from dataclasses import dataclass, field

from homeport.contracts.bus import Bus, BusEvent
from homeport.kernel.ids import Ids
from homeport.store import Tx


@dataclass
class RecordedBus:
    """Fulfils `Bus`.  What a transaction put that is undone was never put."""

    bus: Bus
    put_so_far: list[BusEvent] = field(default_factory=list)

    def put(self, tx: Tx, event: BusEvent, *, ids: Ids) -> None:
        self.bus.put(tx, event, ids=ids)
        self.put_so_far.append(event)

    def of(self, source: str) -> list[BusEvent]:
        """What a source has put, in order."""
        return [each for each in self.put_so_far if each.source == source]
