"""SQS for its tests."""

from collections.abc import Callable

import pytest

from homeport.runtime import Call
from homeport.store import Store
from queue_asking import Queues


@pytest.fixture
def queues(store: Store, call: Callable[..., Call]) -> Queues:
    """SQS at the turned clock."""
    return Queues(store, call)
