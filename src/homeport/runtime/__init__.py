"""What a service plugs into: calls, operations, reconcilers and the loops that run them."""

from homeport.runtime.call import Call, Tick
from homeport.runtime.not_yet import NotYet, settled
from homeport.runtime.service import (
    Again,
    Operation,
    Reconciler,
    Seed,
    Service,
    operation,
    operations_of,
)

__all__ = [
    "Again",
    "Call",
    "NotYet",
    "Operation",
    "Reconciler",
    "Seed",
    "Service",
    "Tick",
    "operation",
    "operations_of",
    "settled",
]
