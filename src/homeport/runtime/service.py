"""What a service is made of, and how its parts are declared."""

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from homeport.runtime.call import Call, Tick
from homeport.store import ReadTx, Tx

Handler = Callable[[Any, Call, Any], Any]
"""``(tx, call, request) -> response``; `tx` is a `ReadTx` for reads and a `Tx` for writes."""

HandlerT = TypeVar("HandlerT", bound=Handler)

_NAME = "__homeport_operation__"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the service's model and the function that answers it."""

    name: str
    handler: Handler
    writes: bool
    partial: str = ""
    """What is missing, for docs/coverage.md; empty when the operation is whole."""
    refuses: str = ""
    """Why it never does anything but check its input and refuse; empty when it does."""


@dataclass(frozen=True, slots=True)
class Again:
    """A reconcile pass wants the same key again in `after_s` real seconds."""

    after_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciler:
    """A loop: woken by changes of the kinds it `watches` and by a slow sweep of its keys.

    `reconcile` is told a key and nothing else; a key that is gone means return.
    """

    name: str
    watches: tuple[str, ...]
    reconcile: Callable[[Tx, str, Tick], Again | None]
    sweep: Callable[[ReadTx], Iterable[str]]
    starts_tasks: bool = False
    """It starts tasks on its own account: it rests while Homeport stops all of them."""
    gathers: bool = False
    """News of a key waits a moment for more of it: for what may be announced with every task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """What a service is told once at each start, to make what must exist from the start."""

    account: str
    home_region: str
    regions: tuple[str, ...]
    now: float
    ids: Any
    taken_networks: tuple[str, ...] = ()
    """CIDRs that the machine routes already; no VPC of ours may overlap them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An AWS service as Homeport serves it.  `name` is botocore's name of its model."""

    name: str
    operations: Mapping[str, Operation]
    reconcilers: tuple[Reconciler, ...] = ()
    seed: Callable[[Tx, Seed], None] | None = None
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """Operations answered by a sentence of their own until they are built."""


def operation(name: str, *, partial: str = "", refuses: str = "") -> Callable[[HandlerT], HandlerT]:
    """Mark a function as the handler of the model's operation `name`.

    It is a read when its first parameter is a `ReadTx`, a write when it is a `Tx`.
    """

    def mark(handler: HandlerT) -> HandlerT:
        if inspect.iscoroutinefunction(handler):
            raise TypeError(f"{name}: a handler must not be async, it runs in a transaction")
        setattr(handler, _NAME, (name, partial, refuses))
        return handler

    return mark


def operations_of(modules: Iterable[object]) -> dict[str, Operation]:
    """The operations that the modules declare, by name; a name declared twice is an error."""
    found: dict[str, Operation] = {}
    for module in modules:
        for value in vars(module).values():
            marked: tuple[str, str, str] | None = getattr(value, _NAME, None)
            if marked is None or value.__module__ != getattr(module, "__name__", ""):
                continue
            name, partial, refuses = marked
            if name in found:
                raise TypeError(f"{name} is declared twice")
            found[name] = Operation(name, value, _writes(value), partial, refuses)
    return found


def _writes(handler: Callable[..., object]) -> bool:
    first: Sequence[str] = list(inspect.signature(handler).parameters)
    return get_type_hints(handler)[first[0]] is Tx
