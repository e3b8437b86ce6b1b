"""Whether an address and port can be opened, and who has it: told before Envoy tries.

Envoy shares ports (SO_REUSEPORT), also with another Envoy of the same user: it would take half of
its connections and say nothing.  So each place is tried here first, alone.
"""

import errno
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from homeport.dataplane.envoy.resources import Place

PROC: Final = Path("/proc")
LISTENING: Final = "0A"
IP_FREEBIND: Final = 15


def why_shut(place: Place, *, ours: frozenset[int]) -> str | None:
    """Why the place cannot be opened, as a sentence; None: it can.

    `ours` are the processes that may have it already.
    """
    kind = socket.SOCK_DGRAM if place.is_udp else socket.SOCK_STREAM
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        if not place.is_udp:
            # Connections that are over do not keep a port; UDP sockets would share it.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((place.address, place.port))
        except OSError as error:
            return _why(place, error, ours)
    return None


def is_here(address: str) -> bool:
    """Whether the address is one of this machine's."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True


def _why(place: Place, error: OSError, ours: frozenset[int]) -> str | None:
    where = f"{'UDP port' if place.is_udp else 'Port'} {place.port} of {place.address}"
    if error.errno == errno.EACCES:
        return (
            f"{where} cannot be opened: only root may open ports below "
            f"{_first_free_port()}. Choose another with --lb-port {place.port}=PORT."
        )
    if error.errno != errno.EADDRINUSE:
        return f"{where} cannot be opened: {error.strerror}."
    holders = tuple(_holders(place))
    if any(pid in ours for pid, _ in holders):
        return None
    by = ", ".join(f"{name} (process {pid})" for pid, name in holders) or "another program"
    return f"{where} is taken by {by}."


def _first_free_port() -> str:
    return (PROC / "sys/net/ipv4/ip_unprivileged_port_start").read_text().strip()


def _holders(place: Place) -> Iterator[tuple[int, str]]:
    """Processes that have the port open, as far as we may look."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(place)}
    if not wanted:
        return
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and not wanted.isdisjoint(_descriptors(entry)):
            yield int(entry.name), _name(entry)


def _inodes(place: Place) -> Iterator[str]:
    for table in ("udp", "udp6") if place.is_udp else ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            columns = line.split()
            port = int(columns[1].rpartition(":")[2], 16)
            is_open = place.is_udp or columns[3] == LISTENING
            address = columns[1].rpartition(":")[0]
            if port == place.port and is_open and _same_address(address, place.address):
                yield columns[9]


def _same_address(shown: str, address: str) -> bool:
    """Whether a socket on what the kernel shows stands in the way of one on `address`."""
    if not int(shown, 16) or address in {"0.0.0.0", "::"}:  # noqa: S104 - any address.
        return True
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address)
    words = [shown[at : at + 8] for at in range(0, len(shown), 8)]
    seen = b"".join(bytes.fromhex(word)[::-1] for word in words)
    return seen[-4:] == packed if family == socket.AF_INET else seen == packed


def _descriptors(entry: Path) -> Iterator[str]:
    try:
        for descriptor in (entry / "fd").iterdir():
            try:
                yield str(descriptor.readlink())
            except OSError:
                continue
    except OSError:
        return


def _name(entry: Path) -> str:
    try:
        return (entry / "comm").read_text().strip()
    except OSError:
        return "a process that is gone"
