"""The kernel's limit of inotify instances: Envoy takes one for each file that it is told of.

Envoy ends itself when there is none left, and a stock kernel allows a user 128.  So the limit is
raised as far as the number of files demands (root may), and where that fails, Envoy must be told
less.
"""

from pathlib import Path
from typing import Final

LIMIT: Final = Path("/proc/sys/fs/inotify/max_user_instances")
FOR_OTHERS: Final = 112
"""What the other programs of the machine may hold at the same time."""
FOR_OTHERS_AT_LEAST: Final = 24


def files_allowed(wanted: int, *, limit: Path = LIMIT) -> int:
    """How many files Envoy may be told of, after making room for those that are wanted.

    A changed cluster has its file watched twice for a moment, so each counts twice.
    """
    there = int(limit.read_text())
    enough = 2 * wanted + FOR_OTHERS
    if there < enough:
        try:
            limit.write_text(str(enough))
        except OSError:
            return max(0, (there - FOR_OTHERS_AT_LEAST) // 2)
    return wanted
