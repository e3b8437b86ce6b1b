"""A migrated database has exactly the tables that the services state, on both databases."""

import importlib
import os
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData

import homeport.services
from conftest import fresh_database
from homeport.store import Store
from homeport.store.postgres import PostgresStore
from homeport.store.sqlite import SqliteStore

POSTGRES = os.environ.get("HOMEPORT_TEST_POSTGRES")


def stated() -> MetaData:
    """The tables of the runtime and of all services in one MetaData."""
    together = MetaData()
    rooms = Path(homeport.services.__path__[0]).iterdir()
    services = [f"services.{room.name}" for room in rooms if (room / "tables.py").exists()]
    for name in ("runtime", *services):
        tables = importlib.import_module(f"homeport.{name}.tables")
        for table in tables.METADATA.sorted_tables:
            table.to_metadata(together)
    return together


def differences(connection: Connection) -> list[object]:
    return compare_metadata(MigrationContext.configure(connection), stated())


def migrated(store: Store) -> list[object]:
    store.migrate()
    store.migrate()  # A second start finds nothing to do.
    found = store.read(lambda tx: differences(tx._connection))
    store.close()
    return found


def test_sqlite_migrates_to_the_stated_tables(tmp_path: Path) -> None:
    assert migrated(SqliteStore(tmp_path / "state.db")) == []


@pytest.mark.postgres
def test_postgresql_migrates_to_the_stated_tables() -> None:
    if POSTGRES is None:
        pytest.skip("HOMEPORT_TEST_POSTGRES names no server (make test starts one)")
    with fresh_database(POSTGRES) as url:
        assert migrated(PostgresStore(url)) == []
