"""Names inside namespaces that the Engine has already made: for holders that were ready before
their task was known.

Only on the Engine's own host, and only as root; `can_reach` tells.
"""

import ctypes
import os
import socket
import threading
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

CLONE_NEWUTS: Final = 0x04000000


class NameFiles(Struct, frozen=True, kw_only=True):
    """The files that a container and whoever shares its network see in ``/etc``."""

    hosts: str
    hostname: str


def name_files(inspected: dict[str, Any]) -> NameFiles:
    """Where the Engine keeps a container's ``/etc/hosts`` and ``/etc/hostname``."""
    return NameFiles(
        hosts=inspected.get("HostsPath") or "", hostname=inspected.get("HostnamePath") or ""
    )


def can_reach(inspected: dict[str, Any]) -> bool:
    """Whether this process may name things in the namespaces of a running container."""
    files = name_files(inspected)
    writable = all(each and os.access(each, os.W_OK) for each in (files.hosts, files.hostname))
    return writable and os.geteuid() == 0 and _is_process_of(inspected)


def write_names(files: NameFiles, address: str, name: str) -> None:
    """Let the address be known by `name`, and `name` be what ``/etc/hostname`` says."""
    with Path(files.hosts).open("a") as hosts:
        hosts.write(f"{address}\t{name} {name.partition('.')[0]}\n")
    Path(files.hostname).write_text(f"{name}\n")


def set_hostname(inspected: dict[str, Any], name: str) -> None:
    """Set the host name of a running container; one that has ended is left alone."""
    if not _is_process_of(inspected):
        return
    # A thread of its own: it stays in the other namespace and ends there.
    entering = threading.Thread(target=_enter_and_set, args=(inspected["State"]["Pid"], name))
    entering.start()
    entering.join()


def _is_process_of(inspected: dict[str, Any]) -> bool:
    """Whether the process of that number *here* is the container's, not a namesake's."""
    pid = inspected["State"].get("Pid") or 0
    try:
        return pid > 0 and inspected["Id"] in Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return False


def _enter_and_set(pid: int, name: str) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    try:
        with Path(f"/proc/{pid}/ns/uts").open("rb") as namespace:
            entered = libc.setns(namespace.fileno(), CLONE_NEWUTS) == 0
    except OSError:
        return  # It has ended.
    if entered:
        socket.sethostname(name)
