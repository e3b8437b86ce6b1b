"""What a handler or a reconcile pass may do to the state: read it, or read and write it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable, Row, Table
from sqlalchemy.exc import IntegrityError


class AlreadyThere(Exception):
    """A row with this key exists already."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something of `kind` with this `key` was committed.  It never says what changed."""

    kind: str
    key: str


class ReadTx:
    """A consistent view of the state; nothing in it can write."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Sequence[Row[Any]]:
        """Every row that the query answers."""
        return self._connection.execute(statement, parameters or {}).all()

    def row(
        self, statement: Executable, parameters: Mapping[str, object] | None = None
    ) -> Row[Any] | None:
        """The first row that the query answers, if any."""
        return self._connection.execute(statement, parameters or {}).first()

    def scalar(self, statement: Executable, parameters: Mapping[str, object] | None = None) -> Any:
        """The first column of the first row, or None."""
        return self._connection.execute(statement, parameters or {}).scalar()


class Tx(ReadTx):
    """A transaction: all of it is committed, or none."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._changes: dict[Change, None] = {}

    def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None,
    ) -> int:
        """Run a statement that writes; answers how many rows it touched.

        Raises `AlreadyThere` when a unique key is taken (the transaction is then lost).
        """
        try:
            return self._connection.execute(statement, parameters or {}).rowcount
        except IntegrityError as error:
            raise AlreadyThere(str(error.orig)) from error

    @contextmanager
    def apart(self) -> Iterator[None]:
        """A part of the transaction that is undone alone when it raises, announcements included."""
        before = dict(self._changes)
        self._say("SAVEPOINT apart")
        try:
            yield
        except BaseException:
            self._say("ROLLBACK TO SAVEPOINT apart")
            self._changes = before
            raise
        finally:
            self._say("RELEASE SAVEPOINT apart")

    def _say(self, command: str) -> None:
        """Run a command of the database's own."""
        self._connection.exec_driver_sql(command)

    def take_turn(self, table: Table) -> None:
        """Run beside no other transaction that takes a turn at this table; it holds nothing else.

        To be called before anything is read.  For transactions that many run at once on the same
        few rows, where to retry them would come to no end; SQLite runs all of them in turn.
        """
        if self._connection.dialect.name == "postgresql":
            # No query: what is seen is what there is when it is our turn.
            self._connection.exec_driver_sql(f'LOCK TABLE "{table.name}" IN EXCLUSIVE MODE')

    def changed(self, kind: str, key: str) -> None:
        """Tell the change feed, once the transaction is committed, to look at `key`."""
        self._changes[Change(kind, key)] = None

    @property
    def changes(self) -> tuple[Change, ...]:
        """What this transaction has announced so far, each once, in order."""
        return tuple(self._changes)
