"""Runs one task: keeps what has been seen, asks the plan, has deeds done, reports.

Plain synchronous steps on the event loop; whatever waits is a deed in a task of its own.  The
runner decides nothing (`plan` does) and never calls the Engine (`deeds` does).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, assert_never

import structlog
from msgspec.structs import replace

from homeport.agent import facts, plan
from homeport.agent.adoption import adopt_container, adopt_holder, is_borrowed, lives_in_holder
from homeport.agent.deeds import Change, Deeds, stopped_by
from homeport.agent.events import Event, is_unwanted_start, note
from homeport.agent.known import KnownTask
from homeport.agent.means import Means
from homeport.agent.observed import ContainerSeen, Doing, TaskSeen, has_nothing, restarting, settled
from homeport.agent.report import Times, known_task, task_report
from homeport.agent.story import Story
from homeport.agent.teller import Teller
from homeport.agent.troubles import EngineAway
from homeport.agent.turns import Turns
from homeport.link.messages import Assignment, TaskReport
from homeport.link.spec import TaskSpec

STEPS_MAX: Final = 1000

Deed: TypeAlias = Callable[[], Awaitable[Change]]

_log = structlog.get_logger("homeport.agent")


class Runner:
    """One task of the node."""

    def __init__(self, means: Means, task: TaskSpec, assignment: Assignment) -> None:
        self.task = task
        self.generation = assignment.generation
        self.desired: plan.Desired = assignment.desired
        self._means = means
        self._story = Story(means.clock, means.sequence)
        self._deeds = Deeds(means, task, self._story)
        self._specs = {each.name: each for each in task.containers}
        self._seen = TaskSeen(containers={name: ContainerSeen() for name in self._specs})
        self._times = Times()
        self._adopted = False
        self._look_again: set[str] = set()
        self._turns = Turns(means, self._story)
        self._pulls: dict[str, asyncio.Task[None]] = {}
        self._deadline: asyncio.TimerHandle | None = None
        self._teller = Teller(self._worded, means.sequence, means.publish)

    # --- what it is told --------------------------------------------------------------------

    def assign(self, assignment: Assignment) -> None:
        """Take what should be, unless something newer was told before."""
        if assignment.generation >= self.generation:
            self.generation = assignment.generation
            self.desired = assignment.desired
            self.step()

    def abandon(self) -> None:
        """Nobody wants the task any more: end it and remove it."""
        self.desired = "FORGOTTEN"
        self.step()

    def adopt(self, found: Mapping[str, dict[str, Any]], holder: dict[str, Any] | None) -> None:
        """Take over what the Engine has of the task, by container name.

        Also called after the Engine was away: what has changed meanwhile is found here.
        """
        first, self._adopted = not self._adopted, True
        for name in self._specs:
            self._adopt_container(name, found.get(name))
        expected = first and any(map(lives_in_holder, found.values()))
        taken = adopt_holder(self._seen.holder, holder, expected=expected)
        self._deeds.borrowed = self._deeds.borrowed or is_borrowed(holder)
        self._seen = replace(self._seen, holder=taken, prepared=False)
        self.step()

    def _adopt_container(self, name: str, inspected: dict[str, Any] | None) -> None:
        seen = self._seen.containers[name]
        if seen.doing is not None:
            self._look_again.add(name)
            return
        if inspected is None:
            if seen.docker_id is not None and not seen.gone:
                self._change(name, self._deeds.vanished(name))
            return
        if seen.status == "STOPPED":
            if facts.state_of(inspected) == "RUNNING":
                self._stop_again(name, inspected["Id"])
            return
        now = self._means.clock.now()
        taken = adopt_container(seen, inspected, self.task, self._specs[name], now)
        self._put(name, taken.seen)
        if taken.told is not None:
            self._story.tell(taken.told, name)
        if taken.ended:
            self._deeds.tell_end(name, taken.seen)
        self._means.spawn(self._complete(name, ended=taken.ended))
        self._look_if_asked(name)

    async def _complete(self, name: str, *, ended: bool) -> None:
        """What a container does not say of itself: its image's digest, the end of its log."""
        container, seen = self._specs[name], self._seen.containers[name]
        try:
            image = await self._deeds.image_of(container, seen)
            lines = await self._deeds.last_lines(container, seen) if ended else ()
        except EngineAway:
            self._means.lost()
            return
        self._change(
            name,
            lambda seen: replace(seen, image=image, last_lines=lines or seen.last_lines),
        )
        self.step()

    # --- what it is shown -------------------------------------------------------------------

    def on_event(self, name: str, event: Event) -> None:
        """Something happened to a container of the task."""
        seen = self._seen.containers.get(name)
        if seen is None or (seen.docker_id is not None and seen.docker_id != event.docker_id):
            return
        if not self._adopted:
            self._look_again.add(name)
            return
        cgroups = self._means.cgroups
        if event.kind == "oom" and cgroups and cgroups.spared(event.docker_id, self.task):
            return
        noted = note(seen, event)
        self._put(name, noted.seen)
        if noted.told is not None:
            self._story.tell(noted.told, name, event.at)
        if event.kind == "die":
            self._ended(name)
        elif event.kind == "health_status":
            self._means.spawn(self._look(name))
        elif event.kind == "destroy" and seen.doing != "REMOVE" and not seen.gone:
            self._change(name, self._deeds.vanished(name))
        elif is_unwanted_start(seen, event):
            self._stop_again(name, event.docker_id)
        self.step()

    def on_holder_event(self, event: Event) -> None:
        """Something happened to the holder of the task's namespaces."""
        holder = self._seen.holder
        if event.kind in ("die", "destroy") and holder.doing is None and not holder.gone:
            gone = event.kind == "destroy"
            self._seen = replace(self._seen, holder=replace(holder, status="STOPPED", gone=gone))
            self.step()

    def _ended(self, name: str) -> None:
        container, seen = self._specs[name], self._seen.containers[name]
        if seen.doing is not None:
            self._look_again.add(name)
        elif seen.status == "RUNNING":
            self._do(name, "COLLECT", lambda: self._deeds.collect(container, seen))

    def _look_if_asked(self, name: str) -> None:
        if name in self._look_again:
            self._look_again.discard(name)
            self._ended(name)

    def _stop_again(self, name: str, docker_id: str) -> None:
        self._story.tell("somebody started it again after its end; it is stopped again", name)
        self._means.spawn(self._kill(name, docker_id, "SIGKILL"))

    # --- the step ---------------------------------------------------------------------------

    def step(self) -> None:
        """Begin whatever is due now, then report."""
        if self._adopted and self._means.connected:
            for _ in range(STEPS_MAX):
                due = plan.next_actions(
                    self.task, self.desired, self._seen, self._means.clock.now()
                )
                for action in due.actions:
                    self._begin(action)
                if not due.actions:
                    break
            self._ask_again_at(due.deadline)
        self._note_times()
        if self._adopted:
            self._teller.changed()

    def _ask_again_at(self, deadline: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        if deadline is not None:
            wait = max(0.0, deadline - self._means.clock.now())
            self._deadline = asyncio.get_running_loop().call_later(wait, self.step)

    def _begin(self, action: plan.Action) -> None:
        match action:
            case plan.Prepare():
                self._seen = replace(self._seen, preparing=True)
                self._means.spawn(self._prepare())
            case plan.RaiseHolder():
                self._do_holder("CREATE", self._deeds.raise_holder)
            case plan.Fail(error):
                self._story.tell(error)
                self._seen = replace(self._seen, error=error)
            case plan.RemoveHolder():
                docker_id = self._seen.holder.docker_id or ""
                self._do_holder("REMOVE", lambda: self._deeds.remove(docker_id))
            case plan.Release():
                self._seen = replace(self._seen, releasing=True)
                self._means.spawn(self._release())
            case _:
                self._begin_container(action)

    def _begin_container(self, action: plan.ContainerAction) -> None:
        container, seen = self._specs[action.container], self._seen.containers[action.container]
        name, docker_id = action.container, seen.docker_id or ""
        match action:
            case plan.Resolve():
                self._story.tell(f"resolving {container.image}", name)
                self._pulls[name] = self._do(name, "PULL", lambda: self._deeds.resolve(container))
            case plan.Abandon():
                self._pulls.pop(name).cancel()
                self._change(name, lambda seen: replace(seen, doing=None, status="STOPPED"))
            case plan.Create():
                holder = self._seen.holder.docker_id or ""
                self._do(name, "CREATE", lambda: self._deeds.create(container, seen, holder))
            case plan.Start():
                self._do(
                    name, "START", lambda: self._deeds.start(container, docker_id, again=False)
                )
            case plan.Restart():
                self._put(name, restarting(seen, self._means.clock.now()))
                self._do(name, "START", lambda: self._deeds.start(container, docker_id, again=True))
            case plan.Settle(_, exit_code, error):
                self._story.tell(error or "stopped before it was started", name)
                self._put(name, settled(seen, exit_code, error))
            case plan.Signal():
                now, signal = self._means.clock.now(), seen.stop_signal
                self._change(name, lambda seen: replace(seen, signalled_at=now))
                self._story.tell(f"asked to stop ({signal})", name)
                self._means.spawn(self._kill(name, docker_id, signal))
            case plan.Kill():
                now = self._means.clock.now()
                kills = seen.kills + 1
                self._change(name, lambda seen: replace(seen, killed_at=now, kills=kills))
                self._story.tell(
                    f"killed: it did not stop within {container.stop_timeout_s:g} s", name
                )
                self._means.spawn(self._kill(name, docker_id, "SIGKILL"))
            case plan.Remove():
                self._do(name, "REMOVE", lambda: self._deeds.remove(docker_id))
            case _:
                assert_never(action)

    # --- deeds under way --------------------------------------------------------------------

    def _do(self, name: str, doing: Doing, deed: Deed) -> asyncio.Task[None]:
        self._change(name, lambda seen: replace(seen, doing=doing))
        if doing == "PULL" and self._times.pull_started_at is None:
            self._times = replace(self._times, pull_started_at=self._means.clock.now())
        return self._means.spawn(self._carry_out(name, doing, deed))

    async def _carry_out(self, name: str, doing: Doing, deed: Deed) -> None:
        if doing in ("CREATE", "START"):
            await self._turns.take(name)
        change = await self._outcome(name, deed)
        seen = change(replace(self._seen.containers[name], doing=None))
        self._put(name, seen)
        if doing == "PULL":
            self._pulls.pop(name, None)
            if not self._pulls:
                self._times = replace(self._times, pull_stopped_at=self._means.clock.now())
        self._look_if_asked(name)
        fresh_start = doing == "START" and self._seen.containers[name].status == "RUNNING"
        self.step()
        if self._seen.containers[name].doing != "START":
            self._turns.give_back(name)
        if fresh_start:
            await self._look(name)

    async def _outcome(self, name: str | None, deed: Deed) -> Change:
        """What `deed` changed.  A fault of ours is the task's misfortune, not the node's."""
        try:
            return await deed()
        except EngineAway:
            self._means.lost()
            return lambda seen: seen
        except Exception as error:
            _log.exception("a deed failed", task=self.task.task_arn, container=name)
            return stopped_by(f"DockerStateError: {type(error).__name__}: {error}")

    def _do_holder(self, doing: Doing, deed: Deed) -> None:
        async def carry_out() -> None:
            change = await self._outcome(None, deed)
            holder = change(replace(self._seen.holder, doing=None))
            self._seen = replace(self._seen, holder=holder)
            self.step()

        self._seen = replace(self._seen, holder=replace(self._seen.holder, doing=doing))
        self._means.spawn(carry_out())

    async def _prepare(self) -> None:
        try:
            done = await self._deeds.prepare(borrow=has_nothing(self._seen))
        except EngineAway:
            self._means.lost()
            done = None
        prepared, error = done is not None and done.error is None, done and done.error
        if done is not None and done.holder_id is not None:
            holder = ContainerSeen(status="RUNNING", docker_id=done.holder_id)
            self._seen = replace(self._seen, holder=holder)
        error = self._seen.error or error
        self._seen = replace(self._seen, preparing=False, prepared=prepared, error=error)
        self.step()

    async def _release(self) -> None:
        try:
            await self._deeds.release()
        except EngineAway:
            self._means.lost()
            self._seen = replace(self._seen, releasing=False)
            return
        self._seen = replace(self._seen, releasing=False, released=True)
        self.step()

    async def _kill(self, name: str, docker_id: str, signal: str) -> None:
        try:
            ended = await self._deeds.kill(name, docker_id, signal)
        except EngineAway:
            self._means.lost()
            return
        if ended:
            self._ended(name)
        self.step()

    async def _look(self, name: str) -> None:
        docker_id = self._seen.containers[name].docker_id
        if docker_id is None:
            return
        try:
            change = await self._deeds.look(self._specs[name], docker_id)
        except EngineAway:
            self._means.lost()
            return
        self._change(name, change)
        self.step()

    # --- what it tells ----------------------------------------------------------------------

    @property
    def adopted(self) -> bool:
        """Whether it is known what the Engine has of the task."""
        return self._adopted

    @property
    def holder_id(self) -> str | None:
        """The container that holds the task's namespaces."""
        return self._seen.holder.docker_id

    def has_metadata_id(self, metadata_id: str) -> bool:
        """Whether a container of the task has this id in its metadata URI."""
        return any(each.metadata_id == metadata_id for each in self._seen.containers.values())

    @property
    def phase(self) -> plan.Phase:
        """How far the task is."""
        return plan.phase(self.task, self.desired, self._seen)

    def report(self) -> TaskReport:
        """Everything that is known of the task, as last told."""
        return self._teller.last()

    def known(self) -> KnownTask:
        """The task as the metadata endpoint reads it."""
        return known_task(self.task, self.desired, self._seen, self.report())

    def _worded(self) -> TaskReport:
        told = self._story.happenings
        return task_report(self.task, self.desired, self._seen, self._times, told)

    def _note_times(self) -> None:
        if self._times.execution_stopped_at is None and any(
            each.essential and plan.has_ended(each, self._seen.containers[each.name])
            for each in self.task.containers
        ):
            self._times = replace(self._times, execution_stopped_at=self._means.clock.now())

    def _change(self, name: str, change: Callable[[ContainerSeen], ContainerSeen]) -> None:
        self._put(name, change(self._seen.containers[name]))

    def _put(self, name: str, seen: ContainerSeen) -> None:
        containers = {**self._seen.containers, name: seen}
        self._seen = replace(self._seen, containers=containers)
