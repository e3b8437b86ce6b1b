"""Shortcuts for tests of CloudWatch Logs."""

from collections.abc import Callable
from typing import Any

import pytest

from homeport.runtime import Call
from homeport.services.logs import wiring
from homeport.store import Store

Ask = Callable[..., Any]


@pytest.fixture
def ask(store: Store, call: Callable[..., Call]) -> Ask:
    """`ask("CreateLogGroup", logGroupName="g")` runs the operation in a transaction."""
    (service,) = wiring.services()

    def run(name: str, /, _call: Call | None = None, **request: object) -> Any:
        operation = service.operations[name]
        within = store.write if operation.writes else store.read
        asked = _call or call()
        return within(lambda tx: operation.handler(tx, asked, request))

    return run
