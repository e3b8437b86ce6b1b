"""The state of Homeport.  Only this room knows which database holds it."""

from homeport.store.feed import MISSED, Feed
from homeport.store.store import Store
from homeport.store.transaction import AlreadyThere, Change, ReadTx, Tx

__all__ = ["MISSED", "AlreadyThere", "Change", "Feed", "ReadTx", "Store", "Tx"]
