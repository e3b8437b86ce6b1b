"""Events that AWS services put on the default event bus.  Provided by events."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from homeport.kernel.ids import Ids
from homeport.store import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class BusEvent:
    """What happened, in the words of EventBridge's envelope."""

    account: str
    region: str
    source: str
    """``aws.codedeploy`` and the like."""
    detail_type: str
    resources: tuple[str, ...]
    detail: Mapping[str, Any]
    at: float
    """Seconds since the epoch."""


class Bus(Protocol):
    """Takes events in the transaction in which they happen: none is lost, none is invented.

    Those of one source are delivered in the order in which they were put.
    """

    def put(self, tx: Tx, event: BusEvent, *, ids: Ids) -> None:
        """Put an event on the default bus of its account and region."""

    def forward(self, tx: Tx, bus_arn: str, envelope: str, *, at: float) -> bool:
        """Send an event on to another bus as it is; whether there is that bus.

        `envelope` is the whole event as JSON, `at` its time.  An event is sent on once: rules of
        the bus that it comes to do not send it to a third.
        """
