"""How a command or a server is asked in the place of a Lambda function.  It decides nothing.

What Lambda would hand to a function is a command's standard input and an HTTP request's body.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import aiohttp

from homeport.contracts.hooks import Order

OUTPUT_MAX: Final = 256 * 1024
"""Bytes of an answer that are read; what comes beyond is thrown away."""
TOLD_MAX: Final = 500
"""Characters of an error output that a diagnostic quotes."""
LAST_WORDS_S: Final = 1.0
"""How long to read on after the end of a command of which somebody else has the output."""
OUT: Final = 1
ERR: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of asking."""

    body: str | None = None
    """None: nothing that counts as an answer."""
    diagnostic: str = ""


async def ask_command(order: Order, environment: Mapping[str, str], directory: str) -> Said:
    """Run the command to its end; cancelled, it is killed with all that it started."""
    command = _Command()
    loop = asyncio.get_running_loop()
    starting = asyncio.ensure_future(
        loop.subprocess_exec(
            lambda: command,
            "/bin/sh",
            "-c",
            order.command,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
    )
    try:
        # A start that is cut short would wait for whoever holds the command's output.
        transport, _ = await asyncio.shield(starting)
    except asyncio.CancelledError:
        starting.add_done_callback(_end_late)
        raise
    except OSError as error:
        return Said(diagnostic=f"The command of the hook could not be run: {error}.")
    try:
        command.hand_over(transport, order.payload.encode())
        await command.exited.wait()
        # Children that the command leaves behind must not hold its output open.
        _kill_session(transport)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await command.silent.wait()
        code = transport.get_returncode()
    finally:
        _kill_session(transport)
        transport.close()
    if code == 0:
        return Said(body=command.text(OUT))
    how = f"exited with {code}" if code is not None and code > 0 else _signalled(code)
    told = command.text(ERR) or command.text(OUT)
    return Said(diagnostic=f"The command of the hook {how}. {_tail(told)}".strip())


async def ask_url(order: Order) -> Said:
    """POST the payload; an answer is 2xx."""
    headers = {"Content-Type": "application/json", "X-Amz-Function-Name": order.name}
    timeout = aiohttp.ClientTimeout(total=None)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                order.url, data=order.payload.encode(), headers=headers, allow_redirects=False
            ) as response,
        ):
            body = (await response.content.read(OUTPUT_MAX)).decode(errors="replace")
            if response.ok and response.status < 300:
                return Said(body=body)
            told = f"{order.url} answered {response.status}. {_tail(body)}"
            return Said(diagnostic=told.strip())
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Said(diagnostic=f"{order.url} did not answer: {error or type(error).__name__}.")


class _Command(asyncio.SubprocessProtocol):
    """What a command says, as far as it is kept: the writer is never held up."""

    def __init__(self) -> None:
        self.exited = asyncio.Event()
        self.silent = asyncio.Event()
        """Nobody holds its output and its errors any more."""
        self._said = {OUT: bytearray(), ERR: bytearray()}
        self._speaking = {OUT, ERR}

    def hand_over(self, transport: asyncio.SubprocessTransport, payload: bytes) -> None:
        """Give it the payload; a command that does not want it is none the worse."""
        stdin = cast(asyncio.WriteTransport, transport.get_pipe_transport(0))
        if not stdin.is_closing():
            stdin.write(payload)
            stdin.write_eof()

    def text(self, fd: int) -> str:
        """What it has said so far."""
        return self._said[fd].decode(errors="replace")

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        kept = self._said[fd]
        kept += data[: OUTPUT_MAX - len(kept)]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        self._speaking.discard(fd)
        if not self._speaking:
            self.silent.set()

    def process_exited(self) -> None:
        self.exited.set()


def _kill_session(transport: asyncio.SubprocessTransport) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(transport.get_pid(), signal.SIGKILL)


def _end_late(starting: "asyncio.Future[tuple[asyncio.SubprocessTransport, _Command]]") -> None:
    """The start of a command that nobody waits for any more is over."""
    if not starting.cancelled() and starting.exception() is None:
        transport, _ = starting.result()
        _kill_session(transport)
        transport.close()


def _signalled(code: int | None) -> str:
    return "was ended" if code is None else f"was ended by signal {-code}"


def _tail(text: str) -> str:
    return text.strip()[-TOLD_MAX:]
