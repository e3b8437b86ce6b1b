"""The HTTP server under the gateway: sockets, start and graceful stop."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn

from homeport.gateway.asgi import App, Gateway, Settings

__all__ = ["Gateway", "Settings", "bind", "serve"]

BACKLOG: Final = 2_048
GRACE_S: Final = 5
KEEP_ALIVE_S: Final = 75
"""Longer than SDKs keep an idle connection, so that they never write into one just closed."""


class _Server(uvicorn.Server):
    """uvicorn without signal handlers (the app's own decide) that tells when it listens."""

    def __init__(self, config: uvicorn.Config, listening: asyncio.Event) -> None:
        super().__init__(config)
        self._listening = listening

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._listening.set()


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address; raises `OSError` when it is taken.  Port 0 is any."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(BACKLOG)
    except BaseException:
        bound.close()
        raise
    bound.set_inheritable(False)
    return bound


async def serve(
    app: App,
    sockets: list[socket.socket],
    *,
    started: asyncio.Event,
    stop: asyncio.Event,
    closing: Callable[[], None] = lambda: None,
    grace_s: int = GRACE_S,
) -> None:
    """Serve until `stop` is set or this is cancelled; requests in hand get `grace_s` to end.

    `closing` is called first then: answers without end have to end.
    The sockets come from `bind` and are closed at the end; `started` is set once they answer.
    """
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="websockets-sansio",
        loop="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=grace_s,
    )
    server = _Server(config, started)
    serving = asyncio.create_task(server.serve(sockets))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        closing()
        server.should_exit = True
        await asyncio.shield(serving)
        for each in sockets:
            each.close()
