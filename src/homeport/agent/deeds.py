"""Carries out one action of a plan at the Engine and answers what it changed.

Each deed is a coroutine that ends in a Change: a function from what was seen to what is seen now,
applied by the runner, so that events that came meanwhile are kept.  Deeds decide nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import structlog
from msgspec import Struct
from msgspec.structs import replace

from homeport.agent import facts, names, words
from homeport.agent.cgroups import CgroupError
from homeport.agent.create import container_body, holder_body, may_borrow_holder
from homeport.agent.images import PullFailed, Resolved
from homeport.agent.logdriver import keeps_no_log
from homeport.agent.means import Means, fresh_metadata_id
from homeport.agent.namespaces import set_hostname
from homeport.agent.network import CannotPrepare
from homeport.agent.observed import ContainerSeen, ImageFacts, will_restart
from homeport.agent.open_files import open_files_max
from homeport.agent.plan import needs_holder
from homeport.agent.ports import host_network_bindings
from homeport.agent.story import Story
from homeport.agent.surroundings import Surroundings
from homeport.agent.troubles import EngineAway, EngineError, EngineTimeout
from homeport.agent.volumes import make_volumes, remove_volumes
from homeport.link.spec import ContainerSpec, InterfaceSpec, TaskSpec

Change: TypeAlias = Callable[[ContainerSeen], ContainerSeen]

REMOVE_AGAIN_S: Final = 1.0
REMOVE_AGAIN_MAX_S: Final = 30.0

_log = structlog.get_logger("homeport.agent")


def stopped_by(error: str) -> Change:
    """The container is stopped because something went wrong; the first error stays."""
    return lambda seen: replace(seen, status="STOPPED", error=seen.error or error)


class Prepared(Struct, frozen=True, kw_only=True):
    """What came of preparing a task."""

    error: str | None = None
    holder_id: str | None = None
    """The holder that was lent to it."""


class Deeds:
    """The deeds of one task."""

    def __init__(self, means: Means, task: TaskSpec, story: Story) -> None:
        self._means = means
        self._engine = means.engine
        self._task = task
        self._story = story
        self._cgroup_parent: str | None = None
        self.borrowed = False
        """Whether the task's holder was made before the task was known."""

    # --- around the containers --------------------------------------------------------------

    async def prepare(self, *, borrow: bool) -> Prepared:
        """Network, holder, volumes, parent cgroup, side by side.

        `borrow`: the task has nothing in the Engine yet, so it may have a holder that is ready.
        """
        task, wanted = self._task, []
        if task.network_mode == "awsvpc" and task.interface is not None:
            wanted.append(self._address(task.interface, borrow=borrow))
        if needs_holder(task):
            wanted.append(self._means.networks.ensure_holder_image())
        if task.volumes:
            wanted.append(make_volumes(self._engine, task, self._means.node_id))
        await self._limit()
        done = Prepared()
        for outcome in await asyncio.gather(*wanted, return_exceptions=True):
            if isinstance(outcome, CannotPrepare):
                done = replace(done, error=done.error or str(outcome))
            elif isinstance(outcome, EngineAway | asyncio.CancelledError):
                raise outcome
            elif isinstance(outcome, BaseException):
                _log.error("a task could not be prepared", exc_info=outcome)
                said = f"ResourceInitializationError: {type(outcome).__name__}: {outcome}"
                done = replace(done, error=done.error or said)
            elif isinstance(outcome, str):
                done = replace(done, holder_id=outcome)
                self.borrowed = True
        if done.error is not None:
            self._story.tell(done.error)
        return done

    async def _address(self, interface: InterfaceSpec, *, borrow: bool) -> str | None:
        """The VPC's bridge, the rules of the task's security groups, and the ready holder that now
        bears the task's address.  Nothing of the task runs before all of it."""
        await self._means.vpcs.make_bridge(interface)
        admitting = asyncio.create_task(self._means.vpcs.admit(interface))
        try:
            lends = borrow and may_borrow_holder(self._task)
            holder_id = await self._lent(interface) if lends else None
            await admitting
        finally:
            admitting.cancel()
        return holder_id

    async def _lent(self, interface: InterfaceSpec) -> str | None:
        try:
            holder_id = await self._means.ready.lend(interface)
        except (EngineError, EngineTimeout) as trouble:
            raise CannotPrepare(words.cannot_start(trouble, own_address=True)) from trouble
        except OSError as error:
            raise CannotPrepare(f"ResourceInitializationError: {error}") from error
        if holder_id is not None:
            self._story.tell("the task's address is up")
        return holder_id

    async def _limit(self) -> None:
        cgroups = self._means.cgroups
        if cgroups is None:
            return
        try:
            await cgroups.limit(self._task)
            self._cgroup_parent = cgroups.parent_of(self._task)
        except CgroupError as error:
            self._story.tell(f"the limits of the task as a whole cannot be enforced: {error}")

    async def raise_holder(self) -> Change:
        """Create and start the holder of the task's namespaces."""
        own_address = self._task.network_mode == "awsvpc"
        name = names.holder_name(self._task)
        try:
            async with self._means.starts:
                docker_id = await self._created(name, holder_body(self._task, self._around()))
                await self._engine.start(docker_id)
        except (EngineError, EngineTimeout) as trouble:
            return stopped_by(words.cannot_start(trouble, own_address=own_address))
        what = "address" if own_address else "shared namespaces"
        self._story.tell(f"the task's {what} is up" if own_address else f"{what} are up")
        return lambda seen: replace(seen, status="RUNNING", docker_id=docker_id)

    async def release(self) -> None:
        """Remove every trace that is left: containers, volumes, cgroup; tried until it works."""
        await _until_done(self._remove_leftovers, "containers")
        await _until_done(lambda: remove_volumes(self._engine, self._task), "volumes")
        if self._means.cgroups is not None:
            await self._means.cgroups.release(self._task.task_arn)

    async def _remove_leftovers(self) -> None:
        """Containers that the Engine made although it had not answered in time."""
        label = f"{names.LABEL_TASK}={self._task.task_arn}"
        for each in await self._engine.list_containers(label):
            await self._engine.remove(each["Id"])

    # --- containers -------------------------------------------------------------------------

    async def resolve(self, container: ContainerSpec) -> Change:
        """Find or pull the image."""
        try:
            resolved = await self._resolved(container)
        except PullFailed as failure:
            self._story.tell(str(failure), container.name)
            return stopped_by(str(failure))
        image = resolved.image
        self._story.tell(resolved.story, container.name)
        return lambda seen: replace(
            seen, status="PULLED", image=image, stop_signal=image.stop_signal
        )

    async def _resolved(self, container: ContainerSpec) -> Resolved:
        fargate = self._task.launch_type == "FARGATE"
        if container.pinned_digest is not None:
            return await self._means.images.resolve_pinned(
                container.image, container.pinned_digest, fargate=fargate
            )
        cached = container.image_pull == "prefer-cached"
        return await self._means.images.resolve(
            container.image, prefer_cached=cached, fargate=fargate
        )

    async def create(self, container: ContainerSpec, seen: ContainerSeen, holder: str) -> Change:
        """Create the container; `holder` is the id of the holder, or empty."""
        if seen.image is None:
            raise AssertionError("a container is created only once its image is known")
        metadata_id = seen.metadata_id or fresh_metadata_id()
        around = self._around(holder)
        body = container_body(self._task, container, seen.image, metadata_id, around)
        try:
            docker_id = await self._created(container.docker_name, body)
        except (EngineError, EngineTimeout) as trouble:
            said = words.cannot_create(trouble)
            self._story.tell(said, container.name)
            return stopped_by(said)
        now = self._means.clock.now()
        return lambda seen: replace(
            seen,
            status="CREATED",
            docker_id=docker_id,
            metadata_id=metadata_id,
            labels=body["Labels"],
            created_at=now,
        )

    async def start(self, container: ContainerSpec, docker_id: str, *, again: bool) -> Change:
        """Start the container; with published ports, look which ones it got."""
        own_address = self._task.network_mode == "awsvpc" and not needs_holder(self._task)
        asked = self._means.clock.now()
        try:
            await self._engine.start(docker_id)
        except (EngineError, EngineTimeout) as trouble:
            said = words.cannot_start(trouble, own_address=own_address)
            self._story.tell(said, container.name)
            if isinstance(trouble, EngineTimeout):
                await self._kill_quietly(docker_id)
            return stopped_by(said)
        await self._name_host(docker_id)
        now = self._means.clock.now()
        verb = "started again" if again else "started"
        self._story.tell(f"{verb} in {now - asked:.2f} s", container.name)
        bindings = host_network_bindings(self._task, container)

        def started(seen: ContainerSeen) -> ContainerSeen:
            return replace(seen, status="RUNNING", started_at=now, bindings=bindings)

        if self._task.network_mode != "bridge" or not container.port_mappings:
            return started
        look = await self.look(container, docker_id)
        return lambda seen: look(started(seen))

    async def _name_host(self, docker_id: str) -> None:
        """In a holder that was made before its task, the Engine cannot know the task's name."""
        interface = self._task.interface
        if not self.borrowed or interface is None:
            return
        inspected = await self._engine.inspect(docker_id)
        if inspected is not None:
            await asyncio.to_thread(set_hostname, inspected, interface.private_dns_name)

    async def look(self, container: ContainerSpec, docker_id: str) -> Change:
        """What the Engine says of a container, beyond where it is in its life."""
        try:
            inspected = await self._engine.inspect(docker_id)
        except (EngineError, EngineTimeout):
            return lambda seen: seen
        if inspected is None:
            return lambda seen: seen
        return lambda seen: facts.described(seen, inspected, self._task, container)

    async def collect(self, container: ContainerSpec, seen: ContainerSeen) -> Change:
        """How the container ended: exit code, out of memory or not, the end of its log."""
        docker_id = seen.docker_id or ""
        try:
            inspected = await self._engine.inspect(docker_id)
        except (EngineError, EngineTimeout) as trouble:
            return stopped_by(words.cannot_inspect(trouble))
        if inspected is None:
            return self.vanished(container.name)
        if facts.state_of(inspected) == "RUNNING":
            return lambda seen: seen  # It was started again meanwhile.
        return await self._ending(container, seen, inspected)

    async def _ending(
        self, container: ContainerSpec, seen: ContainerSeen, inspected: dict[str, Any]
    ) -> Change:
        now, limit = self._means.clock.now(), self._limit_of(container)
        ending = facts.ending_of(inspected)

        def end(seen: ContainerSeen) -> ContainerSeen:
            seen = facts.described(seen, inspected, self._task, container)
            return facts.ended(seen, ending, now=now, watched=True, limit_bytes=limit)

        outcome = end(seen)
        self.tell_end(container.name, outcome)
        if not will_restart(container, outcome):
            lines = await self.last_lines(container, outcome)
            return lambda seen: replace(end(seen), last_lines=lines)
        return end

    def vanished(self, name: str) -> Change:
        """Somebody removed the container."""
        self._story.tell("it is gone from the Engine: somebody removed it", name)

        def vanish(seen: ContainerSeen) -> ContainerSeen:
            stopped = seen if seen.status == "STOPPED" else stopped_by(words.VANISHED)(seen)
            return replace(stopped, gone=True)

        return vanish

    def tell_end(self, name: str, outcome: ContainerSeen) -> None:
        """Tell how a container ended."""
        what = f"exited with code {outcome.exit_code}"
        if outcome.oom_evidence is not None:
            what = f"killed by the kernel for memory: {outcome.oom_evidence}"
        elif outcome.signalled_at is not None and outcome.finished_at is not None:
            took = max(0.0, outcome.finished_at - outcome.signalled_at)
            what += f", {took:.1f} s after it was asked to stop"
        self._story.tell(what, name, outcome.finished_at)

    async def last_lines(self, container: ContainerSpec, seen: ContainerSeen) -> tuple[str, ...]:
        """The end of the container's log, where the Engine can read it back."""
        if keeps_no_log(container.log) or seen.docker_id is None:
            return ()
        try:
            raw = await self._engine.log_tail(seen.docker_id, facts.LAST_LINES, tty=container.tty)
        except (EngineError, EngineTimeout):
            return ()  # A driver that cannot be read back.
        return facts.last_lines(raw)

    async def image_of(self, container: ContainerSpec, seen: ContainerSeen) -> ImageFacts | None:
        """The image of a container that was taken over, with its digest."""
        if seen.image is None:
            return None
        try:
            inspected = await self._engine.inspect_image(seen.image.image_id)
        except (EngineError, EngineTimeout):
            return seen.image
        return seen.image if inspected is None else facts.image_facts(inspected, container.image)

    async def kill(self, name: str, docker_id: str, signal: str) -> bool:
        """Send a signal; answers True if the container turns out not to run."""
        try:
            await self._engine.kill(docker_id, signal)
        except EngineError as error:
            if error.status not in (404, 409):
                self._story.tell(words.cannot_stop(error), name)
            return True
        except EngineTimeout as trouble:
            self._story.tell(words.cannot_stop(trouble), name)
        return False

    async def remove(self, docker_id: str) -> Change:
        """Remove the container; tried until it works."""
        await _until_done(lambda: self._engine.remove(docker_id), docker_id[:12])
        return lambda seen: replace(seen, gone=True)

    async def _kill_quietly(self, docker_id: str) -> None:
        try:
            await self._engine.kill(docker_id, "SIGKILL")
        except (EngineError, EngineTimeout):
            return  # It does not run, which is what is wanted.

    async def _created(self, name: str, body: dict[str, Any]) -> str:
        """Create a container.  One of the same name that is ours is the one we made before."""
        try:
            return await self._engine.create(name, body)
        except EngineError as error:
            if error.status != 409:
                raise
            there = await self._engine.inspect(name)
            labels = (there or {}).get("Config", {}).get("Labels") or {}
            if there is None or labels.get(names.LABEL_TASK) != self._task.task_arn:
                raise
            return str(there["Id"])

    def _around(self, holder_id: str = "") -> Surroundings:
        welcome = self._means.welcome
        around = Surroundings(
            node_id=self._means.node_id,
            cgroup_parent=self._cgroup_parent,
            holder_id=holder_id or None,
            open_files_max=open_files_max(),
        )
        if welcome is None:
            return around
        return replace(
            around,
            endpoint=welcome.endpoint,
            container_endpoint=welcome.container_endpoint,
            metadata_address=welcome.metadata_address,
        )

    def _limit_of(self, container: ContainerSpec) -> int | None:
        memory_mib = container.memory_mib or self._task.memory_mib
        return None if memory_mib is None else memory_mib * 1024 * 1024


async def _until_done(attempt: Callable[[], Awaitable[None]], what: str) -> None:
    wait = REMOVE_AGAIN_S
    while True:
        try:
            await attempt()
        except (EngineError, EngineTimeout) as trouble:
            _log.warning("cannot remove yet", what=what, why=str(trouble))
        else:
            return
        await asyncio.sleep(wait)
        wait = min(wait * 2, REMOVE_AGAIN_MAX_S)
