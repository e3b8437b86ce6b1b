"""Parent cgroups: the limits of a task as a whole, for cgroup v1, v2 and systemd.

Holds where they are and what is written there; knows nothing of containers but their ids.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Final

from msgspec import Struct

from homeport.agent.engine import EngineFacts
from homeport.agent.names import task_id
from homeport.link.spec import TaskSpec

MOUNTS: Final = Path("/proc/self/mounts")
ROOT_NAME: Final = "ecs"
SLICE_NAME: Final = "ecstasks"
CPU_PERIOD_US: Final = 100_000
CPU_UNITS: Final = 1024
MIB: Final = 1024 * 1024
SYSTEMCTL_TIMEOUT_S: Final = 10.0


class CgroupError(Exception):
    """The task's limits cannot be set."""


class Hierarchies(Struct, frozen=True, kw_only=True):
    """Where the kernel's cgroups are mounted."""

    v1: dict[str, Path] = {}
    """By controller; named ones (``name=systemd``) too."""
    v2: Path | None = None


def mounts() -> str:
    """The mounts of this machine; empty where it does not tell."""
    return MOUNTS.read_text() if MOUNTS.exists() else ""


def hierarchies(mounts: str) -> Hierarchies:
    """Read ``/proc/self/mounts``."""
    v1: dict[str, Path] = {}
    v2: Path | None = None
    for line in mounts.splitlines():
        _, where, kind, options, *_ = line.split(" ")
        if kind == "cgroup2":
            v2 = v2 or Path(where)
        elif kind == "cgroup":
            for controller in options.split(","):
                v1.setdefault(controller, Path(where))
    return Hierarchies(v1=v1, v2=v2)


def cpu_quota_us(cpu: int) -> int:
    """Microseconds of CPU a period that `cpu` units are."""
    return max(1000, cpu * CPU_PERIOD_US // CPU_UNITS)


class Cgroups:
    """The parent cgroups of one Engine's tasks."""

    def __init__(self, facts: EngineFacts, found: Hierarchies) -> None:
        self._systemd = facts.cgroup_driver == "systemd"
        self._unified = facts.cgroup_version == "2"
        self._found = found

    def parent_of(self, task: TaskSpec) -> str | None:
        """``HostConfig.CgroupParent`` of the task's containers; None: it has no limits."""
        if task.cpu is None and task.memory_mib is None:
            return None
        return self._parent(task.task_arn)

    def _parent(self, task_arn: str) -> str:
        identity = task_id(task_arn)
        return f"{SLICE_NAME}-{identity}.slice" if self._systemd else f"/{ROOT_NAME}/{identity}"

    async def limit(self, task: TaskSpec) -> None:
        """Make the task's parent cgroup with its limits.  Raises CgroupError."""
        parent = self.parent_of(task)
        if parent is None:
            return
        try:
            if self._systemd:
                await _systemctl("set-property", "--runtime", parent, *slice_properties(task))
            elif self._unified:
                self._limit_v2(parent, task)
            else:
                self._limit_v1(parent, task)
        except OSError as error:
            raise CgroupError(str(error)) from error

    async def release(self, task_arn: str) -> None:
        """Remove the task's parent cgroup; what is not there or still used is left alone."""
        parent = self._parent(task_arn)
        if self._systemd:
            with contextlib.suppress(CgroupError, OSError):
                await _systemctl("stop", parent)
                await _systemctl("revert", parent)
            return
        roots = {self._found.v2} if self._unified else {*self._found.v1.values(), self._found.v2}
        for root in roots - {None}:
            with contextlib.suppress(OSError):
                (Path(str(root)) / parent.lstrip("/")).rmdir()

    def spared(self, docker_id: str, task: TaskSpec) -> bool:
        """The task as a whole ran out of memory, but the kernel killed nothing of this one."""
        return self.oom_kills(docker_id, self.parent_of(task)) == 0

    def oom_kills(self, docker_id: str, parent: str | None) -> int | None:
        """How many processes of a container the kernel has killed for memory; None: unknown."""
        leaf = f"docker-{docker_id}.scope" if self._systemd else docker_id
        above = "docker" if parent is None else parent.lstrip("/")
        if self._systemd:
            above = "system.slice" if parent is None else f"{SLICE_NAME}.slice/{parent}"
        root = self._found.v2 if self._unified else self._found.v1.get("memory")
        if root is None:
            return None
        name = "memory.events" if self._unified else "memory.oom_control"
        try:
            text = (root / above / leaf / name).read_text()
        except OSError:
            return None
        counters = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
        return int(counters["oom_kill"]) if "oom_kill" in counters else None

    def _limit_v1(self, parent: str, task: TaskSpec) -> None:
        if task.memory_mib is not None:
            memory = self._directory("memory", parent)
            limit = str(task.memory_mib * MIB)
            _write(memory / "memory.use_hierarchy", "1", needed=False)
            _write(memory / "memory.limit_in_bytes", limit)
            if task.launch_type == "FARGATE":  # No swap there.
                _write(memory / "memory.memsw.limit_in_bytes", limit, needed=False)
        if task.cpu is not None:
            cpu = self._directory("cpu", parent)
            _write(cpu / "cpu.shares", str(max(2, task.cpu)), needed=False)
            _write(cpu / "cpu.cfs_period_us", str(CPU_PERIOD_US))
            _write(cpu / "cpu.cfs_quota_us", str(cpu_quota_us(task.cpu)))

    def _directory(self, controller: str, parent: str) -> Path:
        root = self._found.v1.get(controller)
        if root is None:
            raise CgroupError(f"the cgroup controller {controller} is not mounted here")
        directory = root / parent.lstrip("/")
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def _limit_v2(self, parent: str, task: TaskSpec) -> None:
        root = self._found.v2
        if root is None:
            raise CgroupError("cgroup2 is not mounted here")
        directory = root / parent.lstrip("/")
        directory.mkdir(parents=True, exist_ok=True)
        for above in (root, directory.parent):
            _write(above / "cgroup.subtree_control", "+cpu +memory", needed=False)
        if task.memory_mib is not None:
            _write(directory / "memory.max", str(task.memory_mib * MIB))
            if task.launch_type == "FARGATE":
                _write(directory / "memory.swap.max", "0", needed=False)
        if task.cpu is not None:
            _write(directory / "cpu.max", f"{cpu_quota_us(task.cpu)} {CPU_PERIOD_US}")


def slice_properties(task: TaskSpec) -> tuple[str, ...]:
    """The limits as properties of a systemd slice."""
    properties = []
    if task.memory_mib is not None:
        properties.append(f"MemoryMax={task.memory_mib}M")
        if task.launch_type == "FARGATE":
            properties.append("MemorySwapMax=0")
    if task.cpu is not None:
        properties.append(f"CPUQuota={task.cpu * 100 / CPU_UNITS:g}%")
    return tuple(properties)


def _write(path: Path, value: str, *, needed: bool = True) -> None:
    try:
        path.write_text(value)
    except OSError:
        if needed:
            raise


async def _systemctl(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        "systemctl",
        *arguments,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SYSTEMCTL_TIMEOUT_S):
            _, said = await process.communicate()
    except TimeoutError as error:
        process.kill()
        raise CgroupError("systemctl did not answer") from error
    if process.returncode:
        raise CgroupError(said.decode(errors="replace").strip())
