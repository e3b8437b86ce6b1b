"""How the commands show times and names to a person."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import click
from rich.console import Console
from rich.table import Table

NOBODY_READS: Final = 141
"""The exit code of a program that SIGPIPE ended."""


def show(line: str = "") -> None:
    """Print a line; when the reader of a pipe has gone, the command ends."""
    try:
        click.echo(line)
    except BrokenPipeError:
        # Python's own last flush would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(NOBODY_READS) from None


def page() -> Console:
    """Where a page is printed: long lines stay whole, for the terminal to wrap."""
    return Console(soft_wrap=True, highlight=False)


def columns() -> Table:
    """A table that is only columns."""
    return Table(box=None, show_header=False, padding=(0, 2, 0, 0))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with their columns below each other, however long they are."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def clock(at: float) -> str:
    """The local time of day, with milliseconds."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]


def lasting(seconds: float) -> str:
    """A span in the words of a person: ``4.2 s``, ``3 min 20 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"


def short(arn: str) -> str:
    """What an ARN names, without where that is: ``web:8``, or a task's id."""
    return arn.rpartition("/")[2]


def count(number: int, what: str) -> str:
    """``1 task``, ``2 tasks``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
