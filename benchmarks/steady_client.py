"""A client that asks at a steady rate, whether or not answers come: an open loop.

It keeps connections for later requests, opens one more whenever none is free, and counts a request
as failed that gets anything but 200 in time.
"""

import asyncio
import contextlib
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

PATIENCE_S = 10.0


@dataclass
class Sent:
    """What came of the requests."""

    sent: int = 0
    failures: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    """From the moment that a request was due until its answer had come."""
    bodies: Counter[bytes] = field(default_factory=Counter)
    """How often each page was answered with 200."""
    begin_s: float = 0.0
    end_s: float = 0.0

    @property
    def rate(self) -> float:
        """Requests a second that were really sent."""
        return self.sent / (self.end_s - self.begin_s)

    @property
    def p99_ms(self) -> float:
        """The 99th percentile of how long answers took."""
        return statistics.quantiles(self.took_s, n=100)[-1] * 1000


class SteadyClient:
    """Asks a page of one port, so many times a second."""

    def __init__(self, port: int, *, rate: float) -> None:
        self._port = port
        self._rate = rate
        self._request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._over = threading.Event()
        self.seen = Sent()

    @contextlib.contextmanager
    def running(self) -> Iterator[Sent]:
        """Ask from a thread of its own until the end, and wait for the last answers then."""
        thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        thread.start()
        try:
            yield self.seen
        finally:
            self._over.set()
            thread.join()

    async def _run(self) -> None:
        self.seen.begin_s = time.monotonic()
        asking: set[asyncio.Task[None]] = set()
        while not self._over.is_set():
            due = self.seen.begin_s + self.seen.sent / self._rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            self.seen.sent += 1
            task = asyncio.create_task(self._ask(due))
            asking.add(task)
            task.add_done_callback(asking.discard)
        self.seen.end_s = time.monotonic()
        await asyncio.gather(*asking)
        for _, writer in self._free:
            writer.close()

    async def _ask(self, due: float) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                status = await self._answer()
            if status != b"200":
                self.seen.failures.append(f"answered {status.decode()}")
        except (OSError, EOFError, TimeoutError, asyncio.IncompleteReadError) as error:
            self.seen.failures.append(repr(error))
        self.seen.took_s.append(time.monotonic() - due)

    async def _answer(self) -> bytes:
        reader, writer = await self._connection()
        try:
            writer.write(self._request)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
            body = await reader.readexactly(length)
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in lines:
            writer.close()
        else:
            self._free.append((reader, writer))
        status = head.split(b" ", 2)[1]
        if status == b"200":
            self.seen.bodies[body.strip()] += 1
        return status

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)
