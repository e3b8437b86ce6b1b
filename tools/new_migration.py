"""Write the Alembic revision that leads from the newest one to what the services' tables say.

``python tools/new_migration.py "what changes"``; read what it wrote before committing it.
"""

import importlib
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import DefaultClause, MetaData, create_engine, false, true

import homeport.services
from homeport.store.migrate import MIGRATIONS, migrate

VERSIONS = MIGRATIONS / "versions"


def all_metadata() -> list[MetaData]:
    """The tables that the runtime and each service state."""
    rooms = sorted(Path(homeport.services.__path__[0]).iterdir())
    names = [f"services.{room.name}" for room in rooms if (room / "tables.py").exists()]
    modules = [f"homeport.{name}.tables" for name in ("runtime", *names)]
    return [importlib.import_module(name).METADATA for name in modules]


def rendered(kind: str, item: object, _context: object) -> str | Literal[False]:
    """How a revision words what each database words differently; False: as Alembic does."""
    if kind == "server_default" and isinstance(item, DefaultClause):
        if isinstance(item.arg, type(false())):
            return "sa.false()"
        if isinstance(item.arg, type(true())):
            return "sa.true()"
    return False


def next_number(revisions: Iterable[str]) -> str:
    """The number after the greatest."""
    return f"{max((int(revision) for revision in revisions), default=0) + 1:04d}"


def main(message: str) -> None:
    """Compare and write."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    script = ScriptDirectory.from_config(config)
    number = next_number(each.revision for each in script.walk_revisions())
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        migrate(connection)
        config.attributes["connection"] = connection
        config.attributes["target_metadata"] = all_metadata()
        config.attributes["render_item"] = rendered
        command.revision(config, message=message, autogenerate=True, rev_id=number)
    engine.dispose()
    subprocess.run(["ruff", "format", "--quiet", str(VERSIONS)], check=True)


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "change")
