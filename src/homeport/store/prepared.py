"""Core statements compiled once, then handed to sqlite3 as they are.

SQLAlchemy spends more on a statement that it has compiled before than SQLite does on running it.
What is special about a statement (long lists that expand, defaults that are computed) stays with
it.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Row
from sqlalchemy.engine import result_tuple
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import BindParameter, ClauseElement
from sqlalchemy.types import TupleType, TypeEngine

from homeport.store.transaction import AlreadyThere, ReadTx, Tx

Parameters = Mapping[str, object]
Processor = Callable[[Any], Any]
MakeRow = Callable[[Sequence[Any]], Row[Any]]

_NONE: Final[Parameters] = {}
EXACT_MAX: Final = 16
"""Up to so many values, there is a text for each length of a list."""
EXPANDED_MAX: Final = 1024
"""Up to so many, one for each power of two: a list is filled up with its last value."""
TOO_LONG: Final = -1
"""In the place of lengths: SQLAlchemy runs it each time, as it does with no value at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A statement as SQLite takes it, for one set of parameter names and lengths of lists."""

    sql: str
    names: tuple[str, ...]
    literals: Parameters
    """Values that are part of the statement."""
    bound: Mapping[str, Processor]
    """What has to be done to parameters."""
    lists: tuple[tuple[str, tuple[str, ...]], ...]
    """Parameters that are lists, and the names of their values."""
    processors: tuple[Processor | None, ...] | None
    """What has to be done to columns; None when nothing has to be."""
    make_row: MakeRow

    def run(self, raw: sqlite3.Connection, parameters: Parameters) -> sqlite3.Cursor:
        """Execute it."""
        values = {**self.literals, **parameters} if self.literals else parameters
        if self.lists:
            values = dict(values)
            for name, each in self.lists:
                values.update(zip(each, _filled(cast(Sequence[object], values[name])), strict=True))
        if self.bound:
            values = {**values, **{name: do(values[name]) for name, do in self.bound.items()}}
        return raw.execute(self.sql, [values[name] for name in self.names])

    def shown(self, row: Sequence[Any]) -> Sequence[Any]:
        """The row as its columns' types show it."""
        if self.processors is None:
            return row
        pairs = zip(row, self.processors, strict=True)
        return [value if do is None else do(value) for value, do in pairs]


@dataclass(frozen=True, slots=True)
class Seen:
    """A statement that has run once, as SQLAlchemy runs it."""

    keys: tuple[str, ...]
    """The names of its columns; empty when it answers no rows."""


class Statements:
    """What is known of the statements that a store has run; they are forgotten as they go."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: WeakKeyDictionary[
            Executable, dict[tuple[str | int, ...], Prepared | Seen | None]
        ] = WeakKeyDictionary()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, statement: Executable, parameters: Parameters) -> Prepared | None:
        """The statement prepared; None the first time, and for one that cannot be."""
        forms = self._known.get(statement)
        if forms is None:
            return None
        names: tuple[str | int, ...] = tuple(parameters)
        form = forms.get(names)
        if type(form) is Prepared:
            return form  # It takes no lists: a list would have been part of its form.
        names = _form_of(parameters)
        form = forms.get(names)
        if type(form) is Seen:
            form = forms[names] = self._prepare(statement, parameters, form)
        return cast(Prepared | None, form)

    def ran(self, statement: Executable, parameters: Parameters, result: CursorResult[Any]) -> None:
        """SQLAlchemy ran it; should it come again it is worth preparing."""
        keys = tuple(result.keys()) if result.returns_rows else ()
        form = _form_of(parameters)
        if form[-1:] != (TOO_LONG,):
            self._known.setdefault(statement, {}).setdefault(form, Seen(keys))

    def _prepare(
        self, statement: Executable, parameters: Parameters, seen: Seen
    ) -> Prepared | None:
        compiled = cast(ClauseElement, statement).compile(
            dialect=self._dialect, column_keys=list(parameters)
        )
        if not isinstance(compiled, SQLCompiler) or _is_special(compiled, parameters, seen):
            return None
        types: list[TypeEngine[Any]] = [
            each.type for each in getattr(statement, "exported_columns", ())
        ]
        if types and len(types) != len(seen.keys):
            return None
        processors = tuple(self._shows(each) for each in types)
        expanded = compiled.construct_expanded_state(
            {
                name: _filled(value) if _is_several(value) else value
                for name, value in parameters.items()
            }
        )
        names = tuple(expanded.positiontup or ())
        values = expanded.parameters
        lists = tuple((name, tuple(each)) for name, each in expanded.parameter_expansion.items())
        origins = {each: name for name, several in lists for each in several}
        binds = {name: self._binds(compiled.binds[origins.get(name, name)].type) for name in names}
        return Prepared(
            sql=expanded.statement,
            names=names,
            literals={
                name: values[name]
                for name in names
                if name not in parameters and name not in origins
            },
            lists=lists,
            bound={name: do for name, do in binds.items() if do is not None},
            processors=processors if any(processors) else None,
            make_row=cast(MakeRow, result_tuple(seen.keys)),
        )

    def _binds(self, of: TypeEngine[Any]) -> Processor | None:
        return of.dialect_impl(self._dialect).bind_processor(self._dialect)

    def _shows(self, of: TypeEngine[Any]) -> Processor | None:
        return of.dialect_impl(self._dialect).result_processor(self._dialect, None)


def _form_of(parameters: Parameters) -> tuple[str | int, ...]:
    """What a statement's text depends on: the names of its parameters, the lengths of lists."""
    names: tuple[str | int, ...] = tuple(parameters)
    lengths = [len(each) for each in parameters.values() if _is_several(each)]
    if not lengths:
        return names
    if not all(0 < each <= EXPANDED_MAX for each in lengths):
        return (*names, TOO_LONG)
    return (*names, *map(_room, lengths))


def _is_several(value: object) -> TypeGuard[Sequence[object]]:
    return type(value) is list or type(value) is tuple


def _room(length: int) -> int:
    """How many values the text for a list of this length takes."""
    return length if length <= EXACT_MAX else 1 << (length - 1).bit_length()


def _filled(values: Sequence[object]) -> Sequence[object]:
    """A list as long as its text takes: what is in it twice is in it all the same."""
    lacking = _room(len(values)) - len(values)
    return [*values, *[values[-1]] * lacking] if lacking else values


def _is_special(compiled: SQLCompiler, parameters: Parameters, seen: Seen) -> bool:
    """Whether running it takes more than the text and the values."""
    return bool(
        any(not _is_list(each, parameters) for each in compiled.post_compile_params)
        or compiled.literal_execute_params
        or compiled.insert_prefetch
        or compiled.update_prefetch
        or (compiled.effective_returning and not seen.keys)
        or any(each.callable is not None for each in compiled.binds.values())
    )


def _is_list(bind: BindParameter[Any], parameters: Parameters) -> bool:
    """Whether a list of plain values stands for a parameter."""
    value = parameters.get(bind.key)
    return bind.expanding and _is_several(value) and not isinstance(bind.type, TupleType)


class PreparedReadTx(ReadTx):
    """A `ReadTx` of SQLite."""

    def __init__(
        self, connection: Connection, raw: sqlite3.Connection, statements: Statements
    ) -> None:
        super().__init__(connection)
        self._raw = raw
        self._statements = statements

    def rows(
        self, statement: Executable, parameters: Parameters | None = None
    ) -> Sequence[Row[Any]]:
        parameters = parameters or _NONE
        prepared = self._statements.find(statement, parameters)
        if prepared is None:
            return self._first_run(statement, parameters).all()
        found = prepared.run(self._raw, parameters).fetchall()
        make_row, shown = prepared.make_row, prepared.shown
        if prepared.processors is None:
            return [make_row(row) for row in found]
        return [make_row(shown(row)) for row in found]

    def row(self, statement: Executable, parameters: Parameters | None = None) -> Row[Any] | None:
        parameters = parameters or _NONE
        prepared = self._statements.find(statement, parameters)
        if prepared is None:
            return self._first_run(statement, parameters).first()
        found = self._one(prepared, parameters)
        return None if found is None else prepared.make_row(prepared.shown(found))

    def scalar(self, statement: Executable, parameters: Parameters | None = None) -> Any:
        parameters = parameters or _NONE
        prepared = self._statements.find(statement, parameters)
        if prepared is None:
            return self._first_run(statement, parameters).scalar()
        found = self._one(prepared, parameters)
        return None if found is None else prepared.shown(found)[0]

    def _one(self, prepared: Prepared, parameters: Parameters) -> Sequence[Any] | None:
        cursor = prepared.run(self._raw, parameters)
        row: Sequence[Any] | None = cursor.fetchone()
        cursor.close()  # A statement that is not read to its end would hold up the commit.
        return row

    def _first_run(self, statement: Executable, parameters: Parameters) -> CursorResult[Any]:
        result = self._connection.execute(statement, parameters)
        self._statements.ran(statement, parameters, result)
        return result


class PreparedTx(PreparedReadTx, Tx):
    """A `Tx` of SQLite."""

    def _say(self, command: str) -> None:
        self._raw.execute(command)

    def execute(
        self,
        statement: Executable,
        parameters: Parameters | Sequence[Parameters] | None = None,
    ) -> int:
        if parameters is not None and not isinstance(parameters, Mapping):
            if len(parameters) != 1:
                return super().execute(statement, parameters)
            parameters = parameters[0]
        parameters = parameters or _NONE
        prepared = self._statements.find(statement, parameters)
        try:
            if prepared is None:
                return self._first_run(statement, parameters).rowcount
            return prepared.run(self._raw, parameters).rowcount
        except sqlite3.IntegrityError as error:
            raise AlreadyThere(str(error)) from error
        except IntegrityError as error:
            raise AlreadyThere(str(error.orig)) from error
