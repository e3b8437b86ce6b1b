"""Keeps the files of access logs bounded: a full one is put aside, the oldest goes.

Envoy writes them; no line of them is known here.  None is lost: Envoy goes on with the file that
was put aside until it is asked to open its files anew.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import structlog

from homeport.dataplane.envoy.admin import AdminAway

FULL_BYTES: Final = 64 * 1024 * 1024
"""From this size on a file is put aside, when it is looked at."""
KEPT: Final = 4
"""So many files are kept beside the one that is written, of each load balancer."""
LOOK_EVERY_S: Final = 10.0

_log = structlog.get_logger("homeport.envoy")


class AccessFiles:
    """The files of one Envoy: ``NAME.log``, and ``NAME.log.1``, the newest, to ``NAME.log.4``."""

    def __init__(
        self,
        directory: Path,
        reopen: Callable[[], Awaitable[None]],
        *,
        full_bytes: int = FULL_BYTES,
    ) -> None:
        """`reopen` has Envoy open its files anew; it raises `AdminAway` when that cannot be."""
        self._directory = directory
        self._reopen = reopen
        self._full_bytes = full_bytes
        self._is_owed = False

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Put aside what is full."""
        if await asyncio.to_thread(self._put_aside):
            self._is_owed = True
        if not self._is_owed:
            return
        try:
            await self._reopen()
        except AdminAway as away:
            # It goes on with the file that was put aside, or opens a new one at its start.
            _log.info("access logs are put aside; asking Envoy again soon", why=str(away))
        else:
            self._is_owed = False

    def _put_aside(self) -> bool:
        full = [
            each
            for each in sorted(self._directory.glob("*.log"))
            if each.stat().st_size >= self._full_bytes
        ]
        for each in full:
            for number in range(KEPT, 0, -1):
                before = _aside(each, number - 1)
                if before.exists():
                    before.replace(_aside(each, number))
        return bool(full)


def _aside(path: Path, number: int) -> Path:
    """The file that was put aside so many times; 0: that which is written."""
    return path.with_name(f"{path.name}.{number}") if number else path
