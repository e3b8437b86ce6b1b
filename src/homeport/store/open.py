"""Choose the database that a setting names."""

from pathlib import Path

from homeport.store.store import Store


def open_store(database: str | None, state_dir: Path, *, full_sync: bool = False) -> Store:
    """The store at `database` (``postgresql://…``), or the SQLite file in the state directory."""
    if database is None:
        from homeport.store.sqlite import SqliteStore  # noqa: PLC0415

        return SqliteStore(state_dir / "homeport.db", full_sync=full_sync)
    if database.startswith(("postgresql://", "postgresql+psycopg://")):
        # Imported on need: psycopg looks for libpq and a SQLite user may have none.
        from homeport.store.postgres import PostgresStore  # noqa: PLC0415

        return PostgresStore(database)
    raise ValueError(f"--database must be a postgresql:// URL, not {database!r}")
