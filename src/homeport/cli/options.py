"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import click

DEFAULT_STATE_DIR: Final = Path("~/.homeport")

Command = TypeVar("Command", bound=Callable[..., object])


def state_dir_option(command: Command) -> Command:
    """``--state-dir``: an absolute path, the user's home filled in."""
    return click.option(
        "--state-dir",
        type=click.Path(path_type=Path),
        default=DEFAULT_STATE_DIR,
        show_default=True,
        callback=lambda _context, _parameter, value: value.expanduser().absolute(),
        help="Where Homeport keeps its state.",
    )(command)
