"""Keeps one Envoy as it should be: running, and told what it is to do, in an order that never names
what is missing.

It starts Envoy when there is something to route, adopts the one that a former life left, starts it
again when it dies, and ends it when there is nothing left.  What to route is decided elsewhere.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import structlog
from msgspec.structs import replace

from homeport.dataplane.envoy.admin import Admin, AdminAway
from homeport.dataplane.envoy.bootstrap import Launch
from homeport.dataplane.envoy.caution import cautious
from homeport.dataplane.envoy.files import Files
from homeport.dataplane.envoy.process import EnvoyProcess, last_words
from homeport.dataplane.envoy.resources import Resource, Resources
from homeport.dataplane.envoy.translate_names import health_log_path
from homeport.dataplane.envoy.watch_limit import files_allowed

LOOK_EVERY_S: Final = 0.005
"""While Envoy starts or takes a change: it tells nobody when it has."""
LIVE_PATIENCE_S: Final = 30.0
TAKE_PATIENCE_S: Final = 1.0
"""A cluster with a target that hangs is not ready for longer; routes need not wait for it."""
SHORT_LIFE_S: Final = 5.0
FREE_DEATHS: Final = 3
"""So many times in a row it is started again at once."""
PAUSE_MIN_S: Final = 0.5
PAUSE_MAX_S: Final = 30.0
HANDOVER_S: Final = 1.0
"""For so long, clients of an Envoy that another replaces are asked to leave; and then for so long
again it takes no new ones."""
ANSWER_S: Final = 2.0
"""For so long, clients may stay for what targets are answering when Envoy is to end."""
CONNECTED: Final = r"^http\.(elb|door)-[^.]+\.downstream_cx_active$"
"""The connections of clients."""

_log = structlog.get_logger("homeport.envoy")


def pause(short_lives: int) -> float:
    """How long to wait before the next start, after so many short lives in a row."""
    if short_lives <= FREE_DEATHS:
        return 0.0
    doubled = min(short_lives - FREE_DEATHS - 1, 16)
    return float(min(PAUSE_MIN_S * 2**doubled, PAUSE_MAX_S))


class Supervisor:
    """One Envoy and its files."""

    def __init__(
        self,
        directory: Path,
        launch: Launch,
        *,
        passing: Callable[[str], frozenset[tuple[str, int]]],
        started: Callable[[], None],
    ) -> None:
        """`passing` says where a cluster's good targets are, as far as is known; `started` is
        called whenever an Envoy runs that did not before."""
        self._directory = directory
        self._launch = launch
        self._passing = passing
        self._started = started
        self._files = Files(directory)
        self._admin = Admin(directory / launch.admin_name)
        self._turn = asyncio.Lock()
        """Held while files are written or Envoy is started or ended."""
        self._process: EnvoyProcess | None = None
        self._outdated: list[EnvoyProcess] = []
        self._runs = asyncio.Event()
        self._hurry = asyncio.Event()
        """There is something new to start it with: that may help."""
        self._resources: Resources | None = None
        self._left_out: tuple[int, int] | None = None
        self._short_lives = 0
        self._born = 0.0

    @property
    def admin(self) -> Admin:
        """The administration of the Envoy that runs, or that will."""
        return self._admin

    @property
    def pids(self) -> frozenset[int]:
        """Our Envoys: what they hold open is not taken."""
        current = (self._process,) if self._process is not None else ()
        return frozenset(each.pid for each in (*current, *self._outdated) if not each.has_ended)

    @property
    def pid(self) -> int | None:
        """The Envoy that runs."""
        return self._process.pid if self._process is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether there is an Envoy."""
        return self._process is not None and not self._process.has_ended

    @property
    def is_tidy(self) -> bool:
        """Whether nothing waits for `tidy`."""
        return self._files.is_tidy

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the routes that Envoy was told last, by name."""
        return self._files.versions

    @property
    def lack(self) -> str | None:
        """Why Envoy is told less than everything, if so."""
        if self._left_out is None:
            return None
        wanted, allowed = self._left_out
        return (
            f"Envoy would have to watch {wanted} files and the kernel allows {allowed}: "
            "raise fs.inotify.max_user_instances"
        )

    async def adopt(self) -> bool:
        """Look for an Envoy of a former life; answers whether one goes on as it is."""
        await asyncio.to_thread(self._files.make)
        for found in EnvoyProcess.running(self._directory):
            if found.bootstrap_name == self._launch.bootstrap_name and self._process is None:
                self._process = found
                self._born = asyncio.get_running_loop().time()
                self._runs.set()
            else:
                self._outdated.append(found)
        return self._process is not None

    async def apply(self, resources: Resources, *, try_again: bool = False) -> None:
        """Have Envoy do this, starting it if need be; returns once it has heard of it.

        `try_again`: also what it refused before.
        """
        async with self._turn:
            resources = await self._within_limit(resources)
            self._resources = resources
            if self.is_running:
                await self._tell(resources, try_again)
            elif self._process is None:
                await self._start(resources)
            else:
                self._hurry.set()  # It has just died: `keep` starts it with what is there now.

    async def apply_endpoints(self, endpoints: Mapping[str, Resource]) -> None:
        """Have Envoy know where these clusters' targets are now."""
        async with self._turn:
            if self._resources is None:
                return
            known = self._resources.endpoints
            news = {name: each for name, each in endpoints.items() if name in known}
            self._resources = replace(self._resources, endpoints=known | news)
            if self.is_running:
                await asyncio.to_thread(self._files.write_endpoints, news)

    async def tidy(self) -> None:
        """Remove what nothing names any more.  Envoy must have had time to hear that."""
        async with self._turn:
            if self._resources is not None:
                await asyncio.to_thread(self._files.tidy, tuple(self._resources.routes))

    async def end(self) -> None:
        """End Envoy and remove its files: there is nothing to route."""
        async with self._turn:
            ending = [*self._outdated, *([self._process] if self._process is not None else [])]
            self._process, self._outdated, self._resources = None, [], None
            self._runs.clear()
            await self._let_answer()
            for each in ending:
                await each.end()
            await asyncio.to_thread(self._files.empty)

    async def _let_answer(self) -> None:
        """Have Envoy take no more connections, end those it has with their next answer, and wait
        for that: at its own end it breaks off from targets first, and would tell clients that the
        targets had.
        """
        with contextlib.suppress(AdminAway, TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await self._admin.send_away()
                await self._admin.close_listeners()
                while any((await self._admin.numbers(CONNECTED)).values()):
                    await asyncio.sleep(LOOK_EVERY_S)

    def release(self) -> None:
        """Let go of Envoy: it runs on."""
        for each in (*self._outdated, *([self._process] if self._process is not None else [])):
            each.release()

    async def keep(self) -> None:
        """Start Envoy again whenever it dies, until cancelled."""
        while True:
            await self._runs.wait()
            process = self._process
            if process is None:
                self._runs.clear()
                continue
            await process.ended()
            if self._process is not process:
                continue  # It was ended on purpose.
            lived = asyncio.get_running_loop().time() - self._born
            self._short_lives = self._short_lives + 1 if lived < SHORT_LIFE_S else 1
            wait = pause(self._short_lives)
            said = await asyncio.to_thread(last_words, self._directory)
            _log.error("Envoy died; it is started again", again_in_s=wait, said=said)
            self._hurry.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._hurry.wait()
            async with self._turn:
                if self._process is process and self._resources is not None:
                    await self._start_again(self._resources)

    async def _start_again(self, resources: Resources) -> None:
        try:
            await self._start(resources)
        except Exception:  # The next try may do better: a full disk, a binary being replaced.
            self._born = asyncio.get_running_loop().time()
            _log.exception("Envoy could not be started")

    async def _start(self, resources: Resources) -> None:
        """Start an Envoy and wait until it takes connections, or is dead."""
        await asyncio.to_thread(self._write_for_start, resources)
        self._process = EnvoyProcess.start(self._launch, self._directory)
        self._born = asyncio.get_running_loop().time()
        self._runs.set()
        await self._is_live(self._process)
        if self._process.has_ended:
            return
        await self._open(resources)
        for each in self._outdated:
            await self._hand_over(each)
        self._outdated = []
        self._started()

    async def _open(self, resources: Resources) -> None:
        """Have an Envoy that has just started know all targets, and then take connections.

        Not before: it takes a target that it is told to check for another one, and would not count
        the requests that the former still answers.
        """
        await asyncio.to_thread(self._files.write_endpoints, resources.endpoints)
        before = await self._numbers()
        if await asyncio.to_thread(self._files.write_listeners, resources.listeners):
            await self._has_taken(before, "listener_manager.lds.update_attempt")

    def _write_for_start(self, resources: Resources) -> None:
        self._files.make()
        health = Path(health_log_path(str(self._directory)))
        health.touch(mode=0o600)
        os.truncate(health, 0)  # What a former Envoy saw is known; this one sees for itself.
        endpoints = {
            name: cautious(each, resources.clusters[name], passing=self._passing(name))
            for name, each in resources.endpoints.items()
            if name in resources.clusters
        }
        self._files.write_endpoints(endpoints)
        self._files.write_clusters(resources.clusters)
        self._files.write_routes(resources.routes)
        if not self._outdated:  # Those read the same files, and are to go on.
            self._files.write_listeners({})
        self._files.tidy(tuple(resources.routes))

    async def _is_live(self, process: EnvoyProcess) -> None:
        """Wait until it takes connections, or is dead, or as long as anybody has patience."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LIVE_PATIENCE_S):
                while not (process.has_ended or await self._admin.is_live()):
                    await asyncio.sleep(LOOK_EVERY_S)

    async def _hand_over(self, old: EnvoyProcess) -> None:
        """End an Envoy whose listeners another has opened beside it."""
        mark = old.bootstrap_name.removeprefix("bootstrap-").removesuffix(".json")
        admin = Admin(self._directory / f"admin-{mark}.sock")
        with contextlib.suppress(AdminAway):
            await admin.send_away()
            await _ended_within(old, HANDOVER_S)
            await admin.close_listeners()
            await _ended_within(old, HANDOVER_S)
        await old.end()
        (self._directory / old.bootstrap_name).unlink(missing_ok=True)

    async def _tell(self, resources: Resources, try_again: bool) -> None:
        """Write what changed: clusters, then what names them.  What went is tidied up later."""
        files = self._files
        before = await self._numbers()
        await asyncio.to_thread(files.write_endpoints, resources.endpoints)
        if await asyncio.to_thread(files.write_clusters, resources.clusters):
            await self._has_taken(before, "cluster_manager.cds.update_attempt")
        await asyncio.to_thread(files.write_routes, resources.routes)
        listeners = resources.listeners
        if await asyncio.to_thread(lambda: files.write_listeners(listeners, again=try_again)):
            await self._has_taken(before, "listener_manager.lds.update_attempt")

    async def _has_taken(self, before: Mapping[str, int], count: str) -> None:
        """Wait until Envoy has read a file again and is done with it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TAKE_PATIENCE_S):
                while True:
                    now = await self._numbers()
                    is_warming = count.startswith("cluster") and now.get(
                        "cluster_manager.warming_clusters", 0
                    )
                    if now.get(count, 0) > before.get(count, 0) and not is_warming:
                        return
                    await asyncio.sleep(LOOK_EVERY_S)

    async def _numbers(self) -> dict[str, int]:
        try:
            return await self._admin.numbers(
                r"^(cluster_manager\.(cds\.update_attempt|warming_clusters)"
                r"|listener_manager\.lds\.update_attempt)$"
            )
        except AdminAway:
            return {}

    async def _within_limit(self, resources: Resources) -> Resources:
        """As much as the kernel lets Envoy watch."""
        wanted = len(resources.clusters) + len(resources.routes) + 2
        allowed = await asyncio.to_thread(files_allowed, wanted)
        self._left_out = None
        if wanted <= allowed:
            return resources
        self._left_out = wanted, allowed
        _log.error(self.lack)
        room = max(0, allowed - len(resources.routes) - 2)
        clusters = dict(sorted(resources.clusters.items())[:room])
        endpoints = {name: each for name, each in resources.endpoints.items() if name in clusters}
        return replace(resources, clusters=clusters, endpoints=endpoints)


async def _ended_within(process: EnvoyProcess, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await process.ended()
