"""Hand what is to be delivered to those who deliver it.  Decides nothing."""

from homeport.runtime import Tick
from homeport.services.events.plan.deliveries import Delivery
from homeport.store import Tx


def hand(tx: Tx, delivery: Delivery, tick: Tick) -> None:
    """Have the target invoked, or keep in the ledger why it is not."""
    wanted = delivery.wanted
    if delivery.problem:
        missed(tx, delivery, tick, count=1)
    else:
        tick.peers.firings.fire(tx, wanted, now=tick.now, ids=tick.ids)


def missed(tx: Tx, delivery: Delivery, tick: Tick, *, count: int) -> None:
    """Keep in the ledger that so many firings, the last of them this, never happened."""
    tick.peers.firings.missed(
        tx, delivery.wanted, count=count, why=delivery.problem, now=tick.now, ids=tick.ids
    )
