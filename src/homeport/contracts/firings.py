"""What is due: targets that are invoked, with retries, and kept in the ledger.

Provided by jobs.
"""

from typing import Protocol

from homeport.contracts.wanted_firings import Target, Wanted
from homeport.kernel.ids import Ids
from homeport.store import ReadTx, Tx

__all__ = ["Firings", "Target", "Wanted"]


class Firings(Protocol):
    """Invokes targets.  A firing is a row before it is an action: no crash loses or doubles one.

    The change feed announces kind ``firing over`` with the source's ARN as key when a firing that
    is awaited was delivered or given up.
    """

    def refusal(self, tx: ReadTx, target: Target, payload: str, *, region: str) -> str | None:
        """One sentence: why a target can never be invoked here; None when it can.

        An ARN that no target has, a service or operation that is not served, a payload that the
        target cannot take, a role that is missing.
        """

    def fire(self, tx: Tx, wanted: Wanted, *, now: float, ids: Ids) -> str:
        """Have a target invoked at its due time; answers the firing's id."""

    def missed(self, tx: Tx, wanted: Wanted, *, count: int, why: str, now: float, ids: Ids) -> None:
        """Record in the ledger that `count` firings, the last of them `wanted`, never happened."""

    def undelivered(self, tx: ReadTx, source: str) -> int:
        """How many firings of a source are neither delivered nor given up."""
