"""How one service asks for an operation of another, within the same transaction."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from homeport.contracts.operations import Asker
from homeport.contracts.peers import Peers
from homeport.kernel.clock import Clock
from homeport.runtime import Call, Operation, Service
from homeport.store import Tx


class ServedOperations:
    """Every operation that is served, for those that are joined to them."""

    def __init__(self, clock: Clock, served: Callable[[], tuple[Service, ...]]) -> None:
        self._clock = clock
        self._served = served
        self._peers: Peers | None = None

    def join(self, peers: Peers) -> None:
        """Hand these on to each operation that is asked for."""
        self._peers = peers

    def ask(
        self, tx: Tx, asker: Asker, service: str, operation: str, request: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Answer as the API would, without its checks of what the model allows."""
        if self._peers is None:
            raise RuntimeError("nobody has joined the operations to the others")
        call = Call(
            account=asker.account,
            region=asker.region,
            principal=asker.principal,
            access_key="",
            now=asker.now,
            ids=asker.ids,
            clock=self._clock,
            peers=self._peers,
            request_id=asker.ids.uuid(),
        )
        handler = self._operations[service, operation].handler
        with tx.apart():
            answer: dict[str, Any] = handler(tx, call, request)
        return answer

    @cached_property
    def _operations(self) -> dict[tuple[str, str], Operation]:
        return {
            (service.name, name): operation
            for service in self._served()
            for name, operation in service.operations.items()
        }
