"""Where the API is reached: the address of the settings, and one for containers of this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from homeport.agent.loopback import AddressRefused
from homeport.agent.metadata_server import shared_address
from homeport.agent.shared_address import PlaceRefused, machine_place
from homeport.app.settings import Settings
from homeport.gateway.server import bind

FOR_CONTAINERS: Final = "169.254.170.2"
"""An address of the loopback interface: containers reach it through their gateway, others not."""


@dataclass(frozen=True, slots=True)
class Doors:
    """Bound sockets and the URLs that lead to them."""

    sockets: list[socket.socket]
    endpoint: str
    container_endpoint: str
    """Empty when containers have no way to the API."""

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator["Doors"]:
        """Bind; raises `OSError` when the port is taken."""
        first = bind(settings.host, settings.port)
        port = first.getsockname()[1]
        endpoint = f"http://{_reachable(settings.host)}:{port}"
        if not settings.agent or settings.host in _EVERYWHERE:
            inside = f"http://{FOR_CONTAINERS}:{port}" if settings.agent else ""
            yield cls([first], endpoint, inside)
            return
        with _second(port) as second:
            inside = f"http://{FOR_CONTAINERS}:{port}" if second else ""
            yield cls([first, *second], endpoint, inside)


@contextmanager
def _second(port: int) -> Iterator[list[socket.socket]]:
    """A socket for containers; none, and a line in the log, where that is not allowed."""
    try:
        address = shared_address(machine_place(), address=FOR_CONTAINERS)
        address.take()
    except (AddressRefused, PlaceRefused) as refused:
        structlog.get_logger().warning("containers cannot reach the API", why=str(refused))
        yield []
        return
    try:
        yield [bind(FOR_CONTAINERS, port)]
    finally:
        address.leave()


_EVERYWHERE: Final = ("0.0.0.0", "::", "")  # noqa: S104 - only compared with.


def _reachable(host: str) -> str:
    """The address that this machine's own programs use: one that listens everywhere is local."""
    if host in _EVERYWHERE:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
