"""A private Docker Engine in a network namespace of its own, for one command (`scripts/lab`).

Makes, lends and removes it.  What runs inside is the caller's; the machine's own Engine, networks
and firewall are never touched, so several labs may run at once.
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import foreground

START_WITHIN_S: Final = 60.0
STOP_WITHIN_S: Final = 20.0
PREFIX: Final = "hp-lab-"  # Short: the path of a Unix socket has at most 107 characters.
NETNS_DIR: Final = Path("/run/netns")
ROOT: Final = Path(__file__).resolve().parent.parent


class LabError(Exception):
    """The lab could not be made; the text says why and what to do."""


class Lab:
    """One lab: a directory that holds everything of it, and a network namespace of its name."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.netns = directory.name
        self.socket = directory / "docker.sock"
        self.pid_file = directory / "docker.pid"
        self.log = directory / "dockerd.log"

    @property
    def docker_host(self) -> str:
        """What `DOCKER_HOST` is inside."""
        return f"unix://{self.socket}"

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of whatever runs inside."""
        return {
            **os.environ,
            "DOCKER_HOST": self.docker_host,
            "HOMEPORT_LAB": "1",
            "HOMEPORT_LAB_DIR": str(self.directory),
        }

    def inside(self, command: Sequence[str]) -> list[str]:
        """`command` in the lab's network; mounts, and so cgroups, stay those of the machine."""
        return ["nsenter", f"--net={NETNS_DIR / self.netns}", "--", *command]

    def make_network(self) -> None:
        """Make the network namespace; only loopback is in it."""
        _do(["ip", "netns", "add", self.netns])
        _do(self.inside(["ip", "link", "set", "lo", "up"]))

    def start_engine(self) -> None:
        """Start dockerd and wait until it answers."""
        command = [
            "dockerd",
            f"--data-root={self.directory / 'data'}",
            f"--exec-root={self.directory / 'exec'}",
            f"--host={self.docker_host}",
            f"--pidfile={self.pid_file}",
            # No such file: the machine's /etc/docker/daemon.json is not the lab's.
            f"--config-file={self.directory / 'daemon.json'}",
            "--live-restore",
            "--log-level=warn",
        ]
        (self.directory / "daemon.json").write_text("{}")
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                self.inside(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # A session of its own: Ctrl-C is for the command, dockerd ends after it.
                start_new_session=True,
            )
        deadline = time.monotonic() + START_WITHIN_S
        while not self.answers():
            if process.poll() is not None or time.monotonic() > deadline:
                raise LabError(f"dockerd did not start; the end of its log:\n{self.log_end()}")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether the Engine answers."""
        return self.socket.exists() and _quiet(self.docker("version")) == 0

    def docker(self, *words: str) -> list[str]:
        """A docker command against the lab's Engine."""
        return ["docker", "--host", self.docker_host, *words]

    def log_end(self, lines: int = 20) -> str:
        """The last lines that dockerd wrote."""
        return "\n".join(_read(self.log).splitlines()[-lines:]) or "(nothing)"

    def stop_engine(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send dockerd a signal and wait until it is gone; containers live on (live-restore)."""
        pid = _pid_in(self.pid_file)
        if pid is None or not _is_of(pid, self.directory):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        _await_gone(pid, STOP_WITHIN_S)
        # dockerd's containerd ends with it.  After SIGKILL both leave their pid files, and a new
        # dockerd would take a pid that is not reaped yet for a containerd that lives.
        containerd = self.directory / "exec" / "containerd" / "containerd.pid"
        if (pid := _pid_in(containerd)) is not None and _is_of(pid, self.directory):
            _await_gone(pid, STOP_WITHIN_S)
        containerd.unlink(missing_ok=True)
        self.pid_file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Undo everything, in whatever state it is; what is gone already is fine."""
        parents = self._cgroup_parents()
        containers = self._remove_containers()
        self.stop_engine()
        _end_all(lambda: self._leftovers(containers))
        for mount in sorted(_mounts_under(self.directory), reverse=True):
            _quiet(["umount", "--lazy", mount])
        _quiet(["ip", "netns", "delete", self.netns])
        for group in (*containers, *parents):
            _remove_cgroups(group)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _leftovers(self, containers: Sequence[str]) -> set[int]:
        """Engine, shims, containers that lost theirs, and what else is in the lab's network."""
        found = {*_engine_processes(self.directory), *_in_netns(self.netns)}
        for pid in _all_pids():
            groups = _read(Path(f"/proc/{pid}/cgroup"))
            if any(container in groups for container in containers):
                found.add(pid)
        return found - {os.getpid()}

    def _cgroup_parents(self) -> set[str]:
        """Names of the control groups that the lab's containers were put into."""
        found = set()
        for config in self.directory.glob("data/containers/*/hostconfig.json"):
            with contextlib.suppress(ValueError):
                found.add(Path(json.loads(_read(config)).get("CgroupParent") or "/").name)
        return found - {""}

    def _remove_containers(self) -> list[str]:
        """Kill and remove every container while the Engine can; answers all ids it ever had."""
        stored = self.directory / "data" / "containers"
        known = [each.name for each in stored.iterdir()] if stored.is_dir() else []
        with contextlib.suppress(subprocess.TimeoutExpired):
            listed = subprocess.run(
                self.docker("ps", "--all", "--quiet", "--no-trunc"),
                capture_output=True, text=True, timeout=STOP_WITHIN_S, check=False,
            )  # fmt: skip
            ids = listed.stdout.split()
            if listed.returncode == 0 and ids:
                _quiet(self.docker("rm", "--force", "--volumes", *ids), within_s=60.0)
        return known


def run(command: Sequence[str]) -> int:
    """Make a lab, run `command` in it, remove the lab; answers the command's exit code."""
    foreground.end_on_signals()
    lab: Lab | None = None
    try:
        place = _disk()
        remove_abandoned(place)
        lab = Lab(Path(tempfile.mkdtemp(prefix=PREFIX, dir=place)))
        (lab.directory / "owner").write_text(str(os.getpid()))
        # Containers that run as somebody else may be given directories below it.
        lab.directory.chmod(0o711)
        lab.make_network()
        lab.start_engine()
        _do([str(ROOT / "scripts/sample-images"), "--quiet"], lab.env)
        return foreground.run(lab.inside(command), lab.env)
    finally:
        foreground.ignore_signals()
        if lab is not None:
            lab.remove()


def remove_abandoned(place: Path) -> None:
    """Remove the labs of tools that were killed before they could."""
    for directory in place.glob(f"{PREFIX}*"):
        owner = _pid_in(directory / "owner")
        # Without an owner it is being made, or its end was cut short just before the last step.
        if owner is not None and "lab.py" not in _command_line(owner):
            Lab(directory).remove()


def restart_engine(number: signal.Signals) -> None:
    """From inside a lab: end its dockerd with a signal and start it again as it was."""
    directory = os.environ.get("HOMEPORT_LAB_DIR")
    if not directory:
        raise LabError("not inside a lab: HOMEPORT_LAB_DIR is not set")
    lab = Lab(Path(directory))
    lab.stop_engine(number)
    lab.start_engine()


def _disk() -> Path:
    """Where labs live: on a disk, because overlay2 does not work on every tmpfs."""
    for place in (os.environ.get("HOMEPORT_LAB_ROOT"), "/var/tmp", tempfile.gettempdir()):
        if place and os.access(place, os.W_OK):
            return Path(place)
    raise LabError("no place for a lab: set HOMEPORT_LAB_ROOT to a directory on a disk")


def _do(command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is missing: run scripts/setup") from error
    if done.returncode:
        raise LabError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")


def _quiet(command: Sequence[str], within_s: float = STOP_WITHIN_S) -> int:
    """Run a command whose failure is an answer; a command that hangs counts as failed."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=within_s,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def _read(path: Path) -> str:
    """The text of a file that may vanish at any time; empty when it did."""
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def _pid_in(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.isdigit() else None


def _command_line(pid: int) -> str:
    return _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ")


def _is_of(pid: int, directory: Path) -> bool:
    """Whether the process was started with a path of this lab: pids are used again."""
    return f"{directory}/" in _command_line(pid)


def _engine_processes(directory: Path) -> list[int]:
    """dockerd, containerd and shims of the lab: each was told a path inside it."""
    engine = ("dockerd", "containerd", "containerd-shim-runc-v2", "docker-proxy", "runc")
    return [
        pid
        for pid in _all_pids()
        if _is_of(pid, directory) and Path(_command_line(pid).split(" ", 1)[0]).name in engine
    ]


def _in_netns(netns: str) -> list[int]:
    """What still runs in the lab's network: leftovers of the command, host-network containers."""
    done = subprocess.run(
        ["ip", "netns", "pids", netns], capture_output=True, text=True, check=False
    )
    return [int(word) for word in done.stdout.split()]


def _all_pids() -> Iterator[int]:
    return (int(each.name) for each in Path("/proc").iterdir() if each.name.isdigit())


def _await_gone(pid: int, within_s: float) -> None:
    """Wait until the process has ended; kill it when it takes too long."""
    deadline = time.monotonic() + within_s
    while _lives(pid):
        if time.monotonic() > deadline:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + within_s
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # Ours: without this it would stay as a zombie.
    status = _read(Path(f"/proc/{pid}/stat"))
    return bool(status) and status.rpartition(")")[2].split()[0] not in ("Z", "X")


def _end_all(find: Callable[[], Iterable[int]]) -> None:
    """Kill what `find` finds until it finds nothing more (or only what cannot be killed)."""
    deadline = time.monotonic() + STOP_WITHIN_S
    while pids := [pid for pid in find() if _lives(pid)]:
        if time.monotonic() > deadline:
            return
        for pid in pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def _mounts_under(directory: Path) -> list[str]:
    lines = _read(Path("/proc/self/mounts")).splitlines()
    places = [line.split(" ")[1] for line in lines]
    return [place for place in places if place.startswith(f"{directory}/")]


def _remove_cgroups(name: str) -> None:
    """Remove control groups of this name that whoever made them could not remove; empty ones."""
    root = Path("/sys/fs/cgroup")
    for group in (*root.glob(f"**/{name}"), *root.glob(f"**/docker-{name}.scope")):
        with contextlib.suppress(OSError):
            group.rmdir()


def main() -> int:
    """`lab run -- COMMAND…` or, from inside, `lab restart-dockerd [--kill]`."""
    parser = argparse.ArgumentParser(prog="scripts/lab", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    running = verbs.add_parser("run", help="run COMMAND inside a fresh lab")
    running.add_argument("command", nargs="+", metavar="COMMAND")
    restarting = verbs.add_parser("restart-dockerd", help="from inside: end dockerd, start it anew")
    restarting.add_argument("--kill", action="store_true", help="with SIGKILL, not SIGTERM")
    options = parser.parse_args()
    try:
        if options.verb == "run":
            return run(options.command)
        restart_engine(signal.SIGKILL if options.kill else signal.SIGTERM)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 125
    except foreground.Ended as ended:
        print(f"lab: ended by {ended}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
