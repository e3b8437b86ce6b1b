"""How a command or a server is asked in the place of a Lambda function.  It decides nothing.

What Lambda would hand to a function is a command's standard input and an HTTP request's body.
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from homeport.contracts.hooks import Order

OUTPUT_MAX: Final = 256 * 1024
"""Bytes of an answer that are read; what comes beyond is thrown away."""
TOLD_MAX: Final = 500
"""Characters of an error output that a diagnostic quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What came of asking."""

    body: str | None = None
    """None: nothing that counts as an answer."""
    diagnostic: str = ""


async def ask_command(order: Order, environment: Mapping[str, str], directory: str) -> Said:
    """Run the command to its end; cancelled, it is killed with all that it started."""
    try:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            order.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
    except OSError as error:
        return Said(diagnostic=f"The command of the hook could not be run: {error}.")
    speaking = asyncio.gather(
        _feed(process, order.payload.encode()), _read(process.stdout), _read(process.stderr)
    )
    try:
        await _ended(process.pid)
    finally:
        # The whole session: children that a command leaves behind would hold its output open.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    _, out, err = await speaking
    code = await process.wait()
    if code == 0:
        return Said(body=out)
    how = f"exited with {code}" if code > 0 else f"was ended by signal {-code}"
    return Said(diagnostic=f"The command of the hook {how}. {_tail(err or out)}".strip())


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


async def _ended(pid: int) -> None:
    """Until the process is over.  asyncio's own `wait` waits for whoever has its output, too."""
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    try:
        watcher = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop.add_reader(watcher, over.set)
    try:
        await over.wait()
    finally:
        loop.remove_reader(watcher)
        os.close(watcher)


async def _feed(process: asyncio.subprocess.Process, payload: bytes) -> None:
    """Hand the payload over; a command that does not want it is none the worse."""
    stream = process.stdin
    if stream is None:
        return
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(payload)
        await stream.drain()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.close()
        await stream.wait_closed()


async def _read(stream: asyncio.StreamReader | None) -> str:
    """All that is written, as far as it is kept: the writer is never held up."""
    kept = bytearray()
    while stream is not None and (chunk := await stream.read(65_536)):
        kept += chunk[: OUTPUT_MAX - len(kept)]
    return kept.decode(errors="replace")


def _tail(text: str) -> str:
    return text.strip()[-TOLD_MAX:]
