"""The data plane of one Homeport: from the store's routing table to Envoy, and back what is seen.

It is woken by the change feed, by Envoy's health log, by the end of Envoy, and by news of the
machine's addresses.  It looks again and again at two things only, of which nobody tells, and only
while there are any: targets that are being drained, and ports that others hold.
"""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from msgspec.structs import replace

from homeport.contracts.routing import Routing
from homeport.contracts.routing_table import RoutingTable, TargetGroup
from homeport.dataplane.envoy.access_files import AccessFiles
from homeport.dataplane.envoy.addresses import forget_news, watch_addresses
from homeport.dataplane.envoy.admin import AdminAway
from homeport.dataplane.envoy.confirming import Confirming
from homeport.dataplane.envoy.draining import Draining
from homeport.dataplane.envoy.health_book import HealthBook
from homeport.dataplane.envoy.health_events import HealthEvent
from homeport.dataplane.envoy.health_log import HealthLog
from homeport.dataplane.envoy.listeners import Listeners
from homeport.dataplane.envoy.metering import Metering
from homeport.dataplane.envoy.process import our_launch
from homeport.dataplane.envoy.reports import Reports
from homeport.dataplane.envoy.resources import Doors, Resources
from homeport.dataplane.envoy.supervisor import Supervisor
from homeport.dataplane.envoy.translate import endpoints_of
from homeport.dataplane.envoy.translate_names import health_log_path
from homeport.dataplane.envoy.translate_safely import translate_what_can_be
from homeport.dataplane.envoy.work import HEARD, Piece, Work
from homeport.kernel.clock import Clock
from homeport.store import Store

TRY_PORTS_EVERY_S: Final = 1.0
TRY_REFUSED_MAX_S: Final = 60.0
TIDY_AFTER_S: Final = 5.0
"""By then Envoy has heard that nothing names what is removed."""
DAY_S: Final = 86_400
AGAIN_MIN_S: Final = 0.5
AGAIN_MAX_S: Final = 30.0
EMPTY: Final = RoutingTable(load_balancers=(), target_groups=())
NO_RESOURCES: Final = Resources(
    listeners={}, clusters={}, routes={}, endpoints={}, places=(), groups={}
)

_log = structlog.get_logger("homeport.envoy")


class DataPlane:
    """Routes what the store says.  Build it on the event loop that runs it."""

    def __init__(
        self, store: Store, routing: Routing, clock: Clock, *, directory: Path, doors: Doors
    ) -> None:
        """Raises `EnvoyMissing`.  `directory` is for Envoy's files."""
        self._store = store
        self._routing = routing
        self._clock = clock
        self._directory = directory.absolute()
        self._doors = doors
        self._work = Work()
        self._book = HealthBook()
        self._supervisor = Supervisor(
            self._directory,
            our_launch(self._directory),
            passing=self._book.passing,
            started=self._started,
        )
        self._listeners = Listeners(self._supervisor)
        self._reports = Reports(store, routing, clock, self._book)
        self._access_files = AccessFiles(
            self._directory / "access", self._supervisor.admin.reopen_logs
        )
        self._draining = Draining(self._supervisor.admin, self._reports.drained)
        self._confirming = Confirming(
            self._supervisor, self._directory, taken=self._reports.shifts, look=self._work.look
        )
        self._metering = Metering(self._supervisor, clock, self._reports.traffic)
        self._table, self._resources = EMPTY, NO_RESOURCES
        self._routed = asyncio.Event()
        """The store was read at least once."""
        self._is_over = False
        self._try_after_s = TRY_PORTS_EVERY_S
        self._trying: asyncio.TimerHandle | None = None
        self._tomorrow: asyncio.TimerHandle | None = None

    async def run(self) -> None:
        """Route until cancelled.  Envoy runs on then."""
        stop_listening = self._store.feed.listen(self._work.hear, kinds=HEARD)
        try:
            if await self._supervisor.adopt():
                await self._metering.adopt()
            self._work.all()
            async with asyncio.TaskGroup() as group:
                for part in (
                    self._serve(),
                    self._supervisor.keep(),
                    self._reports.run(),
                    self._draining.run(),
                    self._confirming.run(),
                    self._metering.run(),
                    self._access_files.run(),
                    self._follow_health(),
                    self._follow_addresses(),
                ):
                    group.create_task(part)
        finally:
            stop_listening()
            self._supervisor.release()

    async def refresh(self) -> None:
        """Route what the store says now; returns when that is done."""
        await self._work.done()

    async def end(self) -> None:
        """End Envoy and start no other."""
        self._is_over = True
        await self._supervisor.end()

    def _started(self) -> None:
        """There is an Envoy that did not run before."""
        self._work.look()
        self._confirming.again()

    async def _serve(self) -> None:
        """Do what there is to do.  What fails is logged and done again, all of it."""
        wait = AGAIN_MIN_S
        while True:
            piece = await self._work.take()
            try:
                await self._do(piece)
                wait = AGAIN_MIN_S
            except Exception:
                _log.exception("routing failed", again_in_s=wait)
                asyncio.get_running_loop().call_later(wait, self._work.all)
                wait = min(2 * wait, AGAIN_MAX_S)
            for waiter in piece.waiting:
                if not waiter.done():
                    waiter.set_result(None)

    async def _do(self, piece: Piece) -> None:
        if self._is_over:
            return
        if piece.everything or not await self._move_targets(piece.groups):
            await self._route()
        else:
            if piece.ports:
                await self._try_ports()
            if piece.look:
                await self._look()
        if piece.tidy:
            await self._metering.gather()  # What is removed is not counted any more.
            await self._supervisor.tidy()

    async def _route(self) -> None:
        """Read the whole table and have Envoy follow it."""
        table = await self._store.aread(lambda tx: self._routing.table(tx, self._clock))
        now, directory = self._clock.now(), str(self._directory)
        resources = await asyncio.to_thread(
            partial(translate_what_can_be, table, self._doors, directory=directory, now=now)
        )
        self._again_tomorrow(now)
        new = resources.groups.keys() - self._resources.groups.keys()
        self._table, self._resources = table, resources
        self._know()
        self._metering.know(table, resources)
        if not resources.listeners:
            await self._metering.gather()
            await self._supervisor.end()
            await self._look()
        else:
            await self._listeners.probe(resources)
            await self._apply()
            await self._look_at_health(sorted(new))
        self._routed.set()

    def _again_tomorrow(self, now: float) -> None:
        """What the translation says of a request begins with the day."""
        if self._tomorrow is not None:
            self._tomorrow.cancel()
        loop = asyncio.get_running_loop()
        self._tomorrow = loop.call_later(DAY_S - now % DAY_S + 1, self._work.all)

    async def _move_targets(self, arns: Sequence[str]) -> bool:
        """Have Envoy know where the targets of these groups are; False: more has changed."""
        ours = {each.arn for each in self._table.target_groups}
        known = tuple(arn for arn in arns if arn in ours)
        if not known:
            return True
        groups = await self._store.aread(
            lambda tx: self._routing.target_groups(tx, known, self._clock)
        )
        before = {each.arn: each for each in self._table.target_groups}
        if len(groups) != len(known) or any(_differs(each, before[each.arn]) for each in groups):
            return False
        now = {each.arn: each for each in groups}
        self._table = replace(
            self._table,
            target_groups=tuple(now.get(each.arn, each) for each in self._table.target_groups),
        )
        endpoints = {
            name: endpoints_of(now[arn], name)
            for name, arn in self._resources.groups.items()
            if arn in now
        }
        self._resources = replace(self._resources, endpoints=self._resources.endpoints | endpoints)
        for each in groups:
            self._book.know_group(each)
        await self._supervisor.apply_endpoints(endpoints)
        new = {each.arn for each in groups if _places(each) - _places(before[each.arn])}
        await self._look_at_health(
            [name for name, arn in self._resources.groups.items() if arn in new]
        )
        self._draining.know(self._table.target_groups, self._resources.groups)
        return True

    def _know(self) -> None:
        self._book.know(self._table.target_groups, self._resources.groups)
        self._draining.know(self._table.target_groups, self._resources.groups)

    async def _apply(self, *, try_again: bool = False) -> None:
        openable = self._listeners.openable(self._resources)
        await self._supervisor.apply(openable, try_again=try_again)
        self._confirming.know(self._table, openable)
        if not self._supervisor.is_tidy:
            asyncio.get_running_loop().call_later(TIDY_AFTER_S, self._work.tidy)
        await self._look()

    async def _try_ports(self) -> None:
        """Others may have let go of ports."""
        if await self._listeners.probe(self._resources) or self._listeners.is_refused:
            await self._apply(try_again=True)
        else:
            self._try_later()

    async def _look(self) -> None:
        """See what became of the listeners, and report what is new."""
        news = await self._listeners.news(self._resources, stale=self._confirming.refused)
        if news:
            self._reports.listeners(news)
            for each in news:
                for problem in each.problems:
                    _log.warning("listener is not open", listener=each.listener_arn, why=problem)
        self._try_later()

    def _try_later(self) -> None:
        if self._trying is not None:
            self._trying.cancel()
            self._trying = None
        if self._listeners.is_refused:
            self._try_after_s = min(2 * self._try_after_s, TRY_REFUSED_MAX_S)
        else:
            self._try_after_s = TRY_PORTS_EVERY_S
        if self._listeners.is_shut_out or self._listeners.is_refused:
            loop = asyncio.get_running_loop()
            self._trying = loop.call_later(self._try_after_s, self._work.ports)

    async def _follow_health(self) -> None:
        await self._routed.wait()  # Events mean nothing before the targets are known.
        log = HealthLog(Path(health_log_path(str(self._directory))))
        looking: set[asyncio.Task[None]] = set()

        def hear(events: Iterable[HealthEvent]) -> None:
            for event in events:
                self._book.hear(event)
            self._reports.health()

        def look() -> None:
            task = asyncio.get_running_loop().create_task(self._look_at_health())
            looking.add(task)
            task.add_done_callback(looking.discard)

        while True:
            look()
            try:
                await log.follow(hear, look)
            except OSError:
                _log.exception("Envoy's health log cannot be read", again_in_s=AGAIN_MAX_S)
                await asyncio.sleep(AGAIN_MAX_S)

    async def _look_at_health(self, names: Sequence[str] | None = None) -> None:
        """See what Envoy holds of clusters, or of all: of what it had all the time it does not tell
        by itself."""
        if names is not None and not names:
            return
        try:
            self._book.look(await self._supervisor.admin.clusters(names), now=self._clock.now())
        except AdminAway:
            return  # The next one that starts will tell all.
        self._reports.health()

    async def _follow_addresses(self) -> None:
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def hear() -> None:
            forget_news(news)
            changed.set()

        with watch_addresses() as news:
            loop.add_reader(news.fileno(), hear)
            try:
                while True:
                    await changed.wait()
                    changed.clear()
                    self._work.look()
            finally:
                loop.remove_reader(news.fileno())


def _places(group: TargetGroup) -> set[tuple[str, int]]:
    return {(each.address, each.port) for each in group.targets}


def _differs(group: TargetGroup, before: TargetGroup) -> bool:
    """Whether more than its targets has changed."""
    return replace(group, targets=()) != replace(before, targets=())
