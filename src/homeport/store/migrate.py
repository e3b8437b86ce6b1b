"""Bring a database to the newest schema with Alembic.  The revisions are in `migrations/versions`.

A service states its tables in its own `tables.py`; a test keeps the two the same.
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Run the revisions that `connection`'s database has not seen yet."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


def clear_tables(connection: Connection) -> None:
    """Delete every row of every table but Alembic's own."""
    known = MetaData()
    known.reflect(connection)
    for table in reversed(known.sorted_tables):
        if table.name != "alembic_version":
            connection.execute(table.delete())
    connection.commit()
