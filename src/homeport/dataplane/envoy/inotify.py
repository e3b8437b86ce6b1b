"""Changes of a file, as the kernel tells of them: the standard library has no words for it."""

import ctypes
import os
from pathlib import Path
from typing import Final

IN_MODIFY: Final = 0x2
IN_NONBLOCK: Final = os.O_NONBLOCK
IN_CLOEXEC: Final = os.O_CLOEXEC


def watch_changes(path: Path) -> int:
    """A descriptor that becomes readable whenever the file is written to or shortened.

    Raises `OSError` when the file is not there, or when the kernel has no watch left.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor: int = libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
    if descriptor < 0:
        raise _error(path)
    if libc.inotify_add_watch(descriptor, os.fsencode(path), IN_MODIFY) < 0:
        error = _error(path)
        os.close(descriptor)
        raise error
    return descriptor


def forget_news(descriptor: int) -> None:
    """Take what the descriptor has to say; it is readable again at the next change."""
    try:
        while os.read(descriptor, 65_536):
            pass
    except BlockingIOError:
        return


def _error(path: Path) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), str(path))
