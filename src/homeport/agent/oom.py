"""Did the kernel kill this container for memory?  Pure: a verdict from the evidence at hand.

A container is not *killed* for memory when only a child of its was and it went on, nor when
somebody killed it later: so neither the Engine's flag nor exit code 137 alone is enough.
"""

from typing import Final

from msgspec import Struct

SIGKILL_EXIT_CODE: Final = 137
RELATED_S: Final = 10.0


class Evidence(Struct, frozen=True, kw_only=True):
    """What is known of one container's end.  Times are seconds since the epoch."""

    exit_code: int
    finished_at: float
    flagged: bool
    """The Engine's own ``OOMKilled``."""
    oom_at: float | None = None
    """When the Engine last told of an out-of-memory event in its cgroup."""
    sigkill_at: float | None = None
    """When somebody last sent it SIGKILL through the Engine."""
    watched: bool = True
    """Whether the node saw it end; otherwise only the flag can tell."""
    limit_bytes: int | None = None


def verdict(evidence: Evidence) -> str | None:
    """What shows that it was killed for memory; None: it was not, or nothing shows it."""
    if evidence.exit_code != SIGKILL_EXIT_CODE:
        return None
    limit = _limit(evidence.limit_bytes)
    if not evidence.watched:
        return f"exit code 137 and the Engine's OOMKilled flag{limit}" if evidence.flagged else None
    if evidence.oom_at is None:
        return None
    if evidence.sigkill_at is not None and evidence.sigkill_at >= evidence.oom_at:
        return None  # It had survived, and was killed by somebody.
    if evidence.finished_at - evidence.oom_at > RELATED_S:
        return None  # A child was killed long before.
    flag = " and the Engine's OOMKilled flag" if evidence.flagged else ""
    return f"exit code 137 right after the kernel's out-of-memory event in its cgroup{flag}{limit}"


def _limit(limit_bytes: int | None) -> str:
    return f"; memory limit {limit_bytes // (1024 * 1024)} MiB" if limit_bytes else ""
