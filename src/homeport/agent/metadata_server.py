"""Where the metadata endpoint listens: the address, the socket, the HTTP server.

Containers are told ``http://169.254.170.2``, port 80, whatever machine they are on; that address
is put on the loopback interface, and that port led to ours, for as long as an agent runs.  What is
answered is `metadata`; which of several agents serves is `metadata_sharing`.
"""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import uvicorn

from homeport.agent.loopback import AddressRefused
from homeport.agent.redirect import Redirect
from homeport.agent.shared_address import PlaceRefused, SharedAddress, machine_place

ADDRESS: Final = "169.254.170.2"
PORT: Final = 80
LISTENING_PORT: Final = 51679
"""The ECS agent's own; no task can have it (`Hello.reserved_ports`)."""

CONNECTIONS_WAITING_MAX: Final = 256
REQUESTS_AT_ONCE_MAX: Final = 1024
STOP_WITHIN_S: Final = 2


class MetadataUnavailable(Exception):
    """The endpoint cannot listen where containers look for it; the message says what to do."""


def shared_address(
    place: Path,
    *,
    address: str = ADDRESS,
    port: int = PORT,
    listening_port: int | None = LISTENING_PORT,
) -> SharedAddress:
    """The endpoint's address, `port` led to `listening_port` where there is one."""
    redirect = None
    if listening_port is not None:
        redirect = Redirect(address=address, port=port, to_port=listening_port)
    return SharedAddress(place, address, redirect)


class MetadataServer:
    """Serves `app` at an address of this machine until stopped.

    With a `listening_port`, `port` is led there; without, the server listens on `port` itself.
    """

    def __init__(
        self,
        app: Any,
        *,
        address: str = ADDRESS,
        port: int = PORT,
        listening_port: int | None = LISTENING_PORT,
        place: Path | None = None,
    ) -> None:
        """`place`: where the processes that need the address meet; None is the machine's own."""
        self._app = app
        self._address = address
        self._port = port
        self._listening_port = listening_port
        self._place = place
        self._socket: socket.socket | None = None
        self._shared: SharedAddress | None = None

    def bind(self) -> tuple[str, int]:
        """Take the address and the port; answers where it listens.

        Raises `MetadataUnavailable`.
        """
        port = self._port if self._listening_port is None else self._listening_port
        try:
            self._take_address()
            self._socket = _bound_socket(self._address, port)
            if self._shared is not None and not self._shared.lead():
                self._socket.close()
                port = self._port
                self._socket = _bound_socket(self._address, port)
        except OSError as error:
            self.release()
            raise MetadataUnavailable(_sentence(error, self._address, port)) from error
        except (AddressRefused, PlaceRefused) as error:
            raise MetadataUnavailable(str(error)) from error
        address, port = self._socket.getsockname()
        return address, port

    async def run(self) -> None:
        """Serve (after `bind`) until cancelled, then give the address back."""
        if self._socket is None:
            self.bind()
        server = _Server(
            uvicorn.Config(
                self._app,
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                limit_concurrency=REQUESTS_AT_ONCE_MAX,
                timeout_graceful_shutdown=STOP_WITHIN_S,
            )
        )
        assert self._socket is not None  # noqa: S101  (`bind` raised otherwise)
        serving = asyncio.create_task(server.serve(sockets=[self._socket]))
        try:
            await asyncio.shield(serving)
        finally:
            server.should_exit = True
            try:
                await serving
            finally:
                self.release()

    def release(self) -> None:
        """Close the socket and need the address no more."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._shared is not None:
            self._shared.leave()
            self._shared = None

    def _take_address(self) -> None:
        shared = shared_address(
            self._place or machine_place(),
            address=self._address,
            port=self._port,
            listening_port=self._listening_port,
        )
        shared.take()
        self._shared = shared


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the business of the process, not of this server."""
        yield


def _bound_socket(address: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
        # Here, not later: that somebody else listens already may show only now.
        bound.listen(CONNECTIONS_WAITING_MAX)
    except OSError:
        bound.close()
        raise
    return bound


def _sentence(error: OSError, address: str, port: int) -> str:
    where = f"The task metadata endpoint cannot listen at {address}:{port}"
    match error.errno:
        case errno.EADDRINUSE:
            return (
                f"{where}: the port is taken. Amazon's agent or that of another user runs on this "
                f"machine, or a server listens on port {port} of every address: stop it, or let "
                "it listen on an address of its own."
            )
        case errno.EACCES | errno.EPERM:
            return (
                f"{where}: this user may not listen on port {port}. Run as root, or give the "
                "process CAP_NET_BIND_SERVICE and CAP_NET_ADMIN."
            )
        case _:
            return f"{where}: {os.strerror(error.errno or errno.EIO)}."
