"""A node without an Engine: it speaks `Fleet` as the real agent does, one small step at a time.

It keeps to the link's rules (`link/messages.py`): it ignores an older generation, reports the
whole of what it knows, and reports a task until it is told to forget it.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from random import Random

from msgspec.structs import replace

from homeport.contracts.fleet import Joined
from homeport.link.messages import (
    Assignment,
    Binding,
    ContainerReport,
    Happening,
    Hello,
    TaskReport,
)
from homeport.link.spec import TaskSpec
from ring.driver import ACCOUNT, REGION, Plane

CAPABILITIES: dict[str, str | None] = {
    "ecs.os-type": "linux",
    "ecs.cpu-architecture": "x86_64",
    "ecs.capability.task-eni": None,
    "ecs.capability.container-health-check": None,
    "com.amazonaws.ecs.capability.task-iam-role": None,
    "com.amazonaws.ecs.capability.logging-driver.awslogs": None,
    "ecs.capability.execution-role-awslogs": None,
    **{
        f"com.amazonaws.ecs.capability.docker-remote-api.1.{minor}": None for minor in range(17, 33)
    },
}
"""What placement asks for in these tests."""

FIRST_PORT = 32768
PATH = ("ACCEPTED", "PREPARING", "RUNNING", "STOPPING", "STOPPED", "REMOVED")


@dataclass
class KnownTask:
    """What the node knows of one task."""

    spec: TaskSpec
    generation: int
    desired: str
    phase: str = "ACCEPTED"
    containers: dict[str, ContainerReport] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)


class SimulatedNode:
    """One node; nothing moves unless a test calls `step`, `pull` or `deliver`."""

    def __init__(
        self,
        plane: Plane,
        number: int = 1,
        *,
        seed: int = 0,
        has: Mapping[str, object] | None = None,
    ) -> None:
        """`has`: what it says of itself at every hello, where that differs from the usual."""
        self.planes = plane
        """Where it may connect: one control plane, or whatever answers `some` with one."""
        self.plane = plane.some()
        self.random = Random(seed)
        self.number = number
        self.has = has or {}
        self.connected = False
        self.tasks: dict[str, KnownTask] = {}
        self.outbox: list[TaskReport] = []
        self.seen = 0
        self.sequence = 0
        self.arn = self.hello()

    # --- the link ----------------------------------------------------------------------------

    def hello(self, **changes: object) -> str:
        """Connect, and learn everything; what nobody wants any more is removed."""
        members: dict[str, object] = {
            "node_id": f"{self.number:032x}",
            "region": REGION,
            "account": ACCOUNT,
            "cluster": "default",
            "cpu": 4096,
            "memory_mib": 8192,
            "attributes": CAPABILITIES,
            "agent_version": "1.0.0",
            "docker_version": "20.10.24",
        }
        said = Hello(**(members | self.has | changes))  # type: ignore[arg-type]
        self.plane = plane = self.planes.some()
        fleet, now = plane.peers.fleet, plane.clock.now()
        self.joined: Joined = plane.write(
            lambda tx: fleet.hello(tx, said, now=now, ids=plane.ids, plane=plane.name),
            ("hello", str(self.number)),
        )
        self.arn = self.joined.instance_arn
        self.connected = True
        everything = plane.store.read(lambda tx: fleet.assignments(tx, self.arn, 0))
        for arn in set(self.tasks) - {each.task_arn for each in everything}:
            del self.tasks[arn]
        self.seen = 0
        self._take(everything)
        for arn in self.tasks:
            self._say(arn)
        return self.arn

    def goodbye(self) -> None:
        """Lose the link, and have the control plane notice."""
        self.connected = False
        self.take_leave(self.joined)

    def take_leave(self, joined: Joined) -> None:
        """Have the control plane notice that this link is gone, be it the newest or not."""
        fleet, plane = self.plane.peers.fleet, self.plane
        now = plane.clock.now()
        plane.write(lambda tx: fleet.goodbye(tx, joined, now=now), ("goodbye", str(self.number)))

    def pull(self) -> tuple[Assignment, ...]:
        """Take the assignments that are new."""
        fleet = self.plane.peers.fleet
        news = self.plane.store.read(lambda tx: fleet.assignments(tx, self.arn, self.seen))
        self._take(news)
        return news

    def deliver(self, *reports: TaskReport) -> None:
        """Have reports arrive: those given, or else the whole outbox in order."""
        arriving = reports or tuple(self.outbox)
        if not reports:
            self.outbox.clear()
        fleet, plane = self.plane.peers.fleet, self.plane
        now = plane.clock.now()
        plane.write(
            lambda tx: fleet.report(tx, self.arn, arriving, now=now, ids=plane.ids),
            ("report", str(self.number)),
        )

    def deliver_badly(self) -> None:
        """Have some of the outbox arrive in any order, some of it twice; the rest waits."""
        self.random.shuffle(self.outbox)
        count = self.random.randint(0, len(self.outbox))
        arriving = self.outbox[:count]
        again = [each for each in arriving if self.random.random() < 0.3]
        self.outbox = self.outbox[count:]
        if arriving:
            self.deliver(*arriving, *again)

    def _take(self, assignments: tuple[Assignment, ...]) -> None:
        for each in assignments:
            self.seen = max(self.seen, each.generation)
            known = self.tasks.get(each.task_arn)
            if known is not None and each.generation < known.generation:
                continue
            if each.desired == "FORGOTTEN":
                self.tasks.pop(each.task_arn, None)
            elif known is None:
                assert each.spec is not None
                self.tasks[each.task_arn] = KnownTask(each.spec, each.generation, each.desired)
                self._say(each.task_arn)
            else:
                known.generation, known.desired = each.generation, each.desired

    # --- the Engine --------------------------------------------------------------------------

    def step(self, arn: str) -> None:
        """Move a task one step towards what is desired, and say so."""
        task = self.tasks[arn]
        before = task.phase
        if task.desired == "RUNNING":
            if task.phase in ("ACCEPTED", "PREPARING"):
                task.phase = PATH[PATH.index(task.phase) + 1]
                if task.phase == "RUNNING":
                    self._all(task, lambda each: self._started(task, each))
            elif task.phase == "STOPPING":
                self._stop_all(task)
        elif task.desired == "STOPPED" and task.phase not in ("STOPPED", "REMOVED"):
            if task.phase == "STOPPING":
                self._stop_all(task)
            else:
                task.phase = "STOPPING"
        elif task.desired == "REMOVED" and task.phase != "REMOVED":
            if task.phase != "STOPPED":
                self._stop_all(task)
            task.phase = "REMOVED"
        if task.phase != before:
            self._say(arn)

    def exit(self, arn: str, code: int = 0) -> None:
        """The first essential container of a running task exits."""
        task = self.tasks[arn]
        if task.phase != "RUNNING":
            return
        first = next(each.name for each in task.spec.containers if each.essential)
        task.containers[first] = self._stopped(task.containers[first], code)
        task.phase = "STOPPING"
        self._say(arn)

    def fail(self, arn: str, reason: str) -> None:
        """The first container cannot be started."""
        task = self.tasks[arn]
        if task.phase not in ("ACCEPTED", "PREPARING"):
            return
        first = task.spec.containers[0].name
        task.containers[first] = ContainerReport(name=first, status="STOPPED", reason=reason)
        task.phase = "STOPPING"
        self._say(arn)

    def check(self, arn: str, health: str) -> None:
        """The health check of a running task's containers is HEALTHY or UNHEALTHY from now on."""
        task = self.tasks[arn]
        checked = {each.name for each in task.spec.containers if each.health_check is not None}
        before = dict(task.containers)
        for name, known in before.items():
            if name in checked and known.status == "RUNNING":
                task.containers[name] = replace(known, health=health)
        if task.containers != before:
            self._say(arn)

    def boot(self) -> None:
        """The machine went down and is up again: every container that ran has ended unwatched."""
        for arn, task in self.tasks.items():
            if self.is_up(arn):
                self._all(task, lambda each: self._stopped(each, 137))
                task.phase = "STOPPED"
                self._say(arn)

    def is_up(self, arn: str) -> bool:
        """Whether a container of the task runs."""
        return any(each.status == "RUNNING" for each in self.tasks[arn].containers.values())

    def health(self, arn: str) -> str:
        """The health of the task's one container that has a check."""
        found = {each.health for each in self.tasks[arn].containers.values()} - {"UNKNOWN"}
        return found.pop() if found else "UNKNOWN"

    def run(self, arn: str) -> None:
        """Bring a task to RUNNING and have it known."""
        while self.tasks[arn].phase != "RUNNING":
            self.step(arn)
        self.deliver()
        self.plane.drain()

    def settle(self) -> None:
        """Do whatever is to be done, until nobody has anything to say."""
        for _ in range(200):
            self.plane.drain()
            self.pull()
            for arn in list(self.tasks):
                self.step(arn)
            if not self.outbox and not self.pull():
                return
            self.deliver()
        raise AssertionError("the ring never comes to rest")

    def _stop_all(self, task: KnownTask) -> None:
        self._all(task, lambda each: self._stopped(each, 137))
        task.phase = "STOPPED"

    def _all(self, task: KnownTask, change: Callable[[ContainerReport], ContainerReport]) -> None:
        for spec in task.spec.containers:
            known = task.containers.get(spec.name)
            task.containers[spec.name] = change(
                known or ContainerReport(name=spec.name, status="PENDING")
            )

    def _bindings(self, task: KnownTask, name: str) -> tuple[Binding, ...]:
        """The ports of the host that lead to a container: the lowest free one where it may choose,
        so that a port is soon somebody else's."""
        if task.spec.network_mode != "bridge":
            return ()
        spec = next(each for each in task.spec.containers if each.name == name)
        taken = {
            binding.host_port
            for known in self.tasks.values()
            for each in known.containers.values()
            if each.status == "RUNNING"
            for binding in each.bindings
        }
        free = (port for port in count(FIRST_PORT) if port not in taken)
        return tuple(
            Binding(
                bind_ip="0.0.0.0",
                container_port=each.container_port,
                host_port=each.host_port or next(free),
                protocol=each.protocol,
            )
            for each in spec.port_mappings
            if each.container_port is not None
        )

    def _started(self, task: KnownTask, container: ContainerReport) -> ContainerReport:
        now = self.plane.clock.now()
        return replace(
            container,
            status="RUNNING",
            docker_id=f"{zlib.crc32(container.name.encode()):064x}",
            image_digest=f"sha256:{self.number:064x}",
            bindings=self._bindings(task, container.name),
            started_at=now,
        )

    def _stopped(self, container: ContainerReport, code: int) -> ContainerReport:
        if container.status == "STOPPED":
            return container
        ran = container.started_at is not None
        return replace(
            container,
            status="STOPPED",
            exit_code=code if ran else None,
            finished_at=self.plane.clock.now() if ran else None,
        )

    def _say(self, arn: str) -> None:
        task = self.tasks[arn]
        self.sequence += 1
        task.happenings.append(
            Happening(sequence=self.sequence, at=self.plane.clock.now(), what=task.phase)
        )
        attached = task.spec.interface is not None and task.phase not in ("ACCEPTED", "REMOVED")
        self.outbox.append(
            TaskReport(
                task_arn=arn,
                sequence=self.sequence,
                phase=task.phase,  # type: ignore[arg-type]
                containers=tuple(task.containers.values()),
                interface_attached=attached,
                happenings=tuple(task.happenings),
            )
        )
