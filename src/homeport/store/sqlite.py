"""SQLite: WAL, one writer thread, a few reader threads, a connection for each thread.

Writes that wait for the writer are committed together: a commit costs more than most of them.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from homeport.store.feed import Feed
from homeport.store.migrate import clear_tables, migrate
from homeport.store.prepared import PreparedReadTx, PreparedTx, Statements
from homeport.store.threads import Outcome, Threads, Work, each_alone, outcome_of
from homeport.store.transaction import ReadTx, Tx

Answer = TypeVar("Answer")

READER_THREADS: Final = 3
BUSY_TIMEOUT_MS: Final = 10_000
CHECKPOINT_EVERY_PAGES: Final = 4_000
"""16 MiB of log: a checkpoint waits for the disk, and pages that are hot are then written once."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A thread's connection, as SQLAlchemy knows it and as it is."""

    connection: Connection
    raw: sqlite3.Connection


class _GivenUp(Exception):
    """A write raised, or SQLite has undone all by itself: the disk is full, for example."""


@dataclass(frozen=True, slots=True)
class _Write:
    """A write that waits for the writer; to call it is to run it alone."""

    fn: Callable[[Tx], Any]
    alone: Callable[[Callable[[Tx], Any]], Any]

    def __call__(self) -> Any:
        return self.alone(self.fn)


class SqliteStore:
    """One file (or, with no path, one private database in memory).

    `full_sync` makes an acknowledged write survive a power cut too (``synchronous=FULL``).
    """

    def __init__(self, path: Path | None = None, *, full_sync: bool = False) -> None:
        self.feed = Feed()
        self._path = path
        self._full_sync = full_sync
        self._engine: Engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        self._statements = Statements(self._engine.dialect)
        self._local = threading.local()
        self._opened: list[Opened] = []
        self._writer = Threads(1, "store-writer", together=self._done_together)
        # A database in memory belongs to one connection: its reads share the writer's thread.
        self._readers = Threads(READER_THREADS, "store-reader") if path else self._writer

    def read(self, fn: Callable[[ReadTx], Answer]) -> Answer:
        return self._readers.run(partial(self._read, fn))

    def write(self, fn: Callable[[Tx], Answer]) -> Answer:
        return cast(Answer, self._writer.run(_Write(fn, self._write)))

    def aread(self, fn: Callable[[ReadTx], Answer]) -> asyncio.Future[Answer]:
        return self._readers.arun(partial(self._read, fn))

    def awrite(self, fn: Callable[[Tx], Answer]) -> asyncio.Future[Answer]:
        return self._writer.arun(_Write(fn, self._write))

    def migrate(self) -> None:
        self._writer.run(self._migrate)

    def clear(self) -> None:
        self._writer.run(lambda: clear_tables(self._mine().connection))

    def close(self) -> None:
        self._readers.close()
        if self._writer is not self._readers:
            self._writer.close()
        for each in self._opened:
            each.connection.close()
        self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            str(self._path) if self._path else ":memory:",
            isolation_level=None,  # Transactions begin and end where we say so.
            check_same_thread=False,  # `close` runs on another thread than the work.
            cached_statements=512,
        )
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        # What may be undone is kept in memory, and no page is written only to wipe what it held.
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA secure_delete=FAST")
        if self._path:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_EVERY_PAGES}")
            connection.execute(f"PRAGMA synchronous={'FULL' if self._full_sync else 'NORMAL'}")
        return connection

    def _mine(self) -> Opened:
        """The connection of the thread that asks."""
        mine: Opened | None = getattr(self._local, "opened", None)
        if mine is None:
            connection = self._engine.connect()
            raw = cast(sqlite3.Connection, connection.connection.dbapi_connection)
            mine = self._local.opened = Opened(connection, raw)
            self._opened.append(mine)
        return mine

    def _migrate(self) -> None:
        """All of it or nothing: a start that was killed meanwhile is simply made again."""
        mine = self._mine()
        mine.raw.execute("BEGIN IMMEDIATE")
        try:
            migrate(mine.connection)
        finally:
            if mine.raw.in_transaction:
                mine.raw.execute("ROLLBACK")
            _end(mine.connection)

    def _read(self, fn: Callable[[ReadTx], Answer]) -> Answer:
        mine = self._mine()
        mine.raw.execute("BEGIN")
        try:
            return fn(PreparedReadTx(mine.connection, mine.raw, self._statements))
        finally:
            mine.raw.execute("ROLLBACK")
            _end(mine.connection)

    def _done_together(self, works: Sequence[Work]) -> list[Outcome]:
        """What waits for the writer, in its order; writes that follow each other in one commit."""
        done: list[Outcome] = []
        for is_write, group in groupby(works, key=lambda each: isinstance(each, _Write)):
            several = list(group)
            if is_write and len(several) > 1:
                done += self._write_together(cast(list[_Write], several))
            else:
                done += each_alone(several)
        return done

    def _write_together(self, writes: Sequence[_Write]) -> list[Outcome]:
        """Each write as if it were alone, but for one commit: what raises is undone alone.

        A write seldom raises: that each can be undone alone is paid for once one has.
        """
        return (
            self._in_one_commit([each.fn for each in writes], keeps_on=False)
            or self._in_one_commit([partial(_apart, each.fn) for each in writes], keeps_on=True)
            or each_alone(writes)
        )

    def _in_one_commit(
        self, writes: Sequence[Callable[[Tx], Any]], *, keeps_on: bool
    ) -> list[Outcome]:
        """The outcome of each; none, with nothing done, where they could not share a commit.

        Without `keeps_on` the first that raises undoes all of them.
        """
        mine = self._mine()
        transactions = [self._transaction(mine) for _ in writes]
        done: list[Outcome] = []
        try:
            mine.raw.execute("BEGIN IMMEDIATE")
            for tx, fn in zip(transactions, writes, strict=True):
                done.append(outcome_of(partial(fn, tx)))
                if not mine.raw.in_transaction or not (keeps_on or done[-1][1] is None):
                    raise _GivenUp
            mine.raw.execute("COMMIT")
        except (sqlite3.Error, _GivenUp):
            done = []
        finally:
            if mine.raw.in_transaction:
                mine.raw.execute("ROLLBACK")
            _end(mine.connection)
        for tx, (_, error) in zip(transactions, done, strict=bool(done)):
            if error is None:
                self.feed.publish(tx.changes)
        return done

    def _write(self, fn: Callable[[Tx], Answer]) -> Answer:
        mine = self._mine()
        raw = mine.raw
        raw.execute("BEGIN IMMEDIATE")
        tx = self._transaction(mine)
        try:
            answer = fn(tx)
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        finally:
            _end(mine.connection)
        self.feed.publish(tx.changes)
        return answer

    def _transaction(self, mine: Opened) -> PreparedTx:
        return PreparedTx(mine.connection, mine.raw, self._statements)


def _apart(fn: Callable[[Tx], Answer], tx: Tx) -> Answer:
    with tx.apart():
        return fn(tx)


def _end(connection: Connection) -> None:
    """SQLAlchemy's own book-keeping; the database is done by now."""
    if connection.in_transaction():
        connection.rollback()
