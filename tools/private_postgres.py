"""A private PostgreSQL server for one command (`scripts/postgres run -- COMMAND…`).

Its data is in a temporary directory and it listens on a Unix socket only, so it meets no other
server, works from every network namespace, and leaves nothing behind.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import foreground

USER: Final = "homeport"
ACCOUNTS: Final = ("postgres", "nobody")  # Whom the server runs as when we are root.
SETTINGS: Final = {
    "listen_addresses": "",
    "max_connections": "200",
    # Nobody will miss this data: tests of durability are about SQLite's and PostgreSQL's promises.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
}


class PostgresError(Exception):
    """The server could not be started; the text says why."""


def find_binaries() -> Path:
    """The directory with `initdb` and `pg_ctl` of the newest PostgreSQL on this machine."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = sorted(versions, key=lambda path: float(path.parts[-3]))
    if newest:
        return newest[-1].parent
    found = shutil.which("initdb")
    if found is None:
        raise PostgresError("PostgreSQL is missing: run scripts/setup")
    return Path(found).resolve().parent


def account() -> Mapping[str, Any]:
    """Popen's arguments that drop root: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise PostgresError(f"running as root, and there is no account {' or '.join(ACCOUNTS)}")


class Server:
    """One server and the directory that holds all of it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._data = directory / "data"
        self._binaries = find_binaries()
        self._account = account()

    @property
    def url(self) -> str:
        """Where it answers, as SQLAlchemy, psycopg and `homeport --database` read it."""
        return f"postgresql://{USER}@/postgres?host={quote(str(self.directory), safe='')}"

    def start(self) -> None:
        """Make the data directory and start the server; it answers when this returns."""
        self.directory.chmod(0o755)
        self._data.mkdir()
        if self._account:
            for path in (self.directory, self._data):
                os.chown(path, self._account["user"], self._account["group"])
        self._run("initdb", f"--username={USER}", "--auth=trust", "--encoding=UTF8",
                  "--locale=C", "--no-sync", f"--pgdata={self._data}")  # fmt: skip
        settings = {**SETTINGS, "unix_socket_directories": str(self.directory)}
        with (self._data / "postgresql.conf").open("a") as config:
            config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
        log = self.directory / "log"
        self._run("pg_ctl", "start", "--wait", "--silent", f"--pgdata={self._data}", f"--log={log}")

    def stop(self) -> None:
        """End the server and remove its data."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate",
                      f"--pgdata={self._data}")  # fmt: skip
        shutil.rmtree(self.directory, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        # Not into pipes: the server would inherit them, and reading them would never end.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [self._binaries / program, *arguments],
                cwd=self.directory,
                env={"PATH": os.defpath, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Ctrl-C is for the command that uses it.
                start_new_session=True,
                check=False,
                **self._account,
            )
            if done.returncode:
                output.seek(0)
                raise PostgresError(f"{program}: {output.read().strip()}")


def run(command: Sequence[str]) -> int:
    """Run `command` with a server of its own; answers its exit code."""
    foreground.end_on_signals()
    directory = Path(tempfile.mkdtemp(prefix="hp-pg-"))
    server: Server | None = None
    try:
        server = Server(directory)
        server.start()
        return foreground.run(command, {**os.environ, "HOMEPORT_TEST_POSTGRES": server.url})
    finally:
        foreground.ignore_signals()
        if server is not None:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def main() -> int:
    """`private_postgres run -- COMMAND…`."""
    words = sys.argv[1:]
    if words[:1] != ["run"] or not (command := words[1 + (words[1:2] == ["--"]) :]):
        print("usage: scripts/postgres run -- COMMAND…", file=sys.stderr)
        return 2
    try:
        return run(command)
    except PostgresError as error:
        print(f"postgres: {error}", file=sys.stderr)
        return 125
    except foreground.Ended as ended:
        print(f"postgres: ended by {ended}", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
