"""The address of the metadata endpoint, while several processes of this machine need it.

It is put on the loopback interface by the first and taken away by the last, whoever that is: they
all hold a lock on one file, which the kernel lets go of when a process dies.  What is served at
the address is not known here.
"""

import errno
import fcntl
import os
import socket
import tempfile
from pathlib import Path
from typing import Final

import structlog

from homeport.agent import loopback
from homeport.agent.redirect import Redirect, RedirectRefused

ROOT: Final = Path("/run/homeport")
OWN_NETWORK: Final = Path("/proc/self/ns/net")
SO_NETNS_COOKIE: Final = 71
PUT_BY_US: Final = b"ours"

_log = structlog.get_logger("homeport.metadata")


class PlaceRefused(Exception):
    """The directory that agents of a machine share cannot be used; the message says why."""


def machine_place() -> Path:
    """The directory that this user's agents of this network share; others cannot look into it.

    A network, not a machine: the address and its port are a network namespace's, and containers
    or tests may have one of their own.  Raises `PlaceRefused`.
    """
    user = os.geteuid()
    root = ROOT
    if user:
        own = os.environ.get("XDG_RUNTIME_DIR")
        root = Path(own) / "homeport" if own else Path(tempfile.gettempdir()) / f"homeport-{user}"
    try:
        for each in (root, place := root / f"net-{_network()}"):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = each.lstat()
            if found.st_uid != user or found.st_mode & 0o077 or each.is_symlink():
                raise PlaceRefused(f"{each} must be a directory that only user {user} can open.")
    except OSError as error:
        raise PlaceRefused(f"{root}: {os.strerror(error.errno or errno.EIO)}") from error
    return place


def _network() -> str:
    """A name of this process's network that no other has until the machine starts anew."""
    try:
        with socket.socket() as probe:
            cookie = probe.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8)
        return str(int.from_bytes(cookie, "little"))
    except OSError:  # Before Linux 5.14.
        return f"i{OWN_NETWORK.stat().st_ino}"


class SharedAddress:
    """One process's hold on the address; it may be taken several times and is left as often."""

    def __init__(self, place: Path, address: str, redirect: Redirect | None = None) -> None:
        """`redirect` leads a port of the address to another; it too is undone by the last."""
        self._file = place / f"{address}.lock"
        self._address = address
        self._redirect = redirect
        self._holds = 0
        self._descriptor = -1

    def take(self) -> None:
        """Have the address until `leave`.  Raises `loopback.AddressRefused`."""
        self._holds += 1
        if self._holds > 1:
            return
        try:
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            # Waits at most for one who takes it away in this moment.
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
            if not _is_here(self._address) and loopback.add_address(self._address):
                os.pwrite(self._descriptor, PUT_BY_US, 0)
                _log.debug("added the address to the loopback interface")
        except BaseException:
            self._let_go()
            raise

    def lead(self) -> bool:
        """Have the redirection, if there is one; False where that is not allowed."""
        if self._redirect is None:
            return True
        try:
            self._redirect.put()
        except RedirectRefused as refusal:
            _log.warning(
                "tasks cannot have this port of the machine: the metadata endpoint needs it",
                port=self._redirect.port,
                reason=str(refusal),
            )
            return False
        return True

    def leave(self) -> None:
        """Need it no more; the last who needs it takes away what was put there by us."""
        if self._holds > 1:
            self._holds -= 1
        elif self._holds == 1:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # Others need it.
            else:
                if self._redirect is not None:
                    self._redirect.take_away()
                if os.pread(self._descriptor, len(PUT_BY_US), 0) == PUT_BY_US:
                    loopback.remove_address(self._address)
                    os.ftruncate(self._descriptor, 0)
            finally:
                self._let_go()

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1
        self._holds = 0


def _is_here(address: str) -> bool:
    """Whether this machine has the address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            return False
    return True
