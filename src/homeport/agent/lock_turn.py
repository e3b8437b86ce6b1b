"""One process at a time: a file's lock, waited for without asking again and again.

The kernel passes the lock on when its holder gives it up or dies, however it dies.
"""

import asyncio
import contextlib
import fcntl
import os
import threading
from pathlib import Path


class LockTurn:
    """Our turn to do what only one process of the machine can do."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._descriptor = -1

    @property
    def held(self) -> bool:
        """Whether it is our turn."""
        return self._descriptor >= 0

    def try_take(self) -> bool:
        """Take the turn if it is nobody's."""
        descriptor = self._opened()
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    async def wait(self) -> None:
        """Wait until it is our turn."""
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        descriptor = self._opened()

        def settle() -> None:
            if turn.cancelled():
                os.close(descriptor)  # Nobody waits any more: let the next one have it.
                return
            self._descriptor = descriptor
            turn.set_result(None)

        def block() -> None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                loop.call_soon_threadsafe(settle)
            except RuntimeError:  # The loop is closed.
                os.close(descriptor)

        # A daemon: it must not keep the process alive, and cannot be woken from its wait.
        threading.Thread(target=block, name="lock-turn", daemon=True).start()
        await turn

    def give_up(self) -> None:
        """Let the next one have its turn."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1

    def _opened(self) -> int:
        return os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
