"""Where metrics are kept.  Provided by cloudwatch."""

from typing import Protocol

from homeport.contracts.measurements import Datum
from homeport.store import Tx

__all__ = ["Datum", "Metrics"]


class Metrics(Protocol):
    """Takes measurements."""

    def put(self, tx: Tx, account: str, region: str, data: tuple[Datum, ...]) -> None:
        """Keep these measurements; the alarms that look at them are looked at again."""
