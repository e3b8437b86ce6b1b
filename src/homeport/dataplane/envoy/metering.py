"""Reads Envoy's counters once in a while and tells what went through.

What the counters mean is in `figures`.  Envoy counts from its own start, and all that it counted
is gone when it dies: what was not read until then is lost, and never more than a period's worth.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from homeport.contracts.routing_table import RoutingTable, TrafficFigures
from homeport.dataplane.envoy.admin import AdminAway
from homeport.dataplane.envoy.figures import (
    NUMBERS,
    TIMES,
    Look,
    Meters,
    figures_of,
    gained,
    meters_of,
    together,
)
from homeport.dataplane.envoy.resources import Resources
from homeport.dataplane.envoy.supervisor import Supervisor
from homeport.kernel.clock import Clock

PERIOD_S: Final = 60.0
"""Seconds of AWS's time, as ELB measures."""
MERGE_S: Final = 0.05
"""Asked for its statistics, Envoy gathers those of its threads: for so long, at most."""
_PREFIX, _SUFFIX = "cluster.", ".upstream_rq_time"

_log = structlog.get_logger("homeport.envoy")


class Metering:
    """What has gone through Envoy since it was last told."""

    def __init__(
        self,
        supervisor: Supervisor,
        clock: Clock,
        tell: Callable[[tuple[TrafficFigures, ...]], None],
    ) -> None:
        """`tell` gets what went through in each period, of all that there is to go through."""
        self._supervisor = supervisor
        self._clock = clock
        self._tell = tell
        self._meters: dict[str, Meters] = {}
        self._gone: dict[str, Meters] = {}
        """Those that were there at the beginning of the period, or have come since."""
        self._pid: int | None = None
        self._before = Look()
        self._sum = Look()
        self._began_at = clock.now()
        self._turn = asyncio.Lock()

    def know(self, table: RoutingTable, resources: Resources) -> None:
        """Envoy is told these resources of this table."""
        self._meters = {each.load_balancer_arn: each for each in meters_of(table, resources)}
        self._gone |= {
            arn: _joined(self._gone[arn], each) if arn in self._gone else each
            for arn, each in self._meters.items()
        }

    async def adopt(self) -> None:
        """Envoy has been running in a former life: what it counted then was told then."""
        async with self._turn:
            await self._read()
            self._sum = Look()

    async def gather(self) -> None:
        """Take note of what Envoy has counted: it may be gone soon."""
        async with self._turn:
            await self._read()

    async def run(self) -> None:
        """Tell at the end of each period, until cancelled."""
        while True:
            span = self._clock.span(PERIOD_S)
            due = (self._clock.now() // span + 1) * span
            while (left := due - self._clock.now()) > 0:
                await asyncio.sleep(left)
            try:
                await self._tell_period()
            except Exception:
                _log.exception("what went through Envoy cannot be told")

    async def _tell_period(self) -> None:
        async with self._turn:
            await self._read()
            look, self._sum = self._sum, Look()
            meters, self._gone = self._gone, dict(self._meters)
            began_at, self._began_at = self._began_at, self._clock.now()
        if told := figures_of(look, meters.values(), began_at=began_at):
            self._tell(told)

    async def _read(self) -> None:
        pid = self._supervisor.pid
        if pid is None:
            return
        try:
            numbers = await self._supervisor.admin.numbers(NUMBERS)
            await asyncio.sleep(MERGE_S)
            times = await self._supervisor.admin.histograms(TIMES)
        except AdminAway:
            return
        now = Look(
            numbers=numbers,
            times={
                name.removeprefix(_PREFIX).removesuffix(_SUFFIX): buckets
                for name, buckets in times.items()
            },
        )
        before = self._before if pid == self._pid else Look()
        self._sum = together(self._sum, gained(before, now))
        self._pid, self._before = pid, now


def _joined(before: Meters, now: Meters) -> Meters:
    """Everything that a load balancer was counted by in a period."""
    return Meters(
        load_balancer_arn=now.load_balancer_arn,
        is_network=now.is_network,
        clusters=before.clusters | now.clusters,
        doors=before.doors | now.doors,
    )
