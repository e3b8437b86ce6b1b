"""Waits until Envoy has taken the weights that it was told, and tells.

Envoy announces nothing of the kind, so it is asked again and again, but only after it was told
something new, and for a bounded time.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import structlog

from homeport.contracts.routing_table import RoutingTable
from homeport.dataplane.envoy.admin import AdminAway
from homeport.dataplane.envoy.process import last_words
from homeport.dataplane.envoy.resources import Resources
from homeport.dataplane.envoy.shifts import (
    Wanted,
    is_taken,
    missing,
    refusal,
    wanted_shifts,
)
from homeport.dataplane.envoy.supervisor import Supervisor

LOOK_EVERY_S: Final = 0.005
LOOK_EVERY_MAX_S: Final = 1.0
"""Each time it waits a little longer, up to this."""
REFUSED_AFTER_S: Final = 2.0
"""Envoy takes a file within milliseconds, or never."""
PATIENCE_S: Final = 60.0
"""After that it is asked no more before it is told something new."""
LOG_READ_MAX: Final = 1_048_576
"""A refusal may repeat the whole file."""

_log = structlog.get_logger("homeport.envoy")


class Confirming:
    """The listeners whose present `shift` was not seen to be taken yet."""

    def __init__(
        self,
        supervisor: Supervisor,
        directory: Path,
        *,
        taken: Callable[[dict[str, int]], None],
        look: Callable[[], None],
    ) -> None:
        """`taken` is told each shift of a listener once; `look` is called when `refused` is other
        than it was."""
        self._supervisor = supervisor
        self._directory = directory
        self._taken = taken
        self._look = look
        self._wanted: tuple[Wanted, ...] = ()
        self._told: dict[str, int] = {}
        self._some = asyncio.Event()
        self._refused: dict[str, str] = {}

    @property
    def refused(self) -> dict[str, str]:
        """Listeners whose last change Envoy does not take, and why."""
        return self._refused

    def know(self, table: RoutingTable, resources: Resources) -> None:
        """Envoy was told these resources of this table."""
        self._wanted = wanted_shifts(table, resources)
        arns = {each.listener_arn for each in self._wanted}
        self._told = {arn: shift for arn, shift in self._told.items() if arn in arns}
        self._refused = {arn: why for arn, why in self._refused.items() if arn in arns}
        self.again()

    def again(self) -> None:
        """Envoy may have taken by now what it had not."""
        if self._untold():
            self._some.set()

    async def run(self) -> None:
        """Wait for what is not taken yet, until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            try:
                await self._confirm()
            except Exception:
                _log.exception("what Envoy has taken cannot be read")

    async def _confirm(self) -> None:
        loop = asyncio.get_running_loop()
        begun, wait = loop.time(), LOOK_EVERY_S
        while not self._some.is_set() and (untold := self._untold()):
            now, lacking = await self._ask(untold)
            if now:
                self._told |= now
                self._taken(now)
                self._refuse({arn: why for arn, why in self._refused.items() if arn not in now})
            waited = loop.time() - begun
            if waited > REFUSED_AFTER_S and not lacking <= self._refused.keys():
                await self._explain(lacking)
            if waited > PATIENCE_S:
                return
            await self._pause(wait)
            wait = min(wait * 1.2, LOOK_EVERY_MAX_S)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._some.wait()
        except TimeoutError:
            return

    def _untold(self) -> tuple[Wanted, ...]:
        return tuple(
            each
            for each in self._wanted
            if each.places and self._told.get(each.listener_arn) != each.shift
        )

    async def _ask(self, untold: tuple[Wanted, ...]) -> tuple[dict[str, int], frozenset[str]]:
        """Those that are taken now, and the listeners that lack routes which Envoy was told."""
        told = self._supervisor.versions
        try:
            taken = await self._supervisor.admin.versions()
            state = await self._supervisor.admin.listeners()
        except AdminAway:
            return {}, frozenset()
        now = {
            each.listener_arn: each.shift
            for each in untold
            if is_taken(each, state, told=told, taken=taken)
        }
        lacking = (each for each in untold if missing(each, state, told=told, taken=taken))
        return now, frozenset(each.listener_arn for each in lacking)

    async def _explain(self, lacking: frozenset[str]) -> None:
        """Say why Envoy has not taken the routes of these listeners."""
        log = await asyncio.to_thread(last_words, self._directory, LOG_READ_MAX)
        said = refusal(log) or "it does not say why"
        for arn in sorted(lacking - self._refused.keys()):
            _log.error("Envoy has not taken the last change of a listener", listener=arn, why=said)
        self._refuse(dict.fromkeys(lacking, said) | self._refused)

    def _refuse(self, refused: dict[str, str]) -> None:
        if refused != self._refused:
            self._refused = refused
            self._look()
