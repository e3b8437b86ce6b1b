"""The state directory: who holds it, the root credentials, the node token.  Files are mode 0600."""

import fcntl
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Final

LOCK: Final = "lock"
CREDENTIALS: Final = "credentials.json"
NODE_TOKEN: Final = "node-token"
PLANE_ID: Final = "plane-id"
RUNNING: Final = "running.json"


class StateDirInUse(Exception):
    """Another Homeport holds the state directory."""


class NotRunning(Exception):
    """No Homeport holds the state directory."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The root credentials of the account."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class Running:
    """What the Homeport that holds the directory says of itself."""

    pid: int
    endpoint: str
    region: str
    account: str = "000000000000"


class StateDir:
    """One directory; one Homeport at a time may `hold` it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: IO[str] | None = None

    def hold(self) -> None:
        """Claim the directory until the process ends; raises `StateDirInUse`."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = (self.path / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StateDirInUse(f"another Homeport runs on {self.path}") from error

    def is_held(self) -> bool:
        """Whether a Homeport runs on this directory (its lock dies with it)."""
        lock = self.path / LOCK
        if not lock.exists():
            return False
        with lock.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return True
        return False

    def credentials(self, fixed: Credentials | None = None) -> Credentials:
        """The root credentials: the fixed ones, those of the file, or new ones written to it."""
        file = self.path / CREDENTIALS
        if fixed is None and file.exists():
            return Credentials(**json.loads(file.read_text()))
        made = fixed or Credentials("AKIA" + _upper_alphanumeric(16), secrets.token_urlsafe(30))
        _write_private(file, json.dumps(asdict(made)))
        return made

    def node_token(self) -> str:
        """The secret with which nodes join, made at first use."""
        file = self.path / NODE_TOKEN
        if not file.exists():
            _write_private(file, secrets.token_urlsafe(32))
        return file.read_text()

    def plane_id(self) -> str:
        """Which control plane runs on the directory, among those of one database; made once."""
        file = self.path / PLANE_ID
        if not file.exists():
            _write_private(file, secrets.token_hex(8))
        return file.read_text()

    def known_node_token(self) -> str:
        """The secret as it was made; raises `OSError` when it was not."""
        return (self.path / NODE_TOKEN).read_text()

    def say_running(self, running: Running) -> None:
        """Leave word of how to reach the Homeport that holds the directory."""
        _write_private(self.path / RUNNING, json.dumps(asdict(running)))

    def running(self) -> Running:
        """How to reach the Homeport that holds the directory; raises `NotRunning`."""
        file = self.path / RUNNING
        if not self.is_held() or not file.exists():
            raise NotRunning(f"no Homeport runs on {self.path}")
        return Running(**json.loads(file.read_text()))


def _upper_alphanumeric(length: int) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    return "".join(secrets.choice(alphabet) for _ in range(length))


def _write_private(file: Path, text: str) -> None:
    """Replace a file at once: a reader sees the old text or the new, never half."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(f".{os.getpid()}.new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
