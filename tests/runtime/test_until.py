"""Waiting for the state."""

import asyncio

from homeport.runtime.until import until
from homeport.store import ReadTx, Store


def test_it_returns_once_a_commit_makes_it_true(store: Store) -> None:
    asked = []

    def third_time(tx: ReadTx) -> bool:
        asked.append(1)
        return len(asked) == 3

    async def scenario() -> None:
        waiting = asyncio.create_task(until(store, third_time))
        while not waiting.done():
            await store.awrite(lambda tx: tx.changed("thing", "a"))

    asyncio.run(scenario())
    assert len(asked) == 3
