"""Which bridges the agents of a machine count on: a shared lock on a file for each.

The kernel lets go of a lock when its process dies.  Who uses a bridge without an agent is known by
the bridge itself: containers are attached to it, or it has addresses.
"""

import fcntl
import os
from pathlib import Path


class BridgeHolds:
    """One agent's holds on bridges, by VPC."""

    def __init__(self, place: Path | None) -> None:
        """Without a `place` nobody knows of the others: no bridge is ours alone."""
        self._place = place
        self._descriptors: dict[str, int] = {}

    def held(self) -> tuple[str, ...]:
        """The VPCs whose bridge this agent counts on."""
        return tuple(self._descriptors)

    def take(self, vpc_id: str) -> None:
        """Count on the bridge, until `leave` or the end of the process."""
        if self._place is None or vpc_id in self._descriptors:
            return
        descriptor = self._opened(vpc_id)
        # Waits at most for one who removes the bridge in this moment.
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        self._descriptors[vpc_id] = descriptor

    def is_ours_alone(self, vpc_id: str) -> bool:
        """Whether no other agent counts on it; none can begin to, until `share` or `leave`."""
        if self._place is None:
            return False
        if vpc_id not in self._descriptors:
            self._descriptors[vpc_id] = self._opened(vpc_id)
        try:
            fcntl.flock(self._descriptors[vpc_id], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.share(vpc_id)  # A lock that cannot be made exclusive is lost.
            return False
        return True

    def share(self, vpc_id: str) -> None:
        """Let others count on it too, if it is held."""
        if vpc_id in self._descriptors:
            fcntl.flock(self._descriptors[vpc_id], fcntl.LOCK_SH)

    def leave(self, vpc_id: str) -> None:
        """Count on it no more."""
        descriptor = self._descriptors.pop(vpc_id, -1)
        if descriptor >= 0:
            os.close(descriptor)

    def _opened(self, vpc_id: str) -> int:
        if self._place is None:
            raise AssertionError("there is no place for locks")
        file = self._place / f"bridge-{vpc_id}.lock"
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
