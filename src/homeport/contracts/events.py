"""Events as EventBridge delivers them, in the order in which they happened.  Provided by ecs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from homeport.store import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class SequencedEvent:
    """An event and its place among all events.

    Where several control planes write at once, an event may be committed after one with a higher
    sequence; a sequence may also never be used.
    """

    sequence: int
    at: float
    """Seconds since the epoch."""
    envelope: Mapping[str, object]


class Events(Protocol):
    """Reads what happened.  The change feed announces news as kind ``event``."""

    def events_after(self, tx: ReadTx, sequence: int) -> tuple[SequencedEvent, ...]:
        """The oldest events that are newer than `sequence`, a bounded number, in order."""

    def last_sequence(self, tx: ReadTx) -> int:
        """The sequence of the newest event; 0 before the first."""

    def take_unrouted(self, tx: Tx) -> tuple[SequencedEvent, ...]:
        """Hand out the oldest events that were not handed out yet, a bounded number, in order.

        Each is handed out by one transaction that is committed.
        """

    def pass_by(self, tx: Tx) -> None:
        """Hand out nothing of what happened until now: nobody wants it."""
