"""SQLite: WAL, one writer thread, a few reader threads, a connection for each thread."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from homeport.store.feed import Feed
from homeport.store.migrate import clear_tables, migrate
from homeport.store.transaction import ReadTx, Tx

Answer = TypeVar("Answer")

READER_THREADS: Final = 3
BUSY_TIMEOUT_MS: Final = 10_000


class SqliteStore:
    """One file (or, with no path, one private database in memory).

    `full_sync` makes an acknowledged write survive a power cut too (``synchronous=FULL``).
    """

    def __init__(self, path: Path | None = None, *, full_sync: bool = False) -> None:
        self.feed = Feed()
        self._path = path
        self._full_sync = full_sync
        self._engine: Engine = create_engine("sqlite://", creator=self._connect, poolclass=NullPool)
        self._local = threading.local()
        self._opened: list[Connection] = []
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="store-writer")
        # A database in memory belongs to one connection: its reads share the writer's thread.
        self._readers = (
            ThreadPoolExecutor(READER_THREADS, thread_name_prefix="store-reader")
            if path
            else self._writer
        )

    def read(self, fn: Callable[[ReadTx], Answer]) -> Answer:
        return self._readers.submit(self._read, fn).result()

    def write(self, fn: Callable[[Tx], Answer]) -> Answer:
        return self._writer.submit(self._write, fn).result()

    def aread(self, fn: Callable[[ReadTx], Answer]) -> asyncio.Future[Answer]:
        return asyncio.get_running_loop().run_in_executor(self._readers, self._read, fn)

    def awrite(self, fn: Callable[[Tx], Answer]) -> asyncio.Future[Answer]:
        return asyncio.get_running_loop().run_in_executor(self._writer, self._write, fn)

    def migrate(self) -> None:
        self._writer.submit(lambda: migrate(self._connection())).result()

    def clear(self) -> None:
        self._writer.submit(lambda: clear_tables(self._connection())).result()

    def close(self) -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        for connection in self._opened:
            connection.close()
        self._engine.dispose()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            str(self._path) if self._path else ":memory:",
            isolation_level=None,  # Transactions begin and end where we say so.
            check_same_thread=False,  # `close` runs on another thread than the work.
            cached_statements=512,
        )
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        if self._path:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(f"PRAGMA synchronous={'FULL' if self._full_sync else 'NORMAL'}")
        return connection

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._engine.connect()
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def _read(self, fn: Callable[[ReadTx], Answer]) -> Answer:
        connection = self._connection()
        raw = _raw(connection)
        raw.execute("BEGIN")
        try:
            return fn(ReadTx(connection))
        finally:
            raw.execute("ROLLBACK")
            connection.rollback()

    def _write(self, fn: Callable[[Tx], Answer]) -> Answer:
        connection = self._connection()
        raw = _raw(connection)
        raw.execute("BEGIN IMMEDIATE")
        tx = Tx(connection)
        try:
            answer = fn(tx)
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        finally:
            connection.rollback()  # SQLAlchemy's own book-keeping; the database is done by now.
        self.feed.publish(tx.changes)
        return answer


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
