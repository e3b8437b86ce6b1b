"""A database as a Homeport of revision 0002 left it: default networks, a service, its tasks.

`store/state_at_0002.json` was read from one: two of its regions, and what ECS kept of the service.
"""

import json
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, insert

from homeport.store.migrate import MIGRATIONS

ROWS: Final = Path(__file__).parent / "store" / "state_at_0002.json"
HOME: Final = "us-east-1"
OTHER: Final = "af-south-1"
SERVICE: Final = "web"
LEFT_RUNNING: Final = 3
"""Its tasks have an interface each; a fourth has given its address back."""


def old_rows() -> dict[str, list[dict[str, Any]]]:
    """The rows of each table, bodies parsed."""
    found: dict[str, list[dict[str, Any]]] = json.loads(ROWS.read_text())
    return found


def make_old_state(url: str) -> None:
    """Bring the empty database at `url` to revision 0002 and put the rows there."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        migrate_to("0002", connection)
        tables = MetaData()
        tables.reflect(connection)
        for name, rows in old_rows().items():
            stored = [_stored(row) for row in rows]
            connection.execute(insert(tables.tables[name]), stored)
        connection.commit()
    engine.dispose()


def migrate_to(revision: str, connection: Connection) -> None:
    """Bring an empty database to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    connection.commit()


def _stored(row: dict[str, Any]) -> dict[str, Any]:
    if "body" not in row:
        return row
    return row | {"body": json.dumps(row["body"], ensure_ascii=False).encode()}
