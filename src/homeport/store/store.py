"""The state of Homeport: one interface, two databases.

`read(fn)` and `write(fn)` run `fn` inside one transaction on a database thread and block; `aread`
and `awrite` are the same for the edges that live on the event loop.  `fn` may run more than once
(PostgreSQL asks for a retry), so it must not touch anything but its transaction.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

from homeport.store.feed import Feed
from homeport.store.transaction import ReadTx, Tx

Answer = TypeVar("Answer")


class Store(Protocol):
    """A database that holds the state, and the feed of what was committed to it."""

    feed: Feed

    def read(self, fn: Callable[[ReadTx], Answer]) -> Answer:
        """Run `fn` on a consistent view of the state."""

    def write(self, fn: Callable[[Tx], Answer]) -> Answer:
        """Run `fn` in a transaction; what it wrote is durable when this returns."""

    def aread(self, fn: Callable[[ReadTx], Answer]) -> asyncio.Future[Answer]:
        """`read` without blocking the event loop."""

    def awrite(self, fn: Callable[[Tx], Answer]) -> asyncio.Future[Answer]:
        """`write` without blocking the event loop."""

    def migrate(self) -> None:
        """Bring the schema to the newest revision; nothing to do is the usual case."""

    def clear(self) -> None:
        """Drop every row of every table (`/_homeport/reset`)."""

    def close(self) -> None:
        """Finish what runs and let go of the database."""
