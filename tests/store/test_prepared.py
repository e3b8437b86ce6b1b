"""A statement that comes again goes round SQLAlchemy, and nobody can tell."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import (
    Boolean,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from homeport.store import AlreadyThere, ReadTx, Tx
from homeport.store.prepared import PreparedReadTx
from homeport.store.sqlite import SqliteStore

METADATA = MetaData()
shelf = Table(
    "shelf",
    METADATA,
    Column("name", String, primary_key=True),
    Column("full", Boolean, nullable=False),
    Column("count", Integer, nullable=False, default=7),
    Column("body", LargeBinary),
)
RUNS = range(4)
ROW = {"full": True, "count": 1, "body": b"\0cups"}
INSERT = insert(shelf)


@pytest.fixture
def store() -> Iterator[SqliteStore]:
    opened = SqliteStore()
    opened.write(lambda tx: METADATA.create_all(tx._connection))
    yield opened
    opened.close()


def put(tx: Tx, name: str, **row: Any) -> int:
    return tx.execute(INSERT, {"name": name, **row})


def test_columns_keep_their_types_and_names(store: SqliteStore) -> None:
    statement = select(shelf.c.name, shelf.c.full, shelf.c.body).order_by(shelf.c.name)
    for run in RUNS:
        assert store.write(lambda tx, run=run: put(tx, f"{run}", **ROW)) == 1  # type: ignore[misc]
        [first, *_] = store.read(lambda tx: tx.rows(statement))
        assert (first.name, first.full, first.body) == ("0", True, b"\0cups")
        assert first == store.read(lambda tx: tx.row(statement)) == ("0", True, b"\0cups")
        assert type(first.full) is bool


def test_parameters_keep_their_types_and_literals_their_values(store: SqliteStore) -> None:
    store.write(lambda tx: put(tx, "cups", **ROW))
    statement = select(shelf.c.count).where(
        shelf.c.full == bindparam("full"), shelf.c.name == "cups", shelf.c.count < 5
    )
    for _ in RUNS:
        assert store.read(lambda tx: tx.scalar(statement, {"full": True})) == 1
        assert store.read(lambda tx: tx.scalar(statement, {"full": False})) is None
        assert store.read(lambda tx: tx.row(statement, {"full": False})) is None


def test_one_statement_serves_several_sets_of_columns(store: SqliteStore) -> None:
    def count(tx: ReadTx) -> Any:
        return tx.rows(select(shelf.c.count, shelf.c.body).order_by(shelf.c.name))

    for run in RUNS:
        store.write(lambda tx, run=run: put(tx, f"{run}", **ROW))  # type: ignore[misc]
        store.write(lambda tx, run=run: put(tx, f"{run} empty", full=False))  # type: ignore[misc]
    assert store.read(count) == [(1, b"\0cups"), (7, None)] * len(RUNS)


def test_lists_expand_every_time(store: SqliteStore) -> None:
    for name in ("cups", "jars", "pans"):
        store.write(lambda tx, name=name: put(tx, name, **ROW))  # type: ignore[misc]
    statement = select(func.count()).where(shelf.c.name.in_(bindparam("names", expanding=True)))
    for names in (["cups"], ["cups", "jars"], [], ["cups", "jars", "pans"]):
        asked = {"names": names}
        assert store.read(lambda tx, asked=asked: tx.scalar(statement, asked)) == len(names)  # type: ignore[misc]


@pytest.mark.parametrize("length", [0, 1, 2, 16, 17, 32, 33, 1024, 1025])
def test_a_list_of_any_length_expands_each_time_that_it_comes(
    store: SqliteStore, length: int
) -> None:
    for number in range(50):
        store.write(lambda tx, n=number: put(tx, f"{n:02}", full=n % 2 == 0, count=n))  # type: ignore[misc]
    statement = (
        select(shelf.c.name)
        .where(
            shelf.c.count >= bindparam("least"),
            shelf.c.name.in_(bindparam("names", expanding=True)),
            shelf.c.full.in_(bindparam("states", expanding=True)),
        )
        .order_by(shelf.c.name)
    )
    for least in (0, 0, 0, 3, 3):
        names = [f"{number:02}" for number in range(least, least + length)]
        asked = {"states": (True,), "names": names, "least": least}
        found = store.read(lambda tx, asked=asked: tx.rows(statement, asked))  # type: ignore[misc]
        there = [each for each in names if int(each) < 50 and int(each) % 2 == 0]
        assert [row.name for row in found] == there
        other = {"names": ["01", "04"], "states": [True, False], "least": 2}
        assert store.read(lambda tx, asked=other: tx.scalar(statement, asked)) == "04"  # type: ignore[misc]


def test_lists_are_literal_where_the_statement_has_them(store: SqliteStore) -> None:
    store.write(lambda tx: put(tx, "cups", **ROW))
    statement = select(shelf.c.count).where(shelf.c.name.in_(("cups", "jars")))
    for _ in RUNS:
        assert store.read(lambda tx: tx.scalar(statement)) == 1


def test_a_list_of_one_row_is_written_as_the_row_is(store: SqliteStore) -> None:
    for run in RUNS:
        row = {"name": f"{run}", "full": True}
        assert store.write(lambda tx, row=row: tx.execute(INSERT, [row])) == 1  # type: ignore[misc]
    with pytest.raises(AlreadyThere):
        store.write(lambda tx: tx.execute(INSERT, [{"name": "0", "full": True}]))
    rows = store.read(lambda tx: tx.rows(select(shelf.c.name, shelf.c.count)))
    assert sorted(map(tuple, rows)) == [(f"{run}", 7) for run in RUNS]


@pytest.mark.parametrize("others", [["jars"], [f"jar {number}" for number in range(40)]])
def test_what_was_seen_twice_goes_round_sqlalchemy(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, others: list[str]
) -> None:
    store.write(lambda tx: put(tx, "cups", **ROW))
    statement = select(shelf.c.count).where(shelf.c.name.in_(bindparam("names", expanding=True)))
    asked = {"names": ["cups", *others]}
    for _ in range(2):
        assert store.read(lambda tx: tx.scalar(statement, asked)) == 1

    def refuse(*_: object) -> None:
        raise AssertionError("SQLAlchemy ran it again")

    monkeypatch.setattr(PreparedReadTx, "_first_run", refuse)
    assert store.read(lambda tx: tx.scalar(statement, {"names": [*others, "cups"]})) == 1


def test_what_returns_a_row_can_be_committed(store: SqliteStore) -> None:
    store.write(lambda tx: put(tx, "cups", **ROW))
    statement = update(shelf).values(count=shelf.c.count + 1).returning(shelf.c.count)
    assert [store.write(lambda tx: tx.scalar(statement)) for _ in RUNS] == [2, 3, 4, 5]


def test_plain_text_is_prepared_too(store: SqliteStore) -> None:
    statement = text(
        "INSERT INTO shelf (name, full, count) VALUES (:name, 1, 2) ON CONFLICT DO NOTHING"
    )
    for run in RUNS:
        touched = store.write(lambda tx: tx.execute(statement, {"name": "cups"}))
        assert touched == (run == 0)


def test_a_taken_key_is_told_every_time(store: SqliteStore) -> None:
    store.write(lambda tx: put(tx, "cups", **ROW))
    for _ in RUNS:
        with pytest.raises(AlreadyThere):
            store.write(lambda tx: put(tx, "cups", **ROW))
    assert store.read(lambda tx: tx.scalar(select(func.count()).select_from(shelf))) == 1


def test_statements_are_forgotten_with_those_who_made_them(store: SqliteStore) -> None:
    for limit in range(20):
        store.read(lambda tx, limit=limit: tx.rows(select(shelf.c.name).limit(limit)))  # type: ignore[misc]
    assert len(store._statements) < 5
