"""Waiting for a fact of the state: woken by commits, never by a timer."""

import asyncio
from collections.abc import Callable, Sequence

from homeport.store import Change, ReadTx, Store


async def until(store: Store, holds: Callable[[ReadTx], bool]) -> None:
    """Return once `holds` is true of the committed state."""
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def hear(_: Sequence[Change]) -> None:
        loop.call_soon_threadsafe(changed.set)

    stop_listening = store.feed.listen(hear)
    try:
        while True:
            changed.clear()
            if await store.aread(holds):
                return
            await changed.wait()
    finally:
        stop_listening()
