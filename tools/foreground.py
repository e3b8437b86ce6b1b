"""Runs one command in the foreground on behalf of a tool: signals reach it, its exit code returns.

What must be cleaned up afterwards is the caller's; nothing here knows of Docker or PostgreSQL.
"""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Final

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE_S: Final = 60.0


class Ended(Exception):
    """A signal asked the tool to end while it was preparing or cleaning up."""


def _raise_ended(number: int, _frame: FrameType | None) -> None:
    raise Ended(signal.Signals(number).name)


def end_on_signals() -> None:
    """From here on a signal raises `Ended`, so that `finally` blocks run."""
    for number in SIGNALS:
        signal.signal(number, _raise_ended)


def ignore_signals() -> None:
    """From here on signals change nothing: cleaning up is not to be interrupted."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def run(command: Sequence[str], env: Mapping[str, str]) -> int:
    """Run `command` until it ends; answers its exit code, 128 + n when signal n ended it.

    A signal for this process is passed on; the command then has `PATIENCE_S` to end.
    """
    with subprocess.Popen(command, env=dict(env)) as process:

        def pass_on(number: int, _frame: FrameType | None) -> None:
            # A terminal sends Ctrl-C to the whole foreground group: the command has it already.
            if number != signal.SIGINT:
                process.send_signal(number)
            raise Ended(signal.Signals(number).name)

        for number in SIGNALS:
            signal.signal(number, pass_on)
        try:
            code = process.wait()
        except Ended:
            ignore_signals()
            code = _await_end(process)
    return code if code >= 0 else 128 - code


def _await_end(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
