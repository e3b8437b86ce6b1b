"""The node: which tasks it should run, and the Engine's one stream of events, told to each.

Every (re)connection to the Engine is the same path: listen, list what is ours, adopt, go on.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import structlog

from homeport.agent import cgroups, names
from homeport.agent.adoption import holder_id_of, sorted_out
from homeport.agent.engine import Engine
from homeport.agent.events import Event
from homeport.agent.finding import Found, inspected_by_task
from homeport.agent.firewall import Firewall
from homeport.agent.images import Images
from homeport.agent.known import KnownContainer, KnownTask
from homeport.agent.means import STARTS_PARALLEL_MIN, STARTS_PARALLEL_PER_CPU, Means
from homeport.agent.network import Networks
from homeport.agent.ready import ReadyHolders
from homeport.agent.runner import Runner
from homeport.agent.story import Sequence
from homeport.agent.troubles import EngineAway, EngineError, EngineTimeout, Trouble
from homeport.agent.vpcs import Vpcs
from homeport.kernel.clock import Clock
from homeport.link.messages import Assignment, EngineState, TaskReport, Welcome
from homeport.link.spec import InterfaceSpec

RECONNECT_AFTER_S: Final = 0.2
RECONNECT_AFTER_MAX_S: Final = 5.0
LEAVE_WITHIN_S: Final = 3.0
ENDED: Final = ("STOPPED", "REMOVED")

_log = structlog.get_logger("homeport.agent")


class Node:
    """One Docker Engine and the tasks it is to run."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Clock,
        node_id: str,
        publish: Callable[[TaskReport], None],
        engine_changed: Callable[[EngineState], None] | None = None,
        busybox: str | None = None,
        place: Path | None = None,
        hosts_load_balancers: bool = False,
    ) -> None:
        """`publish` is handed every report; `engine_changed` whether the Engine answers.

        `busybox`: the statically linked one for the holder's image; `place`: the directory of this
        machine's agents; `hosts_load_balancers`: this machine answers for them.
        """
        self._engine = engine
        self._publish = publish
        self._engine_changed = engine_changed
        self._state = EngineState(connected=False)
        self._group: asyncio.TaskGroup | None = None
        self._lost = asyncio.Event()
        self._runners: dict[str, Runner] = {}
        self._unclaimed: Found = {}
        self._expected = 0
        self._assigned: set[str] = set()
        self._full = self._knows_all = False
        networks = Networks(engine, busybox, place)
        self.vpcs = Vpcs(
            engine,
            networks,
            Firewall(node_id, place),
            own=self._interfaces,
            hosts_load_balancers=hosts_load_balancers,
        )
        self._means = Means(
            engine=engine,
            images=Images(engine, clock, self._spawn),
            networks=networks,
            vpcs=self.vpcs,
            ready=ReadyHolders(engine, networks, clock, node_id, self._spawn),
            clock=clock,
            sequence=Sequence(clock),
            node_id=node_id,
            spawn=self._spawn,
            publish=self._tell,
            lost=self._lose,
        )

    # --- the control plane's side -----------------------------------------------------------

    def welcome(self, welcome: Welcome) -> None:
        """A link is made; `welcome.assigned` assignments follow."""
        self._means.welcome = welcome
        self._expected = welcome.assigned
        self._assigned = set()
        self._full = False
        self._check_full()

    def assign(self, assignment: Assignment) -> None:
        """What should be, for one task."""
        arn = assignment.task_arn
        self._expected -= 1
        self._assigned.discard(arn)
        runner = self._runners.get(arn)
        if assignment.desired == "FORGOTTEN":
            self._forget(arn, runner)
        else:
            self._assigned.add(arn)
            if runner is not None:
                runner.assign(assignment)
            else:
                self._accept(assignment)
        self._check_full()

    def _accept(self, assignment: Assignment) -> None:
        if assignment.spec is None:
            return
        runner = Runner(self._means, assignment.spec, assignment)
        self._runners[assignment.task_arn] = runner
        if not self._means.connected:
            return  # Adopted once the Engine is there; nothing true can be said before.
        if self._unclaimed.pop(assignment.task_arn, None):
            self._spawn(self._adopt_late(runner))
        else:
            runner.adopt({}, None)

    def _forget(self, arn: str, runner: Runner | None) -> None:
        if runner is None:
            return
        if runner.phase == "REMOVED":
            del self._runners[arn]
        else:
            runner.abandon()

    def _tell(self, report: TaskReport) -> None:
        """Publish, unless the task is nobody's: then it is dropped once it is gone."""
        runner = self._runners.get(report.task_arn)
        if runner is None or runner.desired != "FORGOTTEN":
            self._publish(report)
        elif report.phase == "REMOVED":
            del self._runners[report.task_arn]
        if report.phase in ENDED:
            self.vpcs.look()

    def _check_full(self) -> None:
        """Once everything that is wanted is known and seen, the rest can go."""
        welcomed = self._means.welcome is not None
        if welcomed and self._expected <= 0 and self._means.connected and not self._full:
            self._full = self._knows_all = True
            self._remove_unwanted()
            self.vpcs.look()

    def _remove_unwanted(self) -> None:
        """What nobody has assigned after a full set is nobody's."""
        for arn in [each for each in self._runners if each not in self._assigned]:
            self._forget(arn, self._runners[arn])
        unclaimed, self._unclaimed = self._unclaimed, {}
        if unclaimed:
            self._spawn(self._remove_orphans(unclaimed))

    def _interfaces(self) -> list[InterfaceSpec] | None:
        """Those of tasks that are not over; None until all tasks of this node were known once."""
        if not self._knows_all:
            return None
        return [
            each.task.interface
            for each in self._runners.values()
            if each.task.interface is not None and each.phase not in ENDED
        ]

    # --- what others read -------------------------------------------------------------------

    @property
    def engine_connected(self) -> bool:
        """Whether the Engine answers."""
        return self._state.connected

    @property
    def engine_state(self) -> EngineState:
        """Whether the Engine answers, and its version."""
        return self._state

    @property
    def ready_holders(self) -> int:
        """How many holders wait for a task."""
        return self._means.ready.waiting

    def reports(self) -> tuple[TaskReport, ...]:
        """The newest report of every task of which the Engine's truth is known."""
        return tuple(each.report() for each in self._runners.values() if each.adopted)

    def tasks(self) -> tuple[KnownTask, ...]:
        """Every task, as the metadata endpoint reads it."""
        return tuple(each.known() for each in self._runners.values() if each.adopted)

    def known_by_metadata_id(self, metadata_id: str) -> tuple[KnownTask, KnownContainer] | None:
        """The container whose metadata URI bears `metadata_id`, and its task."""
        if not metadata_id:
            return None
        for runner in self._runners.values():
            if runner.has_metadata_id(metadata_id):
                task = runner.known()
                return task, next(
                    each for each in task.containers if each.metadata_id == metadata_id
                )
        return None

    def known_by_credentials_id(self, credentials_id: str) -> KnownTask | None:
        """The task that may have credentials of `credentials_id`."""
        for runner in self._runners.values():
            task = runner.task
            own = (task.task_role_credentials_id, task.execution_role_credentials_id)
            if credentials_id in own and runner.adopted:
                return runner.known()
        return None

    # --- the Engine's side ------------------------------------------------------------------

    async def run(self) -> None:
        """Run the tasks for as long as the caller likes; containers outlive the cancellation."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self.vpcs.run())
                try:
                    await self._follow()
                finally:
                    self._means.connected = False
                    self._group = None
        finally:
            for leave in (self._means.ready.remove_all, self.vpcs.leave):
                with contextlib.suppress(TimeoutError, EngineAway, EngineError, EngineTimeout):
                    async with asyncio.timeout(LEAVE_WITHIN_S):
                        await leave()

    async def _follow(self) -> None:
        wait = RECONNECT_AFTER_S
        while True:
            try:
                self._lost.clear()
                await self._reach()
                wait = RECONNECT_AFTER_S
                async with self._engine.events(self._label) as events:
                    await self._synchronise()
                    await self._dispatch(events)
            except (EngineAway, EngineError, EngineTimeout) as trouble:
                self._away(trouble)
            else:
                self._away(None)
            await asyncio.sleep(wait)
            wait = min(wait * 2, RECONNECT_AFTER_MAX_S)

    @property
    def _label(self) -> str:
        return f"{names.LABEL_NODE}={self._means.node_id}"

    async def _reach(self) -> None:
        facts = await self._engine.facts()
        mounts = await asyncio.to_thread(cgroups.mounts)
        self._means.cgroups = cgroups.Cgroups(facts, cgroups.hierarchies(mounts))
        parallel = max(STARTS_PARALLEL_MIN, facts.cpus * STARTS_PARALLEL_PER_CPU)
        self._means.starts = asyncio.Semaphore(parallel)
        self._state = EngineState(connected=False, docker_version=facts.version)

    async def _synchronise(self) -> None:
        """Adopt what is ours; only then is anything begun."""
        self._means.networks.forget()
        await self.vpcs.reached()
        found = await inspected_by_task(self._engine, self._label)
        holders = await self._take_apart(found)
        version = self._state.docker_version
        self._state = EngineState(connected=True, docker_version=version)
        self._means.connected = True
        _log.info("engine reached", version=version, containers=sum(map(len, found.values())))
        for arn, runner in self._runners.items():
            runner.adopt(*sorted_out(found.pop(arn, []), holders))
        self._unclaimed = found
        self._full = False
        if self._engine_changed is not None:
            self._engine_changed(self._state)
        self._check_full()

    def _lose(self) -> None:
        """A call found the Engine away: begin nothing until it has been reached again."""
        self._means.connected = False
        self._lost.set()

    async def _take_apart(self, found: Found) -> dict[str, dict[str, Any]]:
        """Holders that were ready: those in use, by id; the others go on waiting."""
        loose = found.pop("", [])
        used = {holder_id_of(each) for containers in found.values() for each in containers}
        await self._means.ready.adopt([each for each in loose if each["Id"] not in used])
        return {each["Id"]: each for each in loose if each["Id"] in used}

    def _away(self, trouble: Trouble | None) -> None:
        was = self._state.connected
        self._means.connected = False
        self.vpcs.away()
        self._state = EngineState(connected=False, docker_version=self._state.docker_version)
        if was:
            _log.warning("engine away", why=str(trouble or "its events ended"))
            if self._engine_changed is not None:
                self._engine_changed(self._state)

    async def _dispatch(self, events: AsyncIterator[Event]) -> None:
        """Tell each event to its task, until the stream ends or a call finds the Engine away."""

        async def tell() -> None:
            async for event in events:
                self._on_event(event)

        telling = asyncio.create_task(tell())
        losing = asyncio.create_task(self._lost.wait())
        try:
            await asyncio.wait({telling, losing}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                telling.result()
        finally:
            for each in (telling, losing):
                each.cancel()
            await asyncio.gather(telling, losing, return_exceptions=True)

    def _on_event(self, event: Event) -> None:
        if event.attributes.get(names.LABEL_ROLE) == names.ROLE_READY:
            self._on_ready_event(event)
            return
        runner = self._runners.get(event.attributes.get(names.LABEL_TASK, ""))
        if runner is None:
            return
        if event.attributes.get(names.LABEL_ROLE) == names.ROLE_HOLDER:
            runner.on_holder_event(event)
        else:
            runner.on_event(event.attributes.get(names.LABEL_CONTAINER, ""), event)

    def _on_ready_event(self, event: Event) -> None:
        if event.kind in ("die", "destroy"):
            self._means.ready.forget(event.docker_id)
        for runner in self._runners.values():
            if runner.holder_id == event.docker_id:
                runner.on_holder_event(event)

    async def _adopt_late(self, runner: Runner) -> None:
        label = f"{names.LABEL_TASK}={runner.task.task_arn}"
        try:
            found = (await inspected_by_task(self._engine, label)).get(runner.task.task_arn, [])
            ids = {each for each in map(holder_id_of, found) if each is not None}
            holders = {each: await self._engine.inspect(each) for each in ids}
        except (EngineAway, EngineError, EngineTimeout):
            self._lose()  # Adopted with the next connection.
            return
        there = {each: holder for each, holder in holders.items() if holder is not None}
        runner.adopt(*sorted_out(found, there))

    async def _remove_orphans(self, unclaimed: Found) -> None:
        """Remove containers, volumes and cgroups of tasks that are nobody's."""
        try:
            for arn, containers in unclaimed.items():
                _log.info("removing what nobody wants", task=arn, containers=len(containers))
                ids = {each["Id"] for each in containers}
                held = {each for each in map(holder_id_of, containers) if each is not None}
                for each in (*ids, *(held - ids)):
                    await self._engine.remove(each)
                if self._means.cgroups is not None and arn:
                    await self._means.cgroups.release(arn)
            for volume in await self._engine.list_volumes([self._label]):
                arn = (volume.get("Labels") or {}).get(names.LABEL_TASK, "")
                if arn not in self._runners:
                    await self._engine.remove_volume(volume["Name"])
        except (EngineAway, EngineError, EngineTimeout) as trouble:
            _log.warning("orphans remain until the Engine is reached again", why=str(trouble))
            self._lose()

    def _spawn(self, deed: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        if self._group is None:
            raise AssertionError("nothing is begun before the node runs")
        return self._group.create_task(deed)
