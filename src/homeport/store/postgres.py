"""PostgreSQL: SERIALIZABLE with bounded retry, and NOTIFY to tell other control planes."""

import asyncio
import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

import psycopg
from psycopg import errors
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError

from homeport.store.feed import MISSED, Feed
from homeport.store.migrate import clear_tables, migrate
from homeport.store.transaction import Change, ReadTx, Tx

Answer = TypeVar("Answer")

THREADS: Final = 8
RETRIES_MAX: Final = 20
ALONE_AFTER: Final = 3
"""Attempts that were lost, after which a transaction has the others of its process wait: those that
begin at once when it fails would make it fail again and again."""
CHANNEL: Final = "homeport_changes"
NOTIFY_BYTES_MAX: Final = 7_000  # PostgreSQL allows 8,000 for one payload.
MIGRATION_LOCK: Final = 4_566
LISTEN_TURN_S: Final = 0.5
LISTEN_AGAIN_AFTER_S: Final = 1.0
_RETRIABLE: Final = (errors.SerializationFailure, errors.DeadlockDetected)


class PostgresStore:
    """A shared database: several control planes may use it at once."""

    def __init__(self, url: str) -> None:
        self.feed = Feed()
        self._me = os.urandom(16).hex()
        plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self._engine: Engine = create_engine(
            plain.replace("postgresql://", "postgresql+psycopg://", 1),
            isolation_level="SERIALIZABLE",
            pool_size=THREADS,
            max_overflow=2,
            pool_pre_ping=True,
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._gate = threading.Lock()
        """Passed by every transaction that begins; held by one that is to be alone."""
        self._closing = threading.Event()
        self._url = plain
        self._listener = self._connected_listener()
        self._listening = threading.Thread(target=self._listen, name="store-feed", daemon=True)
        self._listening.start()

    def read(self, fn: Callable[[ReadTx], Answer]) -> Answer:
        return self._threads.submit(self._retrying, self._read, fn).result()

    def write(self, fn: Callable[[Tx], Answer]) -> Answer:
        return self._threads.submit(self._retrying, self._write, fn).result()

    def aread(self, fn: Callable[[ReadTx], Answer]) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads, self._retrying, self._read, fn)

    def awrite(self, fn: Callable[[Tx], Answer]) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads, self._retrying, self._write, fn)

    def migrate(self) -> None:
        with self._engine.connect() as connection:
            # One control plane at a time; the others then find nothing to do.
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
            connection.commit()  # What follows must see what was committed while we waited.
            try:
                migrate(connection)
            finally:
                connection.rollback()
                connection.execute(
                    text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK}
                )
                connection.commit()

    def clear(self) -> None:
        with self._engine.connect() as connection:
            clear_tables(connection)

    def close(self) -> None:
        self._closing.set()
        self._threads.shutdown()
        self._listening.join()
        self._listener.close()
        self._engine.dispose()

    def _retrying(
        self, run: Callable[[Callable[..., Answer]], Answer], fn: Callable[..., Answer]
    ) -> Answer:
        for attempt in range(RETRIES_MAX + 1):
            try:
                with self._turn(alone=attempt >= ALONE_AFTER):
                    return run(fn)
            except DBAPIError as error:
                if attempt == RETRIES_MAX or not isinstance(error.orig, _RETRIABLE):
                    raise
        raise AssertionError("unreachable")

    @contextlib.contextmanager
    def _turn(self, *, alone: bool) -> Iterator[None]:
        with self._gate:
            if alone:
                yield
                return
        yield

    def _read(self, fn: Callable[[ReadTx], Answer]) -> Answer:
        with self._engine.begin() as connection:
            return fn(ReadTx(connection))

    def _write(self, fn: Callable[[Tx], Answer]) -> Answer:
        with self._engine.begin() as connection:
            tx = Tx(connection)
            answer = fn(tx)
            for payload in _payloads(self._me, tx.changes):
                connection.execute(
                    text("SELECT pg_notify(:channel, :payload)"),
                    {"channel": CHANNEL, "payload": payload},
                )
        self.feed.publish(tx.changes)
        return answer

    def _listen(self) -> None:
        """Pass on what other control planes committed; our own was told at the commit."""
        while not self._closing.is_set():
            try:
                for notice in self._listener.notifies(timeout=LISTEN_TURN_S):
                    sender, changes = json.loads(notice.payload)
                    if sender != self._me:
                        self.feed.publish([Change(kind, key) for kind, key in changes])
            except psycopg.OperationalError:
                self._listen_again()

    def _listen_again(self) -> None:
        """The connection broke: make it anew, however long that takes, and say what that means."""
        self._listener.close()
        while not self._closing.wait(LISTEN_AGAIN_AFTER_S):
            with contextlib.suppress(psycopg.OperationalError):
                self._listener = self._connected_listener()
                self.feed.publish([MISSED])
                return

    def _connected_listener(self) -> psycopg.Connection[tuple[object, ...]]:
        listener = psycopg.connect(self._url, autocommit=True)
        listener.execute(f"LISTEN {CHANNEL}")
        return listener


def _payloads(sender: str, changes: tuple[Change, ...]) -> list[str]:
    payloads: list[str] = []
    batch: list[tuple[str, str]] = []
    size = 0
    for change in changes:
        size += len(change.kind) + len(change.key) + 12
        if batch and size > NOTIFY_BYTES_MAX:
            payloads.append(json.dumps([sender, batch]))
            batch, size = [], len(change.kind) + len(change.key) + 12
        batch.append((change.kind, change.key))
    if batch:
        payloads.append(json.dumps([sender, batch]))
    return payloads
