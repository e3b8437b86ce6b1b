"""Where the metadata endpoint listens: the address, the socket, the HTTP server.

Containers are told ``http://169.254.170.2``, port 80, whatever machine they are on; that address
is put on the loopback interface, and that port led to ours, for as long as the agent runs.  What is
answered is `metadata`.
"""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from typing import Any, Final

import structlog
import uvicorn

from homeport.agent import loopback
from homeport.agent.redirect import Redirect, RedirectRefused

ADDRESS: Final = "169.254.170.2"
PORT: Final = 80
LISTENING_PORT: Final = 51679
"""The ECS agent's own; no task can have it (`Hello.reserved_ports`)."""

CONNECTIONS_WAITING_MAX: Final = 256
REQUESTS_AT_ONCE_MAX: Final = 1024
STOP_WITHIN_S: Final = 2

_log = structlog.get_logger("homeport.metadata")


class MetadataUnavailable(Exception):
    """The endpoint cannot listen where containers look for it; the message says what to do."""


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
    ) -> None:
        self._app = app
        self._address = address
        self._port = port
        self._listening_port = listening_port
        self._socket: socket.socket | None = None
        self._redirect: Redirect | None = None
        self._added = False

    def bind(self) -> tuple[str, int]:
        """Take the address and the port; answers where it listens.

        Raises `MetadataUnavailable`.
        """
        try:
            port = self._port if self._listening_port is None else self._listening_port
            self._socket = self._bound(port)
            if self._listening_port is not None and not self._redirected(self._listening_port):
                self._socket.close()
                port = self._port
                self._socket = self._bound(port)
        except OSError as error:
            self.release()
            raise MetadataUnavailable(_sentence(error, self._address, port)) from error
        except loopback.AddressRefused as error:
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
        """Close the socket, and take the address away if it was put there by us."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._redirect is not None:
            self._redirect.take_away()
            self._redirect = None
        if self._added:
            loopback.remove_address(self._address)
            self._added = False

    def _redirected(self, to_port: int) -> bool:
        redirect = Redirect(address=self._address, port=self._port, to_port=to_port)
        try:
            redirect.put()
        except RedirectRefused as refusal:
            _log.warning(
                "tasks cannot have this port of the machine: the metadata endpoint needs it",
                port=self._port,
                reason=str(refusal),
            )
            return False
        self._redirect = redirect
        return True

    def _bound(self, port: int) -> socket.socket:
        try:
            return _bound_socket(self._address, port)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
        self._added = loopback.add_address(self._address)
        _log.debug("added the address to the loopback interface", address=self._address)
        return _bound_socket(self._address, port)


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
                f"{where}: the port is taken. Another agent (Homeport's or Amazon's) runs on this "
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
