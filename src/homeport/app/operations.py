"""How one service asks for an operation of another, within the same transaction."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from homeport.app.operation_requests import RequestReader
from homeport.contracts.operations import Asker
from homeport.contracts.peers import Peers
from homeport.kernel.clock import Clock
from homeport.kernel.errors import AwsError
from homeport.runtime import Call, Operation, Service, settled
from homeport.store import Tx


class ServedOperations:
    """Every operation that is served, for those that are joined to them."""

    def __init__(self, clock: Clock, served: Callable[[], tuple[Service, ...]]) -> None:
        self._clock = clock
        self._served = served
        self._peers: Peers | None = None
        self._readers: dict[str, RequestReader] = {}

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
            answer: dict[str, Any] = settled(handler(tx, call, request))
        return {name: _plain(each) for name, each in answer.items()}

    def offers(self, service: str, operation: str) -> bool:
        """Whether the operation is served: not one that only refuses."""
        found = self._operations.get((service, operation))
        return found is not None and not found.refuses

    def request_for(
        self, service: str, operation: str, members: Mapping[str, Any], *, strict: bool = False
    ) -> dict[str, Any]:
        """The request that `ask` takes, of one that somebody wrote down as JSON."""
        if not self.offers(service, operation):
            raise KeyError(f"{service}:{operation}")
        return self._reader(service).request(operation, members, strict=strict)

    def error_code(self, service: str, error: AwsError) -> str:
        """The code by which clients of the service know an error."""
        return self._reader(service).error_code(error)

    def _reader(self, service: str) -> RequestReader:
        reader = self._readers.get(service)
        if reader is None:
            reader = self._readers[service] = RequestReader(service)
        return reader

    @cached_property
    def _operations(self) -> dict[tuple[str, str], Operation]:
        return {
            (service.name, name): operation
            for service in self._served()
            for name, operation in service.operations.items()
        }


def _plain(value: Any) -> Any:
    """The value of what a handler answers as JSON that is written already."""
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value
