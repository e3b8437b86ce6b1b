"""How many open files this machine can give a container.

The Engine raises a limit only as far as its own hard limit, unless it may exceed that.  It runs
beside the agent, and what the agent may do is the best that is known of it.
"""

import re
import resource
from pathlib import Path
from typing import Final

STATUS: Final = Path("/proc/self/status")
CAP_SYS_RESOURCE: Final = 24

_EFFECTIVE: Final = re.compile(r"^CapEff:\s*([0-9a-f]+)$", re.MULTILINE)


def may_exceed_limits(status: str) -> bool:
    """Whether a process with this ``/proc/PID/status`` may raise hard limits."""
    found = _EFFECTIVE.search(status)
    return found is not None and bool(int(found.group(1), 16) >> CAP_SYS_RESOURCE & 1)


def open_files_max() -> int | None:
    """The most open files that can be asked for; None when there is no such bound."""
    if may_exceed_limits(STATUS.read_text()):
        return None
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if hard == resource.RLIM_INFINITY else hard
